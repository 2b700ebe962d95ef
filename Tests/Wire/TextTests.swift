import Testing
import Wire

private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// RFC 4648 §10.
@Suite struct RFC4648 {
    private static let vectors = [
        ("", "", ""), ("f", "Zg==", "66"), ("fo", "Zm8=", "666f"), ("foo", "Zm9v", "666f6f"), ("foob", "Zm9vYg==", "666f6f62"),
        ("fooba", "Zm9vYmE=", "666f6f6261"), ("foobar", "Zm9vYmFy", "666f6f626172"),
    ]

    @Test(arguments: vectors)
    func bothWays(_ text: String, _ base64: String, _ hex: String) {
        #expect(Text.base64(bytes(text)).text == base64)
        #expect(Text.octets(base64: bytes(base64)) == bytes(text))
        #expect(Text.octets(base64: bytes(base64).filter { $0 != UInt8(ascii: "=") }) == bytes(text))
        #expect(Text.hex(bytes(text)).text == hex)
        #expect(Text.octets(hex: bytes(hex)) == bytes(text))
        #expect(Text.octets(hex: bytes(hex.uppercased())) == bytes(text))
    }

    @Test func everyOctet() {
        let all = [UInt8](0...255)
        #expect(Text.octets(base64: Text.base64(all).octets) == all)
        #expect(Text.octets(hex: Text.hex(all).octets) == all)
        #expect(Text.base64([0xfb, 0xff]) == "+/8=")
    }

    @Test(arguments: ["=", "==", "A", "A=", "A==", "AA=", "AAA==", "AAAA=", "====", "A=AA", "AA A", "AA-_", "Zg==Zg==", "Zm9v\n"])
    func notBase64(_ text: String) {
        #expect(Text.octets(base64: bytes(text)) == nil)
    }

    @Test(arguments: ["0", "0x00", "0g", "00 00", "0_0_0"])
    func notHex(_ text: String) {
        #expect(Text.octets(hex: bytes(text)) == nil)
    }
}

@Suite struct Numbers {
    @Test func underscoresInKeys() {
        #expect(Text.octets(hex: bytes("0123_4567_89ab_CDEF")) == [0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef])
    }

    @Test func hexDigits() {
        #expect(Text.hex(0x1a, digits: 8) == "0000001a")
        #expect(Text.hex(0xdead_beef, digits: 4) == "beef")
        #expect(Text.hex(.max, digits: 16) == "ffffffffffffffff")
        #expect(Text.hex(0, digits: 0) == "")
    }

    @Test func decimal() {
        #expect(Text.decimal(bytes("0")) == 0)
        #expect(Text.decimal(bytes("007")) == 7)
        #expect(Text.decimal(bytes("4294967295")) == 4_294_967_295)
        #expect(Text.decimal(bytes("4294967296")) == nil)
        #expect(Text.decimal(bytes("255"), limit: 255) == 255)
        #expect(Text.decimal(bytes("256"), limit: 255) == nil)
        #expect(Text.decimal(bytes("18446744073709551615"), limit: .max) == .max)
        #expect(Text.decimal(bytes("18446744073709551616"), limit: .max) == nil)
        #expect(Text.decimal(bytes("99999999999999999999999999"), limit: .max) == nil)
        for wrong in ["", " 1", "1 ", "-1", "+1", "1.0", "0x1", "1a"] { #expect(Text.decimal(bytes(wrong)) == nil) }
    }
}
