import Wire

/// Private keys behind a passphrase, as OpenSSL writes them: in a PEM file's own encryption, or PKCS#8's PBES2 (RFC 8018).
enum EncryptedKey {
    /// Most iterations of PBKDF2. OpenSSL's default is 2048; a few hundred thousand take a router seconds.
    private static let rounds = 1_000_000

    private static let pbes2: [UInt8] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d]
    private static let pbkdf2: [UInt8] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0c]
    /// hmacWithSHA1 is 7, hmacWithSHA256 and on 9, 10, 11.
    private static let hmac: [UInt8] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02]
    private static let aes: [UInt8] = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01]
    private static let tripleDES: [UInt8] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x03, 0x07]

    /// Decrypts a block with `DEK-Info: AES-128-CBC,0123…`, whose key OpenSSL derives with MD5.
    static func open(_ der: Secret, info: [UInt8], _ passphrase: Secret) throws(CryptoError) -> Secret {
        let parts = info.split(separator: UInt8(ascii: ","))
        guard parts.count == 2, let iv = Text.octets(hex: Array(parts[1])) else { throw .unsupported }
        let cipher: Cipher
        switch Name(Array(parts[0])) {
        case "AES-128-CBC": cipher = .aesCBC128
        case "AES-192-CBC": cipher = .aesCBC192
        case "AES-256-CBC": cipher = .aesCBC256
        case "DES-EDE3-CBC": cipher = .tripleDESCBC
        default: throw .unsupported
        }
        guard iv.count == cipher.blockLength else { throw .unsupported }
        let key = Secret(count: 32)
        var block: [UInt8] = []
        var filled = 0
        while filled < 32 {
            var hashing = Hashing(.md5)
            hashing.update(block)
            hashing.update(passphrase.bytes)
            hashing.update(Array(iv.prefix(8)))
            block = hashing.finish()
            key.withMutableBytes { for index in 0..<16 { $0[filled + index] = block[index] } }
            filled += 16
        }
        return try decrypt(cipher, key.slice(0..<cipher.keyLength), iv, der)
    }

    /// Decrypts an EncryptedPrivateKeyInfo (RFC 5958 §3).
    static func open(_ der: Span<UInt8>, _ passphrase: Secret) throws(CryptoError) -> Secret {
        guard let scheme = try? scheme(der), scheme.rounds <= rounds, scheme.iv.count == scheme.cipher.blockLength
        else { throw .unsupported }
        // PBKDF2 (RFC 8018 §5.2).
        let prf = HMAC(scheme.hash, key: passphrase)
        let key = Secret(count: scheme.cipher.keyLength)
        var filled = 0
        var number: UInt8 = 0
        while filled < key.count {
            number += 1
            prf.update(scheme.salt)
            prf.update([0, 0, 0, number])
            var block = prf.finish()
            var sum = block
            for _ in 1..<max(scheme.rounds, 2) where scheme.rounds > 1 {
                prf.update(block)
                block = prf.finish()
                for index in sum.indices { sum[index] ^= block[index] }
            }
            key.withMutableBytes { for index in 0..<min(sum.count, $0.count - filled) { $0[filled + index] = sum[index] } }
            filled += sum.count
        }
        return try decrypt(scheme.cipher, key, scheme.iv, scheme.text)
    }

    private struct EncryptionScheme {
        var hash = Hash.sha1
        var cipher = Cipher.aesCBC128
        var salt: [UInt8] = []
        var rounds = 0
        var iv: [UInt8] = []
        var text: Secret
    }

    private static func scheme(_ der: Span<UInt8>) throws(WireError) -> EncryptionScheme {
        var outer = DER(der)
        var info = try outer.enter(DER.Tag.sequence)
        var algorithm = try info.enter(DER.Tag.sequence)
        var scheme = EncryptionScheme(text: Secret(try info.enter(DER.Tag.octetString).remainder))
        guard try algorithm.octets(DER.Tag.objectIdentifier) == pbes2 else { throw .malformed(at: 0) }
        var parameters = try algorithm.enter(DER.Tag.sequence)
        var derivation = try parameters.enter(DER.Tag.sequence)
        guard try derivation.octets(DER.Tag.objectIdentifier) == pbkdf2 else { throw .malformed(at: 0) }
        var pbkdf = try derivation.enter(DER.Tag.sequence)
        scheme.salt = try pbkdf.octets(DER.Tag.octetString)
        scheme.rounds = try pbkdf.number()
        if pbkdf.tag == DER.Tag.integer { try pbkdf.skip() }
        if !pbkdf.isAtEnd {
            var prf = try pbkdf.enter(DER.Tag.sequence)
            let name = try prf.octets(DER.Tag.objectIdentifier)
            guard name.count == hmac.count + 1, name.starts(with: hmac) else { throw .malformed(at: 0) }
            switch name[hmac.count] {
            case 7: scheme.hash = .sha1
            case 9: scheme.hash = .sha256
            case 10: scheme.hash = .sha384
            case 11: scheme.hash = .sha512
            default: throw .malformed(at: 0)
            }
        }
        var encryption = try parameters.enter(DER.Tag.sequence)
        let name = try encryption.octets(DER.Tag.objectIdentifier)
        switch name {
        case aes + [2]: scheme.cipher = .aesCBC128
        case aes + [22]: scheme.cipher = .aesCBC192
        case aes + [42]: scheme.cipher = .aesCBC256
        case tripleDES: scheme.cipher = .tripleDESCBC
        default: throw .malformed(at: 0)
        }
        scheme.iv = try encryption.octets(DER.Tag.octetString)
        return scheme
    }

    /// Decrypts CBC and removes PKCS#7's padding.
    /// - Throws: `authenticationFailed` when there is no padding: the passphrase is wrong.
    private static func decrypt(_ cipher: Cipher, _ key: Secret, _ iv: [UInt8], _ text: Secret) throws(CryptoError) -> Secret {
        guard text.count > 0, text.count % cipher.blockLength == 0 else { throw .badLength }
        let cbc = try CBC(cipher, key: key, .decrypt)
        let clear = text.slice(0..<text.count)
        try clear.withMutableBytes { (bytes) throws(CryptoError) in
            try cbc.apply(&bytes, range: 0..<bytes.count, iv: iv.span)
        }
        let padding = Int(clear.bytes[clear.count - 1])
        guard (1...cipher.blockLength).contains(padding) else { throw .authenticationFailed }
        return clear.slice(0..<(clear.count - padding))
    }
}
