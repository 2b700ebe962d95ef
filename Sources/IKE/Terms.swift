import Crypto
import Wire

/// A `Policy` as the state machine holds it: exchanges and SAs go by the terms they began with, whatever is configured
/// meanwhile. Shared, because a `Policy` is large and they are many.
final class Terms {
    let id: ConnectionID
    let name: Name
    let local: Address
    let remote: Address?
    let localID: Identity
    let remoteID: Identity?
    let presharedKey: Secret?
    let rsa: RSACredentials?
    let ikeSuites: [IKESuite]
    let espSuites: [ESPSuite]
    let furtherIKESuites: [IKESuite]
    let furtherESPSuites: [ESPSuite]
    let takesEitherSequence: Bool
    let furtherGroups: [Group]
    let pfsGroup: Group?
    let pfsFollowsISAKMP: Bool
    let localSelector: Selector
    let remoteSelector: Selector
    let virtual: VirtualSubnets?
    let mode: SecurityAssociation.Mode
    let ikeLifetime: UInt32
    let espLifetime: UInt32
    let keyingTries: UInt32
    let natTraversal: Bool
    let forceEncapsulation: Bool
    let replayWindow: Int
    let requestID: UInt32
    let upkeep: Upkeep

    init(_ policy: Policy) {
        id = policy.id
        name = policy.name
        local = policy.local
        remote = policy.remote
        localID = policy.localID
        remoteID = policy.remoteID
        presharedKey = policy.presharedKey
        rsa = policy.rsa
        ikeSuites = policy.ikeSuites
        espSuites = policy.espSuites
        furtherIKESuites = policy.furtherIKESuites
        furtherESPSuites = policy.furtherESPSuites
        takesEitherSequence = policy.takesEitherSequence
        furtherGroups = policy.furtherGroups
        pfsGroup = policy.pfsGroup
        pfsFollowsISAKMP = policy.pfsFollowsISAKMP
        localSelector = policy.localSelector
        remoteSelector = policy.remoteSelector
        virtual = policy.virtual
        mode = policy.mode
        ikeLifetime = policy.ikeLifetime
        espLifetime = policy.espLifetime
        keyingTries = policy.keyingTries
        natTraversal = policy.natTraversal
        forceEncapsulation = policy.forceEncapsulation
        replayWindow = policy.replayWindow
        requestID = policy.requestID
        upkeep = policy.upkeep
    }

    /// The group of a Quick Mode of ours within `sa`; `nil` without PFS.
    func pfsGroup(within sa: ISAKMPSA) -> Group? {
        guard let pfsGroup else { return nil }
        return pfsFollowsISAKMP ? sa.suite?.group ?? pfsGroup : pfsGroup
    }

    /// Whether a peer that proved to be `identity` is the one meant.
    func expects(_ identity: Identity) -> Bool { remoteID.map { $0.matches(identity) } ?? true }
}
