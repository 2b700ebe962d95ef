import CLinux
import Wire

/// The client's end of a TCP connection, which never blocks.
public final class TCPStream {
    private let descriptor: Descriptor

    /// For epoll: writable once the connection is established.
    public var number: Int32 { descriptor.number }

    /// Starts to connect. The result shows in the first read or write.
    public init(connectingTo peer: Endpoint) throws(SystemError) {
        descriptor = Descriptor(try check(clinux_tcp_socket(peer.address.family.number), "socket"))
        var address = clinux_address(peer)
        let connected = unsafe clinux_connect(number, &address)
        if connected != -Int(EINPROGRESS) { try check(connected, "connect \(peer)") }
    }

    /// Reads at most `bytes.count` octets. Returns 0 if the other side has closed, `nil` if nothing waits.
    public func read(into bytes: inout MutableSpan<UInt8>) throws(SystemError) -> Int? { try descriptor.read(into: &bytes) }

    /// Sends as much as there is room for. Returns the number of octets, `nil` if there is no room.
    public func write(_ bytes: Span<UInt8>) throws(SystemError) -> Int? {
        let sent = unsafe bytes.withUnsafeBufferPointer { unsafe clinux_stream_send(number, $0.baseAddress, $0.count) }
        return try unlessBusy(sent, "send")
    }
}
