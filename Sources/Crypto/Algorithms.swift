// The algorithms of Cygnet, each with one Swift name. `AlgorithmWords` has their names in ipsec.conf, IKE the numbers of RFC 2409
// and its successors, Netlink the kernel's names.

/// An encryption algorithm, for ISAKMP (CBC only) or ESP.
public enum Cipher: UInt8, Hashable, Sendable {
    case tripleDESCBC, aesCBC128, aesCBC192, aesCBC256
    /// AES-GCM with a 16-octet ICV (RFC 4106): ESP only.
    case aesGCM128, aesGCM192, aesGCM256

    /// Octets of key, without GCM's salt.
    public var keyLength: Int {
        switch self {
        case .aesCBC128, .aesGCM128: 16
        case .tripleDESCBC, .aesCBC192, .aesGCM192: 24
        case .aesCBC256, .aesGCM256: 32
        }
    }

    /// Whether it both encrypts and authenticates (GCM).
    public var isAEAD: Bool { self == .aesGCM128 || self == .aesGCM192 || self == .aesGCM256 }
    /// Octets of salt after the key in the keying material (RFC 4106 §8.1).
    public var saltLength: Int { isAEAD ? 4 : 0 }
    /// Octets of IV in each ESP packet.
    public var ivLength: Int { blockLength == 16 ? (isAEAD ? 8 : 16) : 8 }
    /// Octets of the cipher's block.
    public var blockLength: Int { self == .tripleDESCBC ? 8 : 16 }
}

/// A hash function, and with HMAC the pseudo-random function of IKE (RFC 2409 §4).
public enum Hash: UInt8, Hashable, Sendable {
    case md5, sha1, sha256, sha384, sha512

    /// Octets of its result.
    public var length: Int {
        switch self {
        case .md5: 16
        case .sha1: 20
        case .sha256: 32
        case .sha384: 48
        case .sha512: 64
        }
    }

    /// Octets of its input block, for HMAC (RFC 2104).
    public var blockLength: Int { self == .sha384 || self == .sha512 ? 128 : 64 }
}

/// ESP's integrity algorithms: HMAC, truncated as RFC 2403, 2404 and 4868 say.
public enum Integrity: UInt8, Hashable, Sendable {
    case hmacMD5_96, hmacSHA1_96, hmacSHA256_128, hmacSHA384_192, hmacSHA512_256

    /// The hash that HMAC uses.
    public var hash: Hash {
        switch self {
        case .hmacMD5_96: .md5
        case .hmacSHA1_96: .sha1
        case .hmacSHA256_128: .sha256
        case .hmacSHA384_192: .sha384
        case .hmacSHA512_256: .sha512
        }
    }

    /// Octets of key: the hash's full length.
    public var keyLength: Int { hash.length }

    /// Octets of integrity check value in each packet.
    public var icvLength: Int {
        switch self {
        case .hmacMD5_96, .hmacSHA1_96: 12
        case .hmacSHA256_128, .hmacSHA384_192, .hmacSHA512_256: hash.length / 2
        }
    }
}

/// A Diffie-Hellman group: MODP of RFC 2409 and 3526, ECP of RFC 5903, Curve25519 of RFC 8031.
public enum Group: UInt8, Hashable, Sendable {
    case modp1024, modp1536, modp2048, modp3072, modp4096, modp6144, modp8192
    case ecp256, ecp384, ecp521
    case curve25519
}

/// The algorithms of an ISAKMP SA.
public struct IKESuite: Hashable, Sendable {
    /// The encryption of ISAKMP messages, CBC only.
    public var cipher: Cipher
    /// The hash, also as HMAC the pseudo-random function.
    public var hash: Hash
    /// The Diffie-Hellman group of Main Mode.
    public var group: Group

    /// A suite as `ike=` writes it.
    public init(_ cipher: Cipher, _ hash: Hash, _ group: Group) {
        self.cipher = cipher
        self.hash = hash
        self.group = group
    }
}

/// The algorithms of an IPsec SA.
public struct ESPSuite: Hashable, Sendable {
    /// The encryption, or encryption and authentication in one (AEAD).
    public var cipher: Cipher
    /// The integrity algorithm; `nil` for AEAD ciphers, and only for them.
    public var integrity: Integrity?
    /// Extended sequence numbers: 64 bits, of which each packet carries the lower half (RFC 4303 §2.2.1).
    public var usesESN: Bool

    /// A suite as `esp=` writes it.
    /// - Parameter integrity: `nil` for AEAD ciphers, and only for them.
    public init(_ cipher: Cipher, _ integrity: Integrity? = nil, usesESN: Bool = false) {
        self.cipher = cipher
        self.integrity = integrity
        self.usesESN = usesESN
    }

    /// The same suite with or without extended sequence numbers.
    public func using(esn: Bool) -> ESPSuite { ESPSuite(cipher, integrity, usesESN: esn) }

    /// Octets of integrity check value at a packet's end.
    public var icvLength: Int { integrity?.icvLength ?? 16 }
    /// Octets of keying material for one direction: cipher key, salt, integrity key, in that order.
    public var keyMaterialLength: Int { cipher.keyLength + cipher.saltLength + (integrity?.keyLength ?? 0) }
}
