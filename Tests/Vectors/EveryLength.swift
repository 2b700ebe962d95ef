import Crypto
import Wire

/// Digests of what the ciphers and hashes make of messages of every length up to 300 octets, and of an ESP packet's. They were computed
/// by the portable code, so that a CPU's instructions are compared with it: blocks that are processed together and those
/// that remain, keys and counters of many values. The digest is SHA-512, for which no instructions are used.
public func everyLengthVectors(_ report: inout Report) {
    for (cipher, expected) in [
        (Cipher.aesGCM128, "0828207de8df846309184cffad684134"),
        (.aesGCM192, "d2011e3452718a28e3e614670175d4ff"),
        (.aesGCM256, "59c6bd6ef1368fe64d1ea14dd44c2572"),
    ] {
        report.equal(gcmDigest(cipher, &report), expected, "\(name(cipher)), every length")
    }
    for (cipher, encrypted, decrypted) in [
        (Cipher.aesCBC128, "a9670c0b90262a5daffc54bd9e7798b6", "10f19e07ceca0515cf0d931fb09b4d94"),
        (.aesCBC192, "a1154beaa20460c7b77476ff2a43d4ec", "269a886540cfc0fed66a00803cfd6bdd"),
        (.aesCBC256, "65e91f62e5152071cf27076c8d3890b1", "497c22fa97350fae31d6fd04b1e820d0"),
    ] {
        report.equal(cbcDigest(cipher, .encrypt), encrypted, "\(name(cipher)), encryption of every length")
        report.equal(cbcDigest(cipher, .decrypt), decrypted, "\(name(cipher)), decryption of every length")
    }
    for (hash, expected) in [(Hash.sha1, "dd4f57d832e7f989e1c1a9c148bef3cd"), (.sha256, "f398b4849637f940c420cd47b570e18d")] {
        report.equal(hashDigest(hash, &report), expected, "\(name(hash)), every length")
    }
}

/// Octets that look random and are the same everywhere.
private struct Octets {
    private var state: UInt64

    init(_ seed: Int) { state = UInt64(seed) &* 0x9e37_79b9_7f4a_7c15 | 1 }

    mutating func next(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0..<count {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            bytes.append(UInt8(truncatingIfNeeded: state >> 32))
        }
        return bytes
    }
}

private let lengths = Array(0...300) + [1_400, 1_404, 1_440]

/// The first 16 octets are enough to compare.
private func finish(_ digest: inout Hashing) -> [UInt8] { Array(digest.finish()[..<16]) }

private func gcmDigest(_ cipher: Cipher, _ report: inout Report) -> [UInt8] {
    var digest = Hashing(.sha512)
    for length in lengths {
        var octets = Octets(length)
        let (key, salt) = (Secret(octets.next(cipher.keyLength)), Secret(octets.next(cipher.saltLength)))
        guard let gcm = try? GCM(cipher, key: key, salt: salt) else { return [] }
        let aad = 0..<(length % 2 == 0 ? 8 : 12)
        let text = (aad.upperBound + 8)..<(aad.upperBound + 8 + length)
        let plain = octets.next(text.upperBound)
        var packet = plain + [UInt8](repeating: 0, count: 16)
        var span = packet.mutableSpan
        let sealed: Void? = try? gcm.seal(&span, aad: aad, ivAt: aad.upperBound, text: text)
        digest.update(packet)
        span = packet.mutableSpan
        let opened: Void? = try? gcm.open(&span, aad: aad, ivAt: aad.upperBound, text: text)
        report.expect(
            sealed != nil && opened != nil && packet.starts(with: plain), "\(name(cipher)): \(length) octets, there and back")
    }
    return finish(&digest)
}

private func cbcDigest(_ cipher: Cipher, _ direction: CBC.Direction) -> [UInt8] {
    var digest = Hashing(.sha512)
    for length in lengths where length % 16 == 0 {
        var octets = Octets(length)
        guard let cbc = try? CBC(cipher, key: Secret(octets.next(cipher.keyLength)), direction) else { return [] }
        // At an odd address, with octets behind it that must stay.
        var packet = octets.next(16 + 5 + length + 16)
        var span = packet.mutableSpan
        guard (try? cbc.apply(&span, range: 21..<(21 + length), ivAt: 0)) != nil else { return [] }
        digest.update(packet)
    }
    return finish(&digest)
}

private func hashDigest(_ hash: Hash, _ report: inout Report) -> [UInt8] {
    var digest = Hashing(.sha512)
    // One message in pieces of every length, so that blocks begin in one piece and end in another.
    var pieces = Hashing(hash)
    var whole: [UInt8] = []
    for length in lengths {
        var octets = Octets(length)
        let message = octets.next(length)
        digest.update(hash(message))
        let mac = HMAC(hash, key: Secret(octets.next(hash.length)))
        mac.update(message)
        digest.update(mac.finish())
        pieces.update(message)
        whole += message
    }
    let inPieces = pieces.finish()
    report.expect(inPieces == hash(whole), "\(name(hash)) in pieces of every length")
    digest.update(inPieces)
    return finish(&digest)
}
