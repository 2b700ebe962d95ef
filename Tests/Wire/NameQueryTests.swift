import Testing

@testable import Wire

/// The DNS, as far as a peer's address needs it.
@Suite struct NameQueryTests {
    let name: Name = "gate.example.org"

    /// A server's answer to `gate.example.org A`: an alias, and its two addresses (192.0.2.7 and 192.0.2.8).
    static let answer: [UInt8] = [
        0xbe, 0xef, 0x81, 0x80, 0, 1, 0, 3, 0, 0, 0, 0,
        4, 0x67, 0x61, 0x74, 0x65, 7, 0x65, 0x78, 0x61, 0x6d, 0x70, 0x6c, 0x65, 3, 0x6f, 0x72, 0x67, 0, 0, 1, 0, 1,
        0xc0, 0x0c, 0, 5, 0, 1, 0, 0, 0x0e, 0x10, 0, 7, 4, 0x68, 0x6f, 0x6d, 0x65, 0xc0, 0x11,
        0xc0, 0x2e, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7,
        0xc0, 0x2e, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 8,
    ]

    @Test func asks() {
        #expect(NameQuery.question(name, id: 0xbeef, .ipv4) == [0xbe, 0xef, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0] + Self.answer[12..<34])
        #expect(NameQuery.question(name, id: 0xbeef, .ipv6)[31] == 28)
    }

    @Test func takesAnAnswer() {
        #expect(
            NameQuery.answer(Self.answer.span, to: name, id: 0xbeef, .ipv4)
                == .addresses([Address("192.0.2.7")!, Address("192.0.2.8")!]))
        #expect(NameQuery.answer(Self.answer.span, to: "GATE.Example.org", id: 0xbeef, .ipv4) != nil)
    }

    @Test func takesNobodyElses() {
        #expect(NameQuery.answer(Self.answer.span, to: name, id: 0xbee0, .ipv4) == nil)
        #expect(NameQuery.answer(Self.answer.span, to: name, id: 0xbeef, .ipv6) == nil)
        #expect(NameQuery.answer(Self.answer.span, to: "late.example.org", id: 0xbeef, .ipv4) == nil)
        var question = Self.answer
        question[2] = 1
        #expect(NameQuery.answer(question.span, to: name, id: 0xbeef, .ipv4) == nil)
    }

    /// An address of a name that nobody asked for is not taken, nor one behind an alias that leads elsewhere.
    @Test func ownersThatWereNotAskedFor() {
        func found(_ change: (inout [UInt8]) -> Void) -> NameQuery.Answer? {
            var octets = Self.answer
            change(&octets)
            return NameQuery.answer(octets.span, to: name, id: 0xbeef, .ipv4)
        }
        // The first address is that of example.org, the second still home.example.org's.
        #expect(found { $0[54] = 0x11 } == .addresses([Address("192.0.2.8")!]))
        // The alias is example.org's: nothing leads from our name to these addresses.
        #expect(found { $0[35] = 0x11 } == .addresses([]))
        // Names in capitals are the same; one that leads to itself, or forward, is none.
        #expect(found { for place in 47...50 { $0[place] ^= 0x20 } } == .addresses([Address("192.0.2.7")!, Address("192.0.2.8")!]))
        #expect(found { $0[54] = 53 } == .addresses([]))
        #expect(found { ($0[53], $0[54]) = (0xc0, 69) } == .addresses([]))
    }

    @Test func refusals() {
        var octets = Self.answer
        octets[3] = 0x83
        #expect(NameQuery.answer(octets.span, to: name, id: 0xbeef, .ipv4) == .addresses([]))
        octets[3] = 0x82
        #expect(NameQuery.answer(octets.span, to: name, id: 0xbeef, .ipv4) == .failure)
    }

    /// Cut off anywhere, and with every octet wrong: no trap, and never an address that is not in it.
    @Test func broken() {
        for count in 0..<Self.answer.count { _ = NameQuery.answer(Array(Self.answer[..<count]).span, to: name, id: 0xbeef, .ipv4) }
        for index in Self.answer.indices {
            for value in [0, 0x3f, 0xc0, 0xff] as [UInt8] {
                var octets = Self.answer
                octets[index] = value
                if case .addresses(let found)? = NameQuery.answer(octets.span, to: name, id: 0xbeef, .ipv4) { #expect(found.count <= 2) }
            }
        }
    }
}
