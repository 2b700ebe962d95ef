import Crypto
import Wire

/// What we take of a peer's proposals: what we would propose ourselves, and what the policy names beside that.
extension Policy {
    /// In order of preference; empty when it cannot authenticate at all.
    var methods: [AuthenticationMethod] { (rsa == nil ? [] : [.rsaSignatures]) + (presharedKey == nil ? [] : [.presharedKey]) }

    func has(_ method: AuthenticationMethod) -> Bool { method == .rsaSignatures ? rsa != nil : presharedKey != nil }

    func accepts(_ suite: IKESuite) -> Bool { ikeSuites.contains(suite) || furtherIKESuites.contains(suite) }

    func accepts(_ suite: ESPSuite) -> Bool {
        espSuites.contains(suite) || furtherESPSuites.contains(suite)
            || takesEitherSequence && suite.usesESN && accepts(suite.using(esn: false))
    }

    /// The peer's choice of PFS: a group that is ours in some way when we want PFS; none too when we do not insist.
    func accepts(pfs group: Group?) -> Bool {
        guard let group else { return pfsGroup == nil }
        return group == pfsGroup || furtherGroups.contains(group) || ikeSuites.contains { $0.group == group }
    }

    /// The group of a Quick Mode of ours within an ISAKMP SA of this suite; `nil` without PFS.
    func pfsGroup(within suite: IKESuite?) -> Group? {
        guard let pfsGroup else { return nil }
        return pfsFollowsISAKMP ? suite?.group ?? pfsGroup : pfsGroup
    }

    /// Whether a peer that proved to be `identity` is the one meant.
    func expects(_ identity: Identity) -> Bool { remoteID.map { $0.matches(identity) } ?? true }

    /// What the lists hold, for sentences: `aes128-sha256-modp2048, 3des-md5-modp1536 and any other sound suite`.
    var ikeWords: Sentence { Self.words(ikeSuites.map { $0.words }, furtherIKESuites.isEmpty) }
    var espWords: Sentence { Self.words(espSuites.map { $0.words }, furtherESPSuites.isEmpty) }

    private static func words(_ suites: [Sentence], _ isAll: Bool) -> Sentence {
        list(suites) + (isAll ? "" : " and any other sound suite")
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
