import CLinux
import Wire

/// A netlink socket. It transports whole datagrams; the room `Netlink` knows their contents.
public final class NetlinkSocket {
    /// The part of the kernel (linux/netlink.h).
    public enum Family: Int32, Sendable {
        case route = 0
        case xfrm = 6
        case netfilter = 12
    }

    /// The result of `receive`.
    public enum Received: Equatable, Sendable {
        /// One datagram from the kernel fills this many octets of the buffer.
        case datagram(Int)
        /// The buffer or the socket's queue was too small: messages are lost, and the state must be read again.
        case overrun
        /// No datagram waits.
        case nothing
    }

    private let descriptor: Descriptor

    /// For epoll.
    public var number: Int32 { descriptor.number }

    /// - Parameter groups: the notifications to receive, as a bit mask of linux/rtnetlink.h's `RTMGRP_…` or of `1 << (n - 1)`.
    public init(_ family: Family, groups: UInt32 = 0) throws(SystemError) {
        descriptor = Descriptor(try check(clinux_netlink_socket(family.rawValue, groups), "netlink socket"))
    }

    /// Octets of the longest request, including the kernel's own overhead.
    public func setSendBuffer(_ octets: Int32) throws(SystemError) {
        try check(clinux_set_send_buffer(number, octets), "setsockopt SO_SNDBUF")
    }

    /// Sends one datagram to the kernel.
    public func send(_ bytes: Span<UInt8>) throws(SystemError) {
        let sent = unsafe bytes.withUnsafeBufferPointer {
            unsafe clinux_netlink_send(number, $0.baseAddress, $0.count)
        }
        try check(sent, "netlink send")
    }

    /// The next datagram from the kernel. Datagrams from other processes are dropped.
    public func receive(into bytes: inout MutableSpan<UInt8>) throws(SystemError) -> Received {
        while true {
            var sender: UInt32 = 0
            let got = unsafe bytes.withUnsafeMutableBufferPointer {
                unsafe clinux_netlink_receive(number, $0.baseAddress, $0.count, &sender)
            }
            if got == -Int(ENOBUFS) { return .overrun }
            if got == -Int(EINTR) { continue }
            if got == -Int(EAGAIN) { return .nothing }
            try check(got, "netlink receive")
            guard sender == 0 else { continue }
            return got <= bytes.count ? .datagram(got) : .overrun
        }
    }

    /// Waits for a datagram until `deadline` (monotonic nanoseconds). False if it passed. The kernel answers requests before `send`
    /// returns, so this normally returns at once.
    public func wait(until deadline: UInt64) throws(SystemError) -> Bool { try descriptor.wait(until: deadline) }
}
