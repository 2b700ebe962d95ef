import Configuration
import Testing
import Wire

/// What is documented and not there: said in one line, or refused with the reason.
@Suite struct RefusalTests {
    /// Every parameter that does nothing yet, in values that would ask for something.
    static let everything = """
        config setup
        \tforwardcontrol=yes
        \trp_filter=1
        \tsyslog=local0.info
        \tklipsdebug=all
        \tmanualstart=m
        \tpluto=no
        \tplutowait=yes
        \tprepluto=/bin/true
        \tpostpluto=/bin/true
        \tvirtual_private=%v4:10.0.0.0/8,%v4:!10.1.0.0/16,%v6:fd00::/8
        \tplutoopts="--x"
        \tplutostderrlog=/tmp/x
        \tplutorestartoncrash=no
        \tnocrsend=yes
        \tstrictcrlpolicy=yes
        \tcrlcheckinterval=600
        conn net
        \tleft=192.0.2.1
        \tright=192.0.2.2
        \tauthby=secret
        \tleftrsasigkey=0sAQOF8tZ2
        \tleftrsasigkey2=%dnsondemand
        \tleftcert=left.pem
        \tleftca="C=DE, O=x"
        \tleftsendcert=always
        \tleftupdown=/etc/updown
        \tleftfirewall=yes
        \tleftespenckey=0x0123
        \tleftespauthkey=0x0123_4567
        \tleftespspi=0x101
        \trekey=yes
        \trekeymargin=9m
        \trekeyfuzz=100%
        \tdpddelay=30
        \tdpdtimeout=120
        \tdpdaction=restart
        \tfailureshunt=drop
        \tdisablearrivalcheck=yes
        \tspi=0x200
        \tspibase=0x300
        \tespenckey=0x01234567_89abcdef_02468ace_13579bdf_12345678_9abcdef0
        \tespauthkey=0x12345678_9abcdef0_2468ace0_13579bdf
        \tespreplay_window=32

        """

    @Test func oneLineEach() {
        let read = load(Self.everything)
        #expect(read.connections.count == 1)
        #expect(read.diagnostics.allSatisfy { $0.severity == .warning })
        let lines = Set(read.diagnostics.map { $0.place.line })
        #expect(lines == Set(2...17).union(22...44) && read.diagnostics.count == lines.count)
        let texts = read.diagnostics.map { "\($0)" }
        #expect(texts[0] == "/etc/ipsec.conf:2: warning: forwardcontrol=yes does nothing yet")
        #expect(texts[10] == "/etc/ipsec.conf:12: warning: plutoopts=--x has no meaning here and does nothing")
        #expect(texts.contains("/etc/ipsec.conf:42: warning: espenckey does nothing yet"))
        #expect(!texts.contains { $0.contains("89abcdef") })
    }

    @Test func whatHappensAnywayIsNotSaid() {
        #expect(complaints(least + "leftfirewall=no\nrekey=no\nfailureshunt=none\ndpddelay=0\nleftupdown=\ncompress=no\n"
            + "aggrmode=no\nauth=esp\nkeyexchange=ike\ntype=tunnel\nespreplay_window=0\ndisablearrivalcheck=no") == [])
        #expect(told("config setup\n forwardcontrol=no\n rp_filter=%unchanged\n klipsdebug=none\n syslog=daemon.error\n plutowait=no\n") == [])
    }

    @Test(arguments: [
        ("compress=yes", "5: conn net: compress=yes: Cygnet has no IPComp; remove the line"),
        ("aggrmode=yes", "5: conn net: aggrmode=yes: Cygnet has no Aggressive Mode, which shows the hash of the secret to anyone; remove the line"),
        ("auth=ah", "5: conn net: auth=ah: Cygnet has no AH: there are no unencrypted tunnels; remove the line"),
        ("ah=hmac-md5-96", "5: conn net: ah=hmac-md5-96: Cygnet has no AH: there are no unencrypted tunnels; use esp="),
        ("keyexchange=ikev2", "5: conn net: keyexchange=ikev2: Cygnet has IKEv1 only; write keyexchange=ike or remove the line"),
        ("type=passthrough", "5: conn net: type=passthrough: conns that let packets pass or drop them do not exist yet; expected tunnel or transport"),
        ("auto=manual", "5: conn net: auto=manual: manual keying does not exist yet; use authby=secret with auto=add, route or start"),
    ])
    func refusedWithTheReason(_ text: String, _ expected: String) {
        #expect(complaints(least.trimmed + "\n" + text) == [expected])
        #expect(load("conn net\n " + (least + text).replacing("\n", with: "\n ")).connections.isEmpty)
    }

    @Test func keysNeedAFileThatIsRootsAlone() {
        let text = "conn keys\n espenckey=0x0123\n"
        #expect(told(text).count == 1)
        let memory = Memory(["/etc/ipsec.conf": text], owner: 1000, mode: 0o644)
        #expect(Configuration.load("/etc/ipsec.conf", from: memory).diagnostics.map { "\($0)" } == [
            "/etc/ipsec.conf:2: espenckey is a key, but this file is not safe: its mode is 0644 and its owner user 1000, but secrets "
                + "must be root's alone; chown root /etc/ipsec.conf && chmod 600 /etc/ipsec.conf mends it",
        ])
    }

    @Test(arguments: [
        ("espenckey=0x012", "5: espenckey: expected hexadecimal digits, two for each octet"),
        ("espenckey=0xzz", "5: espenckey: a character is not among hexadecimal digits, two for each octet"),
        ("espenckey=secret", "5: espenckey: expected 0x and hexadecimal digits, 0s and base 64, or 0t and text"),
        ("spi=0x1000", "5: spi=0x1000: expected an SPI from 0x100 to 0xfff"),
        ("spibase=0x201", "5: spibase=0x201: expected a number that ends in 0, such as 0x200"),
        ("leftrsasigkey=abc", "5: leftrsasigkey=abc: expected 0x and hexadecimal digits, 0s and base 64, or 0t and text"),
        ("rekeyfuzz=1", "5: rekeyfuzz=1: expected a percentage such as 100%"),
        ("dpdaction=restrt", "5: dpdaction=restrt: expected hold, clear or restart; did you mean restart?"),
    ])
    func syntaxIsCheckedAllTheSame(_ text: String, _ expected: String) {
        #expect(complaints(least.trimmed + "\n" + text) == [expected])
    }
}
