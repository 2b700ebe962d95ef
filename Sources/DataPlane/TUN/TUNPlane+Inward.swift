import Crypto
import ESP
import Linux
import Wire

/// Incoming ESP packets. Nothing here allocates.
extension TUNPlane {
    /// Takes a bounded batch of plain ESP packets.
    func takeFromRaw(_ socket: RawSocket, now: UInt64) {
        defer { tellOfStrays(now: now) }
        takeFailures(of: socket, now: now)
        // An error here is one of a packet that was sent. Epoll reports the socket again.
        guard let count = try? socket.receive(incoming) else { return }
        incoming.withSlots { slots in
            for index in 0..<count {
                let datagram = socket.datagram(index, of: incoming)
                if datagram.isTruncated { continue }
                let start = index * incoming.slotSize + incoming.headroom
                var packet = start..<start + datagram.count
                var outer = OuterHeader(
                    datagram.peer.address, datagram.local.address, trafficClass: datagram.trafficClass)
                if socket.family == .ipv4 {
                    // Raw IPv4 sockets deliver the outer header as well.
                    guard let header = try? IPHeader(slots.span.extracting(packet)) else { continue }
                    outer.trafficClass = header.trafficClass
                    packet = packet.lowerBound + header.headerLength..<packet.lowerBound + header.totalLength
                }
                open(&slots, packet, outer, from: datagram.peer)
            }
            deliverJoined(&slots)
        }
    }

    /// Takes a bounded batch from a socket on port 4500. It handles ESP, and passes IKE messages, without their marker, to `ike`.
    func takeFromUDP(
        _ socket: UDPSocket, now: UInt64, ike: (Span<UInt8>, _ from: Endpoint, _ to: Endpoint) -> Void
    ) {
        defer { tellOfStrays(now: now) }
        takeFailures(of: socket, now: now)
        for _ in 0..<Limits.joinedPerTurn {
            guard let count = try? socket.receive(joined), count > 0 else { return }
            for index in 0..<count {
                let datagram = socket.datagram(index, of: joined)
                if datagram.isTruncated || datagram.pieceLength == 0 { continue }
                joined.withSlot(index) { slot in
                    var start = joined.headroom
                    let end = start + datagram.count
                    while start < end {
                        let piece = start..<min(start + datagram.pieceLength, end)
                        start = piece.upperBound
                        take(&slot, piece, datagram, ike)
                    }
                    deliverJoined(&slot)
                }
            }
        }
    }

    /// Takes one datagram that arrived on port 4500.
    private func take(
        _ slot: inout MutableSpan<UInt8>, _ packet: Range<Int>, _ datagram: Datagram,
        _ ike: (Span<UInt8>, _ from: Endpoint, _ to: Endpoint) -> Void
    ) {
        switch UDPEncapsulation.encapsulated(slot.span.extracting(packet)) {
        case .ike:
            let message = packet.lowerBound + UDPEncapsulation.markerLength..<packet.upperBound
            ike(slot.span.extracting(message), datagram.peer, datagram.local)
        case .esp:
            let outer = OuterHeader(
                datagram.peer.address, datagram.local.address, trafficClass: datagram.trafficClass)
            open(&slot, packet, outer, from: datagram.peer)
        case .keepalive, .invalid: return
        }
    }

    /// Decapsulates an ESP packet and passes the inner packet to the kernel.
    private func open(
        _ slot: inout MutableSpan<UInt8>, _ packet: Range<Int>, _ outer: OuterHeader, from peer: Endpoint
    ) {
        let spi = UDPEncapsulation.spi(slot.span.extracting(packet))
        guard let spi, let tunnel = inbound[spi], tunnel.esp.sa.destination == outer.destination else {
            counters.refusedIn.unknownSPI &+= 1
            if let spi, unknownSPISource == nil { unknownSPISource = (spi, peer, outer.destination) }
            return
        }
        let newest = tunnel.esp.window.top
        do throws(PacketRefusal) {
            guard case .packet(let inner) = try tunnel.esp.decapsulate(&slot, packet: packet, outer: outer) else { return }
            deliver(&slot, inner)
        } catch {
            counters.refusedIn.count(error)
            return
        }
        if tunnel.peer != peer, tunnel.esp.window.top != newest { follow(tunnel, to: peer) }
    }

    /// Reports once for each batch, not for each packet.
    private func tellOfStrays(now: UInt64) {
        guard let (spi, peer, local) = unknownSPISource else { return }
        unknownSPISource = nil
        if unknownSPILimit.allows(now: now) { _ = tell(.unknownSPI(spi, peer: peer, local: local)) }
    }

    /// A NAT may give a peer another port or address: outgoing packets follow its newest packet.
    private func follow(_ tunnel: InboundTunnel, to peer: Endpoint) {
        tunnel.peer = peer
        guard tunnel.esp.sa.encapsulation != nil,
            let back = eroutes.find(requestID: tunnel.esp.sa.requestID)?.outbound, back.esp.sa.encapsulation != nil
        else { return }
        back.follow(peer)
    }

    // MARK: To the device

    /// Passes a packet from a tunnel to the kernel, or keeps it in place to be joined with the segments that may follow: `deliverJoined`
    /// must be called before `buffer` is filled again.
    func deliver(_ buffer: inout MutableSpan<UInt8>, _ packet: Range<Int>) {
        if device.hasOffload {
            if coalescer.join(buffer.span, packet) { return }
            deliverJoined(&buffer)
            if coalescer.begin(buffer.span, packet) { return }
        }
        if !device.send(buffer.span.extracting(packet)) { counters.deviceFull &+= 1 }
    }

    /// Passes the kept segments to the kernel.
    func deliverJoined(_ buffer: inout MutableSpan<UInt8>) {
        let count = coalescer.count
        guard count > 0 else { return }
        let offload = coalescer.finish(&buffer)
        let pieces = coalescer.pieces
        if !device.send(pieces.span.extracting(0..<count), of: buffer.span, offload) { counters.deviceFull &+= UInt64(count) }
    }
}
