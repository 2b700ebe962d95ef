/// An ASCII word compared and hashed octet by octet: a connection's name, a parameter, a host name.
///
/// `String`'s own comparison follows Unicode and would bring its tables into the binary.
public struct Name: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    public let bytes: [UInt8]

    public init(_ bytes: [UInt8]) { self.bytes = bytes }
    public init(_ text: String) { bytes = Array(text.utf8) }

    public init(stringLiteral text: StaticString) { bytes = text.octets }

    @_disfavoredOverload
    public static func == (a: Name, b: Name) -> Bool { a.bytes == b.bytes }
    /// With a word in quotes, which is made no name first.
    public static func == (name: Name, word: StaticString) -> Bool { name.bytes == word.octets }
    public static func != (name: Name, word: StaticString) -> Bool { !(name == word) }

    public var isEmpty: Bool { bytes.isEmpty }
    public var description: String { String(decoding: bytes, as: UTF8.self) }

    public func hasPrefix(_ prefix: StaticString) -> Bool { bytes.starts(with: prefix.octets) }
    @_disfavoredOverload
    public func hasPrefix(_ prefix: Name) -> Bool { bytes.starts(with: prefix.bytes) }

    /// This name with A–Z made a–z.
    public var lowercased: Name { Name(bytes.map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }) }
}
