import Wire

/// One direction of an IPsec SA with its keys: what IKE (or a manual conn) makes, Netlink writes to the kernel, and ESP
/// works from. It lives here because those three rooms do not know each other.
public struct SecurityAssociation: Sendable {
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

    /// ESP in UDP (RFC 3948): the ports as the packets of this direction carry them.
    public struct Encapsulation: Hashable, Sendable {
        public var sourcePort: UInt16
        public var destinationPort: UInt16
        public init(sourcePort: UInt16, destinationPort: UInt16) {
            self.sourcePort = sourcePort
            self.destinationPort = destinationPort
        }
    }

    /// In host order; 0x100 and up.
    public var spi: UInt32
    /// Outer addresses. The SPI belongs to `destination`.
    public var source: Address
    public var destination: Address
    public var mode: Mode
    public var suite: ESPSuite
    public var encryptionKey: Secret
    /// GCM's four octets; empty otherwise.
    public var salt: Secret
    /// Empty for AEAD.
    public var integrityKey: Secret
    public var encapsulation: Encapsulation?
    /// A data plane takes it from the connection's eroute.
    public var outerDF = OuterDF.copy
    /// What the inner packets may be, from the sender's side and the receiver's.
    public var sourceSelector: Selector
    public var destinationSelector: Selector
    /// Ties states to policies in the kernel, and both to the connection (1 and up).
    public var requestID: UInt32
    /// Packets that may arrive out of order; 0 switches replay protection off.
    public var replayWindow: Int
    /// Seconds after which nobody may use it any more, whether IKE says so or is no more there; 0 for ever.
    public var lifetime: UInt32 = 0
    /// Packets after which it is to be replaced: sequence numbers never wrap (RFC 4303 §3.3.3). Where they have 32 bits, an
    /// eighth of them is left for the time that the negotiation takes; nobody lives to see the end of 64.
    public var packetsBeforeRekeying: UInt64
    /// Octets after which it is to be replaced: blocks of 64 bits begin to repeat long before those of 128 bits.
    public var octetsBeforeRekeying: UInt64

    public init(
        spi: UInt32, source: Address, destination: Address, mode: Mode, suite: ESPSuite, encryptionKey: Secret,
        salt: Secret, integrityKey: Secret, encapsulation: Encapsulation?, sourceSelector: Selector,
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
