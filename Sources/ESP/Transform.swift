import Crypto

/// One suite's cipher and integrity check with one direction's keys, working in place on an ESP packet whose fields lie
/// where `Layout` says.
final class Transform {
    private enum Kind {
        case separate(CBC, HMAC)
        case combined(GCM)
    }

    private let kind: Kind
    private let layout: Layout
    private let usesESN: Bool
    /// The start of CBC when the IV itself is the first block encrypted.
    private let zeroIV: [UInt8]

    /// - Throws: `badKeyLength` when a key is not what the suite asks for; `unsupported` for a CBC cipher without
    ///   integrity, which RFC 4303 forbids nobody and nobody should use.
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

    /// Encrypts `text` and writes the ICV behind it. The IV field before `text` holds the IV for GCM, and for CBC a
    /// value never used before under this key, which becomes the IV by being encrypted.
    ///
    /// - Parameter high: of an extended sequence number, what the packet does not show and its ICV covers all the same.
    func seal(_ bytes: inout MutableSpan<UInt8>, start: Int, text: Range<Int>, high: UInt32) throws(CryptoError) {
        let ivAt = start + Layout.headerLength
        switch kind {
        case .separate(let cipher, let mac):
            // CBC over IV field and text, begun with zeros: the first block out is E(value), the IV of SP 800-38A's
            // appendix C, and the rest is CBC under that IV.
            let zeros = zeroIV
            try cipher.apply(&bytes, range: ivAt..<text.upperBound, iv: zeros.span)
            mac.update(bytes.span.extracting(start..<text.upperBound))
            if usesESN { update(mac, high) }
            mac.finish(into: &bytes, at: text.upperBound, count: layout.icvLength)
        case .combined(let cipher):
            try cipher.seal(&bytes, aad: start..<ivAt, high: usesESN ? high : nil, ivAt: ivAt, text: text)
        }
    }

    /// Whether the ICV behind `text` is right, and if so decrypts it. Nothing is decrypted otherwise.
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

    /// As if the high half stood behind the trailer (RFC 4303 §2.2.1).
    private func update(_ mac: HMAC, _ high: UInt32) {
        var octets = InlineArray<4, UInt8>(repeating: 0)
        var span = octets.mutableSpan
        BigEndian.put(high, &span, at: 0)
        mac.update(span.span)
    }
}
