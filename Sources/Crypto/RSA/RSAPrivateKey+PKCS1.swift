import Wire

extension RSAPrivateKey {
    /// Octets of the longest private key in DER that is read: 8192 bits take 4.7 kB.
    private static let longest = 8192

    /// From DER: PKCS#1's RSAPrivateKey (RFC 8017 §A.1.2), or the same within PKCS#8's PrivateKeyInfo (RFC 5208 §5).
    ///
    /// - Throws: `badLength` when it is neither, otherwise as `init(_:)`.
    public convenience init(der: Span<UInt8>) throws(CryptoError) {
        guard der.count <= Self.longest, let parts = try? Self.parts(der) else { throw .badLength }
        try self.init(parts)
    }

    /// From a key file: DER or PEM, in clear or behind a passphrase.
    ///
    /// - Throws: `badLength` when it holds no RSA key, `authenticationFailed` when the passphrase is missing or wrong,
    ///   `unsupported` when it is encrypted in a way we do not have; otherwise as `init(_:)`.
    public convenience init(file: Span<UInt8>, passphrase: Secret?) throws(CryptoError) {
        let found = try Self.find(file, passphrase)
        guard found.der.count <= Self.longest, let parts = try? Self.parts(found.der.bytes) else {
            // One wrong passphrase in 256 leaves what looks like padding.
            throw found.wasEncrypted ? .authenticationFailed : .badLength
        }
        try self.init(parts)
    }

    /// As `init(file:passphrase:)` for borrowed octets.
    public convenience init(file: Secret, passphrase: Secret?) throws(CryptoError) {
        try self.init(file: file.bytes, passphrase: passphrase)
    }

    private static func find(
        _ file: Span<UInt8>, _ passphrase: Secret?
    ) throws(CryptoError) -> (der: Secret, wasEncrypted: Bool) {
        for block in PEM.read(file) {
            let isTraditional = block.label == "RSA PRIVATE KEY"
            if block.label.isEmpty || block.label == "PRIVATE KEY" || isTraditional && block.encryption.isEmpty {
                return (block.der, false)
            }
            guard isTraditional || block.label == "ENCRYPTED PRIVATE KEY" else { continue }
            guard let passphrase else { throw .authenticationFailed }
            return isTraditional
                ? (try EncryptedKey.open(block.der, info: block.encryption, passphrase), true)
                : (try EncryptedKey.open(block.der.bytes, passphrase), true)
        }
        throw .badLength
    }

    private static func parts(_ der: Span<UInt8>) throws(WireError) -> [Secret] {
        var outer = DER(der)
        var key = try outer.enter(DER.Tag.sequence)
        try outer.finish()
        guard try key.number() == 0 else { throw .malformed(at: 0) }
        if key.tag == DER.Tag.sequence {
            var algorithm = try key.enter(DER.Tag.sequence)
            guard try algorithm.octets(DER.Tag.objectIdentifier) == ObjectIdentifier.rsaEncryption else {
                throw .malformed(at: key.offset)
            }
            return try parts(key.enter(DER.Tag.octetString).remainder)
        }
        var parts: [Secret] = []
        for _ in Part.allCases {
            let number = try key.enter(DER.Tag.integer).remainder
            guard number.count > 0, number[0] < 0x80 else { throw .malformed(at: key.offset) }
            let first = number[0] == 0 ? 1 : 0
            parts.append(Secret(number.extracting(first...)))
        }
        try key.finish()
        return parts
    }

    /// As PKCS#1's RSAPrivateKey.
    public var der: Secret {
        // Version 0, then the numbers; each may need a zero in front so that it is not negative.
        func needsZero(_ part: Secret) -> Bool { part.count == 0 || part.bytes[0] >= 0x80 }
        func header(_ tag: UInt8, _ count: Int) -> [UInt8] {
            Array(DER.element(tag, [UInt8](repeating: 0, count: count)).dropLast(count))
        }
        var heads: [[UInt8]] = []
        var count = 3
        for part in Part.allCases {
            let zero = needsZero(self[part])
            heads.append(header(DER.Tag.integer, self[part].count + (zero ? 1 : 0)) + (zero ? [0] : []))
            count += heads[heads.count - 1].count + self[part].count
        }
        let start = header(DER.Tag.sequence, count) + [DER.Tag.integer, 1, 0]
        let secret = Secret(count: start.count + count - 3)
        secret.withMutableBytes { bytes in
            var at = 0
            for octet in start {
                bytes[at] = octet
                at += 1
            }
            for part in Part.allCases {
                for octet in heads[part.rawValue] {
                    bytes[at] = octet
                    at += 1
                }
                for index in 0..<self[part].count {
                    bytes[at] = self[part].bytes[index]
                    at += 1
                }
            }
        }
        return secret
    }
}

/// The object identifiers that keys and certificates use, as DER has them.
enum ObjectIdentifier {
    static let pkcs1: [UInt8] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01]
    static let rsaEncryption = pkcs1 + [1]
}
