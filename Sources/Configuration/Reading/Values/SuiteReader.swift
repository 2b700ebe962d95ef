import Crypto
import Wire

/// Reads `ike=`, `esp=` and `pfsgroup=` as FreeS/WAN, Openswan and strongSwan write them.
///
/// Proposals are separated by commas, their words by `-` or `;`. Several words of one kind in a proposal stand for every
/// combination: `aes128-aes256-sha256-modp2048` is two proposals. Where a proposal names no hash there are several, as in
/// pluto. A `!` at the end, strongSwan's "nothing else", is how Cygnet takes them anyway.
enum SuiteReader {
    /// Groups of an `ike=` proposal that names none, as in Pluto.
    static let groupsUnlessNamed: [Group] = [.modp2048, .modp1536]
    /// Hashes of a proposal that names none, as in libreswan. All versions of Pluto accept SHA-1.
    static let hashesUnlessNamed: [Hash] = [.sha256, .sha512, .sha1]

    static func ike(_ bytes: [UInt8]) throws(Complaint) -> [IKESuite] {
        var suites: [IKESuite] = []
        for text in proposals(bytes) {
            let proposal = try read(text, isIKE: true)
            if proposal.ciphers.isEmpty { throw missingCipher(text) }
            if let cipher = proposal.ciphers.first(where: { $0.isAEAD }) {
                throw Complaint("\(word(cipher)) exists for ESP only; ISAKMP in IKEv1 has CBC ciphers, such as aes128")
            }
            let hashes = !proposal.hashes.isEmpty ? proposal.hashes : proposal.prfs.isEmpty ? hashesUnlessNamed : proposal.prfs
            for prf in proposal.prfs where !hashes.contains(prf) {
                throw Complaint("in IKEv1 the pseudo-random function is the hash's own; leave out prf\(SuiteReader.word(prf))")
            }
            for group in proposal.groups.isEmpty ? groupsUnlessNamed : proposal.groups {
                for cipher in proposal.ciphers {
                    for hash in hashes { try add(IKESuite(cipher, hash, group), to: &suites) }
                }
            }
        }
        return suites
    }

    /// The suites, the PFS group if one is named, and whether extended sequence numbers are mentioned. A proposal with both `esn` and
    /// `noesn` is two, the one with `esn` first.
    static func esp(_ bytes: [UInt8]) throws(Complaint) -> (suites: [ESPSuite], group: Group?, saysESN: Bool) {
        var suites: [ESPSuite] = []
        var group: Group?
        var saysESN = false
        for text in proposals(bytes) {
            let proposal = try read(text, isIKE: false)
            if proposal.ciphers.isEmpty { throw missingCipher(text) }
            if let prf = proposal.prfs.first {
                throw Complaint("ESP has no pseudo-random function; leave out prf\(SuiteReader.word(prf))")
            }
            for named in proposal.groups {
                guard group == nil || group == named else {
                    throw Complaint(
                        "one Quick Mode has one group for all its proposals (RFC 2409 section 5.5); "
                            + "keep one of \(SuiteReader.word(group ?? named)) and \(SuiteReader.word(named))")
                }
                group = named
            }
            if proposal.hasESN || proposal.hasNoESN { saysESN = true }
            func addAll(_ suite: ESPSuite) throws(Complaint) {
                if proposal.hasESN { try add(suite.using(esn: true), to: &suites) }
                if proposal.hasNoESN || !proposal.hasESN { try add(suite, to: &suites) }
            }
            for cipher in proposal.ciphers {
                if cipher.isAEAD {
                    if let hash = proposal.hashes.first {
                        throw Complaint("\(word(cipher)) authenticates by itself; leave out \(SuiteReader.word(hash))")
                    }
                    try addAll(ESPSuite(cipher))
                    continue
                }
                for hash in proposal.hashes.isEmpty ? hashesUnlessNamed : proposal.hashes { try addAll(ESPSuite(cipher, integrity(hash))) }
            }
        }
        return (suites, group, saysESN)
    }

    static func group(_ bytes: [UInt8]) throws(Complaint) -> Group {
        switch meaning(bytes) {
        case .group(let group): return group
        case .refused(let refusal): throw Complaint(reason(refusal))
        default: throw Complaint("expected one of \(groupWords)")
        }
    }

    // MARK: One proposal

    private struct WrittenProposal {
        var ciphers: [Cipher] = []
        var hashes: [Hash] = []
        var prfs: [Hash] = []
        var groups: [Group] = []
        var hasESN = false, hasNoESN = false
    }

