import Testing
@testable import tighten

/// What `tighten` makes of a function's instructions, without directives and with a space behind each instruction's name.
private func tightened(_ functions: (name: String, text: String)..., data: [String] = []) throws -> [String] {
    var lines: [String] = []
    for (name, text) in functions {
        lines += ["\t.ent\t\(name)", "\(name):", "\t.frame\t$sp,0,$ra"]
        for line in text.split(separator: "\n") {
            let bare = line.trimmingPrefix { $0 == " " }
            let instruction = bare.split(separator: " ", maxSplits: 1).joined(separator: "\t")
            lines.append(bare.hasSuffix(":") ? String(bare) : "\t\(instruction)")
        }
        lines.append("\t.end\t\(name)")
    }
    lines += data
    var next = lines.makeIterator(), written: [String] = []
    try tighten({ next.next() }, { written.append($0) })
    return written.filter { !$0.hasPrefix("\t.") }.map { $0.hasPrefix("\t") ? String($0.dropFirst()) : $0 }
}

@Suite struct TightenTests {
    /// A function's end, with its trap behind it.
    private static let end = "jr $ra\nmove $2, $1\n$BB0_2:\nbreak"

    @Test(arguments: [
        ("bne $4, $5, $BB0_2\nmove $1, $4", ["tne $4, $5", "move $1, $4"]),
        ("bltz $4, $BB0_2\nnop", ["tlt $4, $zero"]),
        ("blez $4, $BB0_2\nnop", ["tge $zero, $4"]),
        // A comparison becomes part of the trap, unless its outcome is looked at again.
        ("sltu $1, $4, $5\nbeqz $1, $BB0_2\nnop\naddiu $1, $4, 1", ["tgeu $4, $5", "addiu $1, $4, 1"]),
        ("slti $1, $4, 5\nbnez $1, $BB0_2\nnop\nlw $1, 0($4)", ["tlti $4, 5", "lw $1, 0($4)"]),
        ("sltu $1, $4, $5\nbeqz $1, $BB0_2\nnop", ["sltu $1, $4, $5", "teq $1, $zero"]),
        ("sltu $1, $4, $5\nbeqz $1, $BB0_2\nnop\nsw $1, 0($4)", ["sltu $1, $4, $5", "teq $1, $zero", "sw $1, 0($4)"]),
    ])
    func checksTrapInPlace(_ text: String, _ expected: [String]) throws {
        #expect(try tightened(("f", "\(text)\n\(Self.end)")) == ["f:"] + expected + ["jr $ra", "move $2, $1"])
    }

    @Test func aBreakStaysThatATableLeadsTo() throws {
        let out = try tightened(("f", "bnez $4, $BB0_2\nnop\n\(Self.end)"), data: ["\t.4byte\t$BB0_2"])
        #expect(out == ["f:", "tne $4, $zero", "jr $ra", "move $2, $1", "$BB0_2:", "break"])
    }

    private static let framed = """
        addiu $sp, $sp, -40
        sw $ra, 36($sp)
        sw $18, 32($sp)
        sw $17, 28($sp)
        sw $16, 24($sp)
        jal %
        nop
        lw $16, 24($sp)
        lw $17, 28($sp)
        lw $18, 32($sp)
        lw $ra, 36($sp)
        jr $ra
        addiu $sp, $sp, 40
        """

