/// A machine instruction as text, without its comment: what is alike is one number.
struct Instruction: Hashable {
    let text: String

    var mnemonic: Substring { text.prefix { $0 != " " } }
    var operands: [Substring] {
        text.dropFirst(mnemonic.count).split(separator: ",").map { $0.drop { $0 == " " } }
    }

    init(_ text: String) { self.text = text }
}

/// What the passes move and replace: an instruction, or one that jumps together with the one behind it, which the CPU does first
/// (its delay slot).
struct Unit: Hashable {
    enum Kind { case plain, call, exit, branch }

    let kind: Kind
    let instruction: Instruction
    var slot: Instruction?

    /// How many instructions it is.
    var words: Int { slot == nil ? 1 : 2 }

    init(_ text: String) {
        kind = .plain
        instruction = Instruction(text)
    }

    init(_ kind: Kind, _ text: String, slot: String) {
        self.kind = kind
        instruction = Instruction(text)
        self.slot = Instruction(slot)
    }
}

/// A line of a function: a unit, or what is no instruction. Labels and the programmer's own assembly end what is looked at together.
enum Line: Hashable {
    case unit(Unit)
    case label(String)
    case other(String)
}

struct Function {
    var lines: [Line]
}

/// What LLVM writes for MIPS, as functions and whatever lies between them.
struct Assembly {
    enum Piece {
        case text([String])
        case function(Function)
    }

    var pieces: [Piece] = []
    /// The labels that data names (tables that a `switch` jumps through): who goes there is not to be seen in the code.
    var labelsInData: Set<String> = []

    struct SyntaxError: Error, CustomStringConvertible {
        let line: Int, description: String
    }

    /// Takes the lines that `next` hands out one by one. Throws what it finds where a jump has nothing behind it.
    init(_ next: () -> String?) throws(SyntaxError) {
        var text: [String] = [], number = 0
        // The function that is being read, whether that is in the programmer's own assembly, and the jump whose slot comes next.
        var function: [Line]?, isOwn = false, jump: (Unit.Kind, String)?
        while let line = next() {
            number += 1
            guard function != nil else {
                text.append(line)
                if line.hasPrefix("\t.4byte\t$BB") { labelsInData.insert(String(line.dropFirst(8))) }
                if line.hasPrefix("\t.ent\t") {
                    pieces.append(.text(text))
                    text = []
                    function = []
                }
                continue
            }
            if line.hasPrefix("\t.end\t") {
                guard jump == nil else { throw SyntaxError(line: number, description: "a jump has nothing behind it") }
                pieces.append(.function(Function(lines: function ?? [])))
                text = [line]
                function = nil
            } else if jump == nil, isOwn || line.hasPrefix("\t#APP") {
                isOwn = !line.hasPrefix("\t#NO_APP")
                function?.append(.other(line))
            } else if let said = Assembly.instruction(line) {
                if let (kind, before) = jump {
                    function?.append(.unit(Unit(kind, before, slot: said)))
                    jump = nil
                } else if let kind = Assembly.jump(said) {
                    jump = (kind, said)
                } else if said.first == "j" || said.first == "b", said != "break" {
                    throw SyntaxError(line: number, description: "it is not known where '\(said)' goes")
                } else {
                    function?.append(.unit(Unit(said)))
                }
            } else if line.hasPrefix("#") {
                continue
            } else {
                guard jump == nil else { throw SyntaxError(line: number, description: "a jump has nothing behind it") }
                let bare = Assembly.uncommented(line)
                function?.append(bare.hasSuffix(":") ? .label(String(bare.dropLast())) : .other(line))
            }
        }
        pieces.append(.text(text))
    }

    /// The names of texts hold what the texts do: a `#` in quotes begins no comment.
    private static func uncommented(_ line: String) -> String {
        var isQuoted = false, isEscaped = false
        var bare = line.prefix { character in
            defer { isEscaped = character == "\\" && !isEscaped }
            if character == "\"", !isEscaped { isQuoted.toggle() }
            return isQuoted || character != "#"
        }
        while let last = bare.last, last == " " || last == "\t" { bare.removeLast() }
        return String(bare)
    }

    /// The instruction of a line, a space behind its name, or nil where the line is something else.
    private static func instruction(_ line: String) -> String? {
        guard line.first == "\t", let second = line.dropFirst().first, second.isLetter else { return nil }
        let bare = uncommented(line).dropFirst(), name = bare.prefix { $0 != "\t" }
        return name.count == bare.count ? String(name) : "\(name) \(bare.dropFirst(name.count + 1))"
    }

    private static let branches: Set<Substring> = [
        "b", "bal", "beq", "bne", "beqz", "bnez", "bltz", "bgez", "blez", "bgtz", "bltzal", "bgezal", "bc1t", "bc1f",
        "beql", "bnel", "beqzl", "bnezl", "bltzl", "bgezl", "blezl", "bgtzl", "bc1tl", "bc1fl",
    ]

    /// What kind of jump an instruction is. A jump to a label of the same function is a branch; so is one through a table.
    private static func jump(_ text: String) -> Unit.Kind? {
        let instruction = Instruction(text)
        switch instruction.mnemonic {
        case "jal", "jalr": return .call
        case "jr": return text == "jr $ra" ? .exit : .branch
        case "j": return text.hasPrefix("j $BB") ? .branch : .exit
        case let name: return branches.contains(name) ? .branch : nil
        }
    }

    var functions: [Function] {
        pieces.compactMap { if case .function(let function) = $0 { function } else { nil } }
    }

    /// Puts `functions` where there were those of before.
    mutating func replace(_ functions: [Function]) {
        var next = functions.makeIterator()
        pieces = pieces.map { piece in
            if case .function = piece, let function = next.next() { .function(function) } else { piece }
        }
    }

    /// Hands every line to `write`, those of `routines` in a section of their own.
    func write(_ routines: [Function], _ write: (String) -> Void) {
        for piece in pieces {
            switch piece {
            case .text(let lines): lines.forEach(write)
            case .function(let function): Assembly.write(function.lines, write)
            }
        }
        guard !routines.isEmpty else { return }
        for line in [".section .text.cygnet_routines,\"ax\",@progbits", ".p2align 2", ".set noreorder", ".set nomacro", ".set noat"] {
            write("\t\(line)")
        }
        for routine in routines { Assembly.write(routine.lines, write) }
    }

    private static func write(_ lines: [Line], _ write: (String) -> Void) {
        for line in lines {
            switch line {
            case .label(let name): write("\(name):")
            case .other(let text): write(text)
            case .unit(let unit):
                write("\t\(unit.instruction.text)")
                if let slot = unit.slot { write("\t\(slot.text)") }
            }
        }
    }
}
