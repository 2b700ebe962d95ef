import Crypto

/// The cipher and the integrity check of a suite with the keys of one direction. It works in place on ESP packets with the fields of
/// `Layout`.
final class ESPTransform {
    private enum Kind {
        case separate(CBC, HMAC)
        case combined(GCM)
    }

    private let kind: Kind
    private let layout: Layout
    private let usesESN: Bool
    /// The IV of CBC if the first block encrypted is the IV field.
    private let zeroIV: [UInt8]

    /// - Throws: `badKeyLength` if a key does not fit the suite; `unsupported` for a CBC cipher without integrity, which RFC 4303 allows
    ///   but nobody should use.
    init(_ sa: SecurityAssociation, _ layout: Layout, _ direction: CBC.Direction) throws(CryptoError) {
        self.layout = layout
        usesESN = sa.suite.usesESN
        let cipher = sa.suite.cipher
        if cipher.isAEAD {
            guard sa.suite.integrity == nil else { throw .unsupported }
            guard sa.encryptionKey.count == cipher.keyLength, sa.salt.count == cipher.saltLength else {
                throw .badKeyLength
            }
            kind = .combined(try GCM(cipher, key: sa.encryptionKey.bytes, salt: sa.salt.bytes))
            zeroIV = []
        } else {
            guard let integrity = sa.suite.integrity else { throw .unsupported }
            guard sa.encryptionKey.count == cipher.keyLength, sa.integrityKey.count == integrity.keyLength else {
                throw .badKeyLength
            }
            kind = .separate(
                try CBC(cipher, key: sa.encryptionKey.bytes, direction), HMAC(integrity.hash, key: sa.integrityKey))
            zeroIV = [UInt8](repeating: 0, count: cipher.blockLength)
        }
    }

    /// Encrypts `text` and writes the ICV after it. The IV field before `text` contains GCM's IV, or for CBC a value that was never used
    /// before with this key; its encryption is the IV.
    ///
    /// - Parameter high: the upper half of an extended sequence number, which the ICV covers and the packet does not contain.
    func seal(_ bytes: inout MutableSpan<UInt8>, start: Int, text: Range<Int>, high: UInt32) throws(CryptoError) {
        let ivAt = start + Layout.headerLength
        switch kind {
        case .separate(let cipher, let mac):
            // CBC over the IV field and the text, with an IV of zeros: the first block of output is E(value), the IV of SP 800-38A's
            // appendix C. The rest is CBC with that IV.
            let zeros = zeroIV
            try cipher.apply(&bytes, range: ivAt..<text.upperBound, iv: zeros.span)
            mac.update(bytes.span.extracting(start..<text.upperBound))
            if usesESN { update(mac, high) }
            mac.finish(into: &bytes, at: text.upperBound, count: layout.icvLength)
        case .combined(let cipher):
            try cipher.seal(&bytes, aad: start..<ivAt, high: usesESN ? high : nil, ivAt: ivAt, text: text)
        }
    }

    /// Checks the ICV after `text`, and decrypts it if the ICV is correct. Otherwise nothing is decrypted.
    func open(_ bytes: inout MutableSpan<UInt8>, start: Int, text: Range<Int>, high: UInt32) throws(CryptoError) {
        let ivAt = start + Layout.headerLength
        switch kind {
        case .separate(let cipher, let mac):
            mac.update(bytes.span.extracting(start..<text.upperBound))
            if usesESN { update(mac, high) }
            let icv = text.upperBound..<text.upperBound + layout.icvLength
            guard mac.verify(bytes.span.extracting(icv)) else { throw .authenticationFailed }
            try cipher.apply(&bytes, range: text, ivAt: ivAt)
        case .combined(let cipher):
            try cipher.open(&bytes, aad: start..<ivAt, high: usesESN ? high : nil, ivAt: ivAt, text: text)
        }
    }

    /// The upper half is authenticated as if it followed the trailer (RFC 4303 §2.2.1).
    private func update(_ mac: HMAC, _ high: UInt32) {
        var octets = InlineArray<4, UInt8>(repeating: 0)
        var span = octets.mutableSpan
        BigEndian.put(high, &span, at: 0)
        mac.update(span.span)
    }
}
