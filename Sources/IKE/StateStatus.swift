import Wire

/// One ISAKMP or IPsec SA as `--status` shows it.
public struct StateStatus: Sendable {
    /// The serial number, counted from the start.
    public var serial: UInt64
    /// The connection; `nil` while it is unknown, as for a responder before authentication.
    public var connection: ConnectionID?
    /// `STATE_MAIN_I4`, `STATE_QUICK_R2` and so on.
    public var name: StaticString
    /// A description such as "ISAKMP SA established", with suite and SPIs but without keys.
    public var text: Sentence
    /// The peer's address and port.
    public var peer: Endpoint
    /// Seconds until it expires or is given up.
    public var remaining: UInt64
    /// Whether it is an IPsec SA or Quick Mode, not an ISAKMP SA or Main Mode.
    public var isPhase2: Bool
    /// Whether the negotiation is complete.
    public var isEstablished: Bool
    /// Whether an unauthenticated peer began it, and it is not established.
    public var isHalfOpen: Bool
    /// The suite of an ISAKMP SA: `aes256-sha256-modp2048`.
    public var suite: Sentence?
    /// Where an ISAKMP SA found a NAT: `none`, `here`, `peer` or `both`.
    public var nat: StaticString?
    /// Whether the peer of an ISAKMP SA announces that it takes IKE fragments.
    public var peerTakesFragments: Bool?

    /// The status of one SA.
    public init(
        serial: UInt64, connection: ConnectionID?, name: StaticString, text: Sentence, peer: Endpoint, remaining: UInt64,
        isPhase2: Bool, isEstablished: Bool, isHalfOpen: Bool = false, suite: Sentence? = nil, nat: StaticString? = nil,
        peerTakesFragments: Bool? = nil
    ) {
        self.serial = serial
        self.connection = connection
        self.name = name
        self.text = text
        self.peer = peer
        self.remaining = remaining
        self.isPhase2 = isPhase2
        self.isEstablished = isEstablished
        self.isHalfOpen = isHalfOpen
        self.suite = suite
        self.nat = nat
        self.peerTakesFragments = peerTakesFragments
    }
}
