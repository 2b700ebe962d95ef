/// Reads DER (X.690), the encoding of certificates and keys, one element after another from borrowed bytes.
///
/// Every length is checked against the element that contains it. Only definite lengths in their shortest form are accepted, of
/// at most three octets.
public struct DER: ~Escapable {
    /// Identifier octets (X.690 §8.1.2). No element read here has a longer tag.
    public enum Tag {
        /// BOOLEAN: one octet, 0xff for true.
        public static let boolean: UInt8 = 0x01
        /// INTEGER: two's complement, the highest octet first.
        public static let integer: UInt8 = 0x02
        /// BIT STRING: its first octet counts the unused bits at the end.
        public static let bitString: UInt8 = 0x03
        /// OCTET STRING.
        public static let octetString: UInt8 = 0x04
        /// NULL: no contents.
        public static let null: UInt8 = 0x05
        /// OBJECT IDENTIFIER.
        public static let objectIdentifier: UInt8 = 0x06
        /// UTF8String.
        public static let utf8String: UInt8 = 0x0c
        /// PrintableString: letters, digits and some punctuation.
        public static let printableString: UInt8 = 0x13
        /// IA5String: ASCII.
        public static let ia5String: UInt8 = 0x16
        /// UTCTime: a year of two digits.
        public static let utcTime: UInt8 = 0x17
        /// GeneralizedTime: a year of four digits.
        public static let generalizedTime: UInt8 = 0x18
        /// SEQUENCE and SEQUENCE OF, constructed.
        public static let sequence: UInt8 = 0x30
        /// SET and SET OF, constructed.
        public static let set: UInt8 = 0x31
        /// `[n]`, context-specific and constructed. `number` is at most 30.
        public static func context(_ number: UInt8) -> UInt8 { 0xa0 | number }
    }

    private var reader: ByteReader
    /// Offset of `reader`'s first octet in the bytes that the outermost reader was given.
    private let base: Int

    /// Begins at the first element of `bytes`.
    @_lifetime(copy bytes)
    public init(_ bytes: Span<UInt8>) { self.init(bytes, base: 0) }

    @_lifetime(copy bytes)
    private init(_ bytes: Span<UInt8>, base: Int) {
        reader = ByteReader(bytes)
        self.base = base
    }

    /// Whether no element is left.
    public var isAtEnd: Bool { reader.isAtEnd }
    /// Offset of the next element in the bytes that the outermost reader was given.
    public var offset: Int { base + reader.offset }
    /// The tag of the next element; 0 at the end.
    public var tag: UInt8 { reader.isAtEnd ? 0 : reader.bytes[reader.offset] }

    /// Passes over the next element and returns a reader of its contents.
    /// - Throws: `malformed` when it has another tag or a wrong length.
    @_lifetime(copy self)
    public mutating func enter(_ tag: UInt8) throws(WireError) -> DER {
        let start = offset
        guard try reader.uint8() == tag else { throw .malformed(at: start) }
        var length = Int(try reader.uint8())
        if length >= 0x80 {
            let octets = length - 0x80
            guard (1...3).contains(octets) else { throw .malformed(at: start) }
            length = 0
            for _ in 0..<octets { length = length << 8 | Int(try reader.uint8()) }
            guard length >= 0x80, length >> (8 * (octets - 1)) != 0 else { throw .malformed(at: start) }
        }
        let inside = offset
        return DER(try reader.span(length), base: inside)
    }

    /// Passes over the next element, whatever its tag.
    public mutating func skip() throws(WireError) { _ = try enter(tag) }

    /// The contents of the next element.
    public mutating func octets(_ tag: UInt8) throws(WireError) -> [UInt8] {
        var inside = try enter(tag)
        return try inside.rest()
    }

    /// The octets of a non-negative INTEGER, without the leading zero octet that keeps its sign bit clear.
    /// - Throws: `malformed` when it is negative.
    public mutating func natural() throws(WireError) -> [UInt8] {
        let start = offset
        var octets = try octets(Tag.integer)
        guard let first = octets.first, first < 0x80 else { throw .malformed(at: start) }
        if first == 0, octets.count > 1 { octets.removeFirst() }
        return octets
    }

    /// A non-negative INTEGER of at most three octets.
    public mutating func number() throws(WireError) -> Int {
        let start = offset
        let octets = try natural()
        guard octets.count <= 3 else { throw .malformed(at: start) }
        return octets.reduce(0) { $0 << 8 | Int($1) }
    }

    /// The octets that are left, copied; the reader is then at the end.
    public mutating func rest() throws(WireError) -> [UInt8] { try reader.array(reader.remaining) }

    /// The octets that are left, borrowed; the reader does not move.
    public var remainder: Span<UInt8> {
        @_lifetime(copy self)
        get { reader.bytes.extracting(reader.offset...) }
    }

    /// Checks that no element is left.
    /// - Throws: `malformed` when one is.
    public func finish() throws(WireError) {
        if !reader.isAtEnd { throw .malformed(at: offset) }
    }

    /// Encodes one element with its tag and length. `contents` has at most 65,535 octets.
    public static func element(_ tag: UInt8, _ contents: [UInt8]) -> [UInt8] {
        let count = contents.count
        var octets = [tag]
        if count < 0x80 {
            octets.append(UInt8(count))
        } else if count < 0x100 {
            octets += [0x81, UInt8(count)]
        } else {
            octets += [0x82, UInt8(truncatingIfNeeded: count >> 8), UInt8(truncatingIfNeeded: count)]
        }
        return octets + contents
    }

    /// Encodes a non-negative INTEGER of these octets, the highest first.
    public static func natural(_ octets: [UInt8]) -> [UInt8] {
        let digits = octets.drop { $0 == 0 }
        return element(Tag.integer, digits.first.map { $0 < 0x80 } ?? false ? Array(digits) : [0] + digits)
    }
}
