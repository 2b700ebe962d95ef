import CLinux
import Wire

/// A received datagram's properties, and how much of the buffer it fills.
public struct Datagram: Sendable {
    /// Octets in the buffer. On raw IPv4 sockets they include the IP header, on raw IPv6 sockets they do not.
    public let count: Int
    /// Whether the buffer was too small, and the rest is lost.
    public let isTruncated: Bool
    /// Port 0 for raw sockets.
    public let peer: Endpoint
    /// The datagram's destination address, and the socket's own port.
    public let local: Endpoint
    /// The outer TOS or Traffic Class if `wantTrafficClass` was called; otherwise 0.
    public let trafficClass: UInt8
    /// Index of the interface on which it arrived.
    public let interfaceIndex: UInt32
    /// After `UDPSocket.wantJoined`: the buffer has several datagrams one after another, each of this length; the last one may be shorter.
    /// Otherwise `count`.
    public let pieceLength: Int
}

/// An error about a datagram sent earlier, reported by ICMP or by this machine's own routing. A stranger can forge it.
public struct SocketFailure: Sendable {
    /// Where the datagram was sent to.
    public let peer: Endpoint
    /// errno: `ECONNREFUSED`, `EHOSTUNREACH`, `EMSGSIZE`.
    public let number: Int32
    /// The path's MTU in octets when `number` is `EMSGSIZE`.
    public let mtu: UInt32
    /// Whether the datagram was larger than the path's MTU (`EMSGSIZE`).
    public var isMessageTooLong: Bool { number == EMSGSIZE }
    /// The error in words: `Connection refused`.
    public var reason: Sentence { SystemError(number, "").reason }
}

/// A non-blocking socket of one address family. It reports the local address of each incoming datagram and sets that of each outgoing one.
/// `UDPSocket` and `RawSocket` are its subclasses.
public class InternetSocket {
    /// The address family of everything sent and received here.
    public let family: Address.Family
    /// 0 for raw sockets.
    public private(set) var port: UInt16 = 0
    let descriptor: Descriptor
    /// Whether the kernel splits a large buffer into datagrams (UDP_SEGMENT).
    var sendsJoined = false

    /// For epoll.
    public var number: Int32 { descriptor.number }

    /// - Parameter ipProtocol: 0 makes a UDP socket.
    init(_ family: Address.Family, ipProtocol: UInt8) throws(SystemError) {
        self.family = family
        let made = clinux_internet_socket(family.number, Int32(ipProtocol))
        descriptor = Descriptor(try check(made, "socket"))
        try check(clinux_want_packet_info(number, family.number), "setsockopt IP_PKTINFO")
        sendsJoined = ipProtocol == 0 && clinux_can_send_joined(number) > 0
    }

    /// Binds to a local address, or with `Address.any(family)` to all of them. Port 0 lets the kernel choose: see `port`.
    public func bind(_ endpoint: Endpoint) throws(SystemError) {
        var address = clinux_address(endpoint)
        try check(unsafe clinux_bind(number, &address), "bind \(endpoint)")
        try check(unsafe clinux_local_address(number, &address), "getsockname")
        port = address.port
    }

    /// Marks outgoing packets, so that `ip rule`s can keep them out of tunnels (SO_MARK). Needs CAP_NET_ADMIN.
    public func setMark(_ mark: UInt32) throws(SystemError) {
        try check(clinux_set_mark(number, mark), "setsockopt SO_MARK")
    }

    /// Exempts this socket's packets from every XFRM policy, in both directions: no tunnel captures IKE. Needs CAP_NET_ADMIN and
    /// a kernel with XFRM.
    public func bypassPolicies() throws(SystemError) {
        try check(clinux_bypass_policy(number, family.number), "setsockopt IP_XFRM_POLICY")
    }

    /// Has the kernel report the outer TOS or Traffic Class with each `Datagram`.
    public func wantTrafficClass() throws(SystemError) {
        try check(clinux_want_traffic_class(number, family.number), "setsockopt IP_RECVTOS")
    }

    /// Has the kernel keep ICMP errors about our datagrams for `nextFailure` (IP_RECVERR).
    public func wantFailures() throws(SystemError) {
        try check(clinux_want_errors(number, family.number), "setsockopt IP_RECVERR")
    }

    /// Path MTU discovery of outgoing packets (IP_MTU_DISCOVER).
    public enum PathMTU: Int32, Sendable {
        /// DF clear: this machine and routers fragment.
        case fragment = 0
        /// DF set; datagrams larger than the known path MTU fail with `EMSGSIZE`.
        case obey = 2
        /// DF set, whatever path MTU is known.
        case probe = 3
    }

    /// Sets the Don't Fragment behaviour of outgoing packets.
    public func setPathMTU(_ behaviour: PathMTU) throws(SystemError) {
        try check(clinux_set_discovery(number, family.number, behaviour.rawValue), "setsockopt IP_MTU_DISCOVER")
    }

