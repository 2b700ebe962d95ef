import Crypto
import Wire

/// Which numbers NAT traversal goes by: RFC 3947's, or those of its drafts 02 and 03.
enum NATDialect: Equatable {
    case rfc, draft

    var detectionPayload: PayloadType { self == .rfc ? .natDetection : .draftNATDetection }
    var originalAddressPayload: PayloadType { self == .rfc ? .natOriginalAddress : .draftNATOriginalAddress }
}

/// NAT-D (RFC 3947 §3.2): each end sends the hash of the addresses and ports as it sees them, and finds NATs where they
/// differ.
struct NATDetection: Equatable {
    /// Somebody translates our address: keepalives are ours to send (RFC 3948 §4).
    var isLocalTranslated = false
    var isPeerTranslated = false
    /// Behave as if there were one.
    var isForced = false
    var found: Bool { isLocalTranslated || isPeerTranslated || isForced }

    static func hash(_ hash: Hash, _ initiatorCookie: UInt64, _ responderCookie: UInt64, _ end: Endpoint) -> [UInt8] {
        var writer = ByteWriter(capacity: 36)
        writer.uint64(initiatorCookie)
        writer.uint64(responderCookie)
        writer.append(end.address.octets)
        writer.uint16(end.port)
        return hash(writer.bytes)
    }

    /// NAT-OA (RFC 3947 §5.2): a type, three reserved octets and the address. What is in the reserved ones is ignored: racoon
    /// writes a port there.
    static func originalAddress(_ body: Span<UInt8>) throws(WireError) -> Address {
        var reader = ByteReader(body)
        let type = try reader.uint8()
        try reader.skip(3)
        let octets = try reader.array(reader.remaining)
        guard let address = Address(octets.span),
            IdentificationPayload(Identity.address(address)).octets[0] == type
        else { throw .malformed(at: 0) }
        return address
    }

    init() {}

    /// Judges what the peer sent: first its hash of us, then one or more of itself.
    init(received: [[UInt8]], local: [UInt8], peer: [UInt8]) {
        guard let first = received.first, received.count > 1 else { return }
        isLocalTranslated = first != local
        isPeerTranslated = !received.dropFirst().contains(peer)
    }

    /// In a few words, for the line that says the ISAKMP SA stands.
    var words: StaticString {
        switch (isLocalTranslated, isPeerTranslated) {
        case (false, false): isForced ? "encapsulation forced" : "no NAT"
        case (true, false): "we are behind NAT"
        case (false, true): "the peer is behind NAT"
        case (true, true): "both ends are behind NAT"
        }
    }
}
