import Crypto
import Wire

/// What the Gateway is to do, in the order given. The state machine itself does nothing.
public enum Action: Sendable {
    /// Send an ISAKMP message. From or to any port but 500 the Gateway puts the non-ESP marker before it (RFC 3948 §2.2).
    case send([UInt8], from: Endpoint, to: Endpoint)
    /// Find an unused SPI for packets from `source` to `destination` (us) and hand it to `Engine.supply`.
    case needSPI(SPIRequest)
    /// Install an SA that receives packets from now on, and answer with `Engine.installed` or `Engine.installRefused`.
    case installInbound(InstallRequest)
    /// Install an SA that sends the connection's packets from now on, and answer likewise. The inbound SA of the pair is already
    /// installed.
    case installOutbound(InstallRequest)
    /// Forget an SA, of whichever direction: its SPI belongs to `destination`.
    case remove(spi: UInt32, destination: Address, ConnectionID)
    /// A line for the log, and for whoever waits on the connection.
    case say(Progress)
    /// The first SA pair of a connection stands. Follows the installs.
    case established(ConnectionID)
    /// The last SA pair of a connection is gone (deleted by the peer, expired, or by our own `terminate`).
    case lost(ConnectionID)
    /// A peer that began Main Mode proved that it is this connection's.
    case authenticated(ConnectionID)
    /// A Main Mode came from an address that no connection names: the host names of peers may lead there by now.
    case lookUpPeers
    /// A whole attempt came to nothing. `final` when `keyingTries` are used up.
    case attemptFailed(ConnectionID, reason: Sentence, final: Bool)
    /// Let the connection's traffic go (`dpdaction=clear`). Follows `lost`.
    case unroute(ConnectionID)
    /// Send the one-octet NAT keepalive (RFC 3948 §4).
    case keepalive(from: Endpoint, to: Endpoint)
}

/// Asks for an SPI; carries what a plane needs to find one and the engine to place the answer.
public struct SPIRequest: Hashable, Sendable {
    /// Identifies the request in the answer.
    public let token: UInt64
    /// Outer source address of the inbound SA: the peer's.
    public let source: Address
    /// Outer destination address of the inbound SA: ours.
    public let destination: Address
    /// The connection's request ID.
    public let requestID: UInt32

    /// A request for one inbound SPI.
    public init(token: UInt64, source: Address, destination: Address, requestID: UInt32) {
        self.token = token
        self.source = source
        self.destination = destination
        self.requestID = requestID
    }
}

/// Asks the data plane to install one SA. The engine sends no message that claims the SA, and does not report the pair as
/// established, before the answer.
public struct InstallRequest: Sendable {
    /// Names the request in the answer.
    public let token: UInt64
    /// The SA, with its keys.
    public let sa: SecurityAssociation
    /// The connection whose packets the SA protects.
    public let connection: ConnectionID

    init(token: UInt64, _ sa: SecurityAssociation, _ connection: ConnectionID) {
        self.token = token
        self.sa = sa
        self.connection = connection
    }
}

/// One numbered line, as whack printed them.
public struct Progress: Sendable {
    /// How loud the log takes it.
    public enum Level: UInt8, Sendable { case debug, info, notice, warning, error }

    /// `nil` for what belongs to no connection.
    public var connection: ConnectionID?
    /// Of the ISAKMP or IPsec SA it is about, which whack printed as `#1:`.
    public var serial: UInt64?
    /// 000 information, 002 log, 003 warning, 004 success, 010 retransmission, 02x and 03x failures, 1xx a state
    /// reached, 2xx a notification received.
    public var code: Int
    /// Severity in the log.
    public var level: Level
    /// A sentence, without the connection's name in front.
    public var text: Sentence
    /// Somebody whom nobody authenticated caused it: there may be many like it.
    public var isStrangers = false

    /// A line about a connection, or about none.
    public init(connection: ConnectionID?, serial: UInt64? = nil, code: Int, level: Level = .info, _ text: Sentence) {
        self.connection = connection
        self.serial = serial
        self.code = code
        self.level = level
        self.text = text
    }
}
