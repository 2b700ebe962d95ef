/// Text for people, built like a `String`: `let line: Sentence = "conn \(name): no route to \(address)"`.
///
/// Each part costs one call. `String`'s own interpolation is inlined at every use, some 200 octets a part, and `String` brings
/// 20 KB of Unicode tables.
public struct Sentence: ExpressibleByStringInterpolation, CustomStringConvertible, Equatable, Sendable {
    /// The text in UTF-8.
    public var octets: [UInt8]

    /// Text without interpolation.
    public init(stringLiteral text: StaticString) { octets = text.octets }
    /// Text with interpolation.
    public init(stringInterpolation parts: StringInterpolation) { octets = parts.octets }
    /// Text from octets, which are taken to be UTF-8.
    public init(octets: [UInt8]) { self.octets = octets }

    /// Whether there is no text.
    public var isEmpty: Bool { octets.isEmpty }

    /// Both texts, one after the other.
    public static func + (a: __owned Sentence, b: __owned Sentence) -> Sentence {
        var sum = a
        sum.octets += b.octets
        return sum
    }

    /// Appends a text.
    public static func += (a: inout Sentence, b: __owned Sentence) { a.octets += b.octets }

    /// Collects the parts.
    public struct StringInterpolation: StringInterpolationProtocol, Sendable {
        var octets: [UInt8] = []

        /// Called by the compiler. Reserves nothing: passing the two numbers would cost every sentence more than one gains.
        @inline(__always) public init(literalCapacity: Int, interpolationCount: Int) {}

        /// Appends the text between two values. The compiler passes empty texts, too; inlined, those cost nothing.
        @inline(__always) public mutating func appendLiteral(_ text: StaticString) {
            if text.utf8CodeUnitCount > 0 { append(literal: text) }
        }
        // Apart from `appendInterpolation(_: StaticString)` so that the compiler sees only literals here and specialises it.
        @usableFromInline mutating func append(literal text: StaticString) { octets += text.octets }
        /// Appends a text. Disfavoured, so that a string literal is appended as it is and makes no `Sentence`.
        @_disfavoredOverload
        public mutating func appendInterpolation(_ sentence: __owned Sentence) { octets += sentence.octets }
        /// Appends a number in decimal.
        public mutating func appendInterpolation(_ number: Int) {
            if number < 0 { octets.append(UInt8(ascii: "-")) }
            appendInterpolation(UInt64(number.magnitude))
        }
        /// Appends a number in decimal.
        public mutating func appendInterpolation(_ number: UInt64) {
            if number > 9 { appendInterpolation(number / 10) }
            octets.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10))
        }
        /// Appends a number in decimal.
        public mutating func appendInterpolation(_ number: UInt32) { appendInterpolation(UInt64(number)) }
        /// Appends a number in decimal.
        public mutating func appendInterpolation(_ number: UInt16) { appendInterpolation(UInt64(number)) }
        /// Appends a number in decimal.
        public mutating func appendInterpolation(_ number: UInt8) { appendInterpolation(UInt64(number)) }
        /// Appends a number in decimal.
        public mutating func appendInterpolation(_ number: Int32) { appendInterpolation(Int(number)) }
        /// Appends a number in decimal.
        public mutating func appendInterpolation(_ number: Int64) {
            if number < 0 { octets.append(UInt8(ascii: "-")) }
            appendInterpolation(number.magnitude)
        }
        /// Appends `true` or `false`.
        public mutating func appendInterpolation(_ isSo: Bool) {
            appendInterpolation(isSo ? "true" : "false" as StaticString)
        }
        /// Appends a string literal as it is.
        public mutating func appendInterpolation(_ word: StaticString) { octets.append(contentsOf: word.octets) }
    }
}

/// A value that can be shown in a log or a reply. `description` is for tests and debuggers: the shipping binary has no `String`s.
public protocol Worded: CustomStringConvertible {
    /// The value in one line of text, for logs and replies.
    var sentence: Sentence { get }
}

extension Worded {
    /// The same as a `String`, for tests and debuggers.
    public var description: String { sentence.description }
}

extension Sentence {
    /// A sentence from a `String`. Only tests use it.
    public init(_ text: String) { octets = Array(text.utf8) }
    /// The text as a `String`. Only tests use it.
    public var text: String { String(decoding: octets, as: UTF8.self) }
    /// The text as a `String`, for tests and debuggers.
    public var description: String { text }
}

extension StaticString {
    /// The text in UTF-8. The one place that goes through a `String`.
    public var octets: [UInt8] {
        Array(description.utf8)
    }
}
