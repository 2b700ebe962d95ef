import CLinux
import Wire

/// The client's end of a TCP connection, which never blocks.
public final class TCPStream {
    private let descriptor: Descriptor

    /// For epoll: writable once the connection stands.
    public var number: Int32 { descriptor.number }

    /// Begins to connect. Whether that succeeds shows when it is written or read.
    public init(connectingTo peer: Endpoint) throws(SystemError) {
        descriptor = Descriptor(try check(clinux_tcp_socket(peer.address.family.number), "socket"))
        var address = clinux_address(peer)
        let connected = unsafe clinux_connect(number, &address)
        if connected != -Int(EINPROGRESS) { try check(connected, "connect \(peer)") }
    }

    /// What has come, at most `bytes.count` octets: 0 once the other side has closed, `nil` when nothing waits.
    public func read(into bytes: inout MutableSpan<UInt8>) throws(SystemError) -> Int? { try descriptor.read(into: &bytes) }

    /// Sends what there is room for: how many octets went, `nil` when none could.
    public func write(_ bytes: Span<UInt8>) throws(SystemError) -> Int? {
        let sent = unsafe bytes.withUnsafeBufferPointer { unsafe clinux_stream_send(number, $0.baseAddress, $0.count) }
        return try unlessBusy(sent, "send")
    }
}
