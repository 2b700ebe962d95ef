import Crypto
import ESP
import Linux
import Wire

/// Outgoing packets of protected networks. Nothing here allocates.
extension TUNPlane {
    /// Takes a bounded batch of packets from the device, encapsulates and sends them.
    func takeFromDevice(now: UInt64) {
        if device.hasOffload { return takeLarge(now: now) }
        let batch = outgoing.batch
        var taken = 0
        while taken < Limits.packetsPerTurn {
            taken += 1
            let isPacket = batch.withSlot(batch.count) { slot in
                var place = slot._mutatingExtracting(Layout.headroom..<slot.count - Layout.tailroom)
                guard let count = device.receive(into: &place) else { return false }
                protect(&slot, Layout.headroom..<Layout.headroom + count, now: now)
                return true
            }
            if !isPacket { break }
            if outgoing.isFull { outgoing.flush() }
        }
        outgoing.flush()
        askForSAs(now: now)
    }

    /// Sends one packet into its tunnel, or holds it until there is an SA.
    func protect(_ slot: inout MutableSpan<UInt8>, _ packet: Range<Int>, now: UInt64) {
        let header: IPHeader
        do throws(WireError) {
            header = try IPHeader(slot.span.extracting(packet))
        } catch {
            counters.notIP &+= 1
            return
        }
        protect(&slot, packet, header, now: now)
    }

    /// As above, for a packet whose header has been read.
    func protect(_ slot: inout MutableSpan<UInt8>, _ packet: Range<Int>, _ header: IPHeader, now: UInt64) {
        guard let eroute = eroutes.find(header) else {
            handleUncovered(slot.span.extracting(packet), header)
            return
        }
        if eroute.eroute.shunt != .none {
            shunt(slot.span.extracting(packet), header, eroute.eroute.shunt, now: now)
            return
        }
        guard let tunnel = eroute.outbound else {
            hold(slot.span.extracting(packet), eroute, now: now)
            return
        }
        do throws(PacketRefusal) {
            let sealed = try tunnel.esp.encapsulate(&slot, packet: packet, header: header)
            outgoing.append(
                sealed.range, by: tunnel, trafficClass: sealed.trafficClass, dontFragment: sealed.dontFragment)
            if tunnel.esp.isWorn, !tunnel.isReported { eroute.wantsSA = true }
        } catch {
            counters.refusedOut &+= 1
            if error == .tooBig { answerTooBig(slot.span.extracting(packet), header, tunnel, now: now) }
        }
    }

    /// A packet that no eroute covers, because the route is wider than the eroutes. If only its protocol or port is outside an eroute, it
    /// leaves in the clear, by the kernel's other routes.
    private func handleUncovered(_ packet: Span<UInt8>, _ header: IPHeader) {
        if eroutes.isOutsideNarrowEroute(header) {
            sendClear(packet, header)
        } else {
            counters.noEroute &+= 1
        }
    }

    /// A packet whose eroute has a shunt.
    private func shunt(_ packet: Span<UInt8>, _ header: IPHeader, _ shunt: Shunt, now: UInt64) {
        if shunt == .passthrough { return sendClear(packet, header) }
        counters.dropped &+= 1
        guard shunt == .reject, answerLimit.allows(now: now) else { return }
        var room = InlineArray<1280, UInt8>(repeating: 0) // PacketTooBig.limit
        var out = room.mutableSpan
        guard let count = PacketTooBig.prohibition(of: packet, header: header, into: &out) else { return }
        _ = device.send(out.span.extracting(0..<count))
    }

    /// Sends a packet unchanged, past Cygnet's own routes.
    private func sendClear(_ packet: Span<UInt8>, _ header: IPHeader) {
        for socket in clearSockets where socket.family == header.destination.family {
            do throws(SystemError) {
                try socket.send(packet.extracting(0..<header.totalLength), to: Endpoint(header.destination, 0))
                return
            } catch { break }
        }
        counters.refusedOut &+= 1
    }

    private func hold(_ packet: Span<UInt8>, _ eroute: TunnelEroute, now: UInt64) {
        if held.keep(packet, requestID: eroute.eroute.requestID, now: now) {
            counters.held &+= 1
        } else {
            counters.dropped &+= 1
        }
        let isDue = eroute.askedAt.map { now &- $0 >= Limits.acquireInterval } ?? true
        if isDue { eroute.wantsSA = true }
    }

