import Crypto
import Wire

/// The kernel's names for algorithms (struct xfrm_algo, xfrm_algo_auth and xfrm_algo_aead).
extension Cipher {
    var kernelName: StaticString {
        switch self {
        case .tripleDESCBC: "cbc(des3_ede)"
        case .aesCBC128, .aesCBC192, .aesCBC256: "cbc(aes)"
        case .aesGCM128, .aesGCM192, .aesGCM256: "rfc4106(gcm(aes))"
        }
    }
}

extension Integrity {
    var kernelName: StaticString {
        switch self {
        case .hmacMD5_96: "hmac(md5)"
        case .hmacSHA1_96: "hmac(sha1)"
        case .hmacSHA256_128: "hmac(sha256)"
        case .hmacSHA384_192: "hmac(sha384)"
        case .hmacSHA512_256: "hmac(sha512)"
        }
    }
}

extension NetlinkRequest {
    /// Writes the attributes with an SA's algorithms and keys. The ICV's length is always given: the kernel's default for SHA-256
    /// is the 96 bits of a draft, which RFC 4868 replaced by 128.
    func algorithms(of sa: SecurityAssociation) {
        if sa.suite.cipher.isAEAD {
            attribute(18) { // XFRMA_ALG_AEAD
                algorithmName(sa.suite.cipher.kernelName)
                native32(UInt32((sa.encryptionKey.count + sa.salt.count) * 8))
                native32(UInt32(sa.suite.icvLength * 8))
                append(sa.encryptionKey.bytes)
                append(sa.salt.bytes) // RFC 4106 §8.1
            }
        } else {
            attribute(2) { // XFRMA_ALG_CRYPT
                algorithmName(sa.suite.cipher.kernelName)
                native32(UInt32(sa.encryptionKey.count * 8))
                append(sa.encryptionKey.bytes)
            }
        }
        if let integrity = sa.suite.integrity {
            attribute(20) { // XFRMA_ALG_AUTH_TRUNC
                algorithmName(integrity.kernelName)
                native32(UInt32(sa.integrityKey.count * 8))
                native32(UInt32(integrity.icvLength * 8))
                append(sa.integrityKey.bytes)
            }
        }
    }

    /// Writes a name padded with zeros to 64 octets.
    private func algorithmName(_ name: StaticString) {
        let octets = name.octets
        append(octets)
        zeros(64 - octets.count)
    }
}
