import CLinux
import Wire

/// Echo requests and replies (RFC 792, RFC 4443): `ping`. Needs CAP_NET_RAW.
public final class EchoSocket {
    private let socket: RawSocket
    private let identifier: UInt16
    private var buffer = [UInt8](repeating: 0, count: 2048)

    /// For epoll.
    public var number: Int32 { socket.number }

    /// - Parameter source: an address of ours that requests leave from; `nil` lets the kernel choose.
    public init(_ family: Address.Family, from source: Address?) throws(SystemError) {
        socket = try RawSocket(family, ipProtocol: family == .ipv4 ? 1 : 58)
        identifier = UInt16(truncatingIfNeeded: ThisProcess.id)
        if let source { try socket.bind(Endpoint(source, 0)) }
    }

    /// Sends a request with 56 octets of data.
    public func send(_ sequence: UInt16, to peer: Address) throws(SystemError) {
        var message: [UInt8] = [peer.family == .ipv4 ? 8 : 128, 0, 0, 0]
        message += [UInt8(identifier >> 8), UInt8(identifier & 255), UInt8(sequence >> 8), UInt8(sequence & 255)]
        message += [UInt8](repeating: 0x2E, count: 56)
        if peer.family == .ipv4 {
            // For IPv6 the kernel computes the checksum: it knows the addresses that are part of it.
            var sum: UInt32 = 0
            for index in stride(from: 0, to: message.count, by: 2) { sum += UInt32(message[index]) << 8 | UInt32(message[index + 1]) }
            while sum > 0xffff { sum = (sum & 0xffff) + (sum >> 16) }
            message[2] = UInt8(~sum >> 8 & 255)
            message[3] = UInt8(~sum & 255)
        }
        try socket.send(message.span, to: Endpoint(peer, 0))
    }

    /// The number of the next reply from `peer`; `nil` if none waits.
    public func receive(from peer: Address) -> UInt16? {
        while true {
            var span = buffer.mutableSpan
            guard let datagram = (try? socket.receive(into: &span)) ?? nil else { return nil }
            // Raw IPv4 sockets deliver the IP header as well.
            let start = peer.family == .ipv4 ? Int(buffer[0] & 15) * 4 : 0
            guard datagram.count >= start + 8, datagram.peer.address == peer, buffer[start] == (peer.family == .ipv4 ? 0 : 129),
                UInt16(buffer[start + 4]) << 8 | UInt16(buffer[start + 5]) == identifier
            else { continue }
            return UInt16(buffer[start + 6]) << 8 | UInt16(buffer[start + 7])
        }
    }
}

extension EchoSocket {
    /// Waits for a packet, or until `deadline` (monotonic nanoseconds).
    public func wait(until deadline: UInt64) { _ = clinux_poll(number, 0, Clock.millisecondsLeft(until: deadline)) }
}
