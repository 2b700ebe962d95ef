/// Text for people, put together like a `String`: `let line: Sentence = "conn \(name): no route to \(address)"`.
///
/// Each part costs one call. `String`'s own interpolation is copied out at every use, some 200 octets a part, which a program
/// full of sentences feels; and `String` itself, which knows Unicode, would be 20 KB. Who is given a sentence gets it for good
/// (`__owned`; `consuming` would forbid to use it twice): nearly all are made for one call, and then no caller lets go of them.
public struct Sentence: ExpressibleByStringInterpolation, CustomStringConvertible, Equatable, Sendable {
    public var octets: [UInt8]

    public init(stringLiteral text: StaticString) { octets = text.octets }
    public init(stringInterpolation parts: StringInterpolation) { octets = parts.octets }
    public init(octets: [UInt8]) { self.octets = octets }

    public var isEmpty: Bool { octets.isEmpty }

    public static func + (a: __owned Sentence, b: __owned Sentence) -> Sentence {
        var sum = a
        sum.octets += b.octets
        return sum
    }

    public static func += (a: inout Sentence, b: __owned Sentence) { a.octets += b.octets }

    /// Gathers the parts.
    public struct StringInterpolation: StringInterpolationProtocol, Sendable {
        var octets: [UInt8] = []

        // Nothing is reserved: passing the two numbers would cost every sentence more than it gains one.
        @inline(__always) public init(literalCapacity: Int, interpolationCount: Int) {}

        // The compiler puts an empty text before, between and after what has none: that is known where it is called, and costs nothing.
        @inline(__always) public mutating func appendLiteral(_ text: StaticString) {
            if text.utf8CodeUnitCount > 0 { append(literal: text) }
        }
        // For the compiler alone: where no word in a variable comes through here, what a StaticString holds beside its text is
        // known, and no caller passes it.
        @usableFromInline mutating func append(literal text: StaticString) { octets += text.octets }
        // Words in quotes are taken as they are, and made no sentences first.
        @_disfavoredOverload
        public mutating func appendInterpolation(_ sentence: __owned Sentence) { octets += sentence.octets }
        @_disfavoredOverload
        public mutating func appendInterpolation(_ name: Name) { octets += name.bytes }
        public mutating func appendInterpolation(_ number: Int) {
            if number < 0 { octets.append(UInt8(ascii: "-")) }
            appendInterpolation(UInt64(number.magnitude))
        }
        public mutating func appendInterpolation(_ number: UInt64) {
            if number > 9 { appendInterpolation(number / 10) }
            octets.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10))
        }
        public mutating func appendInterpolation(_ number: UInt32) { appendInterpolation(UInt64(number)) }
        public mutating func appendInterpolation(_ number: UInt16) { appendInterpolation(UInt64(number)) }
        public mutating func appendInterpolation(_ number: UInt8) { appendInterpolation(UInt64(number)) }
        public mutating func appendInterpolation(_ number: Int32) { appendInterpolation(Int(number)) }
        public mutating func appendInterpolation(_ number: Int64) {
            if number < 0 { octets.append(UInt8(ascii: "-")) }
            appendInterpolation(number.magnitude)
        }
        public mutating func appendInterpolation(_ isSo: Bool) {
            appendInterpolation(isSo ? "true" : "false" as StaticString)
        }
        public mutating func appendInterpolation(_ word: StaticString) { octets.append(contentsOf: word.octets) }
        public mutating func appendInterpolation(_ address: Address) { octets += address.sentence.octets }
        public mutating func appendInterpolation(_ subnet: Subnet) { octets += subnet.sentence.octets }
        public mutating func appendInterpolation(_ selector: Selector) { octets += selector.sentence.octets }
        public mutating func appendInterpolation(_ endpoint: Endpoint) { octets += endpoint.sentence.octets }
        public mutating func appendInterpolation(_ identity: Identity) { octets += identity.sentence.octets }
    }
}

/// What has words for people. `description` is for tests and debuggers alone: nothing that ships asks for a `String`.
public protocol Worded: CustomStringConvertible {
    var sentence: Sentence { get }
}

extension Worded {
    public var description: String { sentence.description }
}

extension Sentence {
    public init(_ text: String) { octets = Array(text.utf8) }
    public var text: String { String(decoding: octets, as: UTF8.self) }
    public var description: String { text }
}

extension StaticString {
    /// Its octets: the one place that goes through a `String`.
    public var octets: [UInt8] {
        Array(description.utf8)
    }
}
