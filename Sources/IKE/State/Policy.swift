import Crypto
import Wire

/// What one connection asks of IKE: who the two ends are, and what either may propose and accept.
///
/// A value with every address resolved: the Gateway makes a new one when an interface or a name changes.
public struct Policy: Sendable {
    /// Identifies the connection to the engine.
    public var id: ConnectionID
    /// As ipsec.conf names it, for messages.
    public var name: Name

    /// Our outer address.
    public var local: Address
    /// `nil` for `%any`: may answer, cannot initiate.
    public var remote: Address?
    /// The ID that we send.
    public var localID: Identity
    /// `nil` accepts any identity (only with `remote` nil).
    public var remoteID: Identity?
    /// `nil` when it does not authenticate with one, or ipsec.secrets has none that fits. With neither this nor `rsa` the
    /// connection cannot authenticate and says so.
    public var presharedKey: Secret?

    /// `nil` when it does not authenticate with RSA signatures. Preferred to the pre-shared key where both are there.
    public var rsa: RSACredentials?

    /// In order of preference; never empty.
    public var ikeSuites: [IKESuite]
    /// In order of preference; never empty.
    public var espSuites: [ESPSuite]
    /// What a peer may propose although we do not.
    public var furtherIKESuites: [IKESuite] = []
    /// As `furtherIKESuites`, for Quick Mode.
    public var furtherESPSuites: [ESPSuite] = []
    /// Whether what a peer proposes counts the same with and without extended sequence numbers.
    public var takesEitherSequence = false
    /// Groups for Quick Mode that a peer may propose, beyond `pfsGroup` and those of `ikeSuites`.
    public var furtherGroups: [Group] = []
    /// The group of Quick Mode's own Diffie-Hellman (RFC 2409 §5.5); as initiator we propose it, as responder we insist
    /// on some group when it is set. `nil` is `pfs=no`: then we propose none and accept either.
    public var pfsGroup: Group?
    /// `pfsGroup` is nobody's choice: Quick Mode's group is the one that the ISAKMP SA was negotiated with.
    public var pfsFollowsISAKMP = false

    /// What the tunnel carries on our side.
    public var localSelector: Selector
    /// What the tunnel carries on the peer's side.
    public var remoteSelector: Selector
    /// What a peer that may be anywhere says lies behind it: then `remoteSelector` is the host `0.0.0.0` or `::`.
    public var virtual: VirtualSubnets?
    /// Tunnel or transport mode.
    public var mode: SecurityAssociation.Mode
    /// Seconds.
    public var ikeLifetime: UInt32
    /// Seconds.
    public var espLifetime: UInt32
    /// Whole attempts, each with its own retransmissions; 0 is `%forever`.
    public var keyingTries: UInt32
    /// Whether NAT traversal is negotiated (RFC 3947).
    public var natTraversal: Bool
    /// Behave as if a NAT had been found, so that ESP travels in UDP.
    public var forceEncapsulation: Bool
    /// Size of the anti-replay window in packets; 0 is no check.
    public var replayWindow: Int
    /// Rekeying and dead peer detection.
    public var rekeyPolicy = RekeyPolicy()
    /// Ties the kernel's states to its policies; unique to the connection and stable over restarts.
    public var requestID: UInt32

    /// A policy with the values that have no default.
    public init(
        id: ConnectionID, name: Name, local: Address, remote: Address?, localID: Identity, remoteID: Identity?,
        presharedKey: Secret?, ikeSuites: [IKESuite], espSuites: [ESPSuite], pfsGroup: Group?,
        localSelector: Selector, remoteSelector: Selector, mode: SecurityAssociation.Mode, ikeLifetime: UInt32,
        espLifetime: UInt32, keyingTries: UInt32, natTraversal: Bool, forceEncapsulation: Bool, replayWindow: Int,
        requestID: UInt32
    ) {
        self.id = id
        self.name = name
        self.local = local
        self.remote = remote
        self.localID = localID
        self.remoteID = remoteID
        self.presharedKey = presharedKey
        self.ikeSuites = ikeSuites
        self.espSuites = espSuites
        self.pfsGroup = pfsGroup
        self.localSelector = localSelector
        self.remoteSelector = remoteSelector
        self.mode = mode
        self.ikeLifetime = ikeLifetime
        self.espLifetime = espLifetime
        self.keyingTries = keyingTries
        self.natTraversal = natTraversal
        self.forceEncapsulation = forceEncapsulation
        self.replayWindow = replayWindow
        self.requestID = requestID
    }
}
