import Crypto
import ESP
import Testing
import Vectors
import Wire

/// Every suite that ESP has, with its name.
let suites: [ESPSuite] = {
    var suites: [ESPSuite] = []
    for cipher in [Cipher.aesCBC128, .aesCBC192, .aesCBC256, .tripleDESCBC] {
        for integrity in [Integrity.hmacMD5_96, .hmacSHA1_96, .hmacSHA256_128, .hmacSHA384_192, .hmacSHA512_256] {
            suites.append(ESPSuite(cipher, integrity))
        }
    }
    return suites + [ESPSuite(.aesGCM128), ESPSuite(.aesGCM192), ESPSuite(.aesGCM256)]
}()

/// Each without and with extended sequence numbers.
let suitesAndESN: [ESPSuite] = suites + suites.map { $0.using(esn: true) }

let families: [Address.Family] = [.ipv4, .ipv6]

func address(_ text: String) -> Address { Address(text)! }

func gateways(_ family: Address.Family) -> (west: Address, east: Address) {
    family == .ipv4
        ? (address("192.1.2.45"), address("192.1.2.23")) : (address("2001:db8:1::45"), address("2001:db8:1::23"))
}

func hosts(_ family: Address.Family) -> (sunset: Address, sunrise: Address) {
    family == .ipv4
        ? (address("192.0.1.1"), address("192.0.2.1")) : (address("2001:db8:a::1"), address("2001:db8:b::1"))
}

/// West's SA to east. Keys count upwards.
func association(
    _ suite: ESPSuite = ESPSuite(.aesCBC128, .hmacSHA1_96), _ mode: SecurityAssociation.Mode = .tunnel,
    outer: Address.Family = .ipv4, inner: Address.Family = .ipv4, spi: UInt32 = 0x1000, window: Int = 64,
    encapsulation: SecurityAssociation.UDPPorts? = nil, from: Selector? = nil, to: Selector? = nil
) -> SecurityAssociation {
    let (west, east) = gateways(outer)
    let (sunset, sunrise) = hosts(inner)
    let bits = inner == .ipv4 ? 24 : 64
    return SecurityAssociation(
        spi: spi, source: west, destination: east, mode: mode, suite: suite,
        encryptionKey: Secret((0..<suite.cipher.keyLength).map { UInt8($0 + 1) }),
        salt: Secret((0..<suite.cipher.saltLength).map { UInt8($0 + 0x80) }),
        integrityKey: Secret((0..<(suite.integrity?.keyLength ?? 0)).map { UInt8($0 + 0x40) }),
        encapsulation: encapsulation,
        sourceSelector: from ?? Selector(mode == .transport ? Subnet(host: west) : Subnet(sunset, prefix: bits)),
        destinationSelector: to ?? Selector(mode == .transport ? Subnet(host: east) : Subnet(sunrise, prefix: bits)),
        requestID: 1, replayWindow: window)
}

/// A UDP packet with correct checksums, `count` octets of payload, ports 1024 and 7.
func udpPacket(
    _ source: Address, _ destination: Address, count: Int, trafficClass: UInt8 = 0, dontFragment: Bool = false
) -> [UInt8] {
    var udp = ByteWriter()
    udp.uint16(1024)
    udp.uint16(7)
    udp.uint16(UInt16(count + 8))
    udp.uint16(0)
    for index in 0..<count { udp.uint8(UInt8(truncatingIfNeeded: index &* 3)) }
    udp.patch16(
        checksum(source.octets + destination.octets + [0, 17, UInt8((count + 8) >> 8), UInt8((count + 8) & 255)] + udp.bytes),
        at: 6)
    return ipPacket(source, destination, 17, udp.bytes, trafficClass: trafficClass, dontFragment: dontFragment)
}

/// An IP packet with a correct header.
func ipPacket(
    _ source: Address, _ destination: Address, _ ipProtocol: UInt8, _ payload: [UInt8], trafficClass: UInt8 = 0,
    dontFragment: Bool = false
) -> [UInt8] {
    var writer = ByteWriter()
    if source.family == .ipv4 {
        writer.append([0x45, trafficClass])
        writer.uint16(UInt16(20 + payload.count))
        writer.append([0, 0, dontFragment ? 0x40 : 0, 0, 64, ipProtocol, 0, 0])
        writer.append(source.octets)
        writer.append(destination.octets)
        writer.patch16(checksum(writer.bytes), at: 10)
    } else {
        writer.uint32(0x6000_0000 | UInt32(trafficClass) << 20)
        writer.uint16(UInt16(payload.count))
        writer.append([ipProtocol, 64])
        writer.append(source.octets)
        writer.append(destination.octets)
    }
    writer.append(payload)
    return writer.bytes
}

