import Crypto
import Wire

/// Which proposals of a peer a policy accepts: what we would propose ourselves, and what it allows besides.
extension Policy {
    /// In order of preference; empty if the connection cannot authenticate.
    var methods: [AuthenticationMethod] { (rsa == nil ? [] : [.rsaSignatures]) + (presharedKey == nil ? [] : [.presharedKey]) }

    func has(_ method: AuthenticationMethod) -> Bool { method == .rsaSignatures ? rsa != nil : presharedKey != nil }

    func accepts(_ suite: IKESuite) -> Bool { ikeSuites.contains(suite) || furtherIKESuites.contains(suite) }

    func accepts(_ suite: ESPSuite) -> Bool {
        espSuites.contains(suite) || furtherESPSuites.contains(suite)
            || takesEitherSequence && suite.usesESN && accepts(suite.using(esn: false))
    }

    /// Whether the peer's PFS group is acceptable. `nil` is acceptable if we do not require PFS.
    func accepts(pfs group: Group?) -> Bool {
        guard let group else { return pfsGroup == nil }
        return group == pfsGroup || furtherGroups.contains(group) || ikeSuites.contains { $0.group == group }
    }

    /// The PFS group that we propose within an ISAKMP SA of this suite; `nil` without PFS.
    func pfsGroup(within suite: IKESuite?) -> Group? {
        guard let pfsGroup else { return nil }
        return pfsFollowsISAKMP ? suite?.group ?? pfsGroup : pfsGroup
    }

    /// Whether the policy accepts a peer with this authenticated ID.
    func expects(_ identity: Identity) -> Bool { remoteID.map { $0.matches(identity) } ?? true }

    /// The accepted suites for messages: `aes128-sha256-modp2048, 3des-md5-modp1536 and any other sound suite`.
    var ikeWords: Sentence { Self.words(ikeSuites.map { $0.words }, furtherIKESuites.isEmpty) }
    var espWords: Sentence { Self.words(espSuites.map { $0.words }, furtherESPSuites.isEmpty) }

    private static func words(_ suites: [Sentence], _ isAll: Bool) -> Sentence {
        list(suites) + (isAll ? "" : " and any other sound suite")
    }
}

/// The first eight elements, separated by commas, and the number of further ones.
func list(_ items: [Sentence]) -> Sentence {
    var text: Sentence = ""
    for (index, item) in items.enumerated().prefix(8) {
        if index > 0 { text += ", " }
        text += item
    }
    if items.count > 8 { text += " and \(items.count - 8) more" }
    return text
}