    /// Requests the SAs that packets needed, at a bounded rate. If the event queue is full, the eroute's next packet requests it again.
    func askForSAs(now: UInt64) {
        for place in eroutes.all.indices {
            let eroute = eroutes.all[place]
            guard eroute.wantsSA else { continue }
            if isFull { return }
            eroute.wantsSA = false
            if let tunnel = eroute.outbound {
                tunnel.isReported = true
                _ = tell(.expiring(spi: tunnel.esp.sa.spi, destination: tunnel.esp.sa.destination, hasEnded: false))
            } else {
                eroute.askedAt = now
                _ = tell(.acquire(requestID: eroute.eroute.requestID))
            }
        }
    }

    /// Sends the packets that were held for an eroute which now has an SA.
    func release(_ eroute: TunnelEroute, now: UInt64) {
        let batch = outgoing.batch
        while true {
            let wasOne = batch.withSlot(batch.count) { slot in
                let at = Layout.headroom
                guard let count = held.take(requestID: eroute.eroute.requestID, now: now, into: &slot, at: at)
                else { return false }
                protect(&slot, at..<at + count, now: now)
                return true
            }
            guard wasOne else { break }
            if outgoing.isFull { outgoing.flush() }
        }
        outgoing.flush()
    }

    private func answerTooBig(_ packet: Span<UInt8>, _ header: IPHeader, _ tunnel: OutboundTunnel, now: UInt64) {
        guard options.answersTooBig, answerLimit.allows(now: now) else { return }
        var room = InlineArray<1280, UInt8>(repeating: 0) // PacketTooBig.limit
        var out = room.mutableSpan
        guard
            let count = PacketTooBig.answer(
                to: packet, header: header, mtu: tunnel.esp.largestPacket, into: &out)
        else { return }
        _ = device.send(out.span.extracting(0..<count))
    }

    /// Reads a bounded number of errors that ICMP or this machine's routing reported about sent packets. Only "packet too big" matters.
    func takeFailures(of socket: InternetSocket, now: UInt64) {
        for _ in 0..<Limits.packetsPerTurn {
            guard let failure = (try? socket.nextFailure()) ?? nil else { return }
            guard failure.isMessageTooLong else { continue }
            for tunnel in outbound where tunnel.socket === socket && tunnel.peer.address == failure.peer.address {
                tunnel.learn(pathMTU: Int(min(failure.mtu, 65_535)), now: now)
            }
        }
    }

    // MARK: Large packets of a device with offload

    /// Takes packets from the device until a bounded number of segments has been encapsulated, and sends them.
    func takeLarge(now: UInt64) {
        var taken = 0
        while taken < Limits.packetsPerTurn {
            let segments = large.withSlot(0) { bytes -> Int? in
                guard let count = device.receive(into: &bytes) else { return nil }
                return protectLarge(bytes.span.extracting(0..<count), now: now)
            }
            guard let segments else { break }
            taken += segments
        }
        outgoing.flush()
        askForSAs(now: now)
    }

    /// Sends a packet, or all segments of a large packet, into its tunnel. Returns their number.
    private func protectLarge(_ bytes: Span<UInt8>, now: UInt64) -> Int {
        guard let offload = OffloadHeader(bytes) else {
            counters.notIP &+= 1
            return 1
        }
        let packet = bytes.extracting(OffloadHeader.length..<bytes.count)
        if offload.kind == .single {
            protectSingle(packet, offload, now: now)
            return 1
        }
        guard var segmenter = try? Segmenter(offload, packet), segmenter.longest <= Self.longestPacket else {
            counters.notIP &+= 1
            return 1
        }
        // Segments of one packet leave together.
        if segmenter.count > outgoing.room { outgoing.flush() }
        while !segmenter.isAtEnd {
            outgoing.batch.withSlot(outgoing.batch.count) { slot in
                let length = segmenter.makeNext(of: packet, into: &slot, at: Layout.headroom)
                let header = segmenter.header.resized(to: length)
                protect(&slot, Layout.headroom..<Layout.headroom + length, header, now: now)
            }
            if outgoing.isFull { outgoing.flush() }
        }
        return segmenter.count
    }

    /// A packet that is no large packet.
    private func protectSingle(_ packet: Span<UInt8>, _ offload: OffloadHeader, now: UInt64) {
        guard packet.count <= Self.longestPacket else {
            counters.notIP &+= 1
            return
        }
        outgoing.batch.withSlot(outgoing.batch.count) { slot in
            let range = Layout.headroom..<Layout.headroom + packet.count
            InternetChecksum.copy(packet, packet.indices, to: &slot, at: range.lowerBound)
            guard offload.completeChecksum(&slot, range) else {
                counters.notIP &+= 1
                return
            }
            protect(&slot, range, now: now)
        }
        if outgoing.isFull { outgoing.flush() }
    }

    /// Octets of the longest packet: a slot's size without the room for ESP.
    private static var longestPacket: Int { Limits.packetSlot - Layout.headroom - Layout.tailroom }
}
