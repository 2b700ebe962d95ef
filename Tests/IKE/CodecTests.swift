import Crypto
import Testing
import Wire

@testable import IKE

/// Messages' parts, there and back, and what is refused.
@Suite struct CodecTests {
    @Test func attributes() throws {
        // Basic, and variable of two, four and nine octets (RFC 2408 §3.3).
        let octets: [UInt8] = [
            0x80, 0x01, 0x00, 0x07, 0x00, 0x0c, 0x00, 0x04, 0x00, 0x01, 0x51, 0x80, 0x00, 0x02, 0x00, 0x02, 0x12, 0x34,
            0x00, 0x03, 0x00, 0x09, 1, 2, 3, 4, 5, 6, 7, 8, 9,
        ]
        var reader = ByteReader(octets.span)
        var read: [Attribute] = []
        while !reader.isAtEnd { read.append(try Attribute(&reader)) }
        #expect(read.prefix(3) == [Attribute(1, 7), Attribute(12, 86_400), Attribute(2, 0x1234)])
        #expect(read.count == 4 && read[3].value == nil)
        var writer = ByteWriter()
        Attribute(1, 7).write(to: &writer)
        Attribute(12, 86_400).write(to: &writer)
        #expect(writer.bytes == Array(octets[0..<12]))
    }

    @Test func everyIKESuiteThereAndBack() {
        let ciphers: [Cipher] = [.tripleDESCBC, .aesCBC128, .aesCBC192, .aesCBC256]
        let hashes: [Hash] = [.md5, .sha1, .sha256, .sha384, .sha512]
        let groups: [Group] = [
            .modp1024, .modp1536, .modp2048, .modp3072, .modp4096, .modp6144, .modp8192, .ecp256, .ecp384, .ecp521,
            .curve25519,
        ]
        for cipher in ciphers {
            for hash in hashes {
                for group in groups {
                    let wanted = Phase1Transform(IKESuite(cipher, hash, group), .rsaSignatures, lifetime: 86_400)
                    #expect(Phase1Transform(wanted.transform(number: 1)) == wanted)
                }
            }
        }
    }

    @Test func everyESPSuiteThereAndBack() {
        var suites = [ESPSuite(.aesGCM128), ESPSuite(.aesGCM192), ESPSuite(.aesGCM256)]
        for cipher in [Cipher.tripleDESCBC, .aesCBC128, .aesCBC192, .aesCBC256] {
            for integrity in [Integrity.hmacMD5_96, .hmacSHA1_96, .hmacSHA256_128, .hmacSHA384_192, .hmacSHA512_256] {
                suites.append(ESPSuite(cipher, integrity))
            }
        }
        for suite in suites {
            for group in [nil, Group.ecp256] {
                for mode in [
                    nil, EncapsulationMode(.tunnel, nil), EncapsulationMode(.transport, .rfc),
                    EncapsulationMode(.tunnel, .draft),
                ] {
                    let wanted = Phase2Transform(suite, lifetime: 3600, group: group, encapsulation: mode)
                    #expect(Phase2Transform(wanted.transform(number: 1)) == wanted)
                }
            }
        }
    }

    private func phase1(_ change: (inout [Attribute]) -> Void) -> Phase1Transform? {
        var attributes = [Attribute(1, 7), Attribute(14, 128), Attribute(2, 4), Attribute(4, 14), Attribute(3, 1)]
        change(&attributes)
        return Phase1Transform(Transform(number: 1, id: 1, attributes: attributes))
    }

