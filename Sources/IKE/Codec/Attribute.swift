import Wire

/// A data attribute of a transform (RFC 2408 §3.3), basic or variable.
struct Attribute: Equatable {
    var type: UInt16
    /// `nil` for a variable attribute of more than eight octets. No attribute that we support has so many.
    var value: UInt64?

    init(_ type: UInt16, _ value: UInt64) {
        self.type = type
        self.value = value
    }

    init(_ reader: inout ByteReader) throws(WireError) {
        let first = try reader.uint16()
        type = first & 0x7fff
        if first & 0x8000 != 0 {
            value = UInt64(try reader.uint16())
            return
        }
        let length = Int(try reader.uint16())
        let octets = try reader.span(length)
        guard length <= 8 else {
            value = nil
            return
        }
        var number: UInt64 = 0
        for index in octets.indices { number = number << 8 | UInt64(octets[index]) }
        value = number
    }

    /// Writes a basic attribute if the value fits in sixteen bits, otherwise a variable one of four octets, as all peers write
    /// lifetimes.
    func write(to writer: inout ByteWriter) {
        let value = value ?? 0
        if value <= 0xffff {
            writer.uint16(type | 0x8000)
            writer.uint16(UInt16(value))
        } else {
            writer.uint16(type)
            writer.uint16(4)
            writer.uint32(UInt32(truncatingIfNeeded: value))
        }
    }
}
