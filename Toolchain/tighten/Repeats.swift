/// What stands in several places is moved to a routine, and called from each: LLVM's machine outliner, which it has for other CPUs.
///
/// The first instruction stays behind, in the slot of the call. A routine ends as what it replaces: it goes on to the call at its
/// end (which comes back to the caller), leaves the function as that did, or returns.
struct Repeats {
    private var count = 0


    /// The longest sequence, in units, that is looked for.
    private static let longest = 40

    private struct Place {
        let function: Int, line: Int
    }

    /// Looks through all functions until nothing more is worth it. The routines are functions themselves at the end.
    mutating func share(_ functions: inout [Function], tables: Set<String>) {
        for _ in 0..<4 where !round(&functions, tables) { break }
    }

    private mutating func round(_ functions: inout [Function], _ tables: Set<String>) -> Bool {
        var stream = Stream(functions, tables: tables)
        let found = stream.candidates(Repeats.longest)
        var routines: [Function] = [], changes: [Int: [(line: Int, count: Int, with: Unit)]] = [:]
        for candidate in found {
            let starts = stream.unclaimed(candidate)
            let first = starts.first.map { stream.units(at: $0, candidate.count) } ?? []
            guard let shape = Shape(first), shape.saved(starts.count) > 0 else { continue }
            let name = "cygnet_again_\(count)"
            count += 1
            routines.append(Function(lines: [.label(name)] + shape.routine.map { .unit($0) }))
            for start in starts {
                stream.claim(start, candidate.count)
                let place = stream.place(start)
                changes[place.function, default: []].append((place.line, candidate.count, shape.site(name)))
            }
        }
        for (function, places) in changes {
            for place in places.sorted(by: { $0.line > $1.line }) {
                functions[function].lines.replaceSubrange(place.line..<(place.line + place.count), with: [.unit(place.with)])
            }
        }
        functions += routines
        return !changes.isEmpty
    }
}

/// How a sequence becomes a routine and the units that call it.
private struct Shape {
    private let units: [Unit]
    /// Calls before the last unit: the routine has to put its own return address away.
    private let hasCalls: Bool

    init?(_ units: [Unit]) {
        hasCalls = units.dropLast().contains { $0.kind == .call }
        guard units.count > 1, units[0].mayMove || units[0].isQuietCall, Shape.keepsHalves(units) else { return nil }
        if hasCalls {
            // Its frame lies between the caller's and what is done, but for a call at its end.
            let last = units[units.count - 1]
            guard last.kind != .exit, !units.dropLast().contains(where: { $0.looksAtStack }),
                  last.kind == .call || !last.looksAtStack
            else { return nil }
        }
        self.units = units
    }

    /// An address comes in two halves, and the linker looks for the lower one in the same section as the upper: both move, or neither.
    private static func keepsHalves(_ units: [Unit]) -> Bool {
        var upper: Set<Substring> = [], met: Set<Substring> = []
        for (index, unit) in units.enumerated() {
            for instruction in [unit.instruction, unit.slot].compactMap({ $0 }) where instruction.text.contains("%") {
                guard index > 0 else { return false }
                if let symbol = instruction.half("%hi(") {
                    upper.insert(symbol)
                } else if let symbol = instruction.half("%lo("), upper.contains(symbol) {
                    met.insert(symbol)
                } else {
                    return false
                }
            }
        }
        return upper == met
    }

    /// How many instructions are saved where it stands in `places` places.
    func saved(_ places: Int) -> Int {
        let words = units.reduce(0) { $0 + $1.words }, routine = routine.reduce(0) { $0 + $1.words }
        return places * (words - site("").words) - routine
    }

    func site(_ name: String) -> Unit {
        let slot = units[0].slot?.text ?? units[0].instruction.text
        return units[units.count - 1].kind == .exit ? Unit(.exit, "j \(name)", slot: slot) : Unit(.call, "jal \(name)", slot: slot)
    }

    var routine: [Unit] {
        let last = units[units.count - 1]
        // What the first unit does itself, the site has done in its slot.
        var middle = Array(units.dropFirst().dropLast())
        guard hasCalls else { return middle + end(of: last, before: nil) }
        // Its own frame is the 16 octets that every callee may write to, and the return address, in eights.
        // A jump has overwritten the return address when its slot is done: it is put away before, below the stack.
        if units[0].kind == .call {
            middle.insert(Unit(.call, units[0].instruction.text, slot: "addiu $sp, $sp, -24"), at: 0)
        } else {
            middle.insert(Unit("addiu $sp, $sp, -24"), at: 0)
        }
        return [Unit("sw $ra, -4($sp)")] + middle + end(of: last, before: "addiu $sp, $sp, 24")
    }

    /// How the routine ends: as its last unit, or behind it. `frame` lets go of its own frame, where it has one.
    private func end(of last: Unit, before frame: String?) -> [Unit] {
        let fetch = frame == nil ? [] : [Unit("lw $ra, 20($sp)")]
        switch last.kind {
        case .exit: return [last]
        case .call:
            let jump = last.instruction.mnemonic == "jal" ? "j" : "jr"
            let exit = Unit(.exit, "\(jump) \(last.instruction.operands[0])", slot: last.slot?.text ?? "nop")
            return fetch + (frame.map { [Unit($0)] } ?? []) + [exit]
        case .plain, .branch:
            guard let frame else { return [Unit(.exit, "jr $ra", slot: last.instruction.text)] }
            return fetch + [last, Unit(.exit, "jr $ra", slot: frame)]
        }
    }
}

