import Testing
import Wire

@testable import DNS

/// Questions, and answers that real servers gave.
@Suite struct AnswerTests {
    @Test func asks() {
        let query = Capture.ipv6.query
        // Recursion desired, AD understood; behind the question OPT with 1232 octets.
        #expect(Array(query.octets[..<12]) == [0xbe, 0xef, 0x01, 0x20, 0, 1, 0, 0, 0, 0, 0, 1])
        #expect(Array(query.octets[12..<34]) == Array(Capture.ipv6.message[12..<34]))
        #expect(Array(query.octets[34...]) == [0, 0, 41, 0x04, 0xd0, 0, 0, 0, 0, 0, 0])
        let plain = Query(Capture.ipv6.question, id: 1, casedName: [0], usesEDNS: false)
        #expect(plain.octets == [0, 1, 0x01, 0x20, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 28, 0, 1])
    }

    @Test func addresses() {
        #expect(Capture.ipv6.response?.records.addresses == [Address("2001:db8::7")!])
        #expect(Capture.alias.response?.records.addresses == [Address("192.0.2.7")!])
        #expect(Capture.alias.response?.name == DomainName("gate.example.org"))
        #expect(Capture.alias.response?.aliases == 1)
    }

    @Test func names() {
        guard case .name(let name)? = Capture.pointer.response?.records.first else { return #expect(Bool(false)) }
        #expect(name == DomainName("xy.example.com."))
        #expect("\(name.sentence)" == "xy.example.com.")
    }

    /// The reference's figures: RDATA 1d + 29, ff + 255 and 5a + 90 octets, which is 377; the answer without OPT has 430.
    @Test func text() {
        guard case .text(let text)? = Capture.text.response?.records.first else { return #expect(Bool(false)) }
        #expect(text.count == 29 + 255 + 90)
        #expect(Capture.text.message.count == 430 + 11)
        guard case .text(let own)? = Capture.foreignText.response?.records.first,
            case .text(let other)? = Capture.foreignText.response?.records.last
        else { return #expect(Bool(false)) }
        #expect(Name(own) == "X-IPsec-Server(10)=192.0.2.11")
        #expect(Name(other) == "v=spf1 -all")
    }

    /// RFC 2317's aliases in the reverse map, and RFC 6672's whole trees.
    @Test func aliases() {
        let classless = Capture.classless.response
        #expect(classless?.name == DomainName("11.0-63.2.0.192.in-addr.arpa"))
        #expect(classless?.records.count == 1 && classless?.aliases == 1)
        let tree = Capture.tree.response
        #expect(tree?.name == DomainName("box.new.example.org"))
        #expect(tree?.records.count == 1 && tree?.aliases == 1)
    }

    /// A tree whose server does not say the alias that follows from it.
    @Test func treeWithoutItsAlias() {
        var message = Capture.tree.message
        // The second record's type is CNAME: change it to an unknown one.
        let place = message.indices.first { message[$0...].starts(with: [0xc0, 0x0c, 0, 5, 0, 1]) }!
        message[place + 3] = 99
        guard case .response(let response) = Capture.tree.query.read(message.span) else { return #expect(Bool(false)) }
        #expect(response.name == DomainName("box.new.example.org") && response.records.count == 1)
        #expect(DomainName("old.example.org")!.substituting(DomainName("old.example.org")!, by: DomainName("a.b")!) == nil)
        #expect(DomainName("bold.example.org")!.substituting(DomainName("old.example.org")!, by: DomainName("a.b")!) == nil)
    }

    /// A chain that stops short is resumed at its end; one that never ends comes to an end.
    @Test func chainsGoOn() {
        var lookup = Lookup(Capture.aliasElsewhere.question)
        #expect(lookup.take(Capture.aliasElsewhere.response!) == nil)
        #expect(lookup.current == Question(DomainName("gate.example.net")!, .a))
        var count = 1
        while count < 100, lookup.take(Capture.aliasElsewhere.response!) == nil { count += 1 }
        #expect(count == Response.mostAliases - 1)
        lookup = Lookup(Capture.alias.question)
        #expect(lookup.take(Capture.alias.response!)?.records.count == 1)
    }

    /// An alias of itself.
    @Test func loops() {
        var message = Capture.aliasElsewhere.message
        let place = message.indices.first { message[$0...].starts(with: [0x04, 0x67, 0x61, 0x74, 0x65, 0x07]) }!
        // gate.example.net becomes a pointer to the question and 16 octets of nothing.
        message.replaceSubrange(place - 2..<place, with: [0, 2])
        message.replaceSubrange(place..<place + 18, with: [0xc0, 0x0c])
        guard case .response(let response) = Capture.aliasElsewhere.query.read(message.span) else { return #expect(Bool(false)) }
        #expect(response.aliases == Response.mostAliases && response.records.isEmpty)
    }

    @Test func codes() {
        #expect(Capture.noSuchName.response?.code == .noSuchName)
        #expect(Capture.refused.response?.code == .refused)
        #expect(Capture.truncated.response?.isTruncated == true)
        #expect(Capture.text.response?.code == .noError)
        #expect(Capture.all.allSatisfy { $0.response?.isAuthentic == false })
        var message = Capture.text.message
        message[3] |= 0x20
        guard case .response(let response) = Capture.text.query.read(message.span) else { return #expect(Bool(false)) }
        #expect(response.isAuthentic)
        // A server that does not understand the question may leave it out.
        guard case .response(let error) = Capture.text.query.read(([0xbe, 0xef, 0x80, 1, 0, 0, 0, 0, 0, 0, 0, 0] as [UInt8]).span) else {
            return #expect(Bool(false))
        }
        #expect(error.code == .formatError)
    }

    @Test func takesNobodyElses() {
        let capture = Capture.text
        func isForeign(_ query: Query, _ message: [UInt8]) -> Bool {
            if case .foreign = query.read(message.span) { true } else { false }
        }
        #expect(isForeign(capture.query(id: 0xbee0, as: capture.name), capture.message))
        #expect(isForeign(Capture.foreignText.query, capture.message))
        #expect(isForeign(Capture.ipsecKey.query, capture.message))
        var message = capture.message
        message[2] = 1
        #expect(isForeign(capture.query, message))
        // Another mixture of cases: accepted only by TCP.
        if case .wrongCase = capture.query(as: "11.2.0.192.in-addr.arpa").read(capture.message.span) {} else { #expect(Bool(false)) }
    }

    /// An address of a name that was not asked for is ignored.
    @Test func ownersThatWereNotAskedFor() {
        var message = Capture.alias.message
        let place = message.indices.last { message[$0...].starts(with: [0xc0, 0x2f, 0, 1, 0, 1]) }!
        message[place + 1] = 0x34
        guard case .response(let response) = Capture.alias.query.read(message.span) else { return #expect(Bool(false)) }
        #expect(response.records.isEmpty && response.aliases == 1)
    }

    /// Cut off anywhere, and with every octet wrong: no trap, and never more than there is.
    @Test func broken() {
        for capture in Capture.all {
            for count in 0..<capture.message.count { _ = capture.query.read(Array(capture.message[..<count]).span) }
            for index in capture.message.indices {
                for value in [0, 0x3f, 0xc0, 0xff] as [UInt8] {
                    var message = capture.message
                    message[index] = value
                    guard case .response(let response) = capture.query.read(message.span) else { continue }
                    #expect(response.records.count <= 3)
                    for case .text(let text) in response.records { _ = Delegation.read(text: text) }
                }
            }
        }
    }

    @Test func reverseMaps() {
        #expect(DomainName(reverseOf: Address("192.0.2.11")!) == DomainName("11.2.0.192.IN-ADDR.arpa."))
        #expect(
            DomainName(reverseOf: Address("2001:db8::567:89ab")!)
                == DomainName("b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"))
    }

    @Test func domainNames() {
        #expect(DomainName("") == nil && DomainName("a..b") == nil && DomainName(".a") == nil)
        let label = String(repeating: "x", count: 63)
        #expect(DomainName(Name(label)) != nil && DomainName(Name(label + "x")) == nil)
        #expect(DomainName(Name("\(label).\(label).\(label).\(label.dropFirst(2))")) != nil)
        #expect(DomainName(Name("\(label).\(label).\(label).\(label.dropFirst(1))")) == nil)
        // Text that a zone may contain and that must not reach a terminal.
        #expect("\(DomainName("a\u{1b}b;\"c")!.sentence)" == "a\\027b\\;\\\"c.")
        let name = DomainName("ab.cd")!
        #expect(name.withCases([0b0101]) == [2, 0x41, 0x62, 2, 0x43, 0x64, 0])
    }
}

extension [Record] {
    var addresses: [Address] { compactMap { if case .address(let address) = $0 { address } else { nil } } }
}
