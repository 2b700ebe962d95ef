import Wire

/// A certificate revocation list (RFC 5280 §5). Reading it verifies nothing: see `TrustStore`.
public final class RevocationList: Sendable {
    /// Octets of the longest list that is read: about five thousand entries.
    public static let longest = 262_144

    private let der: [UInt8]
    /// The name of the authority that issued it, in DER.
    public let issuer: [UInt8]
    /// Seconds since 1970.
    public let thisUpdate: Int64
    /// When the next list is due, seconds since 1970; `nil` when the list does not say.
    public let nextUpdate: Int64?
    private let signed: SignedDER
    /// Where the list lies in `der`.
    private let entries: Range<Int>

    /// Reads a list in DER.
    /// - Throws: `malformed` or `truncated` when it is not a list, or an indirect, partial or delta list.
    public init(_ octets: Span<UInt8>) throws(WireError) {
        guard octets.count <= Self.longest else { throw .malformed(at: Self.longest) }
        var whole = ByteReader(octets)
        der = try whole.array(octets.count)
        let signed = try SignedDER(octets)
        self.signed = signed
        var outer = DER(octets.extracting(signed.contents))
        var body = try outer.enter(DER.Tag.sequence)
        if body.tag == DER.Tag.integer { try body.skip() }
        guard try body.octets(DER.Tag.sequence) == signed.algorithm else { throw .malformed(at: body.offset) }
        issuer = try body.whole()
        thisUpdate = try body.time()
        nextUpdate = body.tag == DER.Tag.utcTime || body.tag == DER.Tag.generalizedTime ? try body.time() : nil
        let start = signed.contents.lowerBound
        var entries = 0..<0
        if body.tag == DER.Tag.sequence {
            var list = try body.enter(DER.Tag.sequence)
            let first = start + list.offset
            while !list.isAtEnd { try list.skip() }
            entries = first..<(start + list.offset)
        }
        self.entries = entries
        if body.tag == DER.Tag.context(0) {
            var explicit = try body.enter(DER.Tag.context(0))
            var list = try explicit.enter(DER.Tag.sequence)
            while !list.isAtEnd {
                var item = try list.enter(DER.Tag.sequence)
                try item.skip()
                if item.tag == DER.Tag.boolean { throw .malformed(at: item.offset) } // critical ones narrow the list
            }
        }
    }

    /// A list from a PEM file.
    /// - Throws: as `init(_:)`.
    public convenience init(_ block: PEM.Block) throws(WireError) { try self.init(block.der.bytes) }

    /// Number of certificates that it revokes.
    public var count: Int {
        var count = 0
        let octets = der
        var list = DER(octets.span.extracting(entries))
        while !list.isAtEnd, (try? list.skip()) != nil { count += 1 }
        return count
    }

    func revokes(_ serial: [UInt8]) -> Bool {
        let octets = der
        var list = DER(octets.span.extracting(entries))
        while !list.isAtEnd {
            guard var entry = try? list.enter(DER.Tag.sequence), let number = try? entry.octets(DER.Tag.integer) else {
                return true
            }
            if number == serial { return true }
        }
        return false
    }

    func isSigned(by key: RSAPublicKey) -> Bool { signed.verifies(der, by: key) }
}
