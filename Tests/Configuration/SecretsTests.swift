import Configuration
import Crypto
import Testing
import Vectors
import Wire

@Suite struct SecretsTests {
    static let east = Address("10.0.0.1")!
    static let west = Address("11.0.0.1")!

    func load(_ text: String, _ others: [String: String] = [:]) -> Secrets {
        var files = others
        files["/etc/ipsec.secrets"] = text
        return Secrets.load("/etc/ipsec.secrets", from: Memory(files))
    }

    func told(_ text: String) -> [String] {
        load(text).diagnostics.map { "\($0)".replacingPrefix("/etc/ipsec.secrets:", with: "") }
    }

    /// The secret that east finds for west, as text.
    func found(_ text: String, local: Identity = .address(east), remote: Identity? = .address(west)) -> String? {
        load(text).presharedKey(local: .init(local, Self.east), remote: .init(remote, remote == nil ? nil : Self.west))
            .map { String(decoding: octets($0.secret), as: UTF8.self) }
    }

    func octets(_ secret: Secret) -> [UInt8] { secret.bytes.indices.map { secret.bytes[$0] } }

    @Test(arguments: [
        "10.0.0.1 11.0.0.1 : PSK \"one\"", "10.0.0.1 11.0.0.1 : psk 'one' # and a remark",
        "# first\n\n10.0.0.1\n\t11.0.0.1\n\t: PSK\n\t\"one\"\n", "10.0.0.1 11.0.0.1 : PSK 0x6f6E_65", "10.0.0.1 11.0.0.1 : PSK 0sb25l",
        "10.0.0.1 11.0.0.1 : PSK 0tone", "10.0.0.1 11.0.0.1 \"one\"", ": \"one\"", "\"one\"",
        ": PSK \"one\"\r\n", "%any 10.0.0.1 : PSK \"one\"", "10.0.0.1 : PSK \"one\"", "0.0.0.0 : PSK \"one\"", "%any %any6 : PSK \"one\"",
    ])
    func forms(_ text: String) { #expect(found(text) == "one") }

    /// The colon needs white space only behind it.
    @Test(arguments: [
        "10.0.0.1 11.0.0.1: PSK \"one\"", "10.0.0.1: PSK \"one\"", "%any: PSK \"one\"", "10.0.0.1 %any:\tPSK \"one\"",
        "%any 10.0.0.1: \"one\"",
        "10.0.0.1 11.0.0.1:\n PSK \"one\"\n",
    ])
    func aColonMayEndTheLastIndex(_ text: String) {
        #expect(found(text) == "one")
        #expect(told(text) == [])
    }

    @Test func colonsOfAddressesAreTheirOwn() {
        func found(_ text: String, _ peer: String) -> Bool {
            let peer = Address(peer)!
            return load(text).presharedKey(local: .init(.address(Self.east), Self.east), remote: .init(.address(peer), peer)) != nil
        }
        #expect(found("%any 2001:db8::1: PSK \"x\"", "2001:db8::1"))
        #expect(found("%any 2001:db8::: PSK \"x\"", "2001:db8::"))
        #expect(found("%any 2001:db8:: : PSK \"x\"", "2001:db8::"))
        #expect(told("10.0.0.1 :PSK \"x\"") == ["1: the colon needs white space behind it; expected ID ID : PSK \"...\""])
    }

    /// A host name is the end that a conn has at this name, or the ID of that name.
    @Test func hostNamesAreIndices() {
        let text = "gate.example.org %any: PSK \"gate\"\n%any other.example.org : PSK \"other\"\n"
        #expect(told(text) == [])
        func found(_ name: Name?, _ id: Identity?) -> String? {
            load(text).presharedKey(
                local: .init(.address(Self.east), Self.east), remote: .init(id ?? .address(Self.west), Self.west, name: name)
            )
            .map { String(decoding: octets($0.secret), as: UTF8.self) }
        }
        #expect(found("Gate.Example.org.", nil) == "gate")
        #expect(found("other.example.org", nil) == "other")
        #expect(found(nil, .fqdn("other.example.org")) == "other")
        #expect(found(nil, nil) == nil)
        #expect(found("third.example.org", nil) == nil)
    }

    @Test func quotedTextIsTakenAsItIs() {
        #expect(found(": PSK \"a 'b' # c : d\"") == "a 'b' # c : d")
        #expect(found(": PSK '\"x\"'") == "\"x\"")
        #expect(found(": PSK \"0x6f\"") == "0x6f")
        #expect(
            octets(load(": PSK 0s/+8=").presharedKey(local: .init(.address(Self.east), Self.east), remote: .init(nil, nil))!.secret)
                == [0xff, 0xef])
    }

