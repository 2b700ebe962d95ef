import Crypto
import DNS
import Linux
import TestSupport
import Testing
import Wire

@testable import Host

/// The resolver against servers that this test plays, on loopback addresses.
@Suite struct ResolverTests {
    let kept = KeptLog()
    let question = Question(DomainName("gate.example.org")!, .a)
    static let here = Address("127.0.0.1")!
    static let second: UInt64 = 1_000_000_000

    /// One server, whose words a test says.
    private final class Server {
        let socket: UDPSocket
        var endpoint: Endpoint { Endpoint(ResolverTests.here, socket.port) }

        init() throws {
            socket = try UDPSocket(.ipv4)
            try socket.bind(Endpoint(ResolverTests.here, 0))
        }

        /// The next question, and from where it came.
        func next() throws -> (message: [UInt8], peer: Endpoint)? {
            var buffer = [UInt8](repeating: 0, count: 2_048)
            var span = buffer.mutableSpan
            guard let datagram = try socket.receive(into: &span) else { return nil }
            return (Array(buffer[..<datagram.count]), datagram.peer)
        }

        func send(_ message: [UInt8], to peer: Endpoint) throws { try socket.send(message.span, to: peer) }
    }

    /// An answer to `question`: 192.0.2.7, or an error, or nothing but TC.
    static func answer(_ question: [UInt8], code: UInt8 = 0, flags: UInt8 = 0x81) -> [UInt8] {
        // Without OPT, of 11 octets.
        var message = Array(question[..<(question[11] == 1 ? question.count - 11 : question.count)])
        (message[2], message[3], message[11]) = (flags, 0x80 | code, 0)
        guard code == 0, flags == 0x81 else { return message }
        message[7] = 1
        return message + [0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7]
    }

    static func addresses(_ outcome: Resolver.Outcome?) -> [Address]? {
        guard case .answer(let answer)? = outcome else { return nil }
        return answer.records.compactMap { if case .address(let address) = $0 { address } else { nil } }
    }

    @Test func answers() throws {
        let server = try Server()
        let resolver = try Resolver(random: SystemRandom(), log: kept.log, servers: [server.endpoint])
        let id = try #require(resolver.ask(question, now: 0))
        let (message, peer) = try #require(try server.next())
        #expect(resolver.outcome(of: id) == nil && resolver.nextDeadline == 2 * Self.second)
        // Another's ID, and a forged answer from elsewhere.
        var wrong = Self.answer(message)
        wrong[0] ^= 1
        try server.send(wrong, to: peer)
        try Server().send(Self.answer(message), to: peer)
        resolver.readable(now: 0)
        #expect(resolver.outcome(of: id) == nil)
        try server.send(Self.answer(message), to: peer)
        resolver.readable(now: 0)
        #expect(Self.addresses(resolver.outcome(of: id)) == [Address("192.0.2.7")!])
        #expect(resolver.outcome(of: id) == nil && resolver.count == 0)
    }

