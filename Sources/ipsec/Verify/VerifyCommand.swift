import Daemon
import Linux
import Wire

/// `ipsec verify`: whether this installation can work, and what to do if it cannot.
enum VerifyCommand {
    private static let column = 64

    static func run(_ words: [Name]) -> Int32 {
        if words.count == 2, words[0] == "--host" { return VerifyHost.run(words[1]) }
        guard words.isEmpty || words == ["--json"] else {
            complain("verify takes nothing, --json, or --host HOST; 'ipsec help verify' explains it")
            return 2
        }
        guard ThisProcess.user == 0 else {
            complain("verify is for root")
            return 1
        }
        return verify(isJSON: !words.isEmpty)
    }

    static func verify(isJSON: Bool = false) -> Int32 {
        guard let options = Places.options() else { return 2 }
        let verification = Verification.run(options)
        if isJSON {
            show(verification)
            return verification.hasFailed ? 1 : 0
        }
        for finding in verification.findings {
            let gap = [UInt8](repeating: 0x20, count: max(1, column - finding.what.octets.count))
            say("\(finding.what)\(Sentence(octets: gap))[\(word(finding.grade))]")
            if !finding.advice.isEmpty { say("    \(finding.advice)") }
        }
        return verification.hasFailed ? 1 : 0
    }

    /// `Board/schema/verify.json` describes it.
    private static func show(_ verification: Verification) {
        say("{\"version\": 1, \"failed\": \(verification.hasFailed), \"checks\": [")
        for (index, finding) in verification.findings.enumerated() {
            let comma: StaticString = index + 1 < verification.findings.count ? "," : ""
            say(
                "  {\"check\": \(JSON.text(finding.what)), \"result\": \(JSON.text("\(word(finding.grade))")), "
                    + "\"advice\": \(finding.advice.isEmpty ? "null" : JSON.text(finding.advice))}\(comma)")
        }
        say("]}")
    }

    private static func word(_ grade: Verification.Grade) -> StaticString {
        switch grade {
        case .ok: "OK"
        case .warning: "WARNING"
        case .failed: "FAILED"
        }
    }
}
