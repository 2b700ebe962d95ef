import Crypto
import ESP
import Wire

/// The sample packets of RFC 3602 §4, and those of AES-GCM's author that ESP without extended sequence numbers can carry.
public func espVectors(_ report: inout Report) {
    for sample in cbcSamples { sample.check(&report) }
    for sample in gcmSamples { sample.check(&report) }
}

/// RFC 3602 §4, cases 5 to 8. They have no ICV, which Cygnet never sends: HMAC-SHA-1-96 is put behind them.
private struct CBCSample {
    let name: String
    let key: String
    let mode: SecurityAssociation.Mode
    /// Of the transport mode cases: the IP header in front.
    let header: String
    let payload: String
    /// From SPI to the last block.
    let esp: String

    func check(_ report: inout Report) {
        let expected = octets(esp)
        let spi = expected[0..<4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        let sequence = UInt64(expected[7])
        let integrityKey = Secret((0..<20).map { UInt8($0) })
        let mac = HMAC(.sha1, key: integrityKey)
        mac.update(expected)
        let whole = expected + mac.finish()[0..<12]
        let packet = octets(header + payload)
        guard let inner = try? IPHeader(packet.span) else { return report.expect(false, "\(name): no IP header") }
        let sa = SecurityAssociation(
            spi: spi, source: inner.source, destination: inner.destination, mode: mode,
            suite: ESPSuite(.aesCBC128, .hmacSHA1_96), encryptionKey: Secret(octets(key)), salt: Secret([]),
            integrityKey: integrityKey, encapsulation: nil, sourceSelector: Selector(.everything(.ipv4)),
            destinationSelector: Selector(.everything(.ipv4)), requestID: 1, replayWindow: 64)

        var buffer = ESPBuffer(whole)
        let outer = OuterHeader(inner.source, inner.destination)
        report.expect(
            buffer.opened(try? InboundSA(sa), outer)?.suffix(octets(payload).count) == octets(payload)[...],
            "\(name): decapsulated otherwise")

        // The IV is E(seed ^ sequence number): the seed that makes the sample's own is found by going back.
        var seed = Array(expected[8..<24])
        guard let cipher = try? CBC(.aesCBC128, key: Secret(octets(key)), .decrypt) else {
            return report.expect(false, "\(name): no cipher")
        }
        var span = seed.mutableSpan
        try? cipher.apply(&span, range: 0..<16, iv: [UInt8](repeating: 0, count: 16).span)
        seed[15] ^= UInt8(sequence)
        guard let sender = try? OutboundSA(sa, random: ReplayedRandom(seed)) else {
            return report.expect(false, "\(name): no SA")
        }
        var sent: [UInt8]?
        for _ in 0..<sequence {
            var buffer = ESPBuffer(packet)
            sent = buffer.sealed(sender)
        }
        report.expect(sent == whole, "\(name): encapsulated otherwise")
    }
}

/// One buffer with a packet in it and room on both sides.
struct ESPBuffer {
    var octets: [UInt8]
    let packet: Range<Int>

    init(_ packet: [UInt8]) {
        octets = [UInt8](repeating: 0xa5, count: 64) + packet + [UInt8](repeating: 0xa5, count: 64)
        self.packet = 64..<64 + packet.count
    }

    mutating func opened(_ sa: InboundSA?, _ outer: OuterHeader) -> [UInt8]? {
        guard let sa else { return nil }
        let packet = packet
        var span = octets.mutableSpan
        guard case .packet(let range)? = try? sa.decapsulate(&span, packet: packet, outer: outer) else { return nil }
        return Array(octets[range])
    }

    mutating func sealed(_ sa: OutboundSA) -> [UInt8]? {
        let packet = packet
        var span = octets.mutableSpan
        guard let sealed = try? sa.encapsulate(&span, packet: packet) else { return nil }
        return Array(octets[sealed.range])
    }
}

private let cbcSamples = [
    CBCSample(
        name: "RFC 3602 case 5", key: "90d382b410eeba7ad938c46cec1a82bf", mode: .transport,
        header: "4500005408f200004001f9fec0a87b03c0a87b64",
        payload: """
            08000ebda70a00008e9c083db95b070008090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
            202122232425262728292a2b2c2d2e2f3031323334353637
            """,
        esp: """
            0000432100000001e96e8c08ab465763fd098d45dd3ff893f663c25d325c18c6a9453e194e120849
            a4870b66cc6b9965330013b4898dc856a4699e523a55db080b59ec3a8e4b7e52775b07d1db34ed9c
            538ab50c551b874aa269add047ad2d5913ac19b7cfbad4a6
            """),
    CBCSample(
        name: "RFC 3602 case 6", key: "90d382b410eeba7ad938c46cec1a82bf", mode: .transport,
        header: "4500003008fe00004001fa16c0a87b03c0a87b64",
        payload: "0800b5e8a80a0500a69c083d0b660e00777777777777777777777777",
        esp: """
            000043210000000869d08df7d203329db093fc4924e5bd80f51995881ec4e0c4488987ce742e8109
            689bb379d2d750c0d915dca346a89f75
            """),
    CBCSample(
        name: "RFC 3602 case 7", key: "0123456789abcdef0123456789abcdef", mode: .tunnel, header: "",
        payload: """
            45000054090400004001f988c0a87b03c0a87bc808009f76a90a0100b49c083d02a2040008090a0b
            0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f30313233
            34353637
            """,
        esp: """
            0000876500000002f4e765244f6407adf13dc1380f673f37773b5241a4c449225e4f3ce5ed611b0c
            237ca96cf74a93013c1b0ea1a0cf70f8e4ecaec78ac53aad7a0f022b859243c647752e94a859352b
            8a4d4d2decd136e5c177f132ad3fbfb2201ac9904c74ee0a109e0ca1e4dfe9d5a100b842f1c22f0d
            """),
    CBCSample(
        name: "RFC 3602 case 8", key: "0123456789abcdef0123456789abcdef", mode: .tunnel, header: "",
        payload: """
            45000044090c00004001f990c0a87b03c0a87bc80800d63caa0a0200c69c083da3de0300ffffffff
            ffffffffffffffffffffffffffffffffffffffffffffffffffffffff
            """,
        esp: """
            000087650000000585d47224b5f3dd5d2101d4ea8dffab2215b92683819596a8047232cc00f7048f
            e45318e11f8a0f62ede3c3fc61203bb50f980a08c9843fd3a1b06d5c07ff9639b7eb7dfb3512e5de
            435e7207ed971ef3d2726d9b5ef6affc6d17a0decbb13892
            """),
]

/// draft-mcgrew-gcm-test-01 §4, the cases with a 32-bit sequence number. Their trailers say ICMP where a tunnel would say
/// IPv4, so they arrive in transport mode, and the payload is compared.
private struct GCMSample {
    let cipher: Cipher
    let key: String
    let salt: String
    /// SPI and sequence number, then the IV.
    let header: String
    /// With padding and trailer.
    let text: String
    let sealed: String

