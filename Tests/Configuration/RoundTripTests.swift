import Configuration
import Testing
import Wire

/// A conn as `ipsec showconf` prints it, read again, is the same conn.
@Suite struct RoundTripTests {
    /// A sequence that is the same in every run.
    struct Dice {
        var state: UInt64
        mutating func roll(_ sides: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % sides
        }
        mutating func one<Item>(of items: [Item]) -> Item { items[roll(items.count)] }
    }

    static let common: [(String, [String])] = [
        ("auto", ["ignore", "add", "route", "start"]), ("ike", ["aes128-sha256-modp2048", "3des-md5,aes256-sha1-modp1536;modp2048"]),
        ("esp", ["aes256gcm16", "aes128-sha1,3des-md5-96", "aes_gcm128-null", "aes128-sha1-esn,aes256gcm16", "aes128-sha1-noesn"]),
        ("esn", ["either", "yes", "no", "accept"]), ("pfsgroup", ["modp3072", "ecp256", "x25519"]),
        ("keylife", ["1h", "90m", "24h"]), ("ikelifetime", ["7200", "1.5h"]), ("rekey", ["yes", "no"]), ("rekeymargin", ["2m", "30s"]),
        ("rekeyfuzz", ["0%", "250%"]), ("keyingtries", ["1", "%forever", "0"]), ("dpddelay", ["30", "10s"]), ("dpdtimeout", ["150"]),
        ("dpdaction", ["clear", "restart", "hold", "restart_by_peer", "none"]), ("encapsulation", ["yes", "no", "auto"]),
        ("failureshunt", ["drop", "passthrough", "reject", "none"]),
        ("disablearrivalcheck", ["yes", "no"]), ("pmtudisc", ["copy", "clear", "set"]),
        ("authby", ["secret", "secret|rsasig", "rsasig|secret"]),
    ]
    static let ends: [(String, [String])] = [
        ("id", ["@gate", "a@b.example", "@#0a0B", "@[some text]", "\"C=DE, O=A\\, B, CN=*\"", "%any", "10.0.0.9"]),
        ("rsasigkey", [RefusalTests.key, "%none", "%cert", "%dnsondemand"]), ("rsasigkey2", [RefusalTests.key, "%none"]),
        ("cert", ["gate.pem", "\"/etc/my certs/gate.pem\""]), ("ca", ["%same", "\"C=DE, O=Test CA\""]),
        ("sendcert", ["always", "never"]), ("updown", ["\"/etc/ipsec.updown --log\"", "/bin/true"]), ("firewall", ["yes", "no"]),
        ("hostaccess", ["yes", "no"]),
        ("protoport", ["tcp/22", "udp", "icmp", "17/%any"]), ("nexthop", ["%direct", "%defaultroute", "192.0.2.254"]),
    ]
    static let hosts = ["192.0.2.1", "%defaultroute", "gate.example.com", "%any", "0.0.0.0"]

    static func text(_ seed: UInt64) -> String {
        var dice = Dice(state: seed)
        var lines = ["conn net", "left=\(dice.one(of: hosts))", "right=198.51.100.7"]
        for (word, values) in common where word == "authby" || dice.roll(3) == 0 { lines.append("\(word)=\(dice.one(of: values))") }
        if dice.roll(4) == 0, !lines.contains(where: { $0.hasPrefix("pfsgroup") }) { lines.append("pfs=no") }
        for side in ["left", "right"] {
            for (word, values) in ends where dice.roll(3) == 0 { lines.append("\(side)\(word)=\(dice.one(of: values))") }
        }
        if dice.roll(3) == 0 {
            lines.append("type=transport")
        } else {
            if dice.roll(5) == 0 { lines.append("type=\(dice.one(of: ["passthrough", "drop", "reject"]))") }
            if dice.roll(2) == 0 { lines += ["leftsubnet=10.1.0.0/16", "leftsourceip=10.1.0.1"] }
            if dice.roll(2) == 0 { lines.append("rightsubnet=\(dice.one(of: ["10.2.0.0/16", "%default", "0.0.0.0/0"]))") }
        }
        if dice.roll(4) == 0, !lines.contains(where: { $0.hasPrefix("esp=") }) {
            lines += ["esp=3des-md5", "\(dice.one(of: ["spi", "spibase"]))=0x\(2 + dice.roll(9))00", "espreplay_window=32"]
            lines += ["espenckey=0x21234567_89abcdef_02468ace_13579bdf_12345678_9abcdef0", "leftespauthkey=0t0123456789abcdef"]
            lines.append("espauthkey=0x32345678_9abcdef0_2468ace0_13579bdf")
        }
        return lines.joined(separator: "\n\t") + "\n"
    }