    /// Octets that the kernel may queue in each direction. CAP_NET_ADMIN allows more than the system's limit.
    public func setBuffers(receive: Int32, send: Int32) throws(SystemError) {
        try check(clinux_set_receive_buffer(number, receive), "setsockopt SO_RCVBUF")
        try check(clinux_set_send_buffer(number, send), "setsockopt SO_SNDBUF")
    }

    /// The next datagram, into `bytes`; `nil` when none waits. ICMP errors about earlier datagrams are skipped.
    public func receive(into bytes: inout MutableSpan<UInt8>) throws(SystemError) -> Datagram? {
        try receive(into: &bytes, fromErrors: false).map(datagram)
    }

    /// The next ICMP error, once `wantFailures` was called; `nil` when there is none.
    public func nextFailure() throws(SystemError) -> SocketFailure? {
        var nothing = InlineArray<64, UInt8>(repeating: 0)
        var span = nothing.mutableSpan
        guard let (_, about) = try receive(into: &span, fromErrors: true) else { return nil }
        return SocketFailure(
            peer: Endpoint(Address(about.peer) ?? .any(family), about.peer.port), number: about.error, mtu: about.mtu)
    }

    private func receive(
        into bytes: inout MutableSpan<UInt8>, fromErrors: Bool
    ) throws(SystemError) -> (Int, clinux_datagram)? {
        var about = clinux_datagram()
        // Skip a bounded number of errors that the kernel has kept.
        for _ in 0..<16 {
            let got = unsafe bytes.withUnsafeMutableBufferPointer {
                unsafe clinux_receive(number, $0.baseAddress, $0.count, fromErrors ? 1 : 0, &about)
            }
            if got >= 0 { return (got, about) }
            if got == -Int(EAGAIN) { return nil }
            guard isSoft(Int32(-got)) else { throw SystemError(Int32(-got), "recvmsg") }
        }
        return nil
    }

    func datagram(_ count: Int, _ about: clinux_datagram) -> Datagram {
        Datagram(
            count: count, isTruncated: about.truncated != 0,
            peer: Endpoint(Address(about.peer) ?? .any(family), about.peer.port),
            local: Endpoint(Address(about.local) ?? .any(family), port), trafficClass: about.traffic_class,
            interfaceIndex: about.interface_index, pieceLength: about.piece == 0 ? count : Int(about.piece))
    }

    /// Sends one datagram. `from` is one of our addresses (its port is not used); `nil` or an any-address lets the kernel choose.
    /// `trafficClass` becomes the outer TOS or Traffic Class.
    /// - Throws: EAGAIN if the kernel has no room, `isMessageTooLong`, no route, and other errors of `sendmsg`. An ICMP error about an
    ///   earlier datagram is not thrown.
    public func send(
        _ bytes: Span<UInt8>, to peer: Endpoint, from local: Address? = nil, trafficClass: UInt8? = nil
    ) throws(SystemError) {
        var to = clinux_address(peer)
        var from = clinux_address(local)
        var last = 0
        for _ in 0..<4 {
            last = unsafe bytes.withUnsafeBufferPointer {
                unsafe clinux_send(number, $0.baseAddress, $0.count, &to, &from, trafficClass.map { Int32($0) } ?? -1)
            }
            // ECONNREFUSED is about an earlier datagram; this one has not been sent yet.
            guard last == -Int(ECONNREFUSED) || last == -Int(EINTR) else { break }
        }
        try check(last, "sendmsg \(peer)")
    }

    /// Whether an error from a receive is an ICMP error about an earlier datagram, which the kernel reports once.
    func isSoft(_ number: Int32) -> Bool {
        switch number {
        case ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, EHOSTDOWN, EPROTO, ENOPROTOOPT, EACCES, EMSGSIZE, EOPNOTSUPP,
            ENONET, EINTR, ENETDOWN:
            true
        default: false
        }
    }
}

extension Address.Family {
    var number: Int32 { self == .ipv4 ? 4 : 6 }
}

extension Address {
    init?(_ address: clinux_address) {
        switch address.family {
        case 4: self.init(ipv4: UInt32(truncatingIfNeeded: address.low))
        case 6: self.init(ipv6High: address.high, low: address.low)
        default: return nil
        }
    }
}

extension clinux_address {
    init(_ endpoint: Endpoint) {
        self.init(
            high: endpoint.address.high, low: endpoint.address.low, port: endpoint.port,
            family: UInt8(endpoint.address.family.number))
    }

    /// Family 0 lets the kernel choose, for `nil` and the any-address.
    init(_ address: Address?) {
        self.init()
        if let address, !address.isAny { self = clinux_address(Endpoint(address, 0)) }
    }
}
