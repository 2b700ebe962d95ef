import Crypto
import Testing
import Vectors
import Wire

@testable import DNS

/// The records that name a gateway and its key: X-IPsec-Server in TXT, IPSECKEY and KEY.
@Suite struct DelegationTests {
    /// An exponent of 3, as in the captures.
    static let k1 = """
        AQPHZnEyirBFVjMmcj1E8s1meuTZRCbAADPHZG5sK5HMQK1cLzhSZnMR42XSOyxCNp9h3jebHlukE15sEUDdeQBdwB9w9+ADNp1Kj3MGhZlSEYKRpz+kgyUaPSrx\
        EvDLbSqogvJJHi6kZc6kE7KeykmqwlJK6tkkqOA3H9HegLdwnirItBbaviJUGAEU0oDI0xXGUoY9Io1VOcfHlLKoaFREs41uxK7lqpuSQIua6HEGSiQgQxYZ2i+t\
        Uk/ErdqSvn4r/jx4vTzuq8unlzRFMmJ1nTpf3SvyTP42Uxn62j2i+lfHPwbK4uthIKDA3hUsPNcYCpH68zwcw1nAw3YnR2TH
        """
    /// An exponent of 65537.
    static let k2 = """
        AwEAAdVN75ck6GWMzE8JGU1b4/oVbVVtas6Qh9PdsPp5JEeUE0Vi9pD5iPxV/TqaXGFfh5+bIGJi5ibEdwWt41+AIuhYpJmcAR3ITI4XELeEtpSbYQYU/pByirXm\
        KMQLLQZ0tzPPFCJGXgoNt6mwFebRfr3mAuyvVsEpbuBP41PG18ucMcNFb8b/1pDXpM0oXhtEGrIi/1U/RtkbvNFj0F/fGTgEQgJ/fhPixqrbOPOlAt10iv/rgQ7q\
        x9z8Qi8I6jkAR1d8r0ix8O66KIcEbdqg8Ms3O+kYja68CSHWAKz7Ecm0ENv+fa50I12SEZKKPA8ffZZj4+HF0vnoOBdOCH/eCwM=
        """

    func read(_ text: String) -> Delegation? {
        if case .delegation(let delegation) = Delegation.read(text: Array(text.utf8)) { delegation } else { nil }
    }

    func isMalformed(_ text: String) -> Bool { if case .malformed = Delegation.read(text: Array(text.utf8)) { true } else { false } }
    func isForeign(_ text: String) -> Bool { if case .foreign = Delegation.read(text: Array(text.utf8)) { true } else { false } }

    @Test func keys() throws {
        #expect(Self.k1.utf8.count == 344 && Self.k2.utf8.count == 348)
        let one = try #require(read("X-IPsec-Server(10)=192.0.2.11 \(Self.k1)")?.key)
        #expect(one.bitCount == 2048 && one.exponent == [3] && one.rfc3110.count == 258 && "\(one.keyID)" == "AQPHZnEyi")
        let two = try #require(read("X-IPsec-Server(10)=192.0.2.11 \(Self.k2)")?.key)
        #expect(two.bitCount == 2048 && two.exponent == [1, 0, 1] && two.rfc3110.count == 260)
    }