    @Test func showingAndReadingAgain() throws {
        var complete = 0
        for seed in 0..<600 as Range<UInt64> {
            let text = Self.text(seed)
            guard let conn = load(text).connection(named: "net") else { continue }
            complete += 1
            let shown = conn.text(showsKeys: true).text
            let again = load(shown)
            #expect(again.diagnostics.filter { $0.severity == .error }.map { "\($0)" } == [], "\(text)\(shown)")
            let second = again.connection(named: "net")
            // Only the comment with its place differs.
            #expect(second.map { $0.text(showsKeys: true).text.withoutPlace } == shown.withoutPlace, "\(text)")
            #expect(second?.innerFamily == conn.innerFamily && second?.isIKEStrict == conn.isIKEStrict)
            #expect((second?.manualKeying == nil) == (conn.manualKeying == nil))
        }
        #expect(complete > 300, "\(complete) of 600 were conns at all")
    }

    @Test func whatItLooksLike() {
        let shown = load(
            """
            conn %default
             authby=secret
             keylife=1h
            conn net
             alsoflip=south
             leftid="C=DE, CN=gate"
             auto=start
            conn south
             left=192.0.2.2
             leftsubnet=10.2.0.0/16
             right=%defaultroute
            """
        ).connection(named: "net")?.text(showsKeys: false).text
        #expect(
            shown == """
                conn net
                \t# /etc/ipsec.conf:4
                \tleft=%defaultroute
                \tleftnexthop=%defaultroute
                \tleftid="C=DE, CN=gate"
                \tleftsendcert=ifasked
                \tleftfirewall=no
                \tlefthostaccess=no
                \tright=192.0.2.2
                \trightsubnet=10.2.0.0/16
                \trightnexthop=%direct
                \trightsendcert=ifasked
                \trightfirewall=no
                \trighthostaccess=no
                \ttype=tunnel
                \tauto=start
                \tauthby=secret
                \tesn=accept
                \tpfs=yes
                \tkeylife=3600s
                \tikelifetime=3600s
                \trekey=yes
                \trekeymargin=540s
                \trekeyfuzz=100%
                \tkeyingtries=%forever
                \tdpddelay=0s
                \tdpdtimeout=120s
                \tdpdaction=hold
                \tfailureshunt=none
                \tdisablearrivalcheck=no
                \tencapsulation=auto
                \tfragmentation=yes
                \t# ike= is not set, and means aes256-sha256-modp2048,aes256-sha256-ecp256,aes256-sha256-curve25519,aes256-sha256-modp3072,\
                aes128-sha256-modp2048,aes128-sha256-ecp256,aes128-sha256-curve25519,aes128-sha256-modp3072,aes256-sha384-ecp384,\
                aes256-sha512-modp4096,aes256-sha1-modp2048,aes128-sha1-modp2048 and any other sound suite
                \t# esp= is not set, and means aes128gcm16,aes256gcm16,aes128-sha256,aes256-sha256,aes256-sha512,aes128-sha1,aes256-sha1 \
                and any other sound suite

                """)
    }

    @Test func keysAreShownToWhoAsksOnly() throws {
        let text = least + "spi=0x200\nesp=aes128-sha1\nespenckey=0x00112233445566778899aabbccddeeff\nespauthkey=0t01234567890123456789"
        let conn = try #require(load("conn net\n " + text.replacing("\n", with: "\n ")).connection(named: "net"))
        let shown = conn.text(showsKeys: false).text
        #expect(shown.contains("\t# leftespenckey has 16 octets\n") && !shown.contains("aabbcc") && !shown.contains("0123456789"))
        #expect(conn.text(showsKeys: true).text.contains("\tleftespenckey=0x00112233445566778899aabbccddeeff\n"))
    }
}

extension String {
    fileprivate var withoutPlace: [Substring] { split(separator: "\n").filter { !$0.hasPrefix("\t# /etc") } }
}
