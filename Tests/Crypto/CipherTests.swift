import Crypto
import Testing
import Vectors

@Suite struct CBCMisuse {
    @Test func keysMustFit() {
        for cipher in [Cipher.aesCBC128, .aesCBC192, .aesCBC256, .tripleDESCBC] {
            for count in [0, 8, cipher.keyLength - 1, cipher.keyLength + 1] {
                #expect(throws: CryptoError.badKeyLength) { try CBC(cipher, key: Secret(count: count), .encrypt) }
            }
        }
        #expect(throws: CryptoError.unsupported) { try CBC(.aesGCM128, key: Secret(count: 16), .encrypt) }
    }

    @Test func rangesMustFit() throws {
        let cbc = try CBC(.aesCBC128, key: Secret(count: 16), .encrypt)
        let before = [UInt8](0..<64)
        var bytes = before
        for (range, iv) in [
            (16..<31, 0), (16..<33, 0), (17..<64, 0), (32..<80, 0), (16..<32, -1), (16..<32, 49), (16..<32, 64),
            (64..<80, 0), (-16..<0, 0),
        ] {
            #expect(throws: CryptoError.badLength) {
                var span = bytes.mutableSpan
                try cbc.apply(&span, range: range, ivAt: iv)
            }
        }
        for count in [0, 8, 15, 17] {
            #expect(throws: CryptoError.badLength) {
                var span = bytes.mutableSpan
                try cbc.apply(&span, range: 0..<16, iv: [UInt8](repeating: 0, count: count).span)
            }
        }
        var span = bytes.mutableSpan
        try cbc.apply(&span, range: 64..<64, ivAt: 48)
        #expect(bytes == before)
    }

    /// One schedule, many packets: nothing of the one before is left in it.
    @Test func packetsAreIndependent() throws {
        let key = Secret([UInt8](0..<24))
        let encrypt = try CBC(.tripleDESCBC, key: key, .encrypt)
        let decrypt = try CBC(.tripleDESCBC, key: key, .decrypt)
        let plain = [UInt8](repeating: 0x42, count: 40)
        var first = plain
        var second = plain
        var span = first.mutableSpan
        try encrypt.apply(&span, range: 8..<40, ivAt: 0)
        span = second.mutableSpan
        try encrypt.apply(&span, range: 8..<40, ivAt: 0)
        #expect(first == second)
        span = first.mutableSpan
        try decrypt.apply(&span, range: 8..<40, ivAt: 0)
        #expect(first == plain)
    }
}

@Suite struct GCMMisuse {
    /// An ESP payload as sealed, and what opens it.
    private func sealed() throws -> (gcm: GCM, packet: [UInt8], text: Range<Int>) {
        let (cipher, key, nonce, aad, _, ciphertext, tag) = espGCMVectors()[1]
        let salt = Secret(Array(octets(nonce)[0..<4]))
        let gcm = try GCM(cipher, key: Secret(octets(key)), salt: salt)
        let packet = octets(aad) + octets(nonce)[4...] + octets(ciphertext) + octets(tag)
        return (gcm, packet, 16..<(packet.count - 16))
    }

    /// Every bit of AAD, IV, ciphertext and tag.
    @Test func everyBitIsAuthenticated() throws {
        let (gcm, packet, text) = try sealed()
        for index in packet.indices {
            for bit in 0..<8 {
                var changed = packet
                changed[index] ^= 1 << UInt8(bit)
                let before = changed
                #expect(throws: CryptoError.authenticationFailed) {
                    var span = changed.mutableSpan
                    try gcm.open(&span, aad: 0..<8, ivAt: 8, text: text)
                }
                #expect(changed == before, "nothing is decrypted that is not authentic")
            }
        }
    }

    @Test func lengthsAreAuthenticated() throws {
        let (gcm, packet, text) = try sealed()
        for (aad, part) in [
            (0..<7, text), (1..<8, text), (0..<8, 17..<text.upperBound), (0..<8, 16..<(text.upperBound - 1)), (0..<8, 16..<16),
        ] {
            #expect(throws: CryptoError.authenticationFailed) {
                var bytes = packet
                var span = bytes.mutableSpan
                try gcm.open(&span, aad: aad, ivAt: 8, text: part)
            }
        }
    }

    @Test func keyAndSaltMatter() throws {
        let (_, packet, text) = try sealed()
        let (cipher, key, nonce, _, _, _, _) = espGCMVectors()[1]
        var otherKey = octets(key)
        otherKey[15] ^= 1
        var otherSalt = Array(octets(nonce)[0..<4])
        otherSalt[3] ^= 1
        for (key, salt) in [(otherKey, Array(octets(nonce)[0..<4])), (octets(key), otherSalt)] {
            let gcm = try GCM(cipher, key: Secret(key), salt: Secret(salt))
            #expect(throws: CryptoError.authenticationFailed) {
                var bytes = packet
                var span = bytes.mutableSpan
                try gcm.open(&span, aad: 0..<8, ivAt: 8, text: text)
            }
        }
    }

    @Test func keysMustFit() {
        for cipher in [Cipher.aesGCM128, .aesGCM192, .aesGCM256] {
            for count in [0, cipher.keyLength - 1, cipher.keyLength + 1, cipher.keyLength + 4] {
                #expect(throws: CryptoError.badKeyLength) {
                    try GCM(cipher, key: Secret(count: count), salt: Secret(count: 4))
                }
            }
            for count in [0, 3, 5] {
                #expect(throws: CryptoError.badKeyLength) {
                    try GCM(cipher, key: Secret(count: cipher.keyLength), salt: Secret(count: count))
                }
            }
        }
        #expect(throws: CryptoError.unsupported) { try GCM(.aesCBC128, key: Secret(count: 16), salt: Secret(count: 4)) }
    }

    @Test func rangesMustFit() throws {
        let gcm = try GCM(.aesGCM128, key: Secret(count: 16), salt: Secret(count: 4))
        var bytes = [UInt8](0..<64)
        for (aad, iv, text) in [
            (0..<8, 8, 16..<49), (0..<8, 8, 64..<64), (0..<65, 8, 16..<32), (0..<8, 57, 16..<32), (0..<8, -1, 16..<32),
            (-1..<8, 8, 16..<32), (0..<8, 8, -1..<32),
        ] {
            #expect(throws: CryptoError.badLength) {
                var span = bytes.mutableSpan
                try gcm.seal(&span, aad: aad, ivAt: iv, text: text)
            }
            #expect(throws: CryptoError.badLength) {
                var span = bytes.mutableSpan
                try gcm.open(&span, aad: aad, ivAt: iv, text: text)
            }
        }
        #expect(bytes == [UInt8](0..<64))
    }

    /// Every length up to some blocks, so that each path over whole and partial blocks is walked, at every alignment.
    @Test func everyLength() throws {
        let gcm = try GCM(.aesGCM256, key: Secret([UInt8](0..<32)), salt: Secret(count: 4))
        for count in 0..<300 {
            let offset = count % 17
            let text = (offset + 20)..<(offset + 20 + count)
            let plain = [UInt8](repeating: 7, count: text.upperBound + 16)
            var bytes = plain
            var span = bytes.mutableSpan
            try gcm.seal(&span, aad: offset..<(offset + 12), ivAt: offset + 12, text: text)
            #expect(count < 16 || bytes[text] != plain[text])
            span = bytes.mutableSpan
            try gcm.open(&span, aad: offset..<(offset + 12), ivAt: offset + 12, text: text)
            #expect(bytes[..<text.upperBound] == plain[..<text.upperBound])
        }
    }
}