extension Instruction {
    /// What the address is of whose half it names, as `mark` says which; all up to the last parenthesis, or that of the register.
    fileprivate func half(_ mark: String) -> Substring? {
        guard let start = text.firstRange(of: mark)?.upperBound else { return nil }
        var symbol = text[start...]
        if let base = symbol.ranges(of: ")(").last { symbol = symbol[..<base.lowerBound] }
        return symbol.last == ")" ? symbol.dropLast() : symbol
    }
}

extension Unit {
    /// What the runtime does most, and takes one word for, in a register: another frame may lie between it and its caller's.
    private static let quiet: Set<String> = [
        "jal swift_retain", "jal swift_release", "jal swift_bridgeObjectRetain", "jal swift_bridgeObjectRelease",
    ]

    fileprivate var isQuietCall: Bool {
        kind == .call && Unit.quiet.contains(instruction.text) && !(slot?.text.contains("$ra") ?? true)
    }

    fileprivate var looksAtStack: Bool {
        if kind == .call && !isQuietCall { return true }
        return instruction.text.contains("$sp") || slot?.text.contains("$sp") ?? false
    }
}

/// All functions' units one behind the other as numbers, alike ones the same. What may not be in a routine has a number of its own.
private struct Stream {
    struct Candidate {
        let starts: [Int], count: Int, saved: Int
    }

    private var numbers: [Int32] = []
    private var all: [Unit] = []
    private var places: [(function: Int, line: Int)] = []
    /// Where a call may be put that overwrites the return address.
    private var isFree: [Bool] = []
    private var isClaimed: [Bool] = []

    init(_ functions: [Function], tables: Set<String>) {

        var known: [Unit: Int32] = [:], other: Int32 = -1
        for (index, function) in functions.enumerated() {
            let free = function.freesReturnAddress(tables: tables)
            for (line, content) in function.lines.enumerated() {
                guard case .unit(let unit) = content else {
                    append(other, Unit("nop"), index, line, false)
                    other -= 1
                    continue
                }
                if unit.isMovable {
                    let number = known[unit] ?? Int32(known.count)
                    known[unit] = number
                    append(number, unit, index, line, free[line])
                } else {
                    append(other, unit, index, line, false)
                    other -= 1
                }
            }
            append(other, Unit("nop"), index, function.lines.count, false)
            other -= 1
        }
        isClaimed = Array(repeating: false, count: numbers.count)
    }

    private mutating func append(_ number: Int32, _ unit: Unit, _ function: Int, _ line: Int, _ free: Bool) {
        numbers.append(number)
        all.append(unit)
        places.append((function, line))
        isFree.append(free)
    }

    func place(_ start: Int) -> (function: Int, line: Int) { places[start] }
    func units(at start: Int, _ count: Int) -> [Unit] { Array(all[start..<(start + count)]) }
    mutating func claim(_ start: Int, _ count: Int) { for index in start..<(start + count) { isClaimed[index] = true } }

    /// Those of a candidate's places that no better one has taken.
    func unclaimed(_ candidate: Candidate) -> [Int] {
        var starts: [Int] = [], end = 0
        for start in candidate.starts where start >= end && !isClaimed[start..<(start + candidate.count)].contains(true) {
            starts.append(start)
            end = start + candidate.count
        }
        return starts
    }

    /// What saves something, the best first. Sequences grow by one unit at a time, so that only those that stand twice are looked
    /// at further.
    func candidates(_ longest: Int) -> [Candidate] {
        var found: [Candidate] = []
        // Those alike so far, by their first unit.
        var groups: [[Int]] = Array(Dictionary(grouping: numbers.indices.filter { numbers[$0] >= 0 && (all[$0].mayMove || all[$0].isQuietCall) }) { numbers[$0] }.values)
            .filter { $0.count > 1 }
        for count in 2...longest {
            var longer: [[Int]] = []
            for group in groups {
                let next = group.filter { $0 + count <= numbers.count && numbers[$0 + count - 1] >= 0 }
                for alike in Dictionary(grouping: next, by: { numbers[$0 + count - 1] }).values where alike.count > 1 {
                    let last = all[alike[0] + count - 1]
                    consider(alike, count, last, &found)
                    // Behind an end nothing more can follow, nor behind a call that may look at its caller's frame.
                    if last.kind == .plain || last.isQuietCall { longer.append(alike) }
                }
            }
            groups = longer
        }
        // In one order, whatever that of the dictionaries was.
        return found.sorted { ($0.saved, $0.count, $1.starts[0]) > ($1.saved, $1.count, $0.starts[0]) }
    }

    private func consider(_ alike: [Int], _ count: Int, _ last: Unit, _ found: inout [Candidate]) {
        var starts: [Int] = [], end = 0
        for start in alike where start >= end && (last.kind != .plain || isFree[start..<(start + count)].allSatisfy { $0 }) {
            starts.append(start)
            end = start + count
        }
        guard starts.count > 1, let shape = Shape(units(at: starts[0], count)) else { return }
        let saved = shape.saved(starts.count)
        if saved > 0 { found.append(Candidate(starts: starts, count: count, saved: saved)) }
    }
}

extension Unit {
    /// Whether it does the same in a routine: it goes to no label of its function, and neither reads nor writes the return address.
    fileprivate var isMovable: Bool {
        switch kind {
        case .branch: return false
        case .plain: return mayMove
        case .call, .exit: break
        }
        let slotMoves = slot.map { !$0.text.contains("$ra") } ?? false
        return slotMoves && !instruction.text.contains("cygnet_save_")
    }
}
