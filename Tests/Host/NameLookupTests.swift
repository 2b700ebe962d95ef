import Testing
import Wire

@testable import Host

@Suite struct NameLookupTests {
    /// Servers have their turns, and only the one whose turn it is can answer.
    @Test func onlyTheServerThatWasAskedAnswers() {
        let servers = [Address("192.0.2.1")!, Address("192.0.2.2")!]
        var question = NameLookup.Question(family: .ipv4, servers: servers)
        #expect(question.server == nil)
        for turn in 0..<4 {
            question.tries += 1
            #expect(question.server == Endpoint(servers[turn % 2], 53))
        }
    }
}