    private static func proposals(_ bytes: [UInt8]) -> [[UInt8]] {
        var bytes = bytes
        while let last = bytes.last, isBlank(last) || last == UInt8(ascii: "!") { bytes.removeLast() }
        var proposals = split(bytes, at: ",")
        for index in proposals.indices {
            while let first = proposals[index].first, isBlank(first) { proposals[index].removeFirst() }
            while let last = proposals[index].last, isBlank(last) { proposals[index].removeLast() }
        }
        return proposals
    }

    private static func read(_ text: [UInt8], isIKE: Bool) throws(Complaint) -> WrittenProposal {
        if text.isEmpty { throw Complaint("a proposal is missing beside a comma") }
        var proposal = WrittenProposal()
        var lower = Name(text).lowercased.bytes
        for index in lower.indices where lower[index] == UInt8(ascii: ";") { lower[index] = UInt8(ascii: "-") }
        let parts = joined(split(lower, at: "-"))
        guard parts.count <= Limits.words else { throw Complaint("more than \(Limits.words) words in one proposal") }
        for part in parts {
            guard !part.isEmpty else {
                throw Complaint(
                    "a word is missing in \"\(shown(text))\"; "
                        + "expected a value such as aes128-sha256\(isIKE ? "-modp2048" : "")")
            }
            switch meaning(part) {
            case .cipher(let cipher): if !proposal.ciphers.contains(cipher) { proposal.ciphers.append(cipher) }
            case .hash(let hash): if !proposal.hashes.contains(hash) { proposal.hashes.append(hash) }
            case .group(let group): if !proposal.groups.contains(group) { proposal.groups.append(group) }
            case .esn:
                if isIKE { throw Complaint("ISAKMP's messages carry no sequence numbers; esn belongs in esp=") }
                proposal.hasESN = true
            case .noESN: proposal.hasNoESN = true
            case .null:
                // libreswan writes aes_gcm128-null: the cipher authenticates, nothing else does.
                guard let last = proposal.ciphers.last, last.isAEAD else {
                    throw Complaint("null would leave packets unencrypted or unauthenticated, which is refused")
                }
            case .refused(let refusal): throw Complaint(reason(refusal))
            case nil:
                // `prfsha256`, as strongSwan writes it.
                guard part.count > 3, isWord(part[..<3], "prf"), case .hash(let hash)? = meaning(Array(part[3...])) else {
                    throw unknown(part, isIKE: isIKE)
                }
                proposal.prfs.append(hash)
            }
        }
        return proposal
    }

    private static func unknown(_ word: [UInt8], isIKE: Bool) -> Complaint {
        var names: [Name] = []
        for known in words { if case .refused = known.1 { continue } else { names += Words(known.0).names } }
        return Complaint(
            "\(shown(word)) is not known; "
                + "expected a cipher (\(cipherWords)\(isIKE ? "" : ", aes128gcm16, aes256gcm16")), "
                + "a hash (\(hashWords)) or a group (\(groupWords))" + Nearest.hint(to: word, among: names))
    }

    /// Joins words that other implementations separate: `aes-128`, `aes_gcm_c-256`, `hmac-sha2-256`. The `96` of `3des-md5-96` is
    /// dropped.
    private static func joined(_ parts: [[UInt8]]) -> [[UInt8]] {
        var joined: [[UInt8]] = []
        for part in parts {
            guard let last = joined.last else {
                joined.append(part)
                continue
            }
            let both = last + [UInt8(ascii: "_")] + part
            if isWord(last[...], "hmac") {
                joined[joined.count - 1] = both
            } else if Text.decimal(part) == nil {
                joined.append(part)
            } else if isWord(part[...], "96"), case .hash(let hash)? = meaning(last), hash == .md5 || hash == .sha1 {
                continue
            } else if Words("aes aes_cbc aes_gcm aes_gcm_a aes_gcm_b aes_gcm_c sha2 hmac_sha2").index(of: last) != nil, meaning(both) != nil
            {
                joined[joined.count - 1] = both
            } else {
                joined.append(part)
            }
        }
        return joined
    }

    private static func add<Suite: Equatable>(_ suite: Suite, to suites: inout [Suite]) throws(Complaint) {
        guard !suites.contains(suite) else { return }
        guard suites.count < Limits.suites else {
            throw Complaint("more than \(Limits.suites) combinations; a datagram would not hold them")
        }
        suites.append(suite)
    }

    private static func missingCipher(_ text: [UInt8]) -> Complaint {
        Complaint("\(shown(text)) names no cipher; expected one of \(cipherWords)")
    }

    private static func integrity(_ hash: Hash) -> Integrity {
        switch hash {
        case .md5: .hmacMD5_96
        case .sha1: .hmacSHA1_96
        case .sha256: .hmacSHA256_128
        case .sha384: .hmacSHA384_192
        case .sha512: .hmacSHA512_256
        }
    }
}
