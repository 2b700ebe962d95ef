import Crypto
import Wire

/// The policy of one connection for IKE: the two ends, and what either may propose and accept.
///
/// All addresses are resolved. The daemon makes a new policy when an interface or a name changes.
public struct Policy: Sendable {
    /// Identifies the connection to the engine.
    public var id: ConnectionID
    /// Its name in ipsec.conf.
    public var name: Name

    /// Our outer address.
    public var local: Address
    /// The peer's outer address; `nil` for `%any`, which can respond but not initiate.
    public var remote: Address?
    /// The ID that we send.
    public var localID: Identity
    /// The ID that the peer must have; `nil` accepts any (only if `remote` is `nil`).
    public var remoteID: Identity?
    /// The pre-shared key; `nil` if the connection does not use one, or ipsec.secrets has none that matches. With neither this nor
    /// `rsa` the connection cannot authenticate.
    public var presharedKey: Secret?

    /// The RSA credentials; `nil` if the connection does not use RSA signatures. Preferred to the pre-shared key.
    public var rsa: RSACredentials?

    /// The suites for Main Mode in order of preference; never empty.
    public var ikeSuites: [IKESuite]
    /// The suites for Quick Mode in order of preference; never empty.
    public var espSuites: [ESPSuite]
    /// Suites for Main Mode that a peer may propose although we do not.
    public var furtherIKESuites: [IKESuite] = []
    /// Suites for Quick Mode that a peer may propose although we do not.
    public var furtherESPSuites: [ESPSuite] = []
    /// Whether a peer may choose extended sequence numbers or not, whatever the suites say.
    public var takesEitherSequence = false
    /// Groups that a peer may propose in Quick Mode, beyond `pfsGroup` and those of `ikeSuites`.
    public var furtherGroups: [Group] = []
    /// The group of Quick Mode's Diffie-Hellman (RFC 2409 §5.5). As initiator we propose it; as responder we require some group if
    /// it is set. `nil` is `pfs=no`: we propose none and accept either.
    public var pfsGroup: Group?
    /// Whether `pfsGroup` is not configured. Then Quick Mode uses the group of its ISAKMP SA.
    public var pfsFollowsISAKMP = false

    /// The local traffic selector.
    public var localSelector: Selector
    /// The remote traffic selector.
    public var remoteSelector: Selector
    /// The networks that a peer without a fixed address may claim. Then `remoteSelector` is the host `0.0.0.0` or `::`.
    public var virtual: VirtualSubnets?
    /// Tunnel or transport mode.
    public var mode: SecurityAssociation.Mode
    /// Lifetime of an ISAKMP SA in seconds.
    public var ikeLifetime: UInt32
    /// Lifetime of an IPsec SA in seconds.
    public var espLifetime: UInt32
    /// The number of attempts, each with its own retransmissions; 0 is `%forever`.
    public var keyingTries: UInt32
    /// Whether NAT traversal is negotiated (RFC 3947).
    public var natTraversal: Bool
    /// Whether to act as if a NAT were detected, so that ESP travels in UDP.
    public var forceEncapsulation: Bool
    /// Whether long messages go in fragments (`fragmentation=`).
    public var fragmentation = Fragmentation.yes
    /// Octets of the longest IP datagram that is sent without them (`fragmentsize=`); 0 is 576 for IPv4 and 1,280 for IPv6.
    public var fragmentSize: UInt16 = 0
    /// Size of the anti-replay window in packets; 0 disables the check.
    public var replayWindow: Int
    /// Rekeying and dead peer detection.
    public var rekeyPolicy = RekeyPolicy()
    /// Links the kernel's states to its policies. Unique to the connection, and the same after a restart.
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