    /// As dnsmasq and unbound send it, in three strings.
    @Test func captures() throws {
        for capture in [Capture.text, Capture.classless] {
            guard case .text(let text)? = capture.response?.records.first, case .delegation(let found) = Delegation.read(text: text) else {
                #expect(Bool(false))
                continue
            }
            #expect(found.precedence == 10 && found.gateway == .address(Address("192.0.2.11")!))
            #expect("\(Text.base64(try #require(found.key).rfc3110))" == Self.k1)
        }
        guard case .text(let text)? = Capture.tree.response?.records.first else { return #expect(Bool(false)) }
        #expect(read(String(decoding: text, as: UTF8.self))?.gateway == .name(DomainName("box.old.example.org")!))
    }

    @Test func blanksAndCases() throws {
        for text in [
            "x-ipsec-server(10)=192.0.2.11 KEY", "  X-IPSEC-SERVER \t(10 ) = 192.0.2.11 KEY", "X-IPsec-Server(0xA)=192.0.2.11\tKEY",
            "X-IPsec-Server(012)=192.0.2.11   KEY ",
            "X-IPsec-Server(10)=192.0.2.11 " + Self.k1.prefix(100) + " \t" + Self.k1.dropFirst(100),
        ] {
            let found = try #require(read(text.replacing("KEY", with: Self.k1)), "\(text)")
            #expect(found.precedence == 10 && found.gateway == .address(Address("192.0.2.11")!) && found.key?.exponent == [3])
        }
    }

    @Test func gateways() {
        #expect(read("X-IPsec-Server(10)=2001:db8::1")?.gateway == .address(Address("2001:db8::1")!))
        #expect(read("X-IPsec-Server(65535)=@xy.Example.com")?.gateway == .name(DomainName("xy.example.com")!))
        #expect(read("X-IPsec-Server(0)=192.0.2.11")?.key == nil)
        #expect(read("X-IPsec-Server(0)=192.0.2.11 \t")?.precedence == 0)
    }

    @Test func malformed() {
        for text in [
            "X-IPsec-Server", "X-IPsec-Server()=192.0.2.1", "X-IPsec-Server(65536)=192.0.2.1", "X-IPsec-Server(-1)=192.0.2.1",
            "X-IPsec-Server(10=192.0.2.1", "X-IPsec-Server(10)192.0.2.1", "X-IPsec-Server(10)=", "X-IPsec-Server(10)=gate",
            "X-IPsec-Server(10)=0.0.0.0", "X-IPsec-Server(10)=::", "X-IPsec-Server(10)=@", "X-IPsec-Server(10)=@a..b",
            "X-IPsec-Server(09)=192.0.2.1", "X-IPsec-Server(0x)=192.0.2.1", "X-IPsec-Server(10)=192.0.2.1 AQ", "X-IPsec-Server=192.0.2.1",
            "X-IPsec-Server(10)=192.0.2.1 !\(Self.k1)", "X-IPsec-Server(10)=@xy.example.com\u{0} \(Self.k1)",
            "X-IPsec-Server(10)=192.0.2.11\(Self.k1)", "X-IPsec-Servers(10)=192.0.2.11",
        ] { #expect(isMalformed(text), "\(text)") }
        for text in ["", "v=spf1 -all", "X-IPsec", "X IPsec-Server(10)=192.0.2.1", "\u{0}"] { #expect(isForeign(text), "\(text)") }
    }

    /// RFC 4025's three kinds of gateway; RDLENGTH is 265 with an address and 277 with gw.example.com.
    @Test func ipsecKeys() throws {
        for (capture, gateway) in [
            (Capture.ipsecKey, Delegation.GatewayField.address(Address("192.0.2.11")!)),
            (.namedGateway, .name(DomainName("gw.example.com")!)), (.noGateway, .itself),
        ] {
            guard case .ipsecKey(let found?)? = capture.response?.records.first else {
                #expect(Bool(false))
                continue
            }
            #expect(found.precedence == 10 && found.gateway == gateway && found.key?.rfc3110.count == 258)
        }
        let lengths = [Capture.ipsecKey, .namedGateway].map { $0.message.contains([1, 9], $0.message.count) ? 265 : 277 }
        #expect(lengths == [265, 277])
    }

    @Test func ipsecKeysOfOtherKinds() throws {
        func read(_ hex: String) throws(WireError) -> Delegation? {
            let data = octets(hex)
            var reader = ByteReader(data.span)
            return try Delegation(ipsecKey: &reader)
        }
        #expect(try read("0a0100c000020b")?.key == nil)
        #expect(try read("0a0100c000020b")?.gateway == .address(Address("192.0.2.11")!))
        #expect(try read("0a0200 20010db8000000000000000000000001")?.gateway == .address(Address("2001:db8::1")!))
        #expect(try read("0a0400") == nil) // A gateway of a kind to come.
        #expect(try read("0a0101c000020b0102") == nil) // DSA
        for wrong in ["", "0a01", "0a0102c000020b", "0a0102c00002", "0a010000000000", "0a030003616263", "0a0300c000", "0a0100c000020b01"] {
            #expect(throws: WireError.self, "\(wrong)") { try read(wrong) }
        }
    }

    @Test func keyRecords() {
        guard case .key(let key?)? = Capture.key.response?.records.first else { return #expect(Bool(false)) }
        #expect("\(key.keyID)" == "AQPHZnEyi")
        func read(_ hex: String) -> Record {
            let data = octets(hex)
            var reader = ByteReader(data.span)
            return Record(.key, &reader, count: data.count)
        }
        // A zone's own key (RFC 4034) is not ours; ours without a key is wrong.
        if case .key(nil) = read("01000305 0103") {} else { #expect(Bool(false)) }
        if case .malformed = read("42000401") {} else { #expect(Bool(false)) }
    }
}

extension [UInt8] {
    fileprivate func contains(_ part: [UInt8], _ end: Int) -> Bool { (0..<end).contains { self[$0...].starts(with: part) } }
}
