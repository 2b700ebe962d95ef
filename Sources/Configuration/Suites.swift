import Crypto

/// The proposals of `ike=` and `esp=`.
public enum Suites {
    /// What is proposed and accepted where `ike=` says nothing, in order of preference. 3DES, MD5 and the groups below 2048
    /// bits are only there for who names them.
    public static let defaultIKE: [IKESuite] = [
        IKESuite(.aesCBC256, .sha256, .modp2048), IKESuite(.aesCBC256, .sha256, .ecp256),
        IKESuite(.aesCBC256, .sha256, .curve25519), IKESuite(.aesCBC256, .sha256, .modp3072),
        IKESuite(.aesCBC128, .sha256, .modp2048), IKESuite(.aesCBC128, .sha256, .ecp256),
        IKESuite(.aesCBC128, .sha256, .curve25519), IKESuite(.aesCBC128, .sha256, .modp3072),
        IKESuite(.aesCBC256, .sha384, .ecp384), IKESuite(.aesCBC256, .sha512, .modp4096),
        IKESuite(.aesCBC256, .sha1, .modp2048), IKESuite(.aesCBC128, .sha1, .modp2048),
    ]

    /// What is proposed and accepted where `esp=` says nothing, in order of preference.
    public static let defaultESP: [ESPSuite] = [
        ESPSuite(.aesGCM128), ESPSuite(.aesGCM256),
        ESPSuite(.aesCBC128, .hmacSHA256_128), ESPSuite(.aesCBC256, .hmacSHA256_128),
        ESPSuite(.aesCBC256, .hmacSHA512_256),
        ESPSuite(.aesCBC128, .hmacSHA1_96), ESPSuite(.aesCBC256, .hmacSHA1_96),
    ]
}