    @Test func theBestMatchWins() {
        let all = [
            ": PSK \"none\"", "%any : PSK \"none\"", "%any 11.0.0.1 : PSK \"theirs\"", "10.0.0.1 : PSK \"ours\"",
            "10.0.0.1 %any : PSK \"any\"",
            "10.0.0.1 11.0.0.1 : PSK \"both\"", "@east 11.0.0.1 : PSK \"id\"", "@EAST. @west : PSK \"ids\"",
        ]
        let expected = ["none", "none", "theirs", "ours", "any", "both", "id", "ids"]
        for last in all.indices {
            // In either order, the best of the first entries.
            for lines in [Array(all[0...last]), all[0...last].reversed()] {
                #expect(found(lines.joined(separator: "\n"), local: .fqdn("east"), remote: .fqdn("west")) == expected[last])
            }
        }
        #expect(found("10.0.0.9 11.0.0.1 : PSK \"x\"") == nil)
        #expect(found("11.0.0.1 : PSK \"x\"") == nil)
        #expect(found("10.0.0.1 11.0.0.9 : PSK \"x\"") == nil)
        #expect(found("10.0.0.1 11.0.0.1 : PSK \"x\"", remote: nil) == nil)
        #expect(found("10.0.0.1 %any : PSK \"x\"", remote: nil) == "x")
        #expect(found("10.0.0.1 11.0.0.8 11.0.0.1 : PSK \"x\"") == "x")
        #expect(found("\"C=DE, CN=x\" 11.0.0.1 : PSK \"x\"") == nil)
    }

    @Test func rivalsAreNamed() {
        let match = load(": PSK \"a\"\n: PSK \"a\"\n: PSK \"b\"\n: PSK \"c\"\n")
            .presharedKey(local: .init(.address(Self.east), Self.east), remote: .init(nil, nil))
        #expect(match?.place.line == 1 && match?.rival?.line == 3)
    }

    /// A real key of 1024 bits, as ipsec.secrets writes it.
    static let rsa: String = {
        let key = try! RSAPrivateKey(file: Array(RSAKeys.pkcs1.utf8).span, passphrase: nil)
        let names = ["Modulus", "PublicExponent", "PrivateExponent", "Prime1", "Prime2", "Exponent1", "Exponent2", "Coefficient"]
        return zip(names, RSAPrivateKey.Part.allCases).map { name, part in
            "\t\(name): 0x" + Text.hex(key[part].bytes.indices.map { key[part].bytes[$0] }).text
        }.joined(separator: "\n\t# remark\n")
    }()

