import Configuration
import Testing
import Wire

/// Documented parameters that are not supported: a warning, or an error with the reason.
@Suite struct RefusalTests {
    /// 2048 bits, in the form of RFC 3110.
    static let key =
        "0sAwEAAcELMFV6n8TpDjNYfaLH7BE2W4Clyu8UOV6DqM3yFzxhhqvQ9Ro/ZImu0/gdQmeMsdb7IEVqj7TZ/iNIbZK33AEmS3CVut8EKU5zmL3iByxRdpvA5QovVHmew+gNMld8ocbrEDVaf6TJ7hM4XYKnzPEWO2CFqs/0GT5jiK3S9xxBZouw1fofRGmOs9j9IkdskbbbACVKb5S53gMoTXKXvOEGK1B1mr/kCS5TeJ3C5wwxVnugxeoPNFl+o8jtEjdcgabL8BU6X4SpzvMYPWKHrNH2G0Bliq/U+R5DaI2y1/whRmuQtdr/JEluk7jdAidMcZa74AUqT3SZvuMILVJ3nAs="

    /// Every parameter that does nothing, in values that would ask for something.
    static let everything = """
        config setup
        \tvirtual_private=%v4:10.0.0.0/8,%v4:!10.1.0.0/16,%v6:fd00::/8
        \tplutoopts="--x"
        \tplutorestartoncrash=no
        \tnocrsend=yes
        \tstrictcrlpolicy=yes
        conn net
        \tleft=192.0.2.1
        \tright=192.0.2.2
        \tauthby=secret
        \tleftrsasigkey=\(key)
        \tleftrsasigkey2=%dnsondemand
        \tleftcert=left.pem
        \tleftca="C=DE, O=x"
        \tleftsendcert=always
        \tleftupdown=/etc/updown
        \tleftfirewall=yes
        \tesp=3des-md5

        """

    @Test func atMostOneLineEach() {
        let read = load(Self.everything)
        #expect(read.connections.count == 1)
        let texts = read.diagnostics.map { "\($0)" }
        let idle = texts.filter { $0.hasSuffix("has no meaning here and does nothing") }
        #expect(texts == idle)
        #expect(Set(read.diagnostics.map { $0.place.line }).count == texts.count)
        #expect(texts.contains("/etc/ipsec.conf:3: warning: plutoopts=--x has no meaning here and does nothing"))
        #expect(!texts.contains { $0.contains("89abcdef") })
    }

    @Test func whatHappensAnywayIsNotSaid() {
        #expect(
            complaints(
                least + "leftfirewall=no\nrekey=yes\nfailureshunt=none\ndpddelay=0\nleftupdown=\ncompress=no\n"
                    + "aggrmode=no\nauth=esp\nkeyexchange=ike\ntype=tunnel\nespreplay_window=0\ndisablearrivalcheck=no") == [])
        #expect(
            told("config setup\n forwardcontrol=no\n rp_filter=%unchanged\n klipsdebug=none\n syslog=daemon.error\n plutowait=no\n") == [])
    }

    @Test(arguments: [
        ("aggrmode=yes", "5: aggrmode=yes: Cygnet has no Aggressive Mode, which shows the hash of the secret to anyone"),
        ("auth=ah", "5: auth=ah: Cygnet has no AH: there are no unencrypted tunnels; use esp="),
        ("ah=hmac-md5-96", "5: ah=hmac-md5-96: Cygnet has no AH: there are no unencrypted tunnels; use esp="),
        ("keyexchange=ikev2", "5: keyexchange=ikev2: this is IKEv2, and Cygnet has IKEv1 only"),
        (
            "auto=manual\nspi=0x200\nesp=aes128gcm16\nespenckey=0x11234567_89abcdef_02468ace_13579bdf_12345678",
            "7: conn net: esp=aes128gcm16: aes128gcm16 would use its nonces again after each start, which gives the keys away (RFC 4106 §2); write one such as esp=aes128-sha256"
        ),
        ("auto=manual", "5: conn net: auto=manual: manual keying needs spi= or spibase="),
    ])
    func refusedWithTheReason(_ text: String, _ expected: String) {
        #expect(complaints(least.trimmed + "\n" + text) == [expected])
        #expect(load("conn net\n " + (least + text).replacing("\n", with: "\n ")).connections.isEmpty)
    }

    @Test func neverIsForConnsThatCarryNothing() {
        let ends = "left=192.0.2.1\nright=192.0.2.2\nauthby=never\n"
        #expect(
            complaints(ends) == [
                "4: conn net: authby=never: this is for type=passthrough, drop and reject, which carry nothing; write authby=secret"
            ])
        #expect(complaints(ends + "type=drop") == [])
    }

    /// Anybody can publish a key for a name of his own.
    @Test func aPeerAtAnyAddressNeedsAnIDForKeysFromTheDNS() {
        let ends = "left=192.0.2.1\nleftsubnet=10.0.1.0/24\nright=%any\nauthby=rsasig\nrightrsasigkey=%dnsondemand\n"
        #expect(complaints(ends).map { String($0.prefix(2)) } == ["6:"])
        #expect(complaints(ends + "rightid=@gate.example.com") == [])
    }

    @Test func keysNeedAFileThatIsRootsAlone() {
        let text = "conn keys\n espenckey=0x0123\n"
        #expect(told(text) == [])
        let memory = Memory(["/etc/ipsec.conf": text], owner: 1000, mode: 0o644)
        #expect(
            Configuration.load("/etc/ipsec.conf", from: memory).diagnostics.map { "\($0)" } == [
                "/etc/ipsec.conf:2: espenckey is a key, but this file is not safe: its mode is 0644 and its owner user 1000, but only root "
                    + "may have access to secrets; chown root /etc/ipsec.conf && chmod 600 /etc/ipsec.conf corrects that"
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
        ("dpdaction=restrt", "5: dpdaction=restrt: expected hold, clear, restart, restart_by_peer or none; did you mean restart?"),
    ])
    func syntaxIsCheckedAllTheSame(_ text: String, _ expected: String) {
        #expect(complaints(least.trimmed + "\n" + text) == [expected])
    }
}
