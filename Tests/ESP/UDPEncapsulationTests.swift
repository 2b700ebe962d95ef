import ESP
import Testing

@Suite struct PeekTests {
    @Test func datagramsOfPort4500() {
        func peek(_ octets: [UInt8]) -> UDPEncapsulation.Encapsulated { UDPEncapsulation.encapsulated(octets.span) }
        #expect(peek([0xff]) == .keepalive)
        #expect(peek([]) == .invalid)
        #expect(peek([0xfe]) == .invalid)
        #expect(peek([0xff, 0xff]) == .invalid)
        #expect(peek([0, 0, 0, 0]) == .ike)
        #expect(peek([0, 0, 0, 0, 1, 2, 3]) == .ike)
        #expect(peek([0, 0, 1, 0, 0, 0, 0, 1]) == .esp(spi: 0x100))
        #expect(peek([0x12, 0x34, 0x56, 0x78, 0, 0, 0, 1, 9]) == .esp(spi: 0x1234_5678))
        #expect(peek([0, 0, 1, 0, 0, 0, 0]) == .invalid)
        #expect(peek([0, 0, 0, 255, 0, 0, 0, 1]) == .invalid)
    }

    @Test func spis() {
        #expect(UDPEncapsulation.spi([0, 0, 1, 0, 0, 0, 0, 1].span) == 256)
        #expect(UDPEncapsulation.spi([0, 0, 1, 0, 0, 0, 0].span) == nil)
        #expect(UDPEncapsulation.spi([0, 0, 0, 1, 0, 0, 0, 1].span) == nil)
    }
}
