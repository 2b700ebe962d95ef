import Crypto
import Wire

/// The names of algorithms. Of several names for one algorithm, the first is written.
extension SuiteReader {
    enum Meaning {
        case cipher(Cipher)
        case hash(Hash)
        case group(Group)
        case esn, noESN, null
        case refused(Unsupported)
    }

    /// Algorithms that are known but not supported.
    enum Unsupported: UInt8 { case singleDES, modp768, rfc5114, shortGCM, sha256_96, none }

    static func meaning(_ word: [UInt8]) -> Meaning? {
        for known in words where Words(known.0).index(of: word) != nil { return known.1 }
        return nil
    }

    /// The name of each algorithm, then its aliases.
    static let words: [(StaticString, Meaning)] = [
        // FreeS/WAN and strongSwan both take bare `aes` for 128 bits.
        ("aes128 aes aes_cbc aes_cbc128 aes_cbc_128 aes_128", .cipher(.aesCBC128)),
        ("aes192 aes_cbc192 aes_cbc_192 aes_192", .cipher(.aesCBC192)), ("aes256 aes_cbc256 aes_cbc_256 aes_256", .cipher(.aesCBC256)),
        ("3des 3des_cbc 3des168 3des192", .cipher(.tripleDESCBC)),
        (
            "aes128gcm16 aes128gcm128 aes128gcm aes_gcm aes_gcm128 aes_gcm_128 aes_gcm16 aes_gcm16_128 aes_gcm_16 aes_gcm_16_128 aes_gcm_c aes_gcm_c128 aes_gcm_c_128 aes_gcm128_16",
            .cipher(.aesGCM128)
        ),
        (
            "aes192gcm16 aes192gcm128 aes192gcm aes_gcm192 aes_gcm_192 aes_gcm16_192 aes_gcm_16_192 aes_gcm_c192 aes_gcm_c_192 aes_gcm192_16",
            .cipher(.aesGCM192)
        ),
        (
            "aes256gcm16 aes256gcm128 aes256gcm aes_gcm256 aes_gcm_256 aes_gcm16_256 aes_gcm_16_256 aes_gcm_c256 aes_gcm_c_256 aes_gcm256_16",
            .cipher(.aesGCM256)
        ),

        ("md5 hmac_md5 hmac_md5_96 md5_96", .hash(.md5)), ("sha1 sha hmac_sha1 hmac_sha1_96 sha1_96", .hash(.sha1)),
        ("sha256 sha2 sha2_256 hmac_sha256 hmac_sha2_256 hmac_sha2 sha2_256_128 sha256_128 hmac_sha2_256_128", .hash(.sha256)),
        ("sha384 sha2_384 hmac_sha384 hmac_sha2_384 sha2_384_192 sha384_192 hmac_sha2_384_192", .hash(.sha384)),
        ("sha512 sha2_512 hmac_sha512 hmac_sha2_512 sha2_512_256 sha512_256 hmac_sha2_512_256", .hash(.sha512)),

        ("modp1024 dh2 1024", .group(.modp1024)), ("modp1536 dh5 1536", .group(.modp1536)),
        ("modp2048 dh14 2048", .group(.modp2048)), ("modp3072 dh15 3072", .group(.modp3072)),
        ("modp4096 dh16 4096", .group(.modp4096)), ("modp6144 dh17 6144", .group(.modp6144)),
        ("modp8192 dh18 8192", .group(.modp8192)), ("ecp256 dh19", .group(.ecp256)), ("ecp384 dh20", .group(.ecp384)),
        ("ecp521 dh21", .group(.ecp521)), ("curve25519 x25519 dh31", .group(.curve25519)),

        ("esn", .esn), ("noesn", .noESN), ("null", .null),
        ("des des_cbc des56", .refused(.singleDES)), ("modp768 dh1 768", .refused(.modp768)),
        ("modp1024s160 modp2048s224 modp2048s256 dh22 dh23 dh24", .refused(.rfc5114)),
        (
            "aes128gcm8 aes192gcm8 aes256gcm8 aes128gcm12 aes192gcm12 aes256gcm12 aes128gcm64 aes128gcm96 aes256gcm64 aes256gcm96 aes_gcm_a aes_gcm_a_128 aes_gcm_a_256 aes_gcm_b aes_gcm_b_128 aes_gcm_b_256 aes_gcm8 aes_gcm_8 aes_gcm12 aes_gcm_12",
            .refused(.shortGCM)
        ),
        ("sha256_96 sha2_256_96 hmac_sha2_256_96 hmac_sha2_256_truncbug", .refused(.sha256_96)), ("none", .refused(.none)),
    ]

    static let cipherWords: StaticString = "aes128, aes192, aes256, 3des"
    static let hashWords: StaticString = "md5, sha1, sha256, sha384, sha512"
    static let groupWords: StaticString = "modp1536, modp2048, modp3072, modp4096, modp6144, modp8192, ecp256, ecp384, ecp521, curve25519"

    /// Why an algorithm is not supported.
    static func reason(_ refusal: Unsupported) -> Sentence {
        switch refusal {
        case .singleDES: "single DES can be broken in hours and is refused; expected one of \(cipherWords)"
        case .modp768: "the 768-bit group can be broken and is refused; expected one of \(groupWords)"
        case .rfc5114:
            "the groups of RFC 5114 cannot be told from ones with a trap door and are refused; expected one of \(groupWords)"
        case .shortGCM:
            "GCM is there with its full check value of 16 octets only; expected aes128gcm16, aes192gcm16 or aes256gcm16"
        case .sha256_96: "SHA-256 cut to 96 bits is no standard and is not there; expected sha256"
        case .none: "none would leave something out that every tunnel needs; expected a value such as aes128-sha256"
        }
    }

    /// The word we write for an algorithm.
    static func word(_ cipher: Cipher) -> StaticString { cipher.word }
    static func word(_ hash: Hash) -> StaticString { hash.word }
    static func word(_ group: Group) -> StaticString { group.word }
}

extension IKESuite {
    /// `aes128-sha256-modp2048`, as `ike=` takes it.
    public var text: Sentence { words }
}

extension ESPSuite {
    /// `aes128-sha256` or `aes128gcm16`, as `esp=` takes it.
    public var text: Sentence { words }
}
