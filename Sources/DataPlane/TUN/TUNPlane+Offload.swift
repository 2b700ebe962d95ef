import Crypto
import ESP
import Linux
import Wire

/// Large packets, which a device with offload gives and takes: one system call, and one walk through the kernel, for many segments.
/// Nothing here allocates.
extension TUNPlane {
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

    /// Sends a packet, or all segments that it stands for, into its tunnel. Returns how many there are.
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

    /// A packet that stands for itself.
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

    /// What a slot has room for, besides what ESP adds.
    private static var longestPacket: Int { Limits.packetSlot - Layout.headroom - Layout.tailroom }

    /// Hands the kernel a packet that came out of a tunnel, or keeps it, where it lies, for the segments that may follow it:
    /// `deliverJoined` must come before `buffer` is filled again.
    func deliver(_ buffer: inout MutableSpan<UInt8>, _ packet: Range<Int>) {
        if device.hasOffload {
            if coalescer.join(buffer.span, packet) { return }
            deliverJoined(&buffer)
            if coalescer.begin(buffer.span, packet) { return }
        }
        if !device.send(buffer.span.extracting(packet)) { counters.deviceFull &+= 1 }
    }

    /// Hands the kernel what was kept.
    func deliverJoined(_ buffer: inout MutableSpan<UInt8>) {
        let count = coalescer.count
        guard count > 0 else { return }
        let offload = coalescer.finish(&buffer)
        let pieces = coalescer.pieces
        if !device.send(pieces.span.extracting(0..<count), of: buffer.span, offload) { counters.deviceFull &+= UInt64(count) }
    }
}
