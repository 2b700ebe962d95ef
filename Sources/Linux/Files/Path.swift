import Wire

/// Where a file is: octets, compared as such.
public struct Path: Hashable, Sendable, ExpressibleByStringLiteral, Worded {
    public let bytes: [UInt8]

    /// Octets from a zero on are left out: the kernel would not see them.
    public init(_ bytes: [UInt8]) { self.bytes = Array(bytes.prefix { $0 != 0 }) }
    public init(stringLiteral text: StaticString) { self.init(text.octets) }
    public init(_ text: String) { self.init(Array(text.utf8)) }

    public var sentence: Sentence { Sentence(octets: bytes) }
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

    /// `name` inside this directory; an absolute one stands alone.
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
