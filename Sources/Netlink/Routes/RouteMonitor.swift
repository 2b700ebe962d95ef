import Crypto
import Linux
import Wire

/// A change of interfaces, addresses, routes or rules.
public enum RouteEvent: Hashable, Sendable {
    case link(Link)
    case linkGone(Link)
    case address(InterfaceAddress)
    case addressGone(InterfaceAddress)
    case route(Route)
    case routeGone(Route)
    case ruleGone(Rule)
    /// Events were lost: read everything again.
    case overrun
}

/// Receives notifications about interfaces, addresses and routes, and about removed rules, of both families.
public final class RouteMonitor {
    private let socket: NetlinkSocket
    private let buffer = Secret(count: NetlinkChannel.notificationLimit)

    /// For epoll.
    public var number: Int32 { socket.number }

    /// Subscribes to the notifications of both families.
    public init() throws(SystemError) {
        // RTMGRP_LINK, IPV4_IFADDR, IPV4_ROUTE, IPV4_RULE, IPV6_IFADDR, IPV6_ROUTE, and RTNLGRP_IPV6_RULE, which is 19
        socket = try NetlinkSocket(.route, groups: 0x1 | 0x10 | 0x40 | 0x80 | 0x100 | 0x400 | 1 << 18)
    }

    /// Reads one datagram and passes its events to `each`; false when none waits. Unreadable messages are reported as `overrun`.
    public func next(_ each: (RouteEvent) -> Void) throws(SystemError) -> Bool {
        let buffer = self.buffer
        var received = NetlinkSocket.Received.nothing
        try buffer.withMutableBytes { (span) throws(SystemError) in received = try socket.receive(into: &span) }
        switch received {
        case .nothing: return false
        case .overrun: each(.overrun)
        case .datagram(let count): Self.read(buffer.bytes.extracting(0..<count), each)
        }
        return true
    }

    /// Passes the events of a datagram to `each`.
    public static func read(_ datagram: Span<UInt8>, _ each: (RouteEvent) -> Void) {
        do throws(WireError) {
            try MessageHeader.read(datagram) { (header, body) throws(WireError) in
                switch header.type {
                case Link.new: each(.link(try Link(body)))
                case Link.delete: each(.linkGone(try Link(body)))
                case InterfaceAddress.new: try InterfaceAddress(body).map { each(.address($0)) }
                case InterfaceAddress.delete: try InterfaceAddress(body).map { each(.addressGone($0)) }
                case Route.new: try Route(body).map { each(.route($0)) }
                case Route.delete: try Route(body).map { each(.routeGone($0)) }
                case Rule.delete: try Rule(body).map { each(.ruleGone($0)) }
                default: break
                }
            }
        } catch { each(.overrun) }
    }
}
