import Wire

/// A file's path, compared octet by octet.
public struct Path: Hashable, Sendable, ExpressibleByStringLiteral, Worded {
    /// The octets, without the zero that ends a C string.
    public let bytes: [UInt8]

    /// A path from octets, up to the first zero.
    public init(_ bytes: [UInt8]) { self.bytes = Array(bytes.prefix { $0 != 0 }) }
    /// A path from a string literal.
    public init(stringLiteral text: StaticString) { self.init(text.octets) }
    /// A path from a `String`'s UTF-8.
    public init(_ text: String) { self.init(Array(text.utf8)) }

    /// The octets as they are; log and terminal make them printable.
    public var sentence: Sentence { Sentence(octets: bytes) }
    /// Whether the path begins with `/`.
    public var isAbsolute: Bool { bytes.first == UInt8(ascii: "/") }

    /// Everything before the last component: `/etc` for `/etc/ipsec.conf`, `.` for `ipsec.conf`.
    public var directory: Path {
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == 0 ? "/" : Path(Array(bytes[..<slash]))
    }

    /// The last component.
    public var name: [UInt8] {
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return bytes }
        return Array(bytes[(slash + 1)...])
    }

    /// `name` inside this directory; an absolute `name` is returned as it is.
    public static func / (directory: Path, name: Path) -> Path {
        if name.isAbsolute || directory.bytes.isEmpty { return name }
        let slash: [UInt8] = directory.bytes.last == UInt8(ascii: "/") ? [] : [UInt8(ascii: "/")]
        return Path(directory.bytes + slash + name.bytes)
    }

    func withCString<R>(_ body: (UnsafePointer<CChar>) -> R) -> R {
        let text = bytes.map { CChar(bitPattern: $0) } + [0]
        return unsafe text.withUnsafeBufferPointer { unsafe body($0.baseAddress!) }
    }
}
