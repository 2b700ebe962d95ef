import Crypto
import ESP
import Linux
import Wire

/// An inbound SA and the endpoint of its latest packet.
final class InboundTunnel {
    let esp: InboundSA
    var peer: Endpoint

    init(_ esp: InboundSA) {
        self.esp = esp
        peer = Endpoint(esp.sa.source, esp.sa.encapsulation?.sourcePort ?? 0)
    }
}

/// An outbound SA with the socket that carries its packets.
final class OutboundTunnel {
    let esp: OutboundSA
    let socket: InternetSocket
    /// The destination of its packets; port 0 for plain ESP.
    private(set) var peer: Endpoint
    let local: Address
    /// When a path MTU that was learnt from ICMP expires, monotonic nanoseconds.
    private(set) var pathMTUEnds: UInt64?
    private let ownMTU: Int
    /// Whether the daemon knows that it has reached a soft limit.
    var isReported = false

    init(_ esp: OutboundSA, over socket: InternetSocket) {
        self.esp = esp
        self.socket = socket
        local = esp.sa.source
        peer = Endpoint(esp.sa.destination, esp.sa.encapsulation?.destinationPort ?? 0)
        ownMTU = esp.pathMTU
    }

    /// Takes a path MTU from an ICMP message, which may be forged: not below the minimum of every path, not above the device's MTU, and for
    /// a limited time.
    func learn(pathMTU: Int, now: UInt64) {
        let least = peer.address.family == .ipv4 ? 576 : Layout.minimumIPv6MTU
        let believed = max(least, pathMTU)
        guard believed < esp.pathMTU else { return }
        esp.pathMTU = believed
        pathMTUEnds = now + Limits.pathMTUAge
    }

    /// Forgets the path MTU when it expires.
    func forgetPathMTU(now: UInt64) {
        guard let ends = pathMTUEnds, now >= ends else { return }
        pathMTUEnds = nil
        esp.pathMTU = ownMTU
    }

    /// Follows a peer behind a NAT that gave it another address or port: an authentic packet, newer than all others, came from there
    /// (RFC 3947 §7).
    func follow(_ moved: Endpoint) { peer = moved }
}
