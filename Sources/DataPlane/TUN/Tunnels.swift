import Crypto
import ESP
import Linux
import Wire

/// An inbound SA with where its packets last came from.
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
    /// Where its packets go; port 0 for plain ESP.
    private(set) var peer: Endpoint
    let local: Address
    /// When a path MTU learnt from ICMP is forgotten, monotonic nanoseconds.
    private(set) var pathMTUEnds: UInt64?
    private let ownMTU: Int
    /// The daemon knows that it is worn.
    var isReported = false

    init(_ esp: OutboundSA, over socket: InternetSocket) {
        self.esp = esp
        self.socket = socket
        local = esp.sa.source
        peer = Endpoint(esp.sa.destination, esp.sa.encapsulation?.destinationPort ?? 0)
        ownMTU = esp.pathMTU
    }

    /// Believes a router, or somebody who writes like one: so never below what every path carries, never more than the
    /// device has, and not for ever.
    func learn(pathMTU: Int, now: UInt64) {
        let least = peer.address.family == .ipv4 ? 576 : Layout.minimumIPv6MTU
        let believed = max(least, pathMTU)
        guard believed < esp.pathMTU else { return }
        esp.pathMTU = believed
        pathMTUEnds = now + Limits.pathMTUAge
    }

    /// Tries the whole path again when its time has come.
    func forgetPathMTU(now: UInt64) {
        guard let ends = pathMTUEnds, now >= ends else { return }
        pathMTUEnds = nil
        esp.pathMTU = ownMTU
    }

    /// The peer is behind a NAT that gave it another address or port: an authentic packet, newer than all others, came
    /// from there (RFC 3947 §7 has us follow it).
    func follow(_ moved: Endpoint) { peer = moved }
}
