import Configuration
import Crypto
import Testing
import Wire

@Suite struct SuiteTests {
    @Test(arguments: [
        ("aes128-sha256-modp2048", ["aes128-sha256-modp2048"]),
        ("3des-md5-modp1536", ["3des-md5-modp1536"]),
        ("aes256-sha2_256;modp2048", ["aes256-sha256-modp2048"]),
        ("aes128-sha1-modp2048!", ["aes128-sha1-modp2048"]),
        ("AES128-SHA1-MODP2048", ["aes128-sha1-modp2048"]),
        ("aes-sha1", ["aes128-sha1-modp2048", "aes128-sha1-modp1536"]),
        ("aes-128-sha2-512-dh14", ["aes128-sha512-modp2048"]),
        ("aes256-sha512-curve25519", ["aes256-sha512-curve25519"]),
        ("aes256-sha512-x25519,aes192-sha384-ecp384", ["aes256-sha512-curve25519", "aes192-sha384-ecp384"]),
        ("aes128-sha256-prfsha256-ecp256", ["aes128-sha256-ecp256"]),
        (
            "aes128-aes256-sha256-modp2048-ecp521",
            [
                "aes128-sha256-modp2048", "aes256-sha256-modp2048", "aes128-sha256-ecp521", "aes256-sha256-ecp521",
            ]
        ),
        ("3des-md5-modp1024, 3des-sha-modp1024", ["3des-md5-modp1024", "3des-sha1-modp1024"]),
        ("aes_cbc256-sha2-modp8192,aes256-sha256-modp8192", ["aes256-sha256-modp8192"]),
        // A bare number is a group.
        ("3des-sha1-1536", ["3des-sha1-modp1536"]), ("aes256-sha1;1024", ["aes256-sha1-modp1024"]),
        ("aes-256-sha2_512-4096", ["aes256-sha512-modp4096"]),
        ("aes256-sha2-256-2048", ["aes256-sha256-modp2048"]),
        ("aes256-hmac_sha2_256-dh14", ["aes256-sha256-modp2048"]), ("aes_cbc_128-hmac_sha1-modp2048", ["aes128-sha1-modp2048"]),
        ("aes_cbc-128-hmac-sha2-384-modp3072", ["aes128-sha384-modp3072"]), ("3des_cbc-hmac-md5-modp1024", ["3des-md5-modp1024"]),
        ("aes128-sha2_256;modp2048 !", ["aes128-sha256-modp2048"]), ("aes256-prfsha384-ecp384", ["aes256-sha384-ecp384"]),
        // Without a hash, those that pluto fills in.
        ("aes256-modp2048", ["aes256-sha256-modp2048", "aes256-sha512-modp2048", "aes256-sha1-modp2048"]),
        ("3des;modp1024", ["3des-sha256-modp1024", "3des-sha512-modp1024", "3des-sha1-modp1024"]),
        (
            "aes256",
            [
                "aes256-sha256-modp2048", "aes256-sha512-modp2048", "aes256-sha1-modp2048",
                "aes256-sha256-modp1536", "aes256-sha512-modp1536", "aes256-sha1-modp1536",
            ]
        ),
    ])
    func ike(_ text: String, _ expected: [String]) {
        let conn = conn(least + "ike=\"\(text)\"")
        #expect(conn?.ikeSuites.map { $0.text.text } == expected)
        #expect(conn?.isIKEStrict == true)
    }

