/// A function that calls others puts away the registers that it must give back, and fetches them again at each of its ends: up to
/// ten instructions each time. What is alike for all functions with the same registers is there once.
///
/// LLVM puts them at the top of the frame, the return address first, then `$fp` and `$23` down to `$16`, as many as there are.
struct Frames {
    private var routines: [String: [Unit]] = [:]
    /// How often a function begins with these registers and a frame of this size.
    private var starts: [Start: Int] = [:]

    private struct Start: Hashable {
        let registers: [String], size: Int
    }

    /// What the functions call, as functions.
    var functions: [Function] {
        routines.sorted { $0.key < $1.key }.map { name, units in Function(lines: [.label(name)] + units.map { .unit($0) }) }
    }

    /// Replaces the beginning and the ends of each function, where it is shorter so.
    mutating func share(_ functions: inout [Function]) {
        for function in functions {
            if let (start, _) = Frames.start(of: function) { starts[start, default: 0] += 1 }
        }
        for index in functions.indices {
            shareStart(&functions[index])
            shareEnds(&functions[index])
        }
    }

    private static let order = ["$ra", "$fp", "$23", "$22", "$21", "$20", "$19", "$18", "$17", "$16"]

    /// N of `addiu $sp, $sp, N`.
    private static func adjustment(_ instruction: Instruction) -> Int? {
        let prefix = "addiu $sp, $sp, "
        return instruction.text.hasPrefix(prefix) ? Int(instruction.text.dropFirst(prefix.count)) : nil
    }

    /// The register of `sw` or `lw` that is put at, or fetched from, its place in a frame of `size` octets, where `place` are above it.
    private static func saved(_ line: Line, _ name: String, size: Int, place: Int) -> String? {
        guard case .unit(let unit) = line, unit.kind == .plain, unit.instruction.mnemonic == name else { return nil }
        let operands = unit.instruction.operands
        guard operands.count == 2, operands[1] == "\(size - 4 * place - 4)($sp)", order.contains(String(operands[0])) else { return nil }
        return String(operands[0])
    }

    /// The octets of `count` registers, to the eight that a stack keeps to.
    private static func room(_ count: Int) -> Int { (4 * count + 7) & ~7 }

    private static func name(_ deed: String, _ registers: [String]) -> String {
        "cygnet_\(deed)_" + registers.map { $0.dropFirst() }.joined(separator: "_")
    }

    /// What a function puts away first of all, and in which lines.
    private static func start(of function: Function) -> (Start, ClosedRange<Int>)? {
        guard let first = function.lines.firstIndex(where: { if case .unit = $0 { true } else { false } }),
              case .unit(let lowering) = function.lines[first], let lowered = adjustment(lowering.instruction), lowered < 0
        else { return nil }
        var registers: [String] = []
        for line in function.lines[(first + 1)...] {
            guard let register = saved(line, "sw", size: -lowered, place: registers.count) else { break }
            registers.append(register)
        }
        guard registers.first == "$ra", -lowered >= room(registers.count) else { return nil }
        return (Start(registers: registers, size: -lowered), first...(first + registers.count))
    }

    private mutating func shareStart(_ function: inout Function) {
        guard let (start, lines) = Frames.start(of: function) else { return }
        let registers = start.registers, room = Frames.room(registers.count)
        // The routine knows where the frame's top is if it lowers no further: one of its own for a size that many functions have.
        let hasOwn = start.size == room || starts[start] ?? 0 > registers.count + 1
        let size = hasOwn ? start.size : room
        let replaced = [
            Unit("move $1, $ra"),
            Unit(.call, "jal \(Frames.name("save", registers))_\(size)", slot: "addiu $sp, $sp, -\(size)"),
        ] + (hasOwn ? [] : [Unit("addiu $sp, $sp, -\(start.size - size)")])
        guard replaced.reduce(0, { $0 + $1.words }) < lines.count else { return }
        function.lines.replaceSubrange(lines, with: replaced.map { .unit($0) })
        // The return address is in $1 meanwhile, which no function is given anything in.
        let stores = registers.enumerated().map { place, register in
            "sw \(place == 0 ? "$1" : register), \(size - 4 * place - 4)($sp)"
        }
        routines["\(Frames.name("save", registers))_\(size)"] =
            stores.dropLast().map { Unit($0) } + [Unit(.exit, "jr $ra", slot: stores[stores.count - 1])]
    }

    private mutating func shareEnds(_ function: inout Function) {
        var end = function.lines.count - 1
        while end > 0 {
            defer { end -= 1 }
            guard case .unit(let unit) = function.lines[end], unit.instruction.text == "jr $ra", let slot = unit.slot,
                  let size = Frames.adjustment(slot), size > 0
            else { continue }
            var first = end, registers: [String] = []
            // They are fetched in the opposite order: the return address last.
            while first > 0, let register = Frames.saved(function.lines[first - 1], "lw", size: size, place: end - first) {
                registers.append(register)
                first -= 1
            }
            let room = Frames.room(registers.count)
            guard registers.first == "$ra", size >= room else { continue }
            let name = Frames.name("restore", registers)
            let loads = registers.enumerated().reversed().map { place, register in
                Unit("lw \(register), \(room - 4 * place - 4)($sp)")
            }
            routines[name] = loads + [Unit(.exit, "jr $ra", slot: "addiu $sp, $sp, \(room)")]
            var slotted = "addiu $sp, $sp, \(size - room)"
            if size == room {
                // Nothing to add: what stands before goes where the CPU does it anyway.
                slotted = "nop"
                if first > 0, case .unit(let before) = function.lines[first - 1], before.mayMove {
                    slotted = before.instruction.text
                    first -= 1
                }
            }
            function.lines.replaceSubrange(first...end, with: [.unit(Unit(.exit, "j \(name)", slot: slotted))])
            end = first
        }
    }
}

extension Unit {
    /// Whether it does the same in the slot of a jump that comes after it, or first thing behind one: it neither reads nor writes
    /// the return address, and moves no stack.
    var mayMove: Bool {
        kind == .plain && !instruction.text.contains("$ra") && instruction.operands.first != "$sp" && instruction.mnemonic != "break"
    }
}
