import Wire

/// One direction of an IPsec SA with its keys: what IKE (or a manual conn) makes, Netlink writes to the kernel, and ESP
/// works from. It lives here because those three rooms do not know each other.
public struct SecurityAssociation: Sendable {
    /// Encapsulation mode (RFC 2407 §4.5).
    public enum Mode: UInt8, Sendable { case tunnel, transport }

    /// The outer header's Don't Fragment bit (`pmtudisc=`, RFC 4301 §8.1).
    public enum OuterDF: UInt8, Sendable {
        /// As in the inner packet.
        case copy
        /// Never set: routers may fragment every packet.
        case clear
        /// Set on every packet that is not known to be too large.
        case set
    }

    /// ESP in UDP (RFC 3948): the ports of this direction's packets.
    public struct UDPPorts: Hashable, Sendable {
        /// UDP source port in host order.
        public var sourcePort: UInt16
        /// UDP destination port in host order.
        public var destinationPort: UInt16
        /// The two ports of this direction.
        public init(sourcePort: UInt16, destinationPort: UInt16) {
            self.sourcePort = sourcePort
            self.destinationPort = destinationPort
        }
    }

    /// SPI in host order, 0x100 and up.
    public var spi: UInt32
    /// Outer source address.
    public var source: Address
    /// Outer destination address: whose SPI this is.
    public var destination: Address
    /// Tunnel or transport mode.
    public var mode: Mode
    /// The algorithms.
    public var suite: ESPSuite
    /// The cipher's key; `suite.cipher.keyLength` octets.
    public var encryptionKey: Secret
    /// GCM's salt, four octets; empty otherwise.
    public var salt: Secret
    /// Key of the integrity algorithm; empty for AEAD.
    public var integrityKey: Secret
    /// `nil` for plain ESP.
    public var encapsulation: UDPPorts?
    /// The outer header's Don't Fragment bit, which the data plane takes from the connection's eroute.
    public var outerDF = OuterDF.copy
    /// What the inner packets may be, from the sender's side.
    public var sourceSelector: Selector
    /// What the inner packets may be, from the receiver's side.
    public var destinationSelector: Selector
    /// Ties states to policies in the kernel, and both to the connection (1 and up).
    public var requestID: UInt32
    /// Size of the anti-replay window in packets; 0 switches replay protection off.
    public var replayWindow: Int
    /// Hard lifetime in seconds, enforced also when IKE has ended; 0 is unlimited.
    public var lifetime: UInt32 = 0
    /// Packets after which it is to be replaced, because sequence numbers must not wrap (RFC 4303 §3.3.3). With 32 bits one eighth
    /// is left for the time of the negotiation; 64 bits are never exhausted.
    public var packetsBeforeRekeying: UInt64
    /// Octets after which it is to be replaced: 64-bit blocks repeat after far less data than 128-bit blocks (birthday bound).
    public var octetsBeforeRekeying: UInt64

    /// An SA with the limits that its cipher and sequence numbers demand.
    public init(
        spi: UInt32, source: Address, destination: Address, mode: Mode, suite: ESPSuite, encryptionKey: Secret,
        salt: Secret, integrityKey: Secret, encapsulation: UDPPorts?, sourceSelector: Selector,
        destinationSelector: Selector, requestID: UInt32, replayWindow: Int
    ) {
        self.spi = spi
        self.source = source
        self.destination = destination
        self.mode = mode
        self.suite = suite
        self.encryptionKey = encryptionKey
        self.salt = salt
        self.integrityKey = integrityKey
        self.encapsulation = encapsulation
        self.sourceSelector = sourceSelector
        self.destinationSelector = destinationSelector
        self.requestID = requestID
        self.replayWindow = replayWindow
        packetsBeforeRekeying = suite.usesESN ? .max : 0xe000_0000
        octetsBeforeRekeying = suite.cipher == .tripleDESCBC ? 1 << 30 : .max
    }
}
