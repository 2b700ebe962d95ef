/// Every bound of the daemon with its reason and its cost. What a stranger can send never makes memory grow past them.
enum Limits {
    /// Log lines that strangers' packets may cause at once. No memory: lines are not kept.
    static let strangerLogBurst = 10
    /// Nanoseconds until they may cause one more.
    static let strangerLogInterval: UInt64 = 1_000_000_000

    /// Connections, as many as a home gateway's ipsec.conf could hold; about 1 KB each.
    static let connections = 1_000

    /// Terminals and scripts attached to the control socket at once; each may hold `controlOutput`.
    static let controlClients = 8
    /// Octets of one request line.
    static let controlRequest = 1_024
    /// Octets of answer that wait for a client that does not read; past it the client is let go.
    static let controlOutput = 65_536

    /// Octets of one ISAKMP datagram; certificates do not come into it yet. One buffer for all sockets.
    static let ikeDatagram = 32_768
    /// Octets the kernel may hold for each IKE socket; ESP in UDP comes through here too on the TUN plane.
    static let socketBuffer: Int32 = 1_048_576
    /// Datagrams taken from one socket before other descriptors get their turn.
    static let datagramsPerTurn = 64

    /// Packets that may arrive out of order within one SA; one bit each.
    static let replayWindow = 64
}