    @Test func rsaKeysInEveryForm() throws {
        let text = """
            @gate 192.0.2.1 : RSA\t{
            \t# RSA 2048 bits
            \t#pubkey=0sAQ
            \(Self.rsa)
            \t}
            # do not change the indenting of that "}"
            10.0.0.1 : RSA gate.pem "pass phrase"
            : RSA other.pem
            : PSK "one"
            @else : RSA /else.pem
            "C=DE, CN=*" : rsa names.pem
            """
        let read = load(text)
        #expect(read.diagnostics.map { "\($0)" } == [])
        #expect(found(text) == "one")
        func lines(_ local: Identity) -> [Int] { read.privateKeys(local: local, localAddress: Self.east).map { $0.place.line } }
        #expect(lines(.address(Self.east)) == [21, 22])
        #expect(lines(.fqdn("GATE")) == [1, 21, 22])
        #expect(lines(.fqdn("x")) == [21, 22])
        #expect(lines(.distinguishedName(try #require(DistinguishedName.der(Array("C=DE, CN=gate".utf8))))) == [25, 21, 22])
        let keys = read.privateKeys
        #expect(keys.map { $0.identities.count } == [2, 1, 0, 1, 1])
        guard case .key(let key) = keys[0].source, case .file(let file, let phrase) = keys[1].source else {
            Issue.record("not the forms written")
            return
        }
        #expect(key.publicKey.bitCount == 1024)
        #expect(file == "gate.pem" && phrase.map { octets($0) } == Array("pass phrase".utf8))
    }

    @Test(arguments: [
        (": RSA", "1: nothing follows RSA; expected RSA { ... } or RSA FILE"),
        (": RSA {\n Modulus: 0x01\n", "1: the RSA key does not end in }; its lines begin with white space"),
        (": RSA {\n Modulus: 0x01\n }", "1: PublicExponent: is missing in the RSA key"),
        (": RSA {\n Modulus: 0x01\n Modulus: 0x02\n }", "1: Modulus: is there twice"),
        (": RSA {\n Modulus: 0xhush\n }", "1: Modulus: a character is not among hexadecimal digits, two for each octet"),
        (
            ": RSA {\n hush: 0x01\n }",
            "1: word number 3 after the colon is none of Modulus:, PublicExponent:, PrivateExponent:, Prime1:, "
                + "Prime2:, Exponent1:, Exponent2: or Coefficient:"
        ),
        (": RSA a.pem hush", "1: something follows the file; expected RSA FILE or RSA FILE \"passphrase\""),
        (
            ": RSA{\n" + rsa.replacingOccurrence("Prime1: 0x", with: "Prime1: 0x02") + "\n }",
            "1: the numbers of the RSA key do not belong together: it was cut or changed"
        ),
        (
            ": RSA {\n" + rsa.replacingOccurrence("Exponent: 0x0", with: "Exponent: 0x") + "\n }",
            "1: PublicExponent: expected hexadecimal digits, two for each octet"
        ),
        (": PIN %prompt", "1: smartcards are not there; expected PSK \"...\" or RSA"),
    ])
    func mistakesInRSA(_ text: String, _ expected: String) {
        #expect(told(text + "\n") == [expected])
        #expect(load(text).count == 0)
    }

    @Test func includes() {
        let read = load(
            "include secrets.d/*.psk\n",
            [
                "/etc/secrets.d/a.psk": "10.0.0.1 11.0.0.1 : PSK \"one\"", "/etc/secrets.d/b.psk": ": PSK \"two\"\ninclude a.psk\n",
                "/etc/secrets.d/c.bak": "x",
            ])
        #expect(read.diagnostics.isEmpty && read.count == 3)
        #expect(told("include nothing\n") == ["1: cannot include /etc/nothing: no such file"])
    }

