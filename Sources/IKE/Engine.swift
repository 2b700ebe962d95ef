import Crypto
import Wire

/// All of a gateway's IKE: values and events in, actions out. It reads no clock, no socket and no file, and makes no
/// random octets of its own, so whole lives of tunnels can be simulated.
///
/// Times are nanoseconds of one monotonic clock. Every call appends to `actions` what is to be done.
public final class Engine {
    public init() {}

    /// Makes a connection known, or replaces what was known of it (its SAs stay until `forget` or `terminate`).
    public func add(_ policy: Policy) {}

    /// Ends every SA of a connection, telling the peer, and forgets it.
    public func forget(_ id: ConnectionID, now: UInt64, random: RandomSource, _ actions: inout [Action]) {}

    /// Begins to negotiate (`--up`), with as many attempts as the policy says. Nothing happens when SAs stand already.
    public func initiate(_ id: ConnectionID, now: UInt64, random: RandomSource, _ actions: inout [Action]) {}

    /// Ends every SA and every attempt of a connection, telling the peer (`--down`).
    public func terminate(_ id: ConnectionID, now: UInt64, random: RandomSource, _ actions: inout [Action]) {}

    /// A datagram from port 500, or from 4500 with its non-ESP marker taken off.
    public func receive(
        _ datagram: Span<UInt8>, from peer: Endpoint, to local: Endpoint, now: UInt64, random: RandomSource,
        _ actions: inout [Action]
    ) {}

    /// Answers a `needSPI`; `nil` when the plane could find none.
    public func supply(
        _ spi: UInt32?, for request: SPIRequest, now: UInt64, random: RandomSource, _ actions: inout [Action]
    ) {}

    /// Does what is due: retransmissions, time-outs, expiries, keepalives.
    public func advance(now: UInt64, random: RandomSource, _ actions: inout [Action]) {}

    /// When `advance` has something to do next; `nil` for nothing.
    public var nextDeadline: UInt64? { nil }

    /// What stands and what is being negotiated, for `--status`.
    public func status(now: UInt64) -> [StateStatus] { [] }

    /// Messages refused, by reason, since the start.
    public var counters: Counters { Counters() }
}

/// One ISAKMP or IPsec SA as `--status` shows it.
public struct StateStatus: Sendable {
    /// `#1`, counting from the start.
    public var serial: UInt64
    public var connection: ConnectionID?
    /// `STATE_MAIN_I4`, `STATE_QUICK_R2` and so on.
    public var name: StaticString
    /// "ISAKMP SA established" and the like, with suite and SPIs but never a key.
    public var text: String
    public var peer: Endpoint
    /// Seconds until it expires or is given up.
    public var remaining: UInt64
    public var isPhase2: Bool
    public var isEstablished: Bool

    public init(
        serial: UInt64, connection: ConnectionID?, name: StaticString, text: String, peer: Endpoint, remaining: UInt64,
        isPhase2: Bool, isEstablished: Bool
    ) {
        self.serial = serial
        self.connection = connection
        self.name = name
        self.text = text
        self.peer = peer
        self.remaining = remaining
        self.isPhase2 = isPhase2
        self.isEstablished = isEstablished
    }
}

/// What came in and was not believed.
public struct Counters: Sendable {
    public var malformed: UInt64 = 0
    public var unknownCookies: UInt64 = 0
    public var unauthenticated: UInt64 = 0
    public var overLimit: UInt64 = 0
    public init() {}
}