    /// Servers have their turns, each question comes from another port with another mixture of cases, only the server whose turn it is
    /// can answer, and the silence of all ends.
    @Test func silentServers() throws {
        let servers = [try Server(), try Server()]
        let resolver = try Resolver(random: SystemRandom(), log: kept.log, servers: servers.map(\.endpoint))
        let id = try #require(resolver.ask(question, now: 0))
        var ports: Set<UInt16> = []
        var names: Set<[UInt8]> = []
        var first: (message: [UInt8], peer: Endpoint)?
        for turn in 0..<4 {
            let now = UInt64(turn) * 2 * Self.second
            resolver.advance(now: now)
            let asked = try #require(try servers[turn % 2].next())
            #expect(try servers[(turn + 1) % 2].next() == nil)
            ports.insert(asked.peer.port)
            names.insert(Array(asked.message[12..<30]))
            // Whose turn it was before comes too late.
            if let first { try servers[0].send(Self.answer(first.message), to: asked.peer) }
            first = first ?? asked
            resolver.readable(now: now)
            #expect(resolver.outcome(of: id) == nil)
        }
        #expect(ports.count == 4 && names.count == 4)
        #expect(resolver.nextDeadline == 8 * Self.second)
        resolver.advance(now: 8 * Self.second)
        guard case .silence? = resolver.outcome(of: id) else { return #expect(Bool(false)) }
    }

    /// A server that fails makes way at once; when all fail, the last one's reason is told.
    @Test func failingServers() throws {
        let servers = [try Server(), try Server()]
        let resolver = try Resolver(random: SystemRandom(), log: kept.log, servers: servers.map(\.endpoint))
        let id = try #require(resolver.ask(question, now: 0))
        for turn in 0..<4 {
            let (message, peer) = try #require(try servers[turn % 2].next())
            try servers[turn % 2].send(Self.answer(message, code: turn < 3 ? 5 : 2), to: peer)
            resolver.readable(now: 0)
        }
        guard case .refused(.serverFailure)? = resolver.outcome(of: id) else { return #expect(Bool(false)) }
    }

    /// A server from before EDNS is asked without it.
    @Test func serversWithoutEDNS() throws {
        let server = try Server()
        let resolver = try Resolver(random: SystemRandom(), log: kept.log, servers: [server.endpoint])
        let id = try #require(resolver.ask(question, now: 0))
        let (message, peer) = try #require(try server.next())
        #expect(message[11] == 1)
        try server.send(Self.answer(message, code: 1), to: peer)
        resolver.readable(now: 0)
        let (again, port) = try #require(try server.next())
        #expect(again[11] == 0 && again.count == message.count - 11)
        try server.send(Self.answer(again), to: port)
        resolver.readable(now: 0)
        #expect(Self.addresses(resolver.outcome(of: id))?.count == 1)
    }

    /// An answer that does not fit into a datagram, and a server that does not keep the cases, lead to TCP.
    @Test(arguments: [true, false]) func asksByTCP(_ isTruncated: Bool) throws {
        let server = try Server()
        let listener = try TCPListener(port: server.socket.port)
        let resolver = try Resolver(random: SystemRandom(), log: kept.log, servers: [server.endpoint])
        let id = try #require(resolver.ask(question, now: 0))
        var (message, peer) = try #require(try server.next())
        if isTruncated {
            try server.send(Self.answer(message, flags: 0x83), to: peer)
        } else {
            for index in message.indices where (0x41...0x5a).contains(message[index]) && index > 12 { message[index] |= 0x20 }
            message[13] = 0x47 // at least one letter is the other one
            try server.send(Self.answer(message), to: peer)
        }
        resolver.readable(now: 0)
        let stream = try #require(listener.accept())
        resolver.readable(now: 0)
        let asked = stream.read()
        #expect(asked.count == 2 + Int(asked[0]) << 8 + Int(asked[1]) && asked.count > 14)
        var answer = Self.answer(Array(asked.dropFirst(2)))
        if !isTruncated { for index in 13..<30 where (0x41...0x5a).contains(answer[index]) { answer[index] |= 0x20 } }
        answer = [0, UInt8(answer.count)] + answer
        // In two pieces.
        stream.write(Array(answer.prefix(20)))
        resolver.readable(now: 0)
        #expect(resolver.outcome(of: id) == nil)
        stream.write(Array(answer.dropFirst(20)))
        resolver.readable(now: 0)
        #expect(Self.addresses(resolver.outcome(of: id)) == [Address("192.0.2.7")!])
    }

    /// An alias that stops short is followed by another question.
    @Test func followsAliases() throws {
        let server = try Server()
        let resolver = try Resolver(random: SystemRandom(), log: kept.log, servers: [server.endpoint])
        let id = try #require(resolver.ask(question, now: 0))
        let (message, peer) = try #require(try server.next())
        var alias = Self.answer(message).dropLast(16)
        alias += [0xc0, 0x0c, 0, 5, 0, 1, 0, 0, 0, 60, 0, 5, 2, 0x67, 0x77, 0xc0, 17]
        try server.send(Array(alias), to: peer)
        resolver.readable(now: 0)
        let (next, port) = try #require(try server.next())
        #expect(next[12] == 2)
        try server.send(Self.answer(next), to: port)
        resolver.readable(now: 0)
        #expect(Self.addresses(resolver.outcome(of: id))?.count == 1)
    }

    @Test func questionsAreBounded() throws {
        let server = try Server()
        let resolver = try Resolver(random: SystemRandom(), log: kept.log, servers: [server.endpoint])
        let ids = (0..<Limits.questions).compactMap { _ in resolver.ask(question, now: 0) }
        #expect(ids.count == Limits.questions && resolver.ask(question, now: 0) == nil)
        for second in 1...UInt64(8) { resolver.advance(now: second * Self.second) }
        #expect(resolver.outcome(of: ids[0]) != nil)
        #expect(resolver.ask(question, now: 9 * Self.second) != nil)
    }
}
