/// Every bound of the daemon with its reason and its cost. What a stranger can send never makes memory grow past them.
enum Limits {
    /// Log lines that strangers' packets may cause at once. No memory: lines are not kept.
    static let strangerLogBurst = 10
    /// Nanoseconds until they may cause one more.
    static let strangerLogInterval: UInt64 = 1_000_000_000

    /// Connections, as many as a home gateway's ipsec.conf could hold; about 1 KB each.
    static let connections = 1_000

    /// Peers of `right=%any` conns that bring only their own address, of one conn: about 300 octets each. Past them, one that
    /// is gone makes room.
    static let instances = 256

    /// Updown commands at once, and those that wait for them: about 1 KB each.
    static let runningHooks = 8
    static let waitingHooks = 512
    /// Nanoseconds that one may take, and that the daemon's end waits for all of them.
    static let hookTime: UInt64 = 30_000_000_000
    static let farewellTime: UInt64 = 5_000_000_000

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

    // MARK: Keys

    /// Certificates of authorities in ipsec.d/cacerts: about 3 KB each.
    static let authorities = 32
    /// Lists in ipsec.d/crls, each up to `certificateFile`.
    static let revocationLists = 16
    /// Octets of a file with certificates, a key or a revocation list.
    static let certificateFile = 262_144
    /// Certificates that we send, our own included.
    static let chain = 5

    // MARK: The TUN plane

    /// Packets or datagrams taken from one descriptor in one turn, and sent with one system call.
    static let packetsPerTurn = 64
    /// Packets of plain ESP taken in one turn.
    static let rawPacketsPerTurn = 32
    /// Octets of buffer for one packet on its way through the TUN plane, with what ESP adds; larger ones are dropped.
    /// `packetsPerTurn` of them on the way out and `rawPacketsPerTurn` in, and 450 octets of addresses each: 240 KB.
    static let packetSlot = 2_048
    /// Octets of the buffer for what comes in UDP: all that one datagram, or many joined by the kernel, can hold.
    static let joinedSlot = 65_536
    /// Such buffers filled in one turn; unjoined, it is as many packets.
    static let joinedPerTurn = 16
    /// Largest MTU of an ipsec device: what a slot leaves for the inner packet.
    static let deviceMTU = 1_900
    /// Flows whose eroute is remembered, a power of two; 48 octets each.
    static let rememberedFlows = 256
    /// Packets that wait for an SA, all eroutes together; `heldPacketSize` octets each.
    static let heldPackets = 16
    /// Of these, for one eroute: enough for a ping, a look-up and a connection's first packet.
    static let heldPacketsPerEroute = 4
    /// Octets of the longest packet that may wait.
    static let heldPacketSize = 1_500
    /// Nanoseconds after which nobody waits for a held packet's answer any more.
    static let heldPacketAge: UInt64 = 30_000_000_000
    /// Nanoseconds between two requests for an SA for one eroute.
    static let acquireInterval: UInt64 = 1_000_000_000
    /// Inbound SAs at once: two for each connection while it is rekeyed, and some; about 2 KB each with a window of 64.
    static let inboundSAs = 4_096
    /// "Packet too big" answers at once, and nanoseconds until one more: as routers limit theirs (RFC 1812 §4.3.2.8).
    static let tooBigBurst = 10
    static let tooBigInterval: UInt64 = 100_000_000
    /// Nanoseconds that a path MTU learnt from ICMP is believed (RFC 1191 §6.3).
    static let pathMTUAge: UInt64 = 600_000_000_000
}