/// RFC 1071, written plainly to check the product's own against.
func checksum(_ octets: [UInt8]) -> UInt16 {
    var sum = 0
    for (index, octet) in octets.enumerated() { sum += index % 2 == 0 ? Int(octet) << 8 : Int(octet) }
    while sum > 0xffff { sum = sum & 0xffff + sum >> 16 }
    return ~UInt16(sum)
}

/// Two halves of one SA.
struct Pair {
    let sender: OutboundSA
    let receiver: InboundSA
    let outer: OuterHeader

    init(
        _ sa: SecurityAssociation, pathMTU: Int = 1500, copiesDSCP: Bool = false, checksArrival: Bool = true,
        sequence: UInt64 = 0, random: RandomSource = ReplayedRandom([])
    ) throws {
        sender = try OutboundSA(sa, pathMTU: pathMTU, copiesDSCP: copiesDSCP, sequence: sequence, random: random)
        receiver = try InboundSA(sa, checksArrival: checksArrival)
        outer = OuterHeader(sa.source, sa.destination)
    }

    func seal(_ packet: [UInt8]) throws(PacketRefusal) -> [UInt8] { try sealed(packet).octets }

    func sealed(_ packet: [UInt8]) throws(PacketRefusal) -> (octets: [UInt8], sealed: OutboundSA.Sealed) {
        var buffer = room(around: packet)
        var span = buffer.mutableSpan
        let sealed = try sender.encapsulate(
            &span, packet: Layout.headroom..<Layout.headroom + packet.count)
        return (Array(buffer[sealed.range]), sealed)
    }

    /// The packet that came out; `nil` for a dummy.
    func open(_ esp: [UInt8], trafficClass: UInt8 = 0) throws(PacketRefusal) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0x5a, count: Layout.inboundHeadroom) + esp
        var span = buffer.mutableSpan
        var outer = outer
        outer.trafficClass = trafficClass
        let at = Layout.inboundHeadroom..<Layout.inboundHeadroom + esp.count
        let opened = try receiver.decapsulate(&span, packet: at, outer: outer)
        guard case .packet(let range) = opened else { return nil }
        return Array(buffer[range])
    }
}

/// The packet with the room that `encapsulate` needs before and after it.
func room(around packet: [UInt8]) -> [UInt8] {
    [UInt8](repeating: 0xaa, count: Layout.headroom) + packet + [UInt8](repeating: 0xaa, count: Layout.tailroom)
}

/// ESP with a chosen plaintext, trailer included: only a holder of the key can send it.
func forged(_ sa: SecurityAssociation, sequence: UInt32, text: [UInt8]) throws -> [UInt8] {
    var writer = ByteWriter()
    writer.uint32(sa.spi)
    writer.uint32(sequence)
    let layout = Layout(sa.suite, sa.mode)
    writer.zeros(layout.ivLength)
    let start = writer.count
    writer.append(text)
    let end = writer.count
    writer.zeros(layout.icvLength)
    var octets = writer.bytes
    var span = octets.mutableSpan
    if let integrity = sa.suite.integrity {
        try CBC(sa.suite.cipher, key: sa.encryptionKey, .encrypt)
            .apply(&span, range: start..<end, ivAt: Layout.headerLength)
        let mac = HMAC(integrity.hash, key: sa.integrityKey)
        mac.update(span.span.extracting(0..<end))
        mac.finish(into: &span, at: end, count: layout.icvLength)
    } else {
        try GCM(sa.suite.cipher, key: sa.encryptionKey, salt: sa.salt)
            .seal(&span, aad: 0..<8, ivAt: 8, text: start..<end)
    }
    return octets
}

/// Runs vectors and reports each failure by its own words.
func check(_ vectors: (inout Report) -> Void) {
    var report = Report()
    vectors(&report)
    #expect(report.checks > 0)
    for failure in report.failures { Issue.record(Comment(rawValue: failure)) }
}
