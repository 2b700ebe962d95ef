import Wire

// Names of algorithms and suites in ipsec.conf and in messages.

extension Group {
    /// Name in `ike=` and `esp=`.
    public var word: StaticString {
        switch self {
        case .modp1024: "modp1024"
        case .modp1536: "modp1536"
        case .modp2048: "modp2048"
        case .modp3072: "modp3072"
        case .modp4096: "modp4096"
        case .modp6144: "modp6144"
        case .modp8192: "modp8192"
        case .ecp256: "ecp256"
        case .ecp384: "ecp384"
        case .ecp521: "ecp521"
        case .curve25519: "curve25519"
        }
    }
}

extension Cipher {
    /// Name in `ike=` and `esp=`.
    public var word: StaticString {
        switch self {
        case .tripleDESCBC: "3des"
        case .aesCBC128: "aes128"
        case .aesCBC192: "aes192"
        case .aesCBC256: "aes256"
        case .aesGCM128: "aes128gcm16"
        case .aesGCM192: "aes192gcm16"
        case .aesGCM256: "aes256gcm16"
        }
    }
}

extension Hash {
    /// Name in `ike=` and `esp=`.
    public var word: StaticString {
        switch self {
        case .md5: "md5"
        case .sha1: "sha1"
        case .sha256: "sha256"
        case .sha384: "sha384"
        case .sha512: "sha512"
        }
    }
}

extension IKESuite {
    /// The suite as `ike=` has it: `aes128-sha256-modp2048`.
    public var words: Sentence { "\(cipher.word)-\(hash.word)-\(group.word)" }
}

extension ESPSuite {
    /// The suite as `esp=` has it: `aes128gcm16`, `aes256-sha256`, `aes128gcm16-esn`.
    public var words: Sentence {
        var words: Sentence = "\(cipher.word)"
        if let integrity { words += "-\(integrity.hash.word)" }
        if usesESN { words += "-esn" }
        return words
    }
}
