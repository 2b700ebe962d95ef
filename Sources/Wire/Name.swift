/// An ASCII word compared and hashed octet by octet: a connection's name, a parameter, a host name.
///
/// `String`'s own comparison follows Unicode and would bring its tables into the binary.
public struct Name: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    public let bytes: [UInt8]

    public init(_ bytes: [UInt8]) { self.bytes = bytes }
    public init(_ text: String) { bytes = Array(text.utf8) }

    @inline(never) public init(stringLiteral text: StaticString) { bytes = Array(text.description.utf8) }

    public var isEmpty: Bool { bytes.isEmpty }
    public var description: String { String(decoding: bytes, as: UTF8.self) }

    public func hasPrefix(_ prefix: Name) -> Bool {
        bytes.count >= prefix.bytes.count && Array(bytes[0..<prefix.bytes.count]) == prefix.bytes
    }

    /// This name with A–Z made a–z.
    public var lowercased: Name { Name(bytes.map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }) }
}
