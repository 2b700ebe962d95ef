import Crypto
import Wire

/// The keys of an ISAKMP SA after Diffie-Hellman: SKEYID and the keys derived from it (RFC 2409 §5).
public final class Phase1Keys: Sendable {
    /// The negotiated hash, which is also the pseudo-random function.
    public let hash: Hash
    /// The negotiated cipher.
    public let cipher: Cipher
    /// All keys, one after the other in a single allocation.
    private let material: Secret

    /// SKEYID, from which the other keys are derived.
    public var skeyid: Secret { piece(0) }
    /// SKEYID_d: the keys of IPsec SAs are derived from it.
    public var derivation: Secret { piece(1) }
    /// SKEYID_a: authenticates Quick Mode and Informational messages.
    public var authentication: Secret { piece(2) }
    /// SKEYID_e: the cipher's key is derived from it.
    public var encryption: Secret { piece(3) }
    /// Ka: `encryption`, cut or expanded to the cipher's key length (RFC 2409 app. B).
    public var cipherKey: Secret { material.slice(4 * hash.length..<material.count) }

    private func piece(_ number: Int) -> Secret { material.slice(number * hash.length..<(number + 1) * hash.length) }

    /// - Parameters:
    ///   - presharedKey: `nil` for authentication with signatures.
    ///   - shared: g^xy.
    public init(
        _ cipher: Cipher, _ hash: Hash, presharedKey: Secret?, initiatorNonce: [UInt8], responderNonce: [UInt8],
        shared: Secret, initiatorCookie: UInt64, responderCookie: UInt64
    ) {
        self.hash = hash
        self.cipher = cipher
        let skeyid: Secret
        if let presharedKey {
            let root = HMAC(hash, key: presharedKey)
            root.update(initiatorNonce)
            root.update(responderNonce)
            skeyid = root.finishSecret()
        } else {
            let root = HMAC(hash, key: (initiatorNonce + responderNonce).span)
            root.update(shared)
            skeyid = root.finishSecret()
        }
        let prf = HMAC(hash, key: skeyid)
        var cookies = ByteWriter(capacity: 16)
        cookies.uint64(initiatorCookie)
        cookies.uint64(responderCookie)
        func child(after previous: Secret?, _ number: UInt8) -> Secret {
            if let previous { prf.update(previous) }
            prf.update(shared)
            prf.update(cookies.bytes)
            prf.update([number])
            return prf.finishSecret()
        }
        let derivation = child(after: nil, 0)
        let authentication = child(after: derivation, 1)
        let encryption = child(after: authentication, 2)
        material = Secret.joined([
            skeyid, derivation, authentication, encryption, Self.stretch(encryption, to: cipher.keyLength, hash),
        ])
    }

    /// The first octets of SKEYID_e if it is long enough (RFC 2409 app. B), otherwise of K1 | K2 | …, where K1 = prf(SKEYID_e, 0)
    /// and K2 = prf(SKEYID_e, K1).
    private static func stretch(_ key: Secret, to length: Int, _ hash: Hash) -> Secret {
        if key.count >= length { return key.slice(0..<length) }
        let prf = HMAC(hash, key: key)
        var blocks: [Secret] = []
        prf.update([0])
        blocks.append(prf.finishSecret())
        while blocks.count * hash.length < length {
            prf.update(blocks[blocks.count - 1])
            blocks.append(prf.finishSecret())
        }
        return Secret.joined(blocks).slice(0..<length)
    }

    /// Phase 1's first IV: hash(g^xi | g^xr), cut to the cipher's block (RFC 2409 app. B).
    public func phase1IV(initiatorPublic: [UInt8], responderPublic: [UInt8]) -> [UInt8] {
        var hashing = Hashing(hash)
        hashing.update(initiatorPublic)
        hashing.update(responderPublic)
        return Array(hashing.finish().prefix(cipher.blockLength))
    }

    /// The first IV of a Quick Mode or Informational exchange: hash(last block of Phase 1 | message ID)
    /// (RFC 2409 app. B).
    public func phase2IV(after lastBlock: [UInt8], messageID: UInt32) -> [UInt8] {
        var hashing = Hashing(hash)
        hashing.update(lastBlock)
        hashing.update(octets(spi: messageID))
        return Array(hashing.finish().prefix(cipher.blockLength))
    }

    /// HASH_I for the initiator, HASH_R for the responder (RFC 2409 §5).
    ///
    /// - Parameters:
    ///   - own: the Diffie-Hellman value and the cookie of the end that it authenticates; then those of the other end.
    ///   - securityAssociation: SAi_b, the body of the initiator's SA payload.
    ///   - identity: the body of the ID payload of the end that it authenticates.
    public func identityHash(
        own: (publicValue: [UInt8], cookie: UInt64), other: (publicValue: [UInt8], cookie: UInt64),
        securityAssociation: [UInt8], identity: [UInt8]
    ) -> [UInt8] {
        let prf = HMAC(hash, key: skeyid)
        prf.update(own.publicValue)
        prf.update(other.publicValue)
        var cookies = ByteWriter(capacity: 16)
        cookies.uint64(own.cookie)
        cookies.uint64(other.cookie)
        prf.update(cookies.bytes)
        prf.update(securityAssociation)
        prf.update(identity)
        return prf.finish()
    }

    /// KEYMAT for one direction of an IPsec SA (RFC 2409 §5.5): `count` octets.
    ///
    /// - Parameters:
    ///   - shared: g(qm)^xy, with PFS.
    ///   - protocolID: 3 for ESP.
    ///   - spi: of the direction, as its receiver chose it.
    public func keyMaterial(
        count: Int, shared: Secret?, protocolID: UInt8, spi: UInt32, initiatorNonce: [UInt8], responderNonce: [UInt8]
    ) -> Secret {
        let prf = HMAC(hash, key: derivation)
        var blocks: [Secret] = []
        while blocks.count * hash.length < count {
            if let last = blocks.last { prf.update(last) }
            if let shared { prf.update(shared) }
            prf.update([protocolID])
            prf.update(octets(spi: spi))
            prf.update(initiatorNonce)
            prf.update(responderNonce)
            blocks.append(prf.finishSecret())
        }
        return Secret.joined(blocks).slice(0..<count)
    }

    /// HASH(1), HASH(2) or HASH(3) of Quick Mode, or HASH(1) of an Informational exchange (RFC 2409 §5.5 and §5.7):
    /// over the parts in their order.
    func messageHash(_ parts: [[UInt8]]) -> [UInt8] {
        let prf = HMAC(hash, key: authentication)
        for part in parts { prf.update(part) }
        return prf.finish()
    }
}

extension Secret {
    /// Appends all parts to one array.
    static func joined(_ parts: [Secret]) -> Secret {
        let whole = Secret(count: parts.reduce(0) { $0 + $1.count })
        whole.withMutableBytes { bytes in
            var at = 0
            for part in parts {
                for index in 0..<part.count {
                    bytes[at] = part.bytes[index]
                    at += 1
                }
            }
        }
        return whole
    }
}

/// Compares two hashes in constant time.
func areEqual(_ one: [UInt8], _ two: [UInt8]) -> Bool {
    guard one.count == two.count else { return false }
    var difference: UInt8 = 0
    for index in one.indices { difference |= one[index] ^ two[index] }
    return difference == 0
}
