extension Function {
    /// For each line, whether `$ra` may be overwritten there: the function has put it away, and has not fetched it again.
    func freesReturnAddress(tables: Set<String>) -> [Bool] {
        guard !computesInReturnAddress else { return Array(repeating: false, count: lines.count) }
        let blocks = blocks(tables)
        // What is not known yet is believed to be free, until a way is found on which it is not.
        var entry = [Bool](repeating: true, count: blocks.count)
        if !entry.isEmpty { entry[0] = false }
        var changed = true
        while changed {
            changed = false
            for (index, block) in blocks.enumerated() {
                let end = block.lines.reduce(entry[index]) { Function.isFree(after: lines[$1], before: $0) }
                for next in block.next where entry[next] && !end {
                    entry[next] = false
                    changed = true
                }
            }
        }
        var free = [Bool](repeating: false, count: lines.count)
        for (index, block) in blocks.enumerated() {
            var state = entry[index]
            for line in block.lines {
                free[line] = state
                state = Function.isFree(after: lines[line], before: state)
            }
        }
        return free
    }

    /// Whether LLVM, short of registers, keeps in `$ra` what it computes with: it is named elsewhere than where it is put away and
    /// fetched again, in one place of the frame, and where the function ends.
    private var computesInReturnAddress: Bool {
        var places: Set<Substring> = []
        for line in lines {
            // The programmer's own assembly may do with it what it likes.
            if case .other(let text) = line, !text.hasPrefix("\t.frame"), text.contains("$ra") || text.contains("$31") { return true }
            guard case .unit(let unit) = line else { continue }
            for instruction in [unit.instruction, unit.slot].compactMap({ $0 }) where instruction.text.contains("$ra") {
                let operands = instruction.operands
                switch instruction.mnemonic {
                case "sw", "lw":
                    guard operands[0] == "$ra", operands[1].hasSuffix("($sp)") else { return true }
                    places.insert(operands[1])
                case "jr": continue
                case "move" where instruction.text == "move $1, $ra": continue
                default: return true
                }
            }
        }
        return places.count > 1
    }

    private static func isFree(after line: Line, before: Bool) -> Bool {
        guard case .unit(let unit) = line else { return before }
        if unit.kind == .call, unit.instruction.text.hasPrefix("jal cygnet_save_") { return true }
        for instruction in [unit.instruction, unit.slot].compactMap({ $0 }) {
            if instruction.text.hasPrefix("sw $ra, ") { return true }
            if instruction.text.hasPrefix("lw $ra, ") { return false }
        }
        return before
    }

    private struct Block {
        var lines: Range<Int>, next: [Int] = []
    }

    /// Pieces that are done from their first line to their last, and where each goes on.
    private func blocks(_ tables: Set<String>) -> [Block] {
        var blocks: [Block] = [], starts: [String: Int] = [:], start = 0
        func end(_ line: Int) {
            guard line > start else { return }
            blocks.append(Block(lines: start..<line))
            start = line
        }
        for (index, line) in lines.enumerated() {
            switch line {
            case .label(let name):
                end(index)
                starts[name] = blocks.count
            case .unit(let unit) where unit.kind == .branch || unit.kind == .exit: end(index + 1)
            default: break
            }
        }
        end(lines.count)
        let switched = starts.filter { tables.contains($0.key) }.map(\.value)
        for index in blocks.indices {
            guard let last = blocks[index].lines.last else { continue }
            var next: [Int] = []
            var fallsThrough = true
            if case .unit(let unit) = lines[last] {
                fallsThrough = !unit.neverComesBack
                if unit.kind == .branch {
                    if let target = unit.instruction.operands.last, let block = starts[String(target)] { next.append(block) }
                    if unit.instruction.mnemonic == "jr" { next += switched }
                }
            }
            if fallsThrough { next.append(index + 1) }
            blocks[index].next = next.filter { $0 < blocks.count }
        }
        return blocks
    }
}
