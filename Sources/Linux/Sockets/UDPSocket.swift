import CLinux
import Wire

/// A UDP socket for IKE, and for ESP in UDP.
public final class UDPSocket: InternetSocket {
    /// A socket that is not bound yet.
    public init(_ family: Address.Family) throws(SystemError) { try super.init(family, ipProtocol: 0) }

    /// Allows the kernel to deliver consecutive datagrams of one sender joined (UDP_GRO): see `Datagram.pieceLength`, and provide room for
    /// 65,535 octets. Needs Linux 5.0.
    public func wantJoined() throws(SystemError) { try check(clinux_want_joined(number), "setsockopt UDP_GRO") }

    /// The largest packet from `local` to `peer` that is not fragmented, in octets: the interface's MTU, or a path MTU that the kernel
    /// learnt from ICMP. `nil` if there is no route. `mark` is as in `setMark`.
    public static func pathMTU(from local: Address, to peer: Address, mark: UInt32) -> Int? {
        do throws(SystemError) {
            let socket = try UDPSocket(peer.family)
            try? socket.setMark(mark)
            try socket.bind(Endpoint(local, 0))
            // Connecting a UDP socket sends nothing: it makes the kernel look up the route.
            var address = clinux_address(Endpoint(peer, 9))
            try check(unsafe clinux_connect(socket.number, &address), "connect \(peer)")
            return try check(clinux_path_mtu(socket.number, peer.family.number), "getsockopt IP_MTU")
        } catch { return nil }
    }

    /// From now on the kernel processes ESP packets that arrive here with its own XFRM states (RFC 3948). IKE, with its non-ESP marker, is
    /// still delivered. Needs a kernel with ESP.
    public func enableEncapsulation() throws(SystemError) {
        try check(clinux_set_encapsulation(number), "setsockopt UDP_ENCAP")
    }
}

/// A socket for one IP protocol, such as ESP's 50. Needs CAP_NET_RAW.
public final class RawSocket: InternetSocket {
    public override init(_ family: Address.Family, ipProtocol: UInt8) throws(SystemError) {
        try super.init(family, ipProtocol: ipProtocol)
    }
}