    @Test func framesAreMadeAndLeftInOnePlace() throws {
        let out = try tightened(("f", Self.framed.replacing("%", with: "g")))
        #expect(out == [
            "f:", "move $1, $ra", "jal cygnet_save_ra_18_17_16_16", "addiu $sp, $sp, -16", "addiu $sp, $sp, -24", "jal g", "nop",
            "j cygnet_restore_ra_18_17_16", "addiu $sp, $sp, 24",
            "cygnet_restore_ra_18_17_16:", "lw $16, 0($sp)", "lw $17, 4($sp)", "lw $18, 8($sp)", "lw $ra, 12($sp)", "jr $ra",
            "addiu $sp, $sp, 16",
            "cygnet_save_ra_18_17_16_16:", "sw $1, 12($sp)", "sw $18, 8($sp)", "sw $17, 4($sp)", "jr $ra", "sw $16, 0($sp)",
        ])
    }

    /// Five instructions and the calls between which they stand.
    private static let work = """
        addiu $4, $16, 1
        addiu $5, $16, 2
        addiu $6, $16, 3
        sw $4, 16($17)
        sw $5, 20($17)
        """

    @Test func whatStandsThriceIsARoutine() throws {
        let body = "addiu $sp, $sp, -8\nsw $ra, 4($sp)\n\(Self.work)\njal g%\nnop\nlw $ra, 4($sp)\njr $ra\naddiu $sp, $sp, 8"
        let out = try tightened(("a", body.replacing("%", with: "1")), ("b", body.replacing("%", with: "2")), ("c", body.replacing("%", with: "3")))
        let routine = try #require(out.firstIndex { $0.hasPrefix("cygnet_again") })
        #expect(out[routine...].dropFirst() == ["addiu $5, $16, 2", "addiu $6, $16, 3", "sw $4, 16($17)", "jr $ra", "sw $5, 20($17)"])
        // The first stays behind, in the slot of the call.
        #expect(out.filter { $0 == "jal \(out[routine].dropLast())" }.count == 3)
        #expect(out.filter { $0 == "addiu $4, $16, 1" }.count == 3)
    }

    /// Four functions that let go of the same two, do something of their own at `%`, and end.
    private func releasing(_ middle: String) throws -> [String] {
        let body = """
            addiu $sp, $sp, -8
            sw $ra, 4($sp)
            jal swift_release
            move $4, $16
            \(middle)
            jal swift_release
            move $4, $17
            bnez $2, $BB_1
            nop
            $BB_1:
            lw $ra, 4($sp)
            jr $ra
            addiu $sp, $sp, 8
            """
        let named = (0..<4).map { (name: "f\($0)", text: body.replacing("$BB_1", with: "$BB\($0)_1")) }
        return try tightened(named[0], named[1], named[2], named[3])
    }

    @Test func aRoutineThatCallsPutsItsReturnAddressAwayBefore() throws {
        let out = try releasing("jal swift_retain\nmove $4, $18")
        let routine = try #require(out.firstIndex { $0.hasPrefix("cygnet_again") })
        #expect(out[routine...].dropFirst() == [
            "sw $ra, -4($sp)", "jal swift_release", "addiu $sp, $sp, -24", "jal swift_retain", "move $4, $18", "lw $ra, 20($sp)",
            "addiu $sp, $sp, 24", "j swift_release", "move $4, $17",
        ])
        let call = try #require(out.firstIndex(of: "jal \(out[routine].dropLast())"))
        #expect(out[call + 1] == "move $4, $16")
    }

    /// What looks at the caller's frame, or may: no other frame comes between.
    @Test(arguments: ["lw $18, 16($sp)", "jal other\nsw $18, 16($sp)", "jal other\nnop"])
    func aRoutineThatCallsLooksAtNoFrame(_ middle: String) throws {
        let out = try releasing(middle)
        var isBetween = false
        for line in out {
            if line == "addiu $sp, $sp, 24" { isBetween = false }
            let isOfFrame = line == "lw $ra, 20($sp)" || line == "jal swift_release"
            #expect(!isBetween || isOfFrame || !line.contains("$sp") && !line.hasPrefix("jal"), "\(out)")
            if line == "addiu $sp, $sp, -24" { isBetween = true }
        }
    }

    @Test func noRoutineIsCalledWhereTheReturnAddressIsStillNeeded() throws {
        let out = try tightened(("a", "\(Self.work)\nb $BB0_1\nnop\n$BB0_1:\nxor $2, $3, $4\njr $ra\nnop"),
                                ("b", "\(Self.work)\nb $BB1_1\nnop\n$BB1_1:\nxor $2, $3, $5\njr $ra\nnop"),
                                ("c", "\(Self.work)\nb $BB2_1\nnop\n$BB2_1:\nxor $2, $3, $6\njr $ra\nnop"))
        #expect(!out.contains { $0.hasPrefix("jal") })
    }

    @Test func noRoutineIsCalledWhereTheReturnAddressIsComputedIn() throws {
        let body = "addiu $sp, $sp, -8\nsw $ra, 4($sp)\nlui $ra, %\n\(Self.work)\naddu $2, $2, $ra\nlw $ra, 4($sp)\njr $ra\naddiu $sp, $sp, 8"
        let out = try tightened(("a", body.replacing("%", with: "1")), ("b", body.replacing("%", with: "2")), ("c", body.replacing("%", with: "3")))
        #expect(!out.contains { $0.hasPrefix("jal cygnet_again") })
    }

    @Test func bothHalvesOfAnAddressStayInOneSection() throws {
        let body = """
            addiu $sp, $sp, -8
            sw $ra, 4($sp)
            lui $1, %hi(text)
            beqz $4, $BB_1
            nop
            addiu $5, $16, 2
            addiu $4, $1, %lo(text)
            addiu $6, $16, 3
            addiu $7, $16, 4
            addiu $8, $16, 5
            jal g
            nop
            $BB_1:
            lw $ra, 4($sp)
            jr $ra
            addiu $sp, $sp, 8
            """
        let out = try tightened(("a", body.replacing("$BB_1", with: "$BB0_1")), ("b", body.replacing("$BB_1", with: "$BB1_1")),
                                ("c", body.replacing("$BB_1", with: "$BB2_1")))
        #expect(out.filter { $0 == "addiu $4, $1, %lo(text)" }.count == 3)
        let routines = try #require(out.firstIndex { $0.hasPrefix("cygnet_") })
        #expect(!out[routines...].contains { $0.contains("text") })
        #expect(out[routines...].contains("addiu $7, $16, 4"))
    }

    @Test func aSlotIsFilledFromWhereNobodyElseComes() throws {
        let out = try tightened(("f", """
            beqz $4, $BB0_2
            nop
            jr $ra
            nop
            $BB0_2:
            addiu $2, $5, 1
            jr $ra
            nop
            """))
        #expect(out == ["f:", "beqzl $4, $BB0_2", "addiu $2, $5, 1", "jr $ra", "nop", "$BB0_2:", "jr $ra", "nop"])
    }

    @Test func aTextsNameKeepsItsSigns() throws {
        let out = try tightened(("f", "lui $1, %hi(\"$.str.a, # b\")\njr $ra # 4-byte Folded Reload\nnop"))
        #expect(out == ["f:", "lui $1, %hi(\"$.str.a, # b\")", "jr $ra", "nop"])
    }

    @Test(arguments: ["jr $ra", "jr $ra\n$BB0_1:", "bposge32 $BB0_1\nnop"])
    func whatIsNotUnderstoodIsRefused(_ text: String) throws {
        #expect(throws: Assembly.SyntaxError.self) { try tightened(("f", text)) }
    }
}
