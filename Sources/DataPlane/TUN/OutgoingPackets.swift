import Linux
import Wire

/// ESP packets that are sent together, in order: one system call for each socket.
final class OutgoingPackets {
    let batch: DatagramBatch
    private var carriers: [Carrier?]
    /// Packets that the kernel refused to send: no room, no route, or too large.
    private(set) var refused: UInt64 = 0

    private struct Carrier {
        let socket: InternetSocket
        let dontFragment: Bool
    }

    init() {
        batch = DatagramBatch(capacity: Limits.packetsPerTurn, slotSize: Limits.packetSlot)
        carriers = [Carrier?](repeating: nil, count: Limits.packetsPerTurn)
    }

    var isFull: Bool { batch.count == batch.capacity }
    /// Number of packets that still fit.
    var room: Int { batch.capacity - batch.count }

    /// Adds the ESP packet at `range` in slot `batch.count`.
    func append(_ range: Range<Int>, by tunnel: OutboundTunnel, trafficClass: UInt8, dontFragment: Bool) {
        carriers[batch.count] = Carrier(socket: tunnel.socket, dontFragment: dontFragment)
        batch.append(range, to: tunnel.peer, from: tunnel.local, trafficClass: trafficClass)
    }

    /// Sends everything.
    func flush() {
        var next = 0
        while next < batch.count, let carrier = carriers[next] {
            var end = next + 1
            while end < batch.count, let other = carriers[end], other.socket === carrier.socket,
                other.dontFragment == carrier.dontFragment
            { end += 1 }
            // IKE uses the socket too, and its messages may be fragmented: DF is set only for these packets. The kernel refuses neither
            // value.
            if carrier.dontFragment { try? carrier.socket.setPathMTU(.obey) }
            refused &+= UInt64(end - next - carrier.socket.send(batch, next..<end))
            if carrier.dontFragment { try? carrier.socket.setPathMTU(.fragment) }
            next = end
        }
        for index in 0..<batch.count { carriers[index] = nil }
        batch.clear()
    }
}
