import Configuration
import Testing
import Wire

@Suite struct ValueTests {
    @Test(arguments: [
        ("3600", 3600), ("3600s", 3600), ("60m", 3600), ("1.5h", 5400), ("8.0h", 28_800), ("1d", 86_400), ("0.25m", 15), ("24h", 86_400),
        ("1", 1),
    ])
    func times(_ text: String, _ seconds: UInt32) {
        #expect(conn(least + "keylife=\(text)")?.keyLife == seconds)
        #expect(conn(least + "ikelifetime=\(text)")?.ikeLifetime == seconds)
    }

    @Test(arguments: ["", "s", "h", "1.h", ".5h", "1.5s", "-1", "1e3", "1hh", "25h", "99999999999999999999d", "1.0000000000h", "2d"])
    func noTimes(_ text: String) { if !text.isEmpty { #expect(complaints(least + "keylife=\(text)").count == 1) } }

    @Test(arguments: [
        ("10.0.1.0/24", "10.0.1.0/24"), ("10.1/16", "10.1.0.0/16"), ("10/8", "10.0.0.0/8"), ("0.0.0.0/0", "0.0.0.0/0"),
        ("0/0", "0.0.0.0/0"),
        ("%default", "0.0.0.0/0"), ("10.0.0.0/255.255.252.0", "10.0.0.0/22"), ("1.0.0.3/32", "1.0.0.3/32"),
    ])
    func subnets(_ text: String, _ expected: String) {
        #expect(conn(least + "leftsubnet=\(text)").flatMap { $0.left.subnet }.map { "\($0)" } == expected)
    }

    @Test(arguments: ["2001:db8::/32", "::/0"])
    func subnetsOfIPv6(_ text: String) {
        let read = conn("left=2001:db8::1\nright=2001:db8::2\nauthby=secret\nleftsubnet=\(text)")
        #expect(read.flatMap { $0.left.subnet }.map { "\($0)" } == text)
        // IPv6 within IPv4.
        #expect(conn(least + "leftsubnet=\(text)\nrightsubnet=fd00::/64")?.innerFamily == .ipv6)
    }

    @Test(arguments: ["/", "/24", "10/", "10.0.0.0.0/8", "a/8", "10.0.0.0/24/24", "10.0.0.0/-1", "::/129", "10.0.0.0/::", "1:2/16"])
    func noSubnets(_ text: String) { #expect(complaints(least + "leftsubnet=\(text)").count == 1) }

    /// The outer DF: KLIPS's, unless `config setup` says another, unless the conn does.
    @Test func outerDF() {
        #expect(load("config setup\n").setup.outerDF == .clear && load("config setup\n pmtudisc=set\n").setup.outerDF == .set)
        #expect(conn(least)?.outerDF == nil && conn(least + "pmtudisc=clear")?.outerDF == .clear)
        #expect(conn(least + "pmtudisc=copy")?.outerDF == .copy && conn(least + "pmtudisc=set")?.outerDF == .set)
        #expect(complaints(least + "pmtudisc=yes").count == 1)
    }

    @Test func identities() {
        #expect(conn(least + "leftid=10.0.0.1")?.left.identity == .address(Address("10.0.0.1")!))
        #expect(conn(least + "leftid=2001:db8::1")?.left.identity == .address(Address("2001:db8::1")!))
        #expect(conn(least + "leftid=@gate.example.com")?.left.identity == .fqdn("gate.example.com"))
        #expect(conn(least + "leftid=alice@example.com")?.left.identity == .userFQDN("alice@example.com"))
        #expect(conn(least + "leftid=@[home]")?.left.identity == .keyID(Array("home".utf8)))
        #expect(conn(least + "leftid=%any")?.left.isAnyIdentity == true)
        let name = conn(least + "leftid=\"C=DE, O=A\\, B, CN=*\"")?.left.identity
        #expect(name.map { "\($0)" } == "C=DE, O=A\\, B, CN=*")
        #expect(conn(least + "leftid=\"/c=DE/o=A, B/cn=*\"")?.left.identity == name)
        #expect(conn(least + "leftid=@#0a0B")?.left.identity == .keyID([10, 11]))
        #expect(conn(least + "leftid=%myid", in: "config setup\n myid=@me\n")?.left.identity == .fqdn("me"))
        for text in ["@", "@#", "@#1", "a@", "0.0.0.0", "%fromcert", "%cert", "@a b", "@a/b", "@[]", "O=", "XX=a", "C=DE,"] {
            #expect(complaints(least + "leftid=\(text)").count == 1, "\(text)")
        }
    }

    @Test func hosts() {
        for text in ["%any", "0.0.0.0"] { #expect(conn("left=\(text)\nright=1.2.3.4\nauthby=secret")?.left.host == .any) }
        #expect(conn("left=::\nright=2001:db8::1\nauthby=secret")?.left.host == .any)
        #expect(conn("left=gate.example.com.\nright=1.2.3.4\nauthby=secret")?.left.host == .name("gate.example.com."))
        for text in ["a..b", "-a", "a-", ".a", "1.2.3.4.5", "256.1.1.1", "a_b$", "%x", "1.2.3.4/32"] {
            #expect(complaints("left=\(text)\nright=1.2.3.4\nauthby=secret").count == 1, "\(text)")
        }
    }

    @Test func protocolsAndPorts() {
        for (text, number, port) in [
            ("tcp/22", 6, 22), ("17/1701", 17, 1701), ("17/%any", 17, 0), ("icmp", 1, 0), ("50", 50, 0), ("0/0", 0, 0),
        ] {
            let read = conn(least + "leftprotoport=\(text)")
            #expect(read?.left.ipProtocol == UInt8(number) && read?.left.port == UInt16(port))
        }
        for text in ["256", "tcp/65536", "tcp/22/1", "/22", "tcp/"] {
            #expect(complaints(least + "leftprotoport=\(text)").count == 1, "\(text)")
        }
    }

    @Test func tries() {
        #expect(conn(least)?.keyingTries == 0)
        #expect(conn(least + "keyingtries=%forever")?.keyingTries == 0)
        #expect(conn(least + "keyingtries=3")?.keyingTries == 3)
    }
}
