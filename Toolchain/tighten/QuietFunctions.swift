/// Functions that are given everything in registers, and look at nothing of their caller's frame: there may be another frame between
/// the two.
struct QuietFunctions {
    private(set) var names: Set<String>

    /// Looks at `functions` as LLVM wrote them. `others` are of other files, and known to take no more than four words.
    init(_ functions: [Function], others: Set<String>) {
        var exits: [String: [Substring]] = [:]
        for function in functions where !function.looksAboveItsFrame {
            guard let name = function.name else { continue }
            exits[name] = function.lines.compactMap {
                guard case .unit(let unit) = $0, unit.kind == .exit, unit.instruction.text != "jr $ra" else { return nil }
                return unit.instruction.operands.first
            }
        }
        names = others.union(exits.keys)
        // Whoever ends by jumping to another function hands on its caller's frame.
        var count = 0
        while count != names.count {
            count = names.count
            for (name, others) in exits where !others.allSatisfy({ names.contains(String($0)) }) { names.remove(name) }
        }
    }
}

extension Function {
    var name: String? {
        for case .label(let name) in lines { return name }
        return nil
    }

    /// Whether an offset from the stack's pointer is past the frame's own size, or where that cannot be told.
    fileprivate var looksAboveItsFrame: Bool {
        var size: Int?
        for line in lines {
            switch line {
            case .other(let text) where text.hasPrefix("\t.frame\t$sp,"):
                size = Int(text.dropFirst("\t.frame\t$sp,".count).prefix { $0 != "," })
            case .other(let text) where text.hasPrefix("\t#APP"): return true
            case .unit(let unit):
                guard let size else { return true }
                for instruction in [unit.instruction, unit.slot].compactMap({ $0 }) where instruction.text.contains("$sp") {
                    guard instruction.keepsWithin(size) else { return true }
                }
            default: break
            }
        }
        return size == nil
    }
}

extension Instruction {
    /// Whether what it does with the stack's pointer stays in a frame of `size` octets.
    fileprivate func keepsWithin(_ size: Int) -> Bool {
        let operands = operands
        if mnemonic == "addiu", operands.count == 3, operands[1] == "$sp", let by = Int(operands[2]) {
            return operands[0] == "$sp" ? abs(by) == size : by < size
        }
        if mnemonic == "move" { return operands.last == "$sp" && size > 0 }
        guard let place = operands.last, place.hasSuffix("($sp)"), let offset = Int(place.dropLast(5)) else { return false }
        return offset < size
    }
}