    func check(_ report: inout Report) {
        let spi = octets(header)[0..<4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        let us = Address(ipv4: 0xc000_0201)
        let sa = SecurityAssociation(
            spi: spi, source: us, destination: us, mode: .transport, suite: ESPSuite(cipher),
            encryptionKey: Secret(octets(key)), salt: Secret(octets(salt)), integrityKey: Secret([]), encapsulation: nil,
            sourceSelector: Selector(.everything(.ipv4)), destinationSelector: Selector(.everything(.ipv4)),
            requestID: 1, replayWindow: 0)
        let plain = octets(text)
        let payload = plain.dropLast(2 + Int(plain[plain.count - 2]))
        var buffer = ESPBuffer(octets(header + sealed))
        let opened = buffer.opened(try? InboundSA(sa), OuterHeader(us, us))
        report.expect(opened?.dropFirst(20) == payload, "GCM sample with SPI \(spi): decapsulated otherwise")
    }
}

private let gcmSamples = [
    GCMSample(
        cipher: .aesGCM128, key: "feffe9928665731c6d6a8f9467308308", salt: "cafebabe",
        header: "0000a5f80000000afacedbaddecaf888",
        text: """
            4500003e698f000080114dccc0a80102c0a801010a980035002a2343b2d001000001000000000000
            037369700963796265726369747902646b00000100010001
            """,
        sealed: """
            deb22cd9b07c72c16e3a65beeb8df304a5a5897d33ae530f1ba76d5d114d2a5c3de81827c10e9a4f
            51330d0eec416642cfbb85a5b47e48a4ec3b9ba95d918bd183b70d3aa8bc6ee4c309e9d85a41ad4a
            """),
    GCMSample(
        cipher: .aesGCM256, key: "abbccddef00112233445566778899aababbccddef00112233445566778899aab", salt: "11223344",
        header: "4a2cbfe3000000020102030405060708",
        text: """
            4500003069a6400080062690c0a801029389155e0a9e008b2dc57ee0000000007002400020bf0000
            020405b40101040201020201
            """,
        sealed: """
            ff425c9b724599df7a3bcd510194e00d6a78107f1b0b1cbf06efae9d65a5d763748a637985771d34
            7f0545659f14e99def842d8eb335f4eecfdbf831824b4c4915956c96
            """),
    GCMSample(
        cipher: .aesGCM128, key: "00000000000000000000000000000000", salt: "00000000",
        header: "00000000000000010000000000000000",
        text: """
            4500003c99c500008001cb7a40679318010101010800075c020044006162636465666768696a6b6c
            6d6e6f707172737475767761626364656667686901020201
            """,
        sealed: """
            4688daf2f973a392732909c331d56d60f694abaa414b5e7ff5fdcdfff5e9a284456476492719ffb6
            4de7d9dca1e1d894bc3bd57873ed4d181d19d4d5c8c18af3f821d496eeb096e98ad2b69e4799c71d
            """),
    GCMSample(
        cipher: .aesGCM192, key: "feffe9928665731c6d6a8f9467308308feffe9928665731c", salt: "cafebabe",
        header: "0000a5f80000000afacedbaddecaf888",
        text: "45000028a4ad4000400678800a01038f0a010612802306b8cb712602dd6bb03e501016d075680001",
        sealed: """
            a5b1f8066029aea40e598b8122de02420938b3ab33f828e687b8858b5bfbdbd0315b27452144cc77
            95457b9652037f5318027b5b4cd7a636
            """),
    GCMSample(
        cipher: .aesGCM128, key: "7d773d00c144c525ac619d18c84a3f47", salt: "d9664267",
        header: "335467aeffffffff43457e9182443bc6", text: "01020201",
        sealed: "437f866bcb3f699fe9b0822bac961c4504bef270"),
]