    @Test(arguments: [
        ("aes128gcm16", ["aes128gcm16"], Group.modp2048),
        ("aes_gcm128-null", ["aes128gcm16"], .modp2048),
        ("aes_gcm_c_256", ["aes256gcm16"], .modp2048),
        ("aes128-sha1,3des-md5-96", ["aes128-sha1", "3des-md5"], .modp2048),
        ("aes256-sha256-modp3072", ["aes256-sha256"], .modp3072),
        ("aes128-sha1;modp1536,aes128-md5;modp1536", ["aes128-sha1", "aes128-md5"], .modp1536),
        ("aes256-sha512-noesn!", ["aes256-sha512"], .modp2048),
        ("aes128gcm16-esn,aes256-sha256", ["aes128gcm16-esn", "aes256-sha256"], .modp2048),
        ("aes128-aes256-sha256-noesn-esn", ["aes128-sha256-esn", "aes128-sha256", "aes256-sha256-esn", "aes256-sha256"], .modp2048),
        ("aes192-sha384-x25519", ["aes192-sha384"], .curve25519),
        ("3des", ["3des-sha256", "3des-sha512", "3des-sha1"], .modp2048),
        ("aes", ["aes128-sha256", "aes128-sha512", "aes128-sha1"], .modp2048),
        ("aes256", ["aes256-sha256", "aes256-sha512", "aes256-sha1"], .modp2048),
        ("aes256;modp1024", ["aes256-sha256", "aes256-sha512", "aes256-sha1"], .modp1024),
        ("aes_gcm_c-256-null", ["aes256gcm16"], .modp2048),
        ("aes_gcm_c-128-null,aes_gcm-256-null", ["aes128gcm16", "aes256gcm16"], .modp2048),
        ("aes_gcm_16_256", ["aes256gcm16"], .modp2048), ("AES_GCM256-NULL;MODP2048!", ["aes256gcm16"], .modp2048),
        ("3des-sha1-1536", ["3des-sha1"], .modp1536), ("aes256-hmac_sha2_512", ["aes256-sha512"], .modp2048),
        ("aes128-hmac-sha1-96;modp2048", ["aes128-sha1"], .modp2048), ("aes256-sha2_256_128", ["aes256-sha256"], .modp2048),
    ])
    func esp(_ text: String, _ expected: [String], _ group: Group) {
        let conn = conn(least + "phase2alg=\"\(text)\"")
        #expect(conn?.espSuites.map { $0.text.text } == expected)
        #expect(conn?.pfsGroup == group && conn?.isESPStrict == true)
    }

    /// `esn=` says it for whole suites, `esp=` for each; together they must not differ.
    @Test(arguments: [
        ("", "aes128gcm16", ConnectionDescription.ESN.accept), ("esn=accept", "aes128gcm16", .accept),
        ("esn=no", "aes128gcm16", .no), ("esn=yes", "aes128gcm16-esn", .yes), ("esn=either", "aes128gcm16-esn,aes128gcm16", .either),
        ("esp=aes128gcm16-noesn", "aes128gcm16", .no), ("esp=aes128gcm16-esn", "aes128gcm16-esn", .yes),
        ("esp=aes128gcm16-esn\nesn=yes", "aes128gcm16-esn", .yes),
        ("esp=aes128gcm16-esn,aes256-sha256", "aes128gcm16-esn,aes256-sha256", .either),
        ("esp=3des-md5,aes256-sha256\nesn=either", "3des-md5-esn,3des-md5,aes256-sha256-esn,aes256-sha256", .either),
    ])
    func extendedSequenceNumbers(_ text: String, _ suites: String, _ esn: ConnectionDescription.ESN) {
        let conn = conn(least + text)
        let shown = conn.map { $0.espSuites.map { $0.text.text }.joined(separator: ",") } ?? ""
        #expect(conn?.isESPStrict == true ? shown == suites : shown.hasPrefix(suites + ","))
        #expect(conn?.esn == esn)
    }