    @Test func aLooseFileIsRefusedWhole() {
        let memory = Memory(["/etc/ipsec.secrets": ": PSK \"one\""], mode: 0o640)
        var read = Secrets.load("/etc/ipsec.secrets", from: memory)
        #expect(read.count == 0)
        #expect(
            read.diagnostics.map { "\($0)" } == [
                "/etc/ipsec.secrets: this file is not used: its mode is 0640 and its owner user 0, but only root may have access to secrets; "
                    + "chmod 600 /etc/ipsec.secrets corrects that"
            ])
        memory.files["/etc/ipsec.secrets"]?.owner = 1000
        memory.files["/etc/ipsec.secrets"]?.mode = 0o100_600
        read = Secrets.load("/etc/ipsec.secrets", from: memory)
        #expect(
            read.diagnostics.map { "\($0)" } == [
                "/etc/ipsec.secrets: this file is not used: its mode is 0600 and its owner user 1000, but only root may have access to secrets; "
                    + "chown root /etc/ipsec.secrets && chmod 600 /etc/ipsec.secrets corrects that"
            ])
        memory.files["/etc/ipsec.secrets"]?.owner = 0
        memory.files["/etc/ipsec.secrets"]?.mode = 0o400
        #expect(Secrets.load("/etc/ipsec.secrets", from: memory).count == 1)
        memory.files["/etc/more"] = (Array(": PSK \"two\"".utf8), 0, 0o604)
        memory.files["/etc/ipsec.secrets"]?.text += Array("\ninclude more\n".utf8)
        read = Secrets.load("/etc/ipsec.secrets", from: memory)
        #expect(read.count == 1 && read.diagnostics.count == 1)
    }

    @Test func thePublishedExampleIsLoud() {
        let text = ": PSK \"jxTR1lnmSjuj33n4W51uW3kTR55luUmSmnlRUuWnkjRj3UuTV4T3USSu23Uk55nWu5TkTUnjT\""
        #expect(
            told(text) == [
                "1: warning: THIS SECRET IS THE PUBLISHED EXAMPLE: ANYONE CAN READ WHAT IT PROTECTS. Put your own in its place at both ends"
            ])
        #expect(load(text).count == 1)
    }

    @Test(arguments: [
        ("10.0.0.1 11.0.0.1 :PSK \"hush\"", "1: the colon needs white space behind it; expected ID ID : PSK \"...\""),
        ("10.0.0.1 11.0.0.1 PSK \"hush\"", "1: there is no colon before the keyword; expected ID ID : PSK \"...\""),
        ("10.0.0.1 11.0.0.1 hush", "1: there is no colon; expected ID ID : PSK \"...\""),
        (": PSK hush", "1: the secret needs quotation marks around it, or 0x, 0s or 0t before it"),
        (": PSK", "1: nothing follows PSK; expected PSK \"...\""),
        (":", "1: nothing follows the colon; expected PSK \"...\""),
        (": hush", "1: what follows the colon is not known; expected PSK \"...\" or RSA"),
        (": PSK \"\"", "1: the secret is empty"),
        (": PSK \"hush", "1: a quotation mark is not closed on this line"),
        (
            ": PSK \"hush\" hush",
            "1: something follows the secret; white space in a secret needs quotation marks, and comments a # before them"
        ),
        (": PSK 0xhush", "1: the secret: a character is not among hexadecimal digits, two for each octet"),
        (": PSK 0x123", "1: the secret: expected hexadecimal digits, two for each octet"),
        (
            "10.0.0.1 !hush : PSK \"hush\"",
            "1: ID number 2 is no address, no host name, no @name, no user@name, no @#hexadecimal and not %any"
        ),
        (" : PSK \"hush\"", "1: an entry begins at the margin; this line has white space before it"),
    ])
    func mistakes(_ text: String, _ expected: String) {
        #expect(told(text + "\n") == [expected])
        #expect(load(text).count == 0)
        #expect(!expected.contains("hush"))
    }

    @Test func noPrefixTraps() {
        let text = Array(
            ("10.0.0.1 @east a@b @#0102 %any : PSK \"a\"\n\n: RSA {\n Modulus: 0x01\n }\n: PSK 0sAAAA\n'x'\ninclude *\n"
                + "10.0.0.1\n : PSK 0x01\n").utf8)
        for count in 0...text.count { _ = load(String(decoding: text[0..<count], as: UTF8.self)) }
    }

    @Test func aNoSuchFile() {
        #expect(Secrets.load("/etc/ipsec.secrets", from: Memory()).diagnostics.map { "\($0)" } == ["/etc/ipsec.secrets: no such file"])
    }
}
