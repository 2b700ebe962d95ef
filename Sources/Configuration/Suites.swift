import Crypto

/// The proposals of `ike=` and `esp=`.
public enum Suites {
    /// Proposals without `ike=`, in order of preference. 3DES, MD5 and groups below 2048 bits must be named to be used.
    public static let defaultIKE: [IKESuite] = [
        IKESuite(.aesCBC256, .sha256, .modp2048), IKESuite(.aesCBC256, .sha256, .ecp256),
        IKESuite(.aesCBC256, .sha256, .curve25519), IKESuite(.aesCBC256, .sha256, .modp3072),
        IKESuite(.aesCBC128, .sha256, .modp2048), IKESuite(.aesCBC128, .sha256, .ecp256),
        IKESuite(.aesCBC128, .sha256, .curve25519), IKESuite(.aesCBC128, .sha256, .modp3072),
        IKESuite(.aesCBC256, .sha384, .ecp384), IKESuite(.aesCBC256, .sha512, .modp4096),
        IKESuite(.aesCBC256, .sha1, .modp2048), IKESuite(.aesCBC128, .sha1, .modp2048),
    ]

    /// Proposals without `esp=`, in order of preference.
    public static let defaultESP: [ESPSuite] = [
        ESPSuite(.aesGCM128), ESPSuite(.aesGCM256),
        ESPSuite(.aesCBC128, .hmacSHA256_128), ESPSuite(.aesCBC256, .hmacSHA256_128),
        ESPSuite(.aesCBC256, .hmacSHA512_256),
        ESPSuite(.aesCBC128, .hmacSHA1_96), ESPSuite(.aesCBC256, .hmacSHA1_96),
    ]

    /// Applies `esn=` to `suites`, which do not mention extended sequence numbers.
    public static func with(_ esn: ConnectionDescription.ESN, _ suites: [ESPSuite]) -> [ESPSuite] {
        var all: [ESPSuite] = []
        for suite in suites {
            if esn == .yes || esn == .either { all.append(suite.using(esn: true)) }
            if esn != .yes { all.append(suite) }
        }
        return all
    }

    /// Groups of 2048 bits or more, and elliptic curves.
    public static let soundGroups: [Group] = [
        .modp2048, .modp3072, .modp4096, .ecp256, .ecp384, .ecp521, .curve25519,
    ]

    /// What a peer may propose without `ike=`: AES with SHA-1 (sound as HMAC) or SHA-2 in a group of `soundGroups`.
    public static let soundIKE: [IKESuite] = {
        var suites: [IKESuite] = []
        for cipher in [Cipher.aesCBC128, .aesCBC192, .aesCBC256] {
            for hash in [Hash.sha1, .sha256, .sha384, .sha512] {
                for group in soundGroups { suites.append(IKESuite(cipher, hash, group)) }
            }
        }
        return suites
    }()

    /// What a peer may propose without `esp=`: AES with GCM, SHA-1 or SHA-2.
    public static let soundESP: [ESPSuite] = {
        var suites = [ESPSuite(.aesGCM128), ESPSuite(.aesGCM192), ESPSuite(.aesGCM256)]
        for cipher in [Cipher.aesCBC128, .aesCBC192, .aesCBC256] {
            for integrity in [Integrity.hmacSHA1_96, .hmacSHA256_128, .hmacSHA384_192, .hmacSHA512_256] {
                suites.append(ESPSuite(cipher, integrity))
            }
        }
        return suites
    }()
}
