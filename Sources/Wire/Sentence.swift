/// Text for people, put together like a `String`: `let line: Sentence = "conn \(name): no route to \(address)"`.
///
/// Each part costs one call. `String`'s own interpolation is copied out at every use, some 200 octets a part, which a program
/// full of sentences feels; so is the making and letting go of a `String` for each literal, which a `StaticString` does without.
public struct Sentence: ExpressibleByStringInterpolation, CustomStringConvertible, Equatable, Sendable {
    public var octets: [UInt8]

    @inline(never) public init(stringLiteral text: StaticString) { octets = Array(text.description.utf8) }
    @inline(never) public init(stringInterpolation parts: StringInterpolation) { octets = parts.octets }
    @inline(never) public init(_ text: String) { octets = Array(text.utf8) }

    public var text: String {
        @inline(never) get { String(decoding: octets, as: UTF8.self) }
    }
    public var description: String { text }
    public var isEmpty: Bool { octets.isEmpty }

    @inline(never) public static func + (a: Sentence, b: Sentence) -> Sentence {
        var sum = a
        sum.octets += b.octets
        return sum
    }

    @inline(never) public static func += (a: inout Sentence, b: Sentence) { a.octets += b.octets }

    /// Gathers the parts.
    public struct StringInterpolation: StringInterpolationProtocol, Sendable {
        var octets: [UInt8] = []

        @inline(never) public init(literalCapacity: Int, interpolationCount: Int) {
            octets.reserveCapacity(literalCapacity + 12 * interpolationCount)
        }

        @inline(never) public mutating func appendLiteral(_ text: StaticString) { octets += text.description.utf8 }
        @inline(never) public mutating func appendInterpolation(_ text: String) { octets += text.utf8 }
        @inline(never) public mutating func appendInterpolation(_ sentence: Sentence) { octets += sentence.octets }
        @inline(never) public mutating func appendInterpolation(_ name: Name) { octets += name.bytes }
        @inline(never) public mutating func appendInterpolation(_ number: Int) { octets += "\(number)".utf8 }
        @inline(never) public mutating func appendInterpolation(_ number: UInt64) { octets += "\(number)".utf8 }
        @inline(never)
        public mutating func appendInterpolation(_ number: UInt32) { appendInterpolation(UInt64(number)) }
        @inline(never)
        public mutating func appendInterpolation(_ number: UInt16) { appendInterpolation(UInt64(number)) }
        @inline(never) public mutating func appendInterpolation(_ number: UInt8) { appendInterpolation(UInt64(number)) }
        @inline(never)
        public mutating func appendInterpolation(_ address: Address) { octets += address.description.utf8 }
        @inline(never) public mutating func appendInterpolation(_ subnet: Subnet) { octets += subnet.description.utf8 }
        @inline(never)
        public mutating func appendInterpolation(_ selector: Selector) { octets += selector.description.utf8 }
        @inline(never)
        public mutating func appendInterpolation(_ endpoint: Endpoint) { octets += endpoint.description.utf8 }
        @inline(never)
        public mutating func appendInterpolation(_ identity: Identity) { octets += identity.description.utf8 }
        @inline(never)
        public mutating func appendInterpolation(_ word: StaticString) { octets += word.description.utf8 }
    }
}
