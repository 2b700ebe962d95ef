/// A branch whose slot LLVM could fill with nothing takes the first instruction of where it goes, if nobody else comes there. The slot
/// of a "likely" branch is done only where the branch is taken.
extension Function {
    mutating func fillSlots(tables: Set<String>) {
        var references: [Substring: Int] = [:]
        for line in lines { for label in labels(of: line) { references[label, default: 0] += 1 } }
        var starts: [Substring: Int] = [:]
        for (index, line) in lines.enumerated() { if case .label(let name) = line { starts[name[...]] = index } }
        var emptied: Set<Int> = []
        for index in lines.indices {
            guard case .unit(let branch) = lines[index], branch.kind == .branch, branch.slot?.text == "nop",
                  let target = branch.instruction.operands.last, references[target] == 1, !tables.contains(String(target)),
                  let start = starts[target], let filling = first(behind: start), !emptied.contains(filling),
                  case .unit(let moved) = lines[filling], let likely = Function.likely(branch.instruction)
            else { continue }
            lines[index] = .unit(Unit(.branch, likely, slot: moved.instruction.text))
            emptied.insert(filling)
        }
        lines = lines.indices.filter { !emptied.contains($0) }.map { lines[$0] }
    }

    /// The line of the first instruction behind the label at `start`, where nothing but a branch gets to it, and a slot may hold it.
    private func first(behind start: Int) -> Int? {
        guard start > 0, case .unit(let before) = lines[start - 1], before.neverComesBack || before.instruction.text == "break" else { return nil }
        for index in lines.indices[(start + 1)...] {
            switch lines[index] {
            case .other(let text) where text == "\t.insn": continue
            case .unit(let unit): return unit.kind == .plain && !unit.instruction.text.contains("$ra") ? index : nil
            case .label, .other: return nil
            }
        }
        return nil
    }

    private static func likely(_ branch: Instruction) -> String? {
        switch branch.mnemonic {
        case "j", "b": branch.text
        case "beq", "bne", "beqz", "bnez", "bltz", "bgez", "blez", "bgtz":
            "\(branch.mnemonic)l" + branch.text.dropFirst(branch.mnemonic.count)
        default: nil
        }
    }
}
