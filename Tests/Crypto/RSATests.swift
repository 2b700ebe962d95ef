import Crypto
import Testing
import Vectors
import Wire

@Suite struct RSATests {
    private func key(_ text: String, _ passphrase: String? = nil) throws -> RSAPrivateKey {
        try RSAPrivateKey(file: Array(text.utf8).span, passphrase: passphrase.map { Secret(Array($0.utf8)) })
    }

    @Test func everyFormIsTheSameKey() throws {
        for text in [RSAKeys.pkcs1, RSAKeys.pkcs8] { #expect(try key(text).publicKey.modulus == RSAKeys.modulus) }
        for text in [RSAKeys.encryptedAES, RSAKeys.encryptedDES, RSAKeys.encryptedPKCS8] {
            #expect(try key(text, "open sesame").publicKey.modulus == RSAKeys.modulus)
            #expect(throws: CryptoError.authenticationFailed) { try key(text) }
            #expect(throws: CryptoError.self) { try key(text, "open sesami") }
        }
    }

    /// Without any random octet in it a signature of this kind is always the same.
    @Test func signaturesAreOpenSSLs() throws {
        let key = try key(RSAKeys.pkcs1)
        #expect(try key.sign(RSAKeys.hash, random: SystemRandom()) == RSAKeys.bareSignature)
        #expect(key.publicKey.verifies(RSAKeys.bareSignature, of: RSAKeys.hash))
    }

    @Test func onlyTheWholeBlockCounts() throws {
        let key = try key(RSAKeys.pkcs1)
        for index in [0, 1, 60, 127] {
            var forged = RSAKeys.bareSignature
            forged[index] ^= 1
            #expect(!key.publicKey.verifies(forged, of: RSAKeys.hash))
        }
        #expect(!key.publicKey.verifies(RSAKeys.bareSignature, of: Array(RSAKeys.hash.dropLast())))
        #expect(!key.publicKey.verifies([0] + RSAKeys.bareSignature, of: RSAKeys.hash))
        #expect(!key.publicKey.verifies(Array(RSAKeys.bareSignature.dropLast()), of: RSAKeys.hash))
        #expect(!key.publicKey.verifies([], of: RSAKeys.hash))
        // s + n has the same power and is no signature.
        #expect(!key.publicKey.verifies([UInt8](repeating: 0xff, count: 128), of: RSAKeys.hash))
        // A signature over a DigestInfo is none over the bare hash.
        #expect(!key.publicKey.verifies(RSAKeys.digestSignature, of: Hash.sha256(RSAKeys.message)))
        #expect(throws: CryptoError.badLength) { try key.sign([UInt8](repeating: 1, count: 118), random: SystemRandom()) }
    }

    @Test func thePublicForm() throws {
        let key = try key(RSAKeys.pkcs1).publicKey
        let again = try #require(RSAPublicKey(rfc3110: key.rfc3110))
        #expect(again.equals(key) && key.rfc3110.prefix(4) == [3, 1, 0, 1] && key.bitCount == 1024)
        #expect(key.keyID.text.hasPrefix("AwEAA"))
        // The long form of the exponent's length.
        #expect(RSAPublicKey(rfc3110: [0, 0, 3, 1, 0, 1] + key.modulus)?.equals(key) == true)
        for bad in [
            [], [0], [3], [3, 1, 0, 1], [1, 1] + key.modulus, [1, 2] + key.modulus, [9] + [UInt8](repeating: 1, count: 9) + key.modulus,
            [3, 1, 0, 1] + key.modulus.dropFirst(), [3, 1, 0, 1] + key.modulus.dropLast() + [2],
            [1, 3] + [UInt8](repeating: 0xff, count: 1025), [5, 1, 0, 0, 0, 1] + key.modulus,
        ] as [[UInt8]] { #expect(RSAPublicKey(rfc3110: bad) == nil) }
        #expect(RSAPublicKey(rfc3110: [4, 0xff, 0xff, 0xff, 0xff] + key.modulus) != nil)
    }

    @Test func generatedKeysSignAndAreRead() throws {
        let made = try generate(bits: 1024)
        #expect(made.publicKey.bitCount == 1024)
        let again = try key(PEM.write("RSA PRIVATE KEY", made.der).text)
        #expect(again.publicKey.equals(made.publicKey))
        #expect(made.publicKey.verifies(try again.sign([1, 2, 3], random: SystemRandom()), of: [1, 2, 3]))
    }

    private func generate(bits: Int) throws -> RSAPrivateKey {
        let generation = try RSAGeneration(bits: bits, random: SystemRandom())
        while true { if let key = try generation.step() { return key } }
    }

    /// A step does not search for a prime: it returns even where no number is one.
    @Test func eachStepOfGenerationTestsOneNumber() throws {
        final class Zeros: RandomSource {
            override func fill(_ bytes: inout MutableSpan<UInt8>) { for index in bytes.indices { bytes[index] = 0 } }
        }
        let generation = try RSAGeneration(bits: 8192, random: Zeros())
        for _ in 0..<20 {
            let key = try generation.step()
            #expect(key == nil)
        }
    }

    @Test func generationRefusesOtherLengths() {
        for bits in [0, 512, 1022, 1025, 8194, 20_000] {
            #expect(throws: CryptoError.badKeyLength) { try generate(bits: bits) }
        }
    }

    @Test func numbersThatDoNotBelongTogetherAreNoKey() throws {
        let key = try key(RSAKeys.pkcs1)
        for part in RSAPrivateKey.Part.allCases where part != .privateExponent && part != .publicExponent {
            let parts = RSAPrivateKey.Part.allCases.map { other -> Secret in
                let secret = key[other].slice(0..<key[other].count)
                if other == part { secret.withMutableBytes { $0[$0.count / 2] ^= 4 } }
                return secret
            }
            #expect(throws: CryptoError.self) { try RSAPrivateKey(parts) }
        }
        #expect(throws: CryptoError.badKeyLength) { try RSAPrivateKey([]) }
        let zeros = RSAPrivateKey.Part.allCases.map { key[$0].count }.map { Secret(count: $0) }
        #expect(throws: CryptoError.self) { try RSAPrivateKey([key[.modulus], key[.publicExponent]] + zeros.dropFirst(2)) }
    }

    /// Damage anywhere is an error and never more.
    @Test func damagedFiles() throws {
        let der = try key(RSAKeys.pkcs1).der
        for length in 0..<der.count {
            #expect(throws: CryptoError.self) { try RSAPrivateKey(der: der.slice(0..<length).bytes) }
        }
        for index in 0..<min(der.count, 40) {
            let damaged = der.slice(0..<der.count)
            damaged.withMutableBytes { $0[index] ^= 0x81 }
            #expect(throws: CryptoError.self) { try RSAPrivateKey(der: damaged.bytes) }
        }
        for text in [
            "", "-", "-----BEGIN RSA PRIVATE KEY-----", "-----BEGIN RSA PRIVATE KEY-----\n\n-----END RSA PRIVATE KEY-----\n", "\u{30}",
        ] {
            #expect(throws: CryptoError.badLength) { try key(text) }
        }
    }
}
