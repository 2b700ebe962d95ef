import Crypto
import Wire

@testable import DataPlane
@testable import ESP

/// ESP packets: as they come; then with an ICV that is right, as a peer's own machine may send them; and plain packets on
/// their way out, those that are too long and those that are looked up among eroutes.
///
/// The first octet says which SA: bits 0-1 the suite, 2 transport mode, 3 in UDP, 4 IPv6 outside, 5 no arrival check,
/// 6 and 7 what is done.
func fuzzESP(_ octets: [UInt8]) {
    var tape = Tape(octets)
    let shape = tape.uint8()
    let isV6 = shape & 16 != 0
    let west = Address(isV6 ? "2001:db8:1::45" : "192.1.2.45")!
    let east = Address(isV6 ? "2001:db8:1::23" : "192.1.2.23")!
    let mode: SecurityAssociation.Mode = shape & 4 != 0 ? .transport : .tunnel
    let suite = [
        ESPSuite(.aesCBC128, .hmacSHA1_96), ESPSuite(.aesGCM128), ESPSuite(.tripleDESCBC, .hmacMD5_96),
        ESPSuite(.aesCBC256, .hmacSHA256_128),
    ][Int(shape & 3)]
    let everything = Selector(.everything(.ipv4))
    let sa = SecurityAssociation(
        spi: 0x1000, source: west, destination: east, mode: mode, suite: suite,
        encryptionKey: Secret((0..<suite.cipher.keyLength).map { UInt8($0 + 1) }),
        salt: Secret((0..<suite.cipher.saltLength).map { UInt8($0 + 0x80) }),
        integrityKey: Secret((0..<(suite.integrity?.keyLength ?? 0)).map { UInt8($0 + 0x40) }),
        encapsulation: shape & 8 != 0 ? .init(sourcePort: 4500, destinationPort: 4500) : nil, sourceSelector: everything,
        destinationSelector: everything, requestID: 1, replayWindow: 64)
    let inbound = try! InboundSA(sa, checksArrival: shape & 32 == 0)
    switch shape >> 6 {
    case 0:
        while !tape.isAtEnd { open(inbound, tape.run(), west, east) }
    case 1:
        while !tape.isAtEnd {
            let sequence = UInt32(tape.uint8())
            open(inbound, seal(sa, sequence, tape.run()), west, east)
        }
    default: outward(sa, inbound, tape.uint8(), tape.rest())
    }
}

private func open(_ sa: InboundSA, _ packet: [UInt8], _ west: Address, _ east: Address) {
    _ = UDPEncapsulation.encapsulated(packet.span)
    _ = UDPEncapsulation.spi(packet.span)
    var buffer = [UInt8](repeating: 0x5a, count: Layout.inboundHeadroom) + packet
    var span = buffer.mutableSpan
    let outer = OuterHeader(west, east, trafficClass: packet.last ?? 0)
    guard let opened = try? sa.decapsulate(&span, packet: Layout.inboundHeadroom..<span.count, outer: outer),
        case .packet(let range) = opened
    else { return }
    precondition(range.lowerBound >= 0 && range.upperBound <= buffer.count, "the packet lies beside its buffer")
    lookAt(Array(buffer[range]))
}

/// Any text at all, with the ICV that makes it authentic.
private func seal(_ sa: SecurityAssociation, _ sequence: UInt32, _ text: [UInt8]) -> [UInt8] {
    let layout = Layout(sa.suite, sa.mode)
    var writer = ByteWriter()
    writer.uint32(sa.spi)
    writer.uint32(sequence)
    writer.zeros(layout.ivLength)
    let start = writer.count
    writer.append(text)
    while (writer.count - start) % layout.alignment != 0 || writer.count == start { writer.uint8(0) }
    let end = writer.count
    writer.zeros(layout.icvLength)
    var octets = writer.bytes
    var span = octets.mutableSpan
    if let integrity = sa.suite.integrity {
        try! CBC(sa.suite.cipher, key: sa.encryptionKey, .encrypt).apply(&span, range: start..<end, ivAt: Layout.headerLength)
        let mac = HMAC(integrity.hash, key: sa.integrityKey)
        mac.update(span.span.extracting(0..<end))
        mac.finish(into: &span, at: end, count: layout.icvLength)
    } else {
        try! GCM(sa.suite.cipher, key: sa.encryptionKey, salt: sa.salt).seal(&span, aad: 0..<8, ivAt: 8, text: start..<end)
    }
    return octets
}

/// Packets of the local network: encapsulated, and decapsulated at the other end.
private func outward(_ sa: SecurityAssociation, _ inbound: InboundSA, _ mtu: UInt8, _ packet: [UInt8]) {
    lookAt(packet)
    let outbound = try! OutboundSA(sa, pathMTU: 500 + 8 * Int(mtu), copiesDSCP: mtu & 1 != 0, random: SeededRandom(seed: 3))
    var buffer = [UInt8](repeating: 0xaa, count: Layout.headroom) + packet
    buffer += [UInt8](repeating: 0xaa, count: Layout.tailroom)
    let place = Layout.headroom..<Layout.headroom + packet.count
    var span = buffer.mutableSpan
    guard let sealed = try? outbound.encapsulate(&span, packet: place) else { return }
    open(inbound, Array(buffer[sealed.range]), sa.source, sa.destination)
}

nonisolated(unsafe) private let table: ErouteTable = {
    let table = ErouteTable()
    for (index, net) in ["10.0.2.0", "10.0.0.0"].enumerated() {
        table.insert(
            TunnelEroute(
                Eroute(
                    name: "net", local: Address("192.1.2.45")!, remote: Address("192.1.2.23")!,
                    localSelector: Selector(Subnet(Address("10.0.1.0")!, prefix: 24)),
                    remoteSelector: Selector(Subnet(Address(net)!, prefix: 24 - 8 * index), ipProtocol: index == 0 ? 0 : 6),
                    mode: .tunnel, requestID: UInt32(index) + 1, nextHop: nil, sourceAddress: nil)))
    }
    return table
}()

/// What is done with every packet of a stranger's or a neighbour's: its header is read, its eroute found, and an answer made
/// that it is too long, or not allowed.
private func lookAt(_ packet: [UInt8]) {
    guard let header = try? IPHeader(packet.span) else { return }
    _ = table.find(header)
    var room = [UInt8](repeating: 0, count: PacketTooBig.limit)
    var span = room.mutableSpan
    _ = PacketTooBig.answer(to: packet.span, header: header, mtu: 1280, into: &span)
    _ = PacketTooBig.prohibition(of: packet.span, header: header, into: &span)
}
