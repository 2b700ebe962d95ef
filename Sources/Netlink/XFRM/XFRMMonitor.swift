import Crypto
import Linux
import Wire

/// A notification of XFRM.
public enum XFRMEvent: Hashable, Sendable {
    /// A packet matched a policy and there is no SA for it; it waits or was dropped.
    case acquire(Acquire)
    /// An SA reached a lifetime limit. `isHard` means that the kernel deleted it.
    case expire(XFRMState, isHard: Bool)
    /// A peer's packets come from an address or port other than the SA's: its NAT assigned a new mapping (RFC 3948 §4).
    case mapping(Mapping)
    /// A policy was removed.
    case removed(XFRMPolicy.Direction, XFRMSelector)
    /// All policies were removed.
    case flushed
    /// Events were lost.
    case overrun

    /// XFRM_MSG_ACQUIRE: a packet needs an SA.
    public struct Acquire: Hashable, Sendable {
        /// Outer source address, as in the policy's template.
        public var source: Address
        /// Outer destination address.
        public var destination: Address
        /// Request ID of the template; 0 when the kernel did not report it.
        public var requestID: UInt32
        /// The packet's own addresses, protocol and ports.
        public var packet: XFRMSelector
        /// The selector of the policy that the packet matched.
        public var policy: XFRMSelector
    }

    /// XFRM_MSG_MAPPING: the peer's address or port changed.
    public struct Mapping: Hashable, Sendable {
        /// The inbound SA.
        public var id: XFRMStateID
        /// The SA's request ID.
        public var requestID: UInt32
        /// The peer's address and port as the SA has them.
        public var old: Endpoint
        /// The peer's address and port as its packets now have them.
        public var new: Endpoint
    }
}

extension XFRMEvent.Acquire {
    /// Reads struct xfrm_user_acquire.
    public init(_ body: Span<UInt8>) throws(WireError) {
        var reader = ByteReader(body)
        // Only the template, further behind, tells the outer family. Until then the addresses stay octets.
        let destination = try reader.array(16)
        try reader.skip(8)
        let source = try reader.array(16)
        packet = try XFRMSelector(&reader)
        policy = try XFRMSelector(&reader)
        try reader.skip(112 + 16)
        var templates: [XFRMPolicy.Template] = []
        try Attributes.read(try reader.rest()) { (type, payload) throws(WireError) in
            if type == 5 { templates = try XFRMPolicy.templates(&payload) }
        }
        requestID = templates.first?.requestID ?? 0
        let family = templates.first?.destination.family ?? packet.family
        var from = ByteReader(source.span)
        self.source = try from.xfrmAddress(family)
        var to = ByteReader(destination.span)
        self.destination = try to.xfrmAddress(family)
    }
}

extension XFRMEvent.Mapping {
    /// Reads struct xfrm_user_mapping.
    public init(_ body: Span<UInt8>) throws(WireError) {
        var reader = ByteReader(body)
        var ahead = reader
        try ahead.skip(20)
        guard let family = Address.Family(kernel: try ahead.native16()) else { throw .malformed(at: 20) }
        let destination = try reader.xfrmAddress(family)
        id = XFRMStateID(spi: try reader.uint32(), destination: destination)
        try reader.skip(4)
        requestID = try reader.native32()
        let before = try reader.xfrmAddress(family)
        let after = try reader.xfrmAddress(family)
        old = Endpoint(before, try reader.uint16())
        new = Endpoint(after, try reader.uint16())
    }
}

/// Receives notifications of XFRM.
public final class XFRMMonitor {
    /// The notifications to receive. Each kind has a socket of its own, so that many of one kind do not displace the other.
    public enum Kind: Sendable {
        /// Acquires, expiries and mappings.
        case associations
        /// Every change of a policy, our own changes included.
        case policies
    }

    private let socket: NetlinkSocket
    private let buffer: Secret

    /// For epoll.
    public var number: Int32 { socket.number }

    /// Subscribes to one kind of notification.
    public init(_ kind: Kind) throws(SystemError) {
        // XFRMNLGRP_ACQUIRE 1, _EXPIRE 2, _MAPPING 8; _POLICY 4
        socket = try NetlinkSocket(.xfrm, groups: kind == .policies ? 0x8 : 0x1 | 0x2 | 0x80)
        buffer = Secret(count: kind == .policies ? 2048 : NetlinkChannel.notificationLimit)
    }

    /// Reads one datagram and passes its events to `each`; false when none waits. Unreadable messages are reported as `overrun`.
    public func next(_ each: (XFRMEvent) -> Void) throws(SystemError) -> Bool {
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
    public static func read(_ datagram: Span<UInt8>, _ each: (XFRMEvent) -> Void) {
        do throws(WireError) {
            try MessageHeader.read(datagram) { (header, body) throws(WireError) in
                switch header.type {
                case XFRMMessage.acquire: each(.acquire(try XFRMEvent.Acquire(body)))
                case XFRMMessage.mapping: each(.mapping(try XFRMEvent.Mapping(body)))
                case XFRMMessage.expire:
                    var reader = ByteReader(body)
                    let state = try XFRMState(&reader)
                    each(.expire(state, isHard: try reader.uint8() != 0))
                case XFRMMessage.deletePolicy:
                    // struct xfrm_userpolicy_id
                    var reader = ByteReader(body)
                    let selector = try XFRMSelector(&reader)
                    try reader.skip(4)
                    if let direction = XFRMPolicy.Direction(rawValue: try reader.uint8()) { each(.removed(direction, selector)) }
                case XFRMMessage.flushPolicies: each(.flushed)
                default: break
                }
            }
        } catch { each(.overrun) }
    }
}
