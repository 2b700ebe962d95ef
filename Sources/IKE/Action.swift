import Crypto
import Wire

/// What the daemon is to do, in this order. The engine itself does no I/O.
public enum Action: Sendable {
    /// Send an ISAKMP message. The daemon puts the non-ESP marker in front of it unless both ports are 500 (RFC 3948 §2.2).
    case send([UInt8], from: Endpoint, to: Endpoint)
    /// Find an unused SPI for packets from `source` to `destination` (us), and answer with `Engine.supply`.
    case needSPI(SPIRequest)
    /// Ask the DNS for a peer's RSA keys, and answer with `Engine.keysFound`.
    case needKeys(KeyRequest)
    /// Install an inbound SA, and answer with `Engine.installed` or `Engine.installRefused`.
    case installInbound(InstallRequest)
    /// Install an outbound SA, and answer likewise. The inbound SA of the pair is already installed.
    case installOutbound(InstallRequest)
    /// Remove an SA of either direction. Its SPI belongs to `destination`.
    case remove(spi: UInt32, destination: Address, ConnectionID)
    /// Write a line to the log, and to clients that wait for the connection.
    case say(Progress)
    /// The first SA pair of a connection is established. Follows the installation of its SAs.
    case established(ConnectionID)
    /// The last SA pair of a connection is gone: the peer deleted it, it expired, or `terminate` ended it.
    case lost(ConnectionID)
    /// A peer that initiated Main Mode authenticated itself for this connection.
    case authenticated(ConnectionID)
    /// Main Mode came from an address that no connection names. The host name of a peer may have a new address.
    case lookUpPeers
    /// An attempt failed. It is `final` when no tries are left (`keyingTries`).
    case attemptFailed(ConnectionID, reason: Sentence, MessageCode?, final: Bool)
    /// Unroute the connection (`dpdaction=clear`). Follows `lost`.
    case unroute(ConnectionID)
    /// Send the one-octet NAT keepalive (RFC 3948 §4).
    case keepalive(from: Endpoint, to: Endpoint)
}

/// Asks the data plane for an SPI.
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

/// Asks for the public keys that the DNS has for a peer's ID. The message that they are to verify waits for the answer.
public struct KeyRequest: Hashable, Sendable {
    /// Names the request in the answer.
    public let token: UInt64
    /// Whose keys: `address` or `fqdn`.
    public let identity: Identity
    /// No connection names the peer's address.
    public let isStrangers: Bool
}

/// Asks the data plane to install one SA. The engine sends no message that claims the SA, and does not report the pair as
/// established, before the answer.
public struct InstallRequest: Sendable {
    /// Identifies the request in the answer.
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

/// One numbered line for the log, as whack printed them.
public struct Progress: Sendable {
    /// The severity of a line.
    public enum Level: UInt8, Sendable { case debug, info, notice, warning, error }

    /// The connection; `nil` if the line is about none.
    public var connection: ConnectionID?
    /// The serial number of the ISAKMP or IPsec SA, which whack printed as `#1:`.
    public var serial: UInt64?
    /// The code of whack: 000 information, 002 log, 003 warning, 004 success, 010 retransmission, 02x and 03x failures, 1xx a state
    /// reached, 2xx a notification received.
    public var code: Int
    /// Severity in the log.
    public var level: Level
    /// The sentence, without the connection's name and without `message`.
    public var text: Sentence
    /// Identifies the message for programs.
    public var message: MessageCode?
    /// An unauthenticated message caused the line. The log bounds the number of such lines.
    public var isStrangers = false

    /// A line about a connection, or about none.
    public init(
        connection: ConnectionID?, serial: UInt64? = nil, code: Int, level: Level = .info, _ text: Sentence, message: MessageCode? = nil
    ) {
        self.connection = connection
        self.serial = serial
        self.code = code
        self.level = level
        self.text = text
        self.message = message
    }
}
