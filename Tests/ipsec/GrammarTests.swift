import Testing
import Wire

@testable import ipsec

private var context: Grammar.Context {
    Grammar.Context(
        conns: { ["home", "homeland", "office"] }, addresses: { ["192.0.2.1", "10.1.0.1"] }, section: "home")
}

private func offers(_ line: String) -> (part: String, offers: [String], expected: String) {
    let found = Grammar.offers(for: Array(line.utf8)[...], context)
    return (String(decoding: found.part, as: UTF8.self), found.offers.map { "\($0.word)" }, "\(found.expected)")
}

private func completed(_ line: String) -> String {
    let found = Grammar.offers(for: Array(line.utf8)[...], context)
    return line + String(decoding: Grammar.completion(of: found.part, among: found.offers), as: UTF8.self)
}

@Suite struct GrammarTests {
    @Test(arguments: [
        ("disc", "discard "), ("sh", "sh"), ("sho", "show "), ("show st", "show status "), ("show co", "show co"),
        ("up ", "up "), ("up h", "up home"), ("up of", "up office "), ("route x", "route x"), ("edit o", "edit office "),
        ("edit %s", "edit %setup "), ("set leftsu", "set leftsubnet"), ("set leftsubnets", "set leftsubnets="),
        ("set auto=s", "set auto=start "), ("set auto st", "set auto start "),
        ("set type=t", "set type=t"), ("set type=tu", "set type=tunnel "), ("unset rightsubn", "unset rightsubnet"),
        ("set force", "set forceencaps="), ("set encapsulation=n", "set encapsulation=no "),
        ("ping 10.2.0.1 f", "ping 10.2.0.1 from "), ("ping 10.2.0.1 from 10", "ping 10.2.0.1 from 10.1.0.1 "),
        ("commit c", "commit confirm "), ("setup sta", "setup sta"), ("setup stat", "setup status "), ("terminal e", "terminal echo "),
        ("terminal echo of", "terminal echo off "), ("help ipsec.c", "help ipsec.conf "), ("nonsense x", "nonsense x"),
    ])
    func tabCompletes(_ line: String, _ whole: String) { #expect(completed(line) == whole) }

    @Test func questionsAreAnswered() {
        #expect(offers("").offers.prefix(3) == ["show", "up", "down"])
        #expect(offers("up ").offers == ["home", "homeland", "office"])
        #expect(offers("ping ").expected == "HOST: an address")
        #expect(offers("ping 10.2.0.1 ").offers == ["from", "count"])
        #expect(offers("ping 10.2.0.1 from ").offers == ["192.0.2.1", "10.1.0.1"])
        #expect(offers("set left=").expected.hasPrefix("one gateway"))
        #expect(offers("set right=").expected.hasPrefix("one gateway"))
        #expect(offers("set authby ").offers.contains("secret"))
        #expect(offers("watch ").offers == [] && offers("watch ").expected == "")
        #expect(offers("show configuration ").offers == ["home", "homeland", "office"])
        #expect(offers("set keyl").offers == ["keylife="])
    }

    @Test func everyVerbSaysWhatItDoes() {
        for verb in Grammar.verbs { #expect(!verb.about.isEmpty && verb.about.octets.count <= 60, "\(verb.word)") }
        #expect(Grammar.verbs.count == 23)
        #expect(Grammar.verb("watch")?.takes == .nothing && Grammar.verb("up")?.takes == .conn && Grammar.verb("secret")?.takes == .ids)
    }

    @Test(arguments: [
        ("a b  c", ["a", "b", "c"]), ("  a\tb\r", ["a", "b"]), ("set leftid=\"C=DE, CN=x\"", ["set", "leftid=C=DE, CN=x"]),
        ("set leftsubnets={10.1.0.0/24 10.2.0.0/24} pfs=no", ["set", "leftsubnets={10.1.0.0/24 10.2.0.0/24}", "pfs=no"]),
        ("set a=\"\" b", ["set", "a=", "b"]), ("\"\"", [""]), ("", []),
    ])
    func linesFallIntoWords(_ line: String, _ words: [String]) {
        #expect(Grammar.words(Array(line.utf8)).map { "\($0)" } == words)
    }
}
