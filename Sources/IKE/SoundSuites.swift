import Crypto
import Wire

/// What we accept beyond a connection's own list when nobody configured that by hand (`Policy.isStrict` is false), and
/// how suites are called in messages.

extension Group {
    /// 2048 bits or more, or a curve.
    var isSound: Bool { self != .modp1024 && self != .modp1536 }

    var words: StaticString {
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
    var words: StaticString {
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
    var words: StaticString {
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
    /// AES with SHA-1 (as HMAC still sound) or SHA-2 in a sound group.
    var isSound: Bool { cipher != .tripleDESCBC && !cipher.isAEAD && hash != .md5 && group.isSound }

    /// As `ike=` writes it: `aes128-sha256-modp2048`.
    var words: Sentence { "\(cipher.words)-\(hash.words)-\(group.words)" }
}

extension ESPSuite {
    /// AES with GCM, SHA-1 or SHA-2.
    var isSound: Bool { cipher != .tripleDESCBC && integrity != .hmacMD5_96 }

    /// As `esp=` writes it: `aes128gcm16`, `aes256-sha256`.
    var words: Sentence {
        guard let integrity else { return "\(cipher.words)" }
        return "\(cipher.words)-\(integrity.hash.words)"
    }
}

extension Policy {
    func accepts(_ suite: IKESuite) -> Bool { ikeSuites.contains(suite) || !isStrict && suite.isSound }

    func accepts(_ suite: ESPSuite) -> Bool { espSuites.contains(suite) || !isStrict && suite.isSound }

    /// The peer's choice of PFS: some sound group, or one that is configured for this connection, when we want PFS;
    /// none too when we do not insist.
    func accepts(pfs group: Group?) -> Bool {
        guard let group else { return pfsGroup == nil }
        return group.isSound || group == pfsGroup || ikeSuites.contains { $0.group == group }
    }

    /// What the lists hold, for sentences: `aes128-sha256-modp2048, 3des-md5-modp1536 and any other sound suite`.
    var ikeWords: Sentence { Self.words(ikeSuites.map { $0.words }, isStrict) }
    var espWords: Sentence { Self.words(espSuites.map { $0.words }, isStrict) }

    private static func words(_ suites: [Sentence], _ isStrict: Bool) -> Sentence {
        list(suites) + (isStrict ? "" : " and any other sound suite")
    }
}

/// The first eight, separated by commas, and how many more there are.
func list(_ items: [Sentence]) -> Sentence {
    var text: Sentence = ""
    for (index, item) in items.enumerated().prefix(8) {
        if index > 0 { text += ", " }
        text += item
    }
    if items.count > 8 { text += " and \(items.count - 8) more" }
    return text
}
