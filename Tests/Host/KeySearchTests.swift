import Crypto
import DNS
import Linux
import TestSupport
import Testing
import Wire

@testable import Host

/// Keys in the records of a server that this test plays.
@Suite struct KeySearchTests {
    static let key =
        "AQPHZnEyirBFVjMmcj1E8s1meuTZRCbAADPHZG5sK5HMQK1cLzhSZnMR42XSOyxCNp9h3jebHlukE15sEUDdeQBdwB9w9+ADNp1Kj3MGhZlSEYKRpz+kgyUaPSrxEvDLbSqogvJJHi6kZc6kE7KeykmqwlJK6tkkqOA3H9HegLdwnirItBbaviJUGAEU0oDI0xXGUoY9Io1VOcfHlLKoaFREs41uxK7lqpuSQIua6HEGSiQgQxYZ2i+tUk/ErdqSvn4r/jx4vTzuq8unlzRFMmJ1nTpf3SvyTP42Uxn62j2i+lfHPwbK4uthIKDA3hUsPNcYCpH68zwcw1nAw3YnR2TH"

    /// One text as strings of a TXT record.
    static func text(_ text: String) -> [UInt8] {
        var data: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let part = rest.prefix(255)
            data += [UInt8(part.count)] + part
            rest = rest.dropFirst(part.count)
        }
        return data
    }

    static func ipsecKey(_ precedence: UInt8, _ gateway: [UInt8], _ key: String) -> [UInt8] {
        [precedence, gateway.isEmpty ? 0 : 1, 2] + gateway + Text.octets(base64: Array(key.utf8))!
    }

    /// A datagram and the question in it, without OPT.
    private func receive(_ server: UDPSocket) throws -> (peer: Endpoint, question: [UInt8])? {
        var buffer = [UInt8](repeating: 0, count: 2_048)
        var span = buffer.mutableSpan
        guard let datagram = try server.receive(into: &span) else { return nil }
        return (datagram.peer, Array(buffer[..<(datagram.count - 11)]))
    }

    /// Searches for the keys of `identity` in these records, by type.
    private func search(_ identity: Identity, _ records: [UInt16: [[UInt8]]]) throws -> (finding: KeySearch.Finding, log: [String]) {
        let kept = KeptLog()
        let server = try UDPSocket(.ipv4)
        try server.bind(Endpoint(ResolverTests.here, 0))
        let resolver = try Resolver(random: SystemRandom(), log: kept.log, servers: [Endpoint(ResolverTests.here, server.port)])
        let search = KeySearch(resolver, log: kept.log)
        search.search(identity, for: .exchange(7, isStrangers: false), now: 0)
        search.search(identity, for: .load, now: 0)
        for _ in 0..<8 {
            while let (peer, question) = try receive(server) {
                let type = UInt16(question[question.count - 4]) << 8 | UInt16(question[question.count - 3])
                var answer = question
                (answer[2], answer[3], answer[11]) = (0x81, 0x80, 0)
                if records[type]?.isEmpty ?? false { answer[3] = 0x82 }
                for data in records[type] ?? [] {
                    answer[7] += 1
                    answer += [0xc0, 0x0c] as [UInt8]
                    answer += question[(question.count - 4)...]
                    answer += [0, 0, 0, 60, UInt8(data.count >> 8), UInt8(data.count & 255)] as [UInt8]
                    answer += data
                }
                try server.send(answer.span, to: peer)
            }
            resolver.readable(now: 0)
            search.advance(now: 0)
            if let finding = search.next() { return (finding, kept.lines) }
        }
        throw SystemError(0, "no end")
    }

    @Test func inText() throws {
        let own = "X-IPsec-Server(10)=@gate.example.org \(Self.key)"
        let other = "X-IPsec-Server(5)=@gate.example.net \(DelegationKeys.k2)"
        let (finding, log) = try search(.fqdn("Gate.example.org"), [16: [Self.text("v=spf1 -all"), Self.text(other), Self.text(own)]])
        #expect(finding.keys.map { "\($0.keyID)" } == ["AQPHZnEyi"] && finding.problem == nil && !finding.isAuthentic)
        #expect(finding.requests == [.exchange(7, isStrangers: false), .load] && log.isEmpty)
    }

    /// Several keys in the order of precedence, IPSECKEY's first, and each once.
    @Test func several() throws {
        let one = Self.text("X-IPsec-Server(20)=192.0.2.11 \(Self.key)")
        let two = Self.text("X-IPsec-Server(10)=192.0.2.11 \(DelegationKeys.k2)")
        let address = Identity.address(Address("192.0.2.11")!)
        #expect(try search(address, [16: [one, two]]).finding.keys.map { "\($0.keyID)" } == ["AwEAAdVN7", "AQPHZnEyi"])
        let both = try search(
            address, [16: [two], 45: [Self.ipsecKey(9, [192, 0, 2, 11], Self.key), Self.ipsecKey(1, [], DelegationKeys.k2)]])
        #expect(both.finding.keys.map { "\($0.keyID)" } == ["AwEAAdVN7", "AQPHZnEyi"])
        #expect(try search(address, [45: [Self.ipsecKey(9, [192, 0, 2, 12], Self.key)]]).finding.keys.isEmpty)
    }

    /// A key that would keep a router busy is not taken.
    @Test(arguments: [(Limits.publishedKeyBits, 1), (Limits.publishedKeyBits + 8, 0)]) func longKeys(_ bits: Int, _ count: Int) throws {
        let long = [3, 1, 0, 1] + [UInt8](repeating: 0xff, count: bits / 8)
        let text = String(decoding: Text.base64(long).octets, as: UTF8.self)
        let found = try search(.address(Address("192.0.2.11")!), [45: [Self.ipsecKey(9, [192, 0, 2, 11], text)], 25: []])
        #expect(found.finding.keys.count == count)
    }

    @Test func malformed() throws {
        let good = Self.text("X-IPsec-Server(10)=@gate.example.org \(Self.key)")
        let bad = Self.text("X-IPsec-Server(10)=@gate.example.orgAQPH")
        let beside = try search(.fqdn("gate.example.org"), [16: [Self.text("X-IPsec-Server=x"), good, bad]])
        #expect(beside.finding.keys.count == 1 && beside.log.contains { $0.hasSuffix("[record-ignored]") })
        let alone = try search(.fqdn("gate.example.org"), [16: [Self.text("X-IPsec-Server=x")], 25: []])
        #expect(alone.finding.keys.isEmpty && alone.finding.problem != nil)
    }

    /// KEY is the last resort, with one warning.
    @Test func keyRecords() throws {
        let key = [0x42, 0, 4, 1] + Text.octets(base64: Array(Self.key.utf8))!
        let found = try search(.fqdn("gate.example.org"), [25: [key]])
        #expect(found.finding.keys.count == 1 && found.log.contains { $0.hasSuffix("[record-obsolete]") })
    }

    /// Strangers have half of the searches at once, and half of the places to wait; the others are refused, and peers have theirs.
    @Test func strangersHaveAShare() throws {
        let kept = KeptLog()
        let server = try UDPSocket(.ipv4)
        try server.bind(Endpoint(ResolverTests.here, 0))
        let resolver = try Resolver(random: SystemRandom(), log: kept.log, servers: [Endpoint(ResolverTests.here, server.port)])
        let search = KeySearch(resolver, log: kept.log)
        for index in 0..<100 {
            search.search(.address(Address(ipv4: 0xc000_0200 + UInt32(index))), for: .exchange(UInt64(index), isStrangers: true), now: 0)
        }
        #expect(resolver.count == Limits.keySearches / 2 * 2)
        var refused = 0
        while let finding = search.next() { refused += finding.keys.isEmpty && finding.problem != nil ? 1 : 0 }
        #expect(refused == 100 - Limits.waitingKeySearches / 2)
        search.search(.fqdn("gate.example.org"), for: .exchange(200, isStrangers: false), now: 0)
        #expect(search.next() == nil && resolver.count == Limits.keySearches / 2 * 2 + 2)
        // No server answers: every search ends.
        for second in 1...200 {
            resolver.advance(now: UInt64(second) * ResolverTests.second)
            search.advance(now: UInt64(second) * ResolverTests.second)
            while search.next() != nil { refused += 1 }
        }
        #expect(refused == 101 && resolver.count == 0)
    }

    @Test func nothing() throws {
        let none = try search(.fqdn("gate.example.org"), [:]).finding
        #expect("\(none.problem!)" == "no record at gate.example.org. names @gate.example.org and its key")
        let failed = try search(.fqdn("gate.example.org"), [16: [], 45: []]).finding
        #expect("\(failed.problem!)" == "the server of /etc/resolv.conf says SERVFAIL")
    }
}

enum DelegationKeys {
    /// 2048 bits and an exponent of 65537.
    static let k2 =
        "AwEAAdVN75ck6GWMzE8JGU1b4/oVbVVtas6Qh9PdsPp5JEeUE0Vi9pD5iPxV/TqaXGFfh5+bIGJi5ibEdwWt41+AIuhYpJmcAR3ITI4XELeEtpSbYQYU/pByirXmKMQLLQZ0tzPPFCJGXgoNt6mwFebRfr3mAuyvVsEpbuBP41PG18ucMcNFb8b/1pDXpM0oXhtEGrIi/1U/RtkbvNFj0F/fGTgEQgJ/fhPixqrbOPOlAt10iv/rgQ7qx9z8Qi8I6jkAR1d8r0ix8O66KIcEbdqg8Ms3O+kYja68CSHWAKz7Ecm0ENv+fa50I12SEZKKPA8ffZZj4+HF0vnoOBdOCH/eCwM="
}
