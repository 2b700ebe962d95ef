/// Walks DER (X.690), the form of certificates and keys: one element after another, within borrowed bytes.
///
/// Nothing is believed: every length is checked against what holds it, and only definite lengths in their shortest form
/// pass, of at most three octets.
public struct DER: ~Escapable {
    /// An element's kind as its first octet says it; no kind here has a longer tag.
    public enum Tag {
        public static let boolean: UInt8 = 0x01
        public static let integer: UInt8 = 0x02
        public static let bitString: UInt8 = 0x03
        public static let octetString: UInt8 = 0x04
        public static let null: UInt8 = 0x05
        public static let objectIdentifier: UInt8 = 0x06
        public static let utf8String: UInt8 = 0x0c
        public static let printableString: UInt8 = 0x13
        public static let ia5String: UInt8 = 0x16
        public static let utcTime: UInt8 = 0x17
        public static let generalizedTime: UInt8 = 0x18
        public static let sequence: UInt8 = 0x30
        public static let set: UInt8 = 0x31
        /// `[n]`, holding elements.
        public static func context(_ number: UInt8) -> UInt8 { 0xa0 | number }
    }

    private var reader: ByteReader
    /// Where `reader` begins in the bytes that the outermost walk was given.
    private let base: Int

    @_lifetime(copy bytes)
    public init(_ bytes: Span<UInt8>) { self.init(bytes, base: 0) }

    @_lifetime(copy bytes)
    private init(_ bytes: Span<UInt8>, base: Int) {
        reader = ByteReader(bytes)
        self.base = base
    }

    public var isAtEnd: Bool { reader.isAtEnd }
    /// Where the next element begins, in the bytes that the outermost walk was given.
    public var offset: Int { base + reader.offset }
    /// The tag of the next element; 0 at the end.
    public var tag: UInt8 { reader.isAtEnd ? 0 : reader.bytes[reader.offset] }

    /// Goes past the next element and into its contents.
    /// - Throws: `malformed` when its tag is another, and where its length is wrong.
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

    /// Goes past the next element, whatever it is.
    public mutating func skip() throws(WireError) { _ = try enter(tag) }

    /// The contents of the next element.
    public mutating func octets(_ tag: UInt8) throws(WireError) -> [UInt8] {
        var inside = try enter(tag)
        return try inside.rest()
    }

    /// A non-negative integer without the zero in front that only says so.
    /// - Throws: `malformed` for a negative one.
    public mutating func natural() throws(WireError) -> [UInt8] {
        let start = offset
        var octets = try octets(Tag.integer)
        guard let first = octets.first, first < 0x80 else { throw .malformed(at: start) }
        if first == 0, octets.count > 1 { octets.removeFirst() }
        return octets
    }

    /// A small non-negative integer.
    public mutating func number() throws(WireError) -> Int {
        let start = offset
        let octets = try natural()
        guard octets.count <= 3 else { throw .malformed(at: start) }
        return octets.reduce(0) { $0 << 8 | Int($1) }
    }

    /// What is left, which is passed over.
    public mutating func rest() throws(WireError) -> [UInt8] { try reader.array(reader.remaining) }

    /// What is left, borrowed.
    public var remainder: Span<UInt8> {
        @_lifetime(copy self)
        get { reader.bytes.extracting(reader.offset...) }
    }

    /// Nothing may be left.
    public func finish() throws(WireError) {
        if !reader.isAtEnd { throw .malformed(at: offset) }
    }

    /// One element with its tag and length.
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

    /// A non-negative integer.
    public static func natural(_ octets: [UInt8]) -> [UInt8] {
        let digits = octets.drop { $0 == 0 }
        return element(Tag.integer, digits.first.map { $0 < 0x80 } ?? false ? Array(digits) : [0] + digits)
    }
}
