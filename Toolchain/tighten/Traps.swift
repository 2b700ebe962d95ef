/// Swift's checks branch to a `break`, each to its own. MIPS has instructions that trap where a condition holds: one, in place of a
/// branch, perhaps a `nop` in its slot, and the `break`. Both end in SIGTRAP.
extension Function {
    mutating func trapInPlace(tables: Set<String>) {
        let traps = trapLabels
        guard !traps.isEmpty else { return }
        var counts: [Substring: Int] = [:]
        for line in lines { for label in labels(of: line) { counts[label, default: 0] += 1 } }
        var kept: [Line] = []
        for line in lines {
            guard case .unit(let unit) = line, unit.kind == .branch, let target = unit.instruction.operands.last,
                  traps.contains(target), let trap = Function.trap(for: unit.instruction)
            else {
                kept.append(line)
                continue
            }
            counts[target, default: 0] -= 1
            kept.append(.unit(Unit(trap)))
            // The branch looked at its condition before its slot was done, as the trap does.
            if let slot = unit.slot, slot.text != "nop" { kept.append(.unit(Unit(slot.text))) }
        }
        lines = kept
        compareInTraps()
        dropUnreached(traps) { counts[$0] ?? 0 == 0 && !tables.contains(String($0)) }
    }

    /// A comparison whose outcome only a trap looks at is one with it.
    private mutating func compareInTraps() {
        var index = 1
        while index < lines.count {
            defer { index += 1 }
            guard case .unit(let trap) = lines[index], case .unit(let compare) = lines[index - 1],
                  let joined = Function.joined(compare.instruction, trap.instruction), isDead(compare.instruction.operands[0], behind: index)
            else { continue }
            lines.replaceSubrange((index - 1)...index, with: [.unit(Unit(joined))])
            index -= 1
        }
    }

    /// `slt` and `tne`, as an example, in one instruction; nil where these are no such two.
    private static func joined(_ compare: Instruction, _ trap: Instruction) -> String? {
        let compared = compare.operands, trapped = trap.operands
        guard trapped.count == 2, trapped[1] == "$zero", compared.count == 3, trapped[0] == compared[0] else { return nil }
        let whenLess: Bool
        switch trap.mnemonic {
        case "tne": whenLess = true
        case "teq": whenLess = false
        default: return nil
        }
        let name: String
        switch compare.mnemonic {
        case "slt": name = whenLess ? "tlt" : "tge"
        case "sltu": name = whenLess ? "tltu" : "tgeu"
        case "slti": name = whenLess ? "tlti" : "tgei"
        case "sltiu": name = whenLess ? "tltiu" : "tgeiu"
        default: return nil
        }
        return "\(name) \(compared[1]), \(compared[2])"
    }

    /// Whether nobody looks at what `register` holds behind a line: it is written before it is read, in the instructions that certainly
    /// come next. A call leaves nothing in `$1`.
    private func isDead(_ register: Substring, behind line: Int) -> Bool {
        for next in lines[(line + 1)...] {
            guard case .unit(let unit) = next else { return false }
            for instruction in [unit.slot, unit.instruction].compactMap({ $0 }) where instruction.reads(register) { return false }
            switch unit.kind {
            case .plain: if unit.instruction.operands.first == register { return true }
            case .call, .exit: return register == "$1"
            case .branch: return false
            }
        }
        return false
    }

    /// Labels right before a `break`.
    private var trapLabels: Set<Substring> {
        var found: Set<Substring> = [], pending: [Substring] = []
        for line in lines {
            switch line {
            case .label(let name): pending.append(name[...])
            case .other(let text) where text == "\t.insn": break
            case .unit(let unit) where unit.instruction.text == "break":
                found.formUnion(pending)
                pending = []
            default: pending = []
            }
        }
        return found
    }

    func labels(of line: Line) -> [Substring] {
        guard case .unit(let unit) = line else { return [] }
        let words = unit.instruction.operands + (unit.slot?.operands ?? [])
        return words.flatMap { $0.split { "()".contains($0) } }.filter { $0.hasPrefix("$BB") }
    }

    /// The instruction that traps where `branch` would have been taken, or nil where there is none.
    private static func trap(for branch: Instruction) -> String? {
        let operands = branch.operands
        switch (branch.mnemonic, operands.count) {
        case ("beq", 3): return "teq \(operands[0]), \(operands[1])"
        case ("bne", 3): return "tne \(operands[0]), \(operands[1])"
        case ("beqz", 2): return "teq \(operands[0]), $zero"
        case ("bnez", 2): return "tne \(operands[0]), $zero"
        case ("bltz", 2): return "tlt \(operands[0]), $zero"
        case ("bgez", 2): return "tge \(operands[0]), $zero"
        case ("blez", 2): return "tge $zero, \(operands[0])"
        case ("bgtz", 2): return "tlt $zero, \(operands[0])"
        default: return nil
        }
    }

    /// Takes away each `break` that nobody comes to: behind a jump that does not come back, or another trap, with no label in use.
    private mutating func dropUnreached(_ traps: Set<Substring>, isUnused: (Substring) -> Bool) {
        var kept: [Line] = [], isReached = true
        for line in lines {
            switch line {
            case .label(let name) where traps.contains(name[...]) && isUnused(name[...]): continue
            case .label: isReached = true
            case .unit(let unit):
                if unit.instruction.text == "break" {
                    guard isReached else { continue }
                    isReached = false
                } else {
                    isReached = !unit.neverComesBack
                }
            case .other(let text) where text == "\t.insn": break
            case .other: isReached = true
            }
            kept.append(line)
        }
        lines = kept
    }
}

extension Instruction {
    private static let writers: Set<Substring> = [
        "addiu", "addu", "subu", "lw", "lbu", "lb", "lhu", "lh", "lui", "move", "or", "ori", "and", "andi", "xor", "xori", "nor",
        "sll", "srl", "sra", "sllv", "srlv", "srav", "slt", "sltu", "slti", "sltiu", "mfhi", "mflo", "mul", "ext", "not", "negu",
        "seb", "seh", "clz",
    ]

    /// Whether it may look at what `register` holds. Those that are known to write their first operand do not look at that.
    fileprivate func reads(_ register: Substring) -> Bool {
        let operands = operands, looked = Instruction.writers.contains(mnemonic) ? operands.dropFirst() : operands[...]
        return looked.contains { $0 == register || $0.hasSuffix("(\(register))") }
    }
}

extension Unit {
    /// Whether what stands behind it is not done after it.
    var neverComesBack: Bool {
        switch kind {
        case .exit: true
        case .branch: ["j", "b", "jr"].contains(instruction.mnemonic)
        case .plain, .call: false
        }
    }
}
