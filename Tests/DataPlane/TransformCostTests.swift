import CountingMalloc
import Crypto
import ESP
import TestSupport
import Testing
import Wire

@testable import DataPlane

/// The memory of an SA, as `Wire.Limits` says.
@Suite(.serialized) struct TransformCostTests {
    @Test func transforms() throws {
        guard counting_malloc_works() else { return }
        for suite in [ESPSuite(.aesGCM256), ESPSuite(.aesCBC256, .hmacSHA512_256), ESPSuite(.tripleDESCBC, .hmacMD5_96)] {
            let everything = Selector(.everything(.ipv4))
            func make(_ number: UInt32) throws -> AnyObject {
                let sa = SecurityAssociation(
                    spi: 0x1000 + number, source: Address("192.0.2.1")!, destination: Address("192.0.2.2")!, mode: .tunnel,
                    suite: suite, encryptionKey: Secret((0..<suite.cipher.keyLength).map { UInt8($0) }),
                    salt: Secret(count: suite.cipher.saltLength), integrityKey: Secret(count: suite.integrity?.keyLength ?? 0),
                    encapsulation: nil, sourceSelector: everything, destinationSelector: everything, requestID: 1,
                    replayWindow: Limits.replayWindow)
                if number % 2 == 0 { return InboundTunnel(try InboundSA(sa)) }
                return try OutboundSA(sa, pathMTU: 1500, copiesDSCP: false, random: SystemRandom())
            }
            var kept: [[AnyObject]] = []
            let octets = try octetsHeld { kept.append(try (0..<16).map { try make($0) }) }
            #expect(kept.allSatisfy { $0.count == 16 })
            #expect(octets / 16 <= Limits.transformCost, "\(octets / 16) octets each")
        }
    }
}
