import Daemon
import Linux
import Wire

/// `ipsec verify`: whether this installation can work, and what to do where it cannot.
enum VerifyCommand {
    private static let column = 64

    static func run(_ words: [Name]) -> Int32 {
        if words.count == 2, words[0] == "--host" { return VerifyHost.run(words[1]) }
        guard words.isEmpty else {
            complain("verify takes nothing, or --host HOST; 'ipsec help verify' explains it")
            return 2
        }
        guard ThisProcess.user == 0 else {
            complain("verify is for root")
            return 1
        }
        return verify()
    }

    static func verify() -> Int32 {
        guard let options = Places.options() else { return 2 }
        let verification = Verification.run(options)
        for finding in verification.findings {
            let gap = [UInt8](repeating: 0x20, count: max(1, column - finding.what.octets.count))
            say("\(finding.what)\(Sentence(octets: gap))[\(word(finding.grade))]")
            if !finding.advice.isEmpty { say("    \(finding.advice)") }
        }
        return verification.hasFailed ? 1 : 0
    }

    private static func word(_ grade: Verification.Grade) -> StaticString {
        switch grade {
        case .ok: "OK"
        case .warning: "WARNING"
        case .failed: "FAILED"
        }
    }
}