    @Test func lifetimesInBothForms() {
        #expect(phase1 { _ in }?.lifetime == nil)
        #expect(phase1 { $0 += [Attribute(11, 1), Attribute(12, 3600)] }?.lifetime == 3600)
        #expect(phase1 { $0 += [Attribute(11, 2), Attribute(12, 100_000)] }?.lifetime == nil)
        #expect(
            phase1 {
                $0 += [Attribute(11, 2), Attribute(12, 100_000), Attribute(11, 1), Attribute(12, 1_000_000)]
            }?.lifetime == 1_000_000)
        #expect(phase1 { $0 += [Attribute(11, 1), Attribute(12, 0x1_0000_0000)] }?.lifetime == .max)
        // Twice the same, no type that exists, nothing at all.
        #expect(phase1 { $0 += [Attribute(11, 1), Attribute(12, 1), Attribute(11, 1), Attribute(12, 1)] } == nil)
        #expect(phase1 { $0 += [Attribute(11, 3), Attribute(12, 1)] } == nil)
        #expect(phase1 { $0 += [Attribute(11, 1), Attribute(12, 0)] } == nil)
    }

    @Test func whatATransformMustNotHold() {
        #expect(phase1 { _ in } != nil)
        #expect(phase1 { $0.removeLast() } == nil, "no authentication method")
        #expect(phase1 { $0[4] = Attribute(3, 2) } == nil, "RSA signatures")
        #expect(phase1 { $0[0] = Attribute(1, 1) } == nil, "DES")
        #expect(phase1 { $0[1] = Attribute(14, 64) } == nil, "a key length AES does not have")
        #expect(phase1 { $0.append(Attribute(13, 1)) } == nil, "an attribute that we do not know")
        #expect(phase1 { $0.append(Attribute(4, 14)) } == nil, "a group twice")
        #expect(phase1 { $0[3] = Attribute(4, 22) } == nil, "a group that we do not have")
        // ESP: null encryption, DES, no authentication, AES-GCM without its length, 64-bit sequence numbers.
        func phase2(_ id: UInt8, _ attributes: [Attribute]) -> Phase2Transform? {
            Phase2Transform(Transform(number: 1, id: id, attributes: attributes))
        }
        #expect(phase2(12, [Attribute(6, 256), Attribute(5, 5)]) != nil)
        #expect(phase2(12, [Attribute(5, 5)])?.suite == ESPSuite(.aesCBC128, .hmacSHA256_128))
        #expect(phase2(11, [Attribute(5, 5)]) == nil)
        #expect(phase2(2, [Attribute(5, 5)]) == nil)
        #expect(phase2(12, [Attribute(6, 256)]) == nil)
        #expect(phase2(20, []) == nil)
        #expect(phase2(20, [Attribute(6, 128), Attribute(5, 5)]) == nil)
        #expect(phase2(12, [Attribute(6, 256), Attribute(5, 5), Attribute(11, 2)]) == nil)
    }

    @Test func saPayloadThereAndBack() throws {
        let transforms = (1...3).map { Transform(number: $0, id: 12, attributes: [Attribute(5, 2), Attribute(2, 100_000)]) }
        let payload = SAPayload([
            Proposal(number: 1, .esp, spi: [1, 2, 3, 4], transforms), Proposal(number: 2, .ah, spi: [5, 6, 7, 8], transforms),
            Proposal(number: 2, .esp, spi: [5, 6, 7, 9], [transforms[0]]),
        ])
        let parsed = try SAPayload(payload.octets.span)
        #expect(parsed == payload)
        #expect(parsed.standsAlone(0) && !parsed.standsAlone(1) && !parsed.standsAlone(2))
        let octets = payload.octets
        for length in 0..<octets.count {
            #expect(throws: WireError.self) { try SAPayload(Array(octets[0..<length]).span) }
        }
        #expect(throws: WireError.self) { try SAPayload((octets + [0]).span) }
    }

    @Test func identitiesThereAndBack() throws {
        for identity in [
            Identity.address(Address("192.0.2.1")!), .address(Address("2001:db8::1")!), .fqdn("gate.example.com"),
            .userFQDN("user@example.com"), .keyID([1, 2, 3]), .distinguishedName([0x30, 0]),
        ] {
            let payload = IdentificationPayload(identity)
            #expect(try IdentificationPayload(payload.octets.span).identity == identity)
        }
        // UDP with IKE's ports is as good as none; anything else is no peer.
        #expect(try IdentificationPayload(([1, 17, 0x01, 0xf4, 192, 0, 2, 1] as [UInt8]).span).identity != nil)
        #expect(try IdentificationPayload(([1, 6, 0, 22, 192, 0, 2, 1] as [UInt8]).span).identity == nil)
    }

    @Test func selectorsThereAndBack() throws {
        for selector in [
            Selector(Subnet(Address("10.0.1.0")!, prefix: 24)), Selector(Subnet(host: Address("10.0.1.7")!)),
            Selector(.everything(.ipv4)), Selector(.everything(.ipv6)),
            Selector(Subnet(Address("2001:db8:1::")!, prefix: 48), ipProtocol: 17, port: 1701),
            Selector(Subnet(host: Address("2001:db8::7")!), ipProtocol: 6, port: 22),
        ] {
            let payload = IdentificationPayload(selector)
            #expect(try IdentificationPayload(payload.octets.span).selector == selector)
        }
    }

    /// In words, whatever a range is: an administrator has to see what the peer asked for.
    @Test(arguments: [
        ([10, 0, 0, 0] as [UInt8], [10, 0, 0, 255] as [UInt8], [0, 0, 0] as [UInt8], "10.0.0.0/24"),
        ([10, 0, 0, 1], [10, 0, 0, 9], [0, 0, 0], "10.0.0.1-10.0.0.9"), ([10, 0, 0, 9], [10, 0, 0, 1], [0, 0, 0], "10.0.0.9-10.0.0.1"),
        ([10, 0, 0, 1], [10, 0, 0, 9], [17, 0, 53], "10.0.0.1-10.0.0.9:17/53"),
    ])
    func rangesInWords(_ first: [UInt8], _ last: [UInt8], _ narrowed: [UInt8], _ words: String) throws {
        let payload = try IdentificationPayload(([7] + narrowed + first + last).span)
        #expect("\(payload.trafficWords)".hasPrefix(words), "\(payload.trafficWords)")
        #expect((payload.selector != nil) == words.contains("/24"))
    }

    /// A client that gives its name for its address, behind a NAT: NAT-OA says the address.
    @Test func nameForAnAddress() throws {
        let payload = try IdentificationPayload(([2, 17, 6, 165] + Array("ann".utf8)).span)
        #expect(payload.selector == nil && payload.selector(named: nil) == nil)
        let address = Address("192.168.7.2")!
        #expect(payload.selector(named: address) == Selector(Subnet(host: address), ipProtocol: 17, port: 1701))
        let net = try IdentificationPayload([4, 0, 0, 0, 10, 0, 0, 0, 255, 255, 0, 0].span)
        #expect(net.selector(named: address) == nil)
    }

    @Test func rangesThatAreSubnets() throws {
        func selector(_ octets: [UInt8]) throws -> Selector? { try IdentificationPayload(octets.span).selector }
        #expect(
            try selector([7, 0, 0, 0, 10, 0, 1, 0, 10, 0, 1, 255]) == Selector(Subnet(Address("10.0.1.0")!, prefix: 24)))
        #expect(try selector([7, 0, 0, 0, 10, 0, 1, 5, 10, 0, 1, 5]) == Selector(Subnet(host: Address("10.0.1.5")!)))
        #expect(try selector([7, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255]) == Selector(.everything(.ipv4)))
        #expect(try selector([7, 0, 0, 0, 10, 0, 1, 0, 10, 0, 1, 254]) == nil)
        #expect(try selector([7, 0, 0, 0, 10, 0, 2, 0, 10, 0, 1, 255]) == nil)
        #expect(
            try selector([8, 0, 0, 0] + Address("2001:db8::")!.octets + Address("2001:db8::ffff")!.octets)
                == Selector(Subnet(Address("2001:db8::")!, prefix: 112)))
        #expect(try selector([4, 0, 0, 0, 10, 0, 1, 0, 255, 0, 255, 0]) == nil, "a mask with holes")
    }

    @Test func identificationOfWrongLength() {
        for octets in [
            [], [1], [1, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0, 10, 0, 0], [4, 0, 0, 0, 10, 0, 0, 0], [5, 0, 0, 0, 1],
            [2, 0, 0, 0], [0, 0, 0, 0, 1], [12, 0, 0, 0, 1], [8, 0, 0, 0, 1],
        ] as [[UInt8]] {
            #expect(throws: WireError.self) { try IdentificationPayload(octets.span) }
        }
    }

    @Test func deletionsAndNotifications() throws {
        let deletion = Deletion(.esp, [[1, 2, 3, 4], [5, 6, 7, 8]])
        #expect(try Deletion(deletion.octets.span) == deletion)
        let notification = Notification(.initialContact, .isakmp, spi: [UInt8](repeating: 7, count: 16), data: [1])
        #expect(try Notification(notification.octets.span) == notification)
        #expect(notification.type.code == 299 && NotifyType.noProposalChosen.code == 214)
        for length in 0..<deletion.octets.count {
            #expect(throws: WireError.self) { try Deletion(Array(deletion.octets[0..<length]).span) }
        }
    }

    /// A peer's name gets into a log line without anything that could be more than a name there.
    @Test func namesInLogLines() {
        let payload = IdentificationPayload(.fqdn(Name("a\n000 \"b\"\u{1b}[2J")))
        #expect(payload.peerWords.text == "@a?000??b??[2J")
    }

    @Test func rateLimit() {
        var limit = RateLimit(burst: 3, interval: 10)
        var passed: [Bool] = []
        for now in [100, 100, 100, 100, 100, 109, 110, 111, 1000, 1000, 1000, 1000] as [UInt64] {
            passed.append(limit.allows(now: now))
        }
        #expect(passed == [true, true, true, false, false, false, true, false, true, true, true, false])
        let heldBack = limit.takeHeldBack()
        #expect(heldBack == 5)
    }
}