    @Test func contradictions() {
        #expect(
            complaints(least.trimmed + "\nesp=aes128gcm16-esn\nesn=no").map { $0.contains("esp= says otherwise; keep one of the two") } == [
                true
            ])
    }

    /// The group of a peer's file does not count without perfect forward secrecy.
    @Test(arguments: ["esp=aes128-sha1;modp1024", "esp=aes256-sha1-modp2048", "pfsgroup=modp1024"]) func aGroupWithoutPFS(_ text: String) {
        let read = load("conn net\n " + (least + "pfs=no\n" + text).replacing("\n", with: "\n "))
        #expect(read.connections.count == 1 && read.connections.first?.pfsGroup == nil)
        #expect(read.diagnostics.map { $0.severity } == [.warning])
    }

    @Test func thePFSGroup() {
        #expect(conn(least)?.pfsGroup == Suites.defaultIKE[0].group)
        #expect(conn(least + "ike=aes128-sha1-ecp384")?.pfsGroup == .ecp384)
        #expect(conn(least + "ike=aes128-sha1-ecp384\npfsgroup=modp3072")?.pfsGroup == .modp3072)
        #expect(conn(least + "pfs=no")?.pfsGroup == nil)
        // Unless it was chosen, it is the ISAKMP SA's, whichever that will be.
        #expect(conn(least + "ike=aes128-sha1-ecp384,aes128-sha1-modp2048")?.pfsFollowsISAKMP == true)
        #expect(conn(least + "pfsgroup=modp3072")?.pfsFollowsISAKMP == false)
        #expect(conn(least + "esp=aes128-sha1-modp3072")?.pfsFollowsISAKMP == false)
    }

    @Test func defaultsAreSound() {
        for suite in Suites.defaultIKE + Suites.soundIKE {
            #expect(suite.cipher != .tripleDESCBC && suite.hash != .md5 && suite.group != .modp1024 && suite.group != .modp1536)
        }
        for suite in Suites.defaultESP + Suites.soundESP {
            #expect(suite.cipher != .tripleDESCBC && suite.integrity != .hmacMD5_96 && suite.cipher.isAEAD == (suite.integrity == nil))
        }
        #expect(Set(Suites.soundIKE).isSuperset(of: Suites.defaultIKE) && Set(Suites.soundESP).isSuperset(of: Suites.defaultESP))
        #expect(Set(Suites.soundIKE).count == 84 && Set(Suites.soundESP).count == 15)
        #expect(Set(Suites.defaultIKE).count == Suites.defaultIKE.count && Set(Suites.defaultESP).count == Suites.defaultESP.count)
    }

    static let ciphers = "aes128, aes192, aes256, 3des"
    static let hashes = "md5, sha1, sha256, sha384, sha512"
    static let groups = "modp1536, modp2048, modp3072, modp4096, modp6144, modp8192, ecp256, ecp384, ecp521, curve25519"

    @Test(arguments: [
        (
            "ike=aes128-sha265-modp2048",
            "sha265 is not known; expected a cipher (\(ciphers)), a hash (\(hashes)) or a group (\(groups)); did you mean sha256?"
        ),
        (
            "esp=blowfish-sha1",
            "blowfish is not known; expected a cipher (\(ciphers), aes128gcm16, aes256gcm16), a hash (\(hashes)) or a group (\(groups))"
        ),
        ("ike=des-md5-modp1536", "single DES can be broken in hours and is refused; expected one of \(ciphers)"),
        ("ike=3des-md5-modp768", "the 768-bit group can be broken and is refused; expected one of \(groups)"),
        (
            "ike=aes128-sha1-modp2048s256",
            "the groups of RFC 5114 cannot be told from ones with a trap door and are refused; expected one of \(groups)"
        ),
        ("esp=null-sha1", "null would leave packets unencrypted or unauthenticated, which is refused"),
        ("esp=aes128-null", "null would leave packets unencrypted or unauthenticated, which is refused"),
        ("esp=sha1", "sha1 names no cipher; expected one of \(ciphers)"),
        ("ike=aes128gcm16-sha256-ecp256", "aes128gcm16 exists for ESP only; ISAKMP in IKEv1 has CBC ciphers, such as aes128"),
        ("ike=aes128-sha256-prfsha1-ecp256", "in IKEv1 the pseudo-random function is the hash's own; leave out prfsha1"),
        ("esp=aes128gcm16-sha256", "aes128gcm16 authenticates by itself; leave out sha256"),
        ("ike=3des-md5-768", "the 768-bit group can be broken and is refused; expected one of \(groups)"),
        (
            "esp=aes_gcm_a-128-null",
            "GCM is there with its full check value of 16 octets only; expected aes128gcm16, aes192gcm16 or aes256gcm16"
        ),
        ("esp=aes128-hmac_sha2_256_truncbug", "SHA-256 cut to 96 bits is no standard and is not there; expected sha256"),
        (
            "esp=aes128-1111",
            "1111 is not known; expected a cipher (\(ciphers), aes128gcm16, aes256gcm16), a hash (\(hashes)) or a group (\(groups))"
        ),
        ("esp=aes128gcm8", "GCM is there with its full check value of 16 octets only; expected aes128gcm16, aes192gcm16 or aes256gcm16"),
        ("esp=aes128-sha256_96", "SHA-256 cut to 96 bits is no standard and is not there; expected sha256"),
        ("ike=aes128-sha1-esn", "ISAKMP's messages carry no sequence numbers; esn belongs in esp="),
        ("esn=maybe", "expected accept, no, yes or either"),
        (
            "esp=aes128-sha1-modp2048,aes256-sha1-ecp256",
            "one Quick Mode has one group for all its proposals (RFC 2409 section 5.5); keep one of modp2048 and ecp256"
        ),
        ("esp=aes128-sha1,", "a proposal is missing beside a comma"),
        ("esp=aes128--sha1", "a word is missing in \"aes128--sha1\"; expected a value such as aes128-sha256"),
        ("ike=aes128-sha1-", "a word is missing in \"aes128-sha1-\"; expected a value such as aes128-sha256-modp2048"),
        (
            "ike=aes128-aes192-aes256-md5-sha1-sha256-sha384-modp1536-modp2048-modp3072",
            "more than 32 combinations; a datagram would not hold them"
        ),
    ])
    func refused(_ text: String, _ expected: String) {
        let shown = text.utf8.count > 64 ? "ike=aes128-aes192-aes256-md5-sha1-sha256-sha384-modp1536-modp204..." : text
        #expect(complaints(least.trimmed + "\n" + text) == ["5: \(shown): \(expected)"])
    }
}
