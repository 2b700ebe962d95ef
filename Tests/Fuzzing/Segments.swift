import Wire

@testable import ESP

/// Packets as a device with offload gives them, and inner packets as peers make them: cut, joined, and cut again.
///
/// The first octet says which: 0 an offload header and its packet, otherwise inner packets, each a run.
func fuzzSegments(_ octets: [UInt8]) {
    var tape = Tape(octets)
    guard tape.uint8() == 0 else {
        var packets: [[UInt8]] = []
        while !tape.isAtEnd { packets.append(tape.run()) }
        joinAndCut(packets)
        return
    }
    let header = tape.take(OffloadHeader.length)
    let packet = tape.rest()
    guard let offload = OffloadHeader(header.span) else { return }
    var copy = packet
    var span = copy.mutableSpan
    _ = offload.completeChecksum(&span, span.indices)
    joinAndCut(cut(offload, packet))
}

/// The segments, each of which must be a whole packet of the large one's kind.
private func cut(_ offload: OffloadHeader, _ packet: [UInt8]) -> [[UInt8]] {
    guard var segmenter = try? Segmenter(offload, packet.span) else { return [] }
    var all: [[UInt8]] = []
    var payload = 0
    while !segmenter.isAtEnd {
        var out = [UInt8](repeating: 0, count: segmenter.longest)
        var span = out.mutableSpan
        let length = segmenter.makeNext(of: packet.span, into: &span, at: 0)
        let segment = Array(out[0..<length])
        let header = try! IPHeader(segment.span)
        precondition(header.totalLength == length, "a segment's length is not what it says")
        precondition(header.source == segmenter.header.source && header.destination == segmenter.header.destination)
        precondition(header.headerLength == segmenter.header.headerLength)
        payload += length - header.headerLength
        all.append(segment)
    }
    precondition(all.count == segmenter.count && payload >= segmenter.header.totalLength - segmenter.header.headerLength)
    return all
}

/// Whatever is joined is cut into the same packets again. With DF the identification means nothing.
private func joinAndCut(_ packets: [[UInt8]]) {
    var buffer: [UInt8] = []
    var ranges: [Range<Int>] = []
    for packet in packets where !packet.isEmpty {
        ranges.append(buffer.count..<buffer.count + packet.count)
        buffer += packet
    }
    var coalescer = Coalescer()
    var came: [[UInt8]] = []
    func take() {
        let count = coalescer.count
        guard count > 0 else { return }
        var span = buffer.mutableSpan
        let offload = coalescer.finish(&span)
        var packet: [UInt8] = []
        for index in 0..<count { packet += buffer[coalescer.pieces[index]] }
        if count == 1 { came.append(packet) } else { came += cut(offload, packet) }
    }
    for range in ranges where !coalescer.join(buffer.span, range) {
        take()
        if !coalescer.begin(buffer.span, range) { came.append(Array(buffer[range])) }
    }
    take()
    precondition(came.map(comparable) == packets.filter { !$0.isEmpty }.map(comparable), "what was joined is not what came")
}

private func comparable(_ packet: [UInt8]) -> [UInt8] {
    guard packet.count >= 20, packet[0] == 0x45, packet[6] & 0x40 != 0 else { return packet }
    var copy = packet
    for place in [4, 5, 10, 11] { copy[place] = 0 }
    return copy
}
