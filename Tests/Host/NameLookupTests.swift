import Crypto
import Linux
import TestSupport
import Testing
import Wire

@testable import Host

@Suite struct NameLookupTests {
    /// A name beyond the limit is answered at once, each time that it is asked for.
    @Test func namesBeyondTheLimitAreRefused() throws {
        let kept = KeptLog()
        let resolver = try Resolver(random: SystemRandom(), log: kept.log, servers: [Endpoint(Address("127.0.0.1")!, 9)])
        let names = NameLookup(resolver, log: kept.log)
        for number in 0..<Limits.hostNames { names.ask(Name("host\(number).example.test"), now: 0) }
        while names.next() != nil {}
        for _ in 0..<2 {
            for _ in 0..<2 { names.ask("beyond.example.test", now: 0) }
            #expect(names.nextDeadline == 0)
            let refusal = try #require(names.next())
            #expect(refusal.name == "beyond.example.test" && refusal.addresses.isEmpty && refusal.reason != nil)
            #expect(names.next() == nil && names.nextDeadline != 0)
        }
    }

    /// A file that cannot be read is an error; without the file there are no names, and this machine is the server.
    @Test func unreadFilesAreErrors() throws {
        #expect(throws: SystemError.self) { try SystemNames.addresses(of: "east", in: "/proc/self") }
        #expect(throws: SystemError.self) { try SystemNames.servers(in: "/proc/self") }
        #expect(try SystemNames.addresses(of: "east", in: "/proc/self/none").isEmpty)
        #expect(try SystemNames.servers(in: "/proc/self/none") == [Endpoint(Address("127.0.0.1")!, 53)])
    }
}
