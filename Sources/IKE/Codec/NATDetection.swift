import Crypto
import Wire

/// The version of NAT traversal: RFC 3947, or its drafts 02 and 03, which use other numbers.
enum NATDialect: Equatable {
    case rfc, draft

    var detectionPayload: PayloadType { self == .rfc ? .natDetection : .draftNATDetection }
    var originalAddressPayload: PayloadType { self == .rfc ? .natOriginalAddress : .draftNATOriginalAddress }
}

/// NAT-D (RFC 3947 §3.2): each end sends hashes of both endpoints as it sees them. A difference shows a NAT.
struct NATDetection: Equatable {
    /// A NAT translates our address, so we send keepalives (RFC 3948 §4).
    var isLocalTranslated = false
    var isPeerTranslated = false
    /// Act as if a NAT were detected (`forceencaps=`).
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

    /// NAT-OA (RFC 3947 §5.2): a type, three reserved octets and the address. The reserved octets are ignored, since racoon writes
    /// a port there.
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

    /// Evaluates the peer's hashes: first that of our endpoint, then one or more of its own.
    init(received: [[UInt8]], local: [UInt8], peer: [UInt8]) {
        guard let first = received.first, received.count > 1 else { return }
        isLocalTranslated = first != local
        isPeerTranslated = !received.dropFirst().contains(peer)
    }

    /// Where the NATs are, for a program.
    var place: StaticString {
        isLocalTranslated ? isPeerTranslated ? "both" : "here" : isPeerTranslated ? "peer" : "none"
    }

    /// The result for the log line of an established ISAKMP SA.
    var words: StaticString {
        switch (isLocalTranslated, isPeerTranslated) {
        case (false, false): isForced ? "encapsulation forced" : "no NAT"
        case (true, false): "we are behind NAT"
        case (false, true): "the peer is behind NAT"
        case (true, true): "both ends are behind NAT"
        }
    }
}
