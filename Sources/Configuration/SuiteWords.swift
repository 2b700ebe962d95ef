import Crypto
import Wire

/// The words for algorithms. Where several mean the same, the first is the one we write ourselves.
extension SuiteReader {
    static var ciphers: [(String, Cipher)] {
        [
            ("aes128", .aesCBC128), ("aes192", .aesCBC192), ("aes256", .aesCBC256), ("3des", .tripleDESCBC),
            ("aes128gcm16", .aesGCM128), ("aes192gcm16", .aesGCM192), ("aes256gcm16", .aesGCM256),
            // Others' spellings. FreeS/WAN and strongSwan both take bare `aes` for 128 bits.
            ("aes", .aesCBC128), ("aes_cbc", .aesCBC128), ("aes_cbc128", .aesCBC128), ("aes_cbc192", .aesCBC192),
            ("aes_cbc256", .aesCBC256), ("aes128gcm128", .aesGCM128), ("aes192gcm128", .aesGCM192),
            ("aes256gcm128", .aesGCM256), ("aes128gcm", .aesGCM128), ("aes192gcm", .aesGCM192), ("aes256gcm", .aesGCM256),
            ("aes_gcm", .aesGCM128), ("aes_gcm128", .aesGCM128), ("aes_gcm192", .aesGCM192), ("aes_gcm256", .aesGCM256),
            ("aes_gcm16_128", .aesGCM128), ("aes_gcm16_256", .aesGCM256), ("aes_gcm_c_128", .aesGCM128),
            ("aes_gcm_c_256", .aesGCM256), ("3des_cbc", .tripleDESCBC),
        ]
    }

    static var hashes: [(String, Hash)] {
        [
            ("md5", .md5), ("sha1", .sha1), ("sha256", .sha256), ("sha384", .sha384), ("sha512", .sha512),
            ("sha", .sha1), ("sha2", .sha256), ("sha2_256", .sha256), ("sha2_384", .sha384), ("sha2_512", .sha512),
            ("hmac_md5", .md5), ("hmac_sha1", .sha1),
        ]
    }

    static var groups: [(String, Group)] {
        [
            ("modp1024", .modp1024), ("modp1536", .modp1536), ("modp2048", .modp2048), ("modp3072", .modp3072),
            ("modp4096", .modp4096), ("modp6144", .modp6144), ("modp8192", .modp8192), ("ecp256", .ecp256),
            ("ecp384", .ecp384), ("ecp521", .ecp521), ("curve25519", .curve25519),
            ("x25519", .curve25519), ("dh2", .modp1024), ("dh5", .modp1536), ("dh14", .modp2048), ("dh15", .modp3072),
            ("dh16", .modp4096), ("dh17", .modp6144), ("dh18", .modp8192), ("dh19", .ecp256), ("dh20", .ecp384),
            ("dh21", .ecp521), ("dh31", .curve25519),
        ]
    }

    static let cipherWords = "aes128, aes192, aes256, 3des"
    static let hashWords = "md5, sha1, sha256, sha384, sha512"
    static let groupWords = "modp1536, modp2048, modp3072, modp4096, modp6144, modp8192, ecp256, ecp384, ecp521, curve25519"

    /// Why a word that is known elsewhere is not taken here.
    static func refusal(_ word: [UInt8]) -> Sentence? {
        func one(of words: String...) -> Bool { words.contains { word.elementsEqual($0.utf8) } }
        if one(of: "des", "des_cbc", "des56") {
            return "single DES can be broken in hours and is refused; expected one of \(cipherWords)"
        }
        if one(of: "modp768", "dh1") {
            return "the 768-bit group can be broken and is refused; expected one of \(groupWords)"
        }
        if one(of: "modp1024s160", "modp2048s224", "modp2048s256", "dh22", "dh23", "dh24") {
            return "the groups of RFC 5114 cannot be told from ones with a trap door and are refused; expected one of \(groupWords)"
        }
        if one(of: "aes128gcm8", "aes192gcm8", "aes256gcm8", "aes128gcm12", "aes192gcm12", "aes256gcm12", "aes128gcm64", "aes128gcm96",
            "aes256gcm64", "aes256gcm96")
        {
            return "GCM is there with its full check value of 16 octets only; expected aes128gcm16, aes192gcm16 or aes256gcm16"
        }
        if one(of: "sha256_96") {
            return "SHA-256 cut to 96 bits is no standard and is not there; expected sha256"
        }
        if one(of: "none") {
            return "none would leave something out that every tunnel needs; expected such as aes128-sha256"
        }
        if one(of: "esn") { return "extended sequence numbers do not exist here; leave out esn" }
        return nil
    }

    /// The word we write for an algorithm.
    static func word(_ cipher: Cipher) -> String { ciphers.first { $0.1 == cipher }?.0 ?? "" }
    static func word(_ hash: Hash) -> String { hashes.first { $0.1 == hash }?.0 ?? "" }
    static func word(_ group: Group) -> String { groups.first { $0.1 == group }?.0 ?? "" }
}

extension IKESuite {
    /// `aes128-sha256-modp2048`, as `ike=` takes it.
    public var text: String { sentence.text }

    var sentence: Sentence { "\(SuiteReader.word(cipher))-\(SuiteReader.word(hash))-\(SuiteReader.word(group))" }
}

extension ESPSuite {
    /// `aes128-sha256` or `aes128gcm16`, as `esp=` takes it.
    public var text: String {
        guard let integrity else { return SuiteReader.word(cipher) }
        let sentence: Sentence = "\(SuiteReader.word(cipher))-\(SuiteReader.word(integrity.hash))"
        return sentence.text
    }
}
