/// An ASCII word compared and hashed octet by octet: a connection's name, a parameter, a host name.
///
/// `String`'s own comparison follows Unicode and would bring its tables into the binary.
public struct Name: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The octets, normally ASCII.
    public let bytes: [UInt8]

    /// A name of these octets; nothing is checked.
    public init(_ bytes: [UInt8]) { self.bytes = bytes }
    /// A name of a `String`'s UTF-8. Only tests use it.
    public init(_ text: String) { bytes = Array(text.utf8) }

    /// A name from a string literal.
    public init(stringLiteral text: StaticString) { bytes = text.octets }

    /// Octet by octet: case counts.
    @_disfavoredOverload
    public static func == (a: Name, b: Name) -> Bool { a.bytes == b.bytes }
    /// Compares with a string literal without making a `Name` of it.
    public static func == (name: Name, word: StaticString) -> Bool { name.bytes == word.octets }
    /// Compares with a string literal.
    public static func != (name: Name, word: StaticString) -> Bool { !(name == word) }

    /// Whether the name has no octets.
    public var isEmpty: Bool { bytes.isEmpty }
    /// For tests and debuggers.
    public var description: String { String(decoding: bytes, as: UTF8.self) }

    /// Whether the name begins with these octets; case counts.
    public func hasPrefix(_ prefix: StaticString) -> Bool { bytes.starts(with: prefix.octets) }
    /// Whether the name begins with another one; case counts.
    @_disfavoredOverload
    public func hasPrefix(_ prefix: Name) -> Bool { bytes.starts(with: prefix.bytes) }

    /// This name with A–Z made a–z.
    public var lowercased: Name { Name(bytes.map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }) }
}

extension Sentence.StringInterpolation {
    /// Appends a name octet by octet.
    @_disfavoredOverload
    public mutating func appendInterpolation(_ name: Name) { octets += name.bytes }
}
