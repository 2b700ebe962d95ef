import Testing
import Wire

@Suite struct Readers {
    @Test func fields() throws {
        let octets = [UInt8](1...28)
        var reader = ByteReader(octets.span)
        #expect(try reader.uint8() == 0x01)
        #expect(try reader.uint16() == 0x0203)
        #expect(try reader.uint32() == 0x0405_0607)
        #expect(try reader.uint64() == 0x0809_0a0b_0c0d_0e0f)
        #expect(try reader.array(2) == [0x10, 0x11])
        try reader.skip(1)
        #expect(reader.offset == 18)
        #expect(reader.remaining == 10)
        let span = try reader.span(2)
        #expect(span[0] == 0x13 && span[1] == 0x14 && span.count == 2)
        var inner = try reader.reader(3)
        #expect(try inner.uint16() == 0x1516)
        #expect(inner.remaining == 1)
        #expect(throws: WireError.truncated(at: 2)) { try readPast(octets, 20..<23) }
        #expect(try reader.uint8() == 0x18, "the inner reader moved this one past its own bytes")
        try reader.skip(4)
        let end = reader.isAtEnd
        #expect(end)
    }

    /// Reads two, then two more, of a part of `octets`.
    private func readPast(_ octets: [UInt8], _ range: Range<Int>) throws {
        var whole = ByteReader(octets.span)
        try whole.skip(range.lowerBound)
        var inner = try whole.reader(range.count)
        _ = try inner.uint16()
        _ = try inner.uint16()
    }

    /// Each field, with one octet less than it wants: an error that names where it begins, and nothing consumed.
    @Test func truncation() throws {
        let wants = [1, 2, 4, 8, 2, 4, 8, 5, 5, 5, 5]
        for (kind, want) in wants.enumerated() {
            for have in 0..<want {
                let octets = [UInt8](repeating: 0, count: 3 + have)
                var reader = ByteReader(octets.span)
                try reader.skip(3)
                do throws(WireError) {
                    switch kind {
                    case 0: _ = try reader.uint8()
                    case 1: _ = try reader.uint16()
                    case 2: _ = try reader.uint32()
                    case 3: _ = try reader.uint64()
                    case 4: _ = try reader.native16()
                    case 5: _ = try reader.native32()
                    case 6: _ = try reader.native64()
                    case 7: _ = try reader.array(5)
                    case 8: _ = try reader.span(5)
                    case 9: _ = try reader.reader(5)
                    default: try reader.skip(5)
                    }
                    Issue.record("kind \(kind) read \(want) octets where \(have) were")
                } catch {
                    #expect(error == .truncated(at: 3))
                }
                #expect(reader.offset == 3)
            }
        }
    }

    @Test func hugeAndNegativeCounts() {
        let octets: [UInt8] = [1, 2, 3]
        for count in [-1, Int.min, Int.max, 4] {
            #expect(throws: WireError.truncated(at: 1)) {
                var reader = ByteReader(octets.span)
                try reader.skip(1)
                try reader.skip(count)
            }
        }
    }
}

@Suite struct Writers {
    @Test func fields() {
        var writer = ByteWriter(capacity: 4)
        writer.uint8(0x01)
        writer.uint16(0x0203)
        writer.uint32(0x0405_0607)
        writer.uint64(0x0809_0a0b_0c0d_0e0f)
        writer.append([0x10, 0x11])
        writer.append([0x12, 0x13].span)
        #expect(writer.bytes == Array(1...0x13))
        writer.pad(to: 4)
        #expect(writer.count == 20)
        writer.pad(to: 4)
        #expect(writer.count == 20)
        writer.patch16(0xaabb, at: 0)
        writer.patch32(0xccdd_eeff, at: 16)
        #expect(writer.bytes[0...1] == [0xaa, 0xbb])
        #expect(writer.bytes[16...] == [0xcc, 0xdd, 0xee, 0xff])
    }

    /// Values that netlink reads as C structures.
    @Test func nativeOrder() throws {
        var writer = ByteWriter()
        writer.native16(0x0102)
        writer.native32(0x0304_0506)
        writer.native64(0x0708_090a_0b0c_0d0e)
        let little = UInt16(1).littleEndian == 1
        #expect(writer.bytes[0..<6] == (little ? [2, 1, 6, 5, 4, 3] : [1, 2, 3, 4, 5, 6]))
        writer.patchNative16(0x1112, at: 0)
        writer.patchNative32(0x1314_1516, at: 2)
        let bytes = writer.bytes
        var reader = ByteReader(bytes.span)
        #expect(try reader.native16() == 0x1112)
        #expect(try reader.native32() == 0x1314_1516)
        #expect(try reader.native64() == 0x0708_090a_0b0c_0d0e)
    }
}
