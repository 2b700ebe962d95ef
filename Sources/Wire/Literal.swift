/// Text in quotes, which is there for as long as the program runs: a zero ends it.
///
/// It is one word wide where a `StaticString` takes three, at every place that passes or keeps one.
@safe public struct Literal: ExpressibleByStringLiteral, @unchecked Sendable {
    private let start: UnsafePointer<UInt8>

    @inline(__always) public init(stringLiteral text: StaticString) { unsafe start = text.utf8Start }

    public var isEmpty: Bool { unsafe start.pointee == 0 }

    public var octets: [UInt8] {
        @inline(never) get {
            var octets: [UInt8] = []
            var next = unsafe start
            while unsafe next.pointee != 0 {
                octets.append(unsafe next.pointee)
                unsafe next += 1
            }
            return octets
        }
    }
}
