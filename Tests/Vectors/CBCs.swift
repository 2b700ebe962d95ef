import Crypto

private func cbcs() -> [(Cipher, key: String, iv: String, plaintext: String, ciphertext: String)] {
    [
        // FIPS 197 appendix C: one block
        (
            .aesCBC128,
            "000102030405060708090a0b0c0d0e0f",
            "00000000000000000000000000000000",
            "00112233445566778899aabbccddeeff",
            "69c4e0d86a7b0430d8cdb78070b4c55a"
        ),
        (
            .aesCBC192,
            "000102030405060708090a0b0c0d0e0f1011121314151617",
            "00000000000000000000000000000000",
            "00112233445566778899aabbccddeeff",
            "dda97ca4864cdfe06eaf70a0ec0d7191"
        ),
        (
            .aesCBC256,
            "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
            "00000000000000000000000000000000",
            "00112233445566778899aabbccddeeff",
            "8ea2b7ca516745bfeafc49904b496089"
        ),
        // SP 800-38A F.2
        (
            .aesCBC128,
            "2b7e151628aed2a6abf7158809cf4f3c",
            "000102030405060708090a0b0c0d0e0f",
            """
            6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52ef
            f69f2445df4f9b17ad2b417be66c3710
            """,
            """
            7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b273bed6b8e3c1743b7116e69e22229516
            3ff1caa1681fac09120eca307586e1a7
            """
        ),
        (
            .aesCBC192,
            "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
            "000102030405060708090a0b0c0d0e0f",
            """
            6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52ef
            f69f2445df4f9b17ad2b417be66c3710
            """,
            """
            4f021db243bc633d7178183a9fa071e8b4d9ada9ad7dedf4e5e738763f69145a571b242012fb7ae07fa9baac3df102e0
            08b0e27988598881d920a9e64f5615cd
            """
        ),
        (
            .aesCBC256,
            "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
            "000102030405060708090a0b0c0d0e0f",
            """
            6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52ef
            f69f2445df4f9b17ad2b417be66c3710
            """,
            """
            f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d39f23369a9d9bacfa530e26304231461
            b2eb05e2c39be9fcda6c19078c6a9d1b
            """
        ),
        // RFC 3602 section 4
        (
            .aesCBC128,
            "06a9214036b8a15b512e03d534120006",
            "3dafba429d9eb430b422da802c9fac41",
            "53696e676c6520626c6f636b206d7367",
            "e353779c1079aeb82708942dbe77181a"
        ),
        (
            .aesCBC128,
            "c286696d887c9aa0611bbb3e2025a45a",
            "562e17996d093d28ddb3ba695a2e6f58",
            "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
            "d296cd94c2cccf8a3a863028b5e1dc0a7586602d253cfff91b8266bea6d61ab1"
        ),
        (
            .aesCBC128,
            "6c3ea0477630ce21a2ce334aa746c2cd",
            "c782dc4c098c66cbd9cd27d825682c81",
            "5468697320697320612034382d62797465206d657373616765202865786163746c7920332041455320626c6f636b7329",
            "d0a02b3836451753d493665d33f0e8862dea54cdb293abc7506939276772f8d5021c19216bad525c8579695d83ba2684"
        ),
        (
            .aesCBC128,
            "56e47a38c5598974bc46903dba290349",
            "8ce82eefbea0da3c44699ed7db51b7d9",
            """
            a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecf
            d0d1d2d3d4d5d6d7d8d9dadbdcdddedf
            """,
            """
            c30e32ffedc0774e6aff6af0869f71aa0f3af07a9a31a9c684db207eb0ef8e4e35907aa632c3ffdf868bb7b29d3d46ad
            83ce9f9a102ee99d49a53e87f4c3da55
            """
        ),
        // NIST, Triple DES with intermediate values, CBC
        (
            .tripleDESCBC,
            "0123456789abcdef23456789abcdef01456789abcdef0123",
            "f69f2445df4f9b17",
            "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51",
            "2079c3d53aa763e193b79e2569ab5262516570481f25b50f73c0bda85c8e0da7"
        ),
        // SP 800-67 appendix B: the first block is what ECB makes too
        (
            .tripleDESCBC,
            "0123456789abcdef23456789abcdef01456789abcdef0123",
            "0000000000000000",
            "5468652071756663",
            "a826fd8ce53b855f"
        ),
    ]
}

/// CBC both ways, with the IV apart and with the IV in the packet, between octets that must stay as they are.
public func cbcVectors(_ report: inout Report) {
    for (cipher, key, iv, plaintext, ciphertext) in cbcs() {
        let key = Secret(octets(key))
        let iv = octets(iv)
        for direction in [CBC.Direction.encrypt, .decrypt] {
            let (before, after) = direction == .encrypt ? (plaintext, ciphertext) : (ciphertext, plaintext)
            let deed = direction == .encrypt ? "encrypting" : "decrypting"
            let what = "\(name(cipher)), \(deed) \(octets(plaintext).count) octets"
            guard let cbc = try? CBC(cipher, key: key, direction) else {
                report.expect(false, "\(what): no key schedule")
                continue
            }
            var packet = [0xaa] + iv + octets(before) + [0xbb]
            let range = (1 + iv.count)..<(packet.count - 1)
            var span = packet.mutableSpan
            report.expect((try? cbc.apply(&span, range: range, ivAt: 1)) != nil, "\(what) throws")
            report.expect(packet == [0xaa] + iv + octets(after) + [0xbb], "\(what), IV in front")

            var text = octets(before)
            var whole = text.mutableSpan
            report.expect((try? cbc.apply(&whole, range: 0..<whole.count, iv: iv.span)) != nil, "\(what) throws")
            report.equal(text, after, "\(what), IV apart")
        }
    }
}
