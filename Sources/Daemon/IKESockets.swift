import IKE
import Linux
import Netlink
import Wire

/// The UDP sockets of IKE: ports 500 and 4500, both IP versions, every address of this machine.
///
/// They are marked, so that no routing rule sends their packets into a tunnel, and exempt from the kernel's policies: IKE with a peer
/// inside a protected network stays outside the tunnel.
final class IKESockets {
    /// In a fixed order; `nil` for an IP version that this kernel lacks.
    private(set) var all: [UDPSocket] = []

    /// - Parameter isOpen: false with `pluto=no`, which leaves the ports to others.
    /// - Throws: the reason, for the terminal of `setup start`.
    init(mark: UInt32, listen: Address?, isOpen: Bool = true) throws(StartError) {
        guard isOpen else { return }
        // Loads the kernel's module, if it has one: without it the kernel refuses a policy of a socket as an invalid argument.
        _ = try? NetlinkChannel(.xfrm)
        for family in [Address.Family.ipv4, .ipv6] where listen == nil || listen?.family == family {
            for port in [UInt16(500), 4500] {
                do throws(SystemError) {
                    let socket = try UDPSocket(family)
                    try socket.setMark(mark)
                    try socket.bind(Endpoint(listen ?? .any(family), port))
                    do throws(SystemError) { try socket.bypassPolicies() } catch {
                        // A kernel without XFRM, or without its netlink interface, has no policies.
                        if !error.isUnsupported, !error.isInvalid { throw error }
                    }
                    try socket.setPathMTU(.fragment)
                    // With smaller buffers it still works.
                    try? socket.setBuffers(receive: Limits.socketBuffer, send: Limits.socketBuffer)
                    all.append(socket)
                } catch {
                    if family == .ipv6, !error.isAddressInUse { continue }
                    if error.isAddressInUse {
                        throw StartError("UDP port \(port) is taken: another IKE daemon runs on this machine; stop it first")
                    }
                    throw StartError("cannot listen on UDP port \(port): \(error)")
                }
            }
        }
    }

    /// Has the kernel process ESP that arrives at port 4500.
    func enableEncapsulation() throws(StartError) {
        for socket in all where socket.port == 4500 {
            do throws(SystemError) {
                try socket.enableEncapsulation()
            } catch { throw StartError("the kernel does not take ESP in UDP: \(error)") }
        }
    }

    /// Sends an ISAKMP message, behind the non-ESP marker from any port but 500 (RFC 3948 §2.2).
    /// - Throws: the kernel's error. A retransmission sends the message again.
    func send(_ message: [UInt8], from local: Endpoint, to peer: Endpoint) throws(SystemError) {
        if local.port == 500 {
            try send(message.span, from: local, to: peer)
        } else {
            let marked = [0, 0, 0, 0] + message
            try send(marked.span, from: local, to: peer)
        }
    }

    /// Sends a datagram unchanged.
    /// - Throws: the kernel's error; `isAddressNotAvailable` if no socket has the local endpoint's IP version and port.
    func send(_ datagram: Span<UInt8>, from local: Endpoint, to peer: Endpoint) throws(SystemError) {
        for socket in all where socket.family == local.address.family && socket.port == local.port {
            return try socket.send(datagram, to: peer, from: local.address)
        }
        throw .addressNotAvailable("send")
    }
}
