import CLinux
import Wire

/// A netlink socket to the kernel. It carries whole datagrams; `Netlink` knows what stands in them.
public final class NetlinkSocket {
    /// Which part of the kernel (linux/netlink.h).
    public enum Family: Int32, Sendable {
        case route = 0
        case xfrm = 6
        case netfilter = 12
    }

    public enum Received: Equatable, Sendable {
        /// So many octets of the buffer hold one datagram of the kernel's.
        case datagram(Int)
        /// The kernel had more to tell than room for it, here or in the socket: something is lost, and the state must be
        /// asked anew.
        case overrun
        case nothing
    }

    private let descriptor: Descriptor

    /// For epoll.
    public var number: Int32 { descriptor.number }

    /// - Parameter groups: notifications wanted, as the bit mask of linux/rtnetlink.h's `RTMGRP_…` or of `1 << (n - 1)`.
    public init(_ family: Family, groups: UInt32 = 0) throws(SystemError) {
        descriptor = Descriptor(try check(clinux_netlink_socket(family.rawValue, groups), "netlink socket"))
    }

    /// Octets of notifications that may wait in the kernel.
    public func setReceiveBuffer(_ octets: Int32) throws(SystemError) {
        try check(clinux_set_receive_buffer(number, octets), "setsockopt SO_RCVBUF")
    }

    /// Octets of one request, less what the kernel needs for itself.
    public func setSendBuffer(_ octets: Int32) throws(SystemError) {
        try check(clinux_set_send_buffer(number, octets), "setsockopt SO_SNDBUF")
    }

    public func send(_ bytes: Span<UInt8>) throws(SystemError) {
        let sent = unsafe bytes.withUnsafeBufferPointer {
            unsafe clinux_netlink_send(number, $0.baseAddress, $0.count)
        }
        try check(sent, "netlink send")
    }

    /// The next datagram. Those that other processes send are dropped.
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

    /// Waits for a datagram until `deadline` (monotonic nanoseconds). The kernel answers requests before `send` returns,
    /// so this is for safety alone.
    public func wait(until deadline: UInt64) throws(SystemError) -> Bool { try descriptor.wait(until: deadline) }
}
