import Testing
import Wire

/// Text of a peer, as a terminal shows it.
@Suite struct PrintableTests {
    private func shown(_ octets: [UInt8]) -> String { Sentence(octets: octets).printable.text }

    @Test func aLineStaysOneLineAndIsNotObeyed() {
        #expect(shown(Array("a\nexit 0\r\u{0}b\u{1b}[2Jc\u{7f}".utf8)) == "a?exit 0??b?[2Jc?")
        // C1: CSI, as UTF-8 and as the bare octet.
        #expect(shown([0x61, 0xC2, 0x9B, 0x62]) == "a?b")
        #expect(shown([0x61, 0x9B, 0x62]) == "a?b")
        // Marks of direction, of width 0, and between lines.
        for mark in ["\u{202E}", "\u{2066}", "\u{200B}", "\u{2028}", "\u{FEFF}", "\u{061C}"] { #expect(shown(Array(mark.utf8)) == "?") }
        // No UTF-8: cut off, too long for what it says, half of a pair, past the end.
        for octets: [UInt8] in [[0xE2, 0x82], [0xC0, 0x8A], [0xE0, 0x80, 0x8A], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xFF]] {
            #expect(Sentence(octets: octets).printable.octets.allSatisfy { $0 == UInt8(ascii: "?") })
        }
    }

    @Test func otherTextPasses() {
        for text in ["", "conn \"net\" is up", "\ttable\t1", "büro-münchen", "東京", "🦢"] { #expect(shown(Array(text.utf8)) == text) }
    }

    @Test func everyOctetPairIsHarmless() {
        for first in UInt8.min...UInt8.max {
            for second in UInt8.min...UInt8.max {
                for octet in Sentence(octets: [first, second]).printable.octets {
                    #expect(octet == 9 || octet >= 0x20 && octet != 0x7F)
                }
            }
        }
    }

    /// An ID is shown in ASCII without blanks and quotes; a long one is cut.
    @Test func identities() {
        let forged = Name(Array("gate\n002 \"net\" is down".utf8))
        #expect(Identity.fqdn(forged).sentence.text == "@gate?002??net??is?down")
        #expect(Identity.userFQDN(forged).sentence.text == "gate?002??net??is?down")
        let long = [UInt8](repeating: 0x61, count: 5_000)
        for identity in [Identity.fqdn(Name(long)), .userFQDN(Name(long)), .keyID(long), .distinguishedName(long)] {
            #expect(identity.sentence.octets.count <= Text.shownName + 4)
        }
        #expect(Identity.fqdn("gate.example.com").sentence == "@gate.example.com")
        // Text for a file, or for a comparison, is not changed.
        #expect(Identity.fqdn(Name(long)).asConfigured.octets == [0x40] + long)
    }

    @Test func distinguishedNames() {
        let der = DistinguishedName.der(Array("C=DE, O=A\nB \"C\", CN=gate\u{9b}".utf8))!
        #expect(DistinguishedName.text(der).text == "C=DE, O=A?B ?C?, CN=gate??")
        let long = DistinguishedName.der(Array("CN=".utf8) + [UInt8](repeating: 0x61, count: 5_000))!
        #expect(Identity.distinguishedName(long).sentence.octets.count == Text.shownDistinguishedName + 3)
    }
}
