import Wire

/// The payloads of a message, parsed and checked for their form. The exchanges check which payloads are present.
final class MessageContents {
    /// The SA payload, and its body as sent: HASH_I and HASH_R cover SAi_b.
    private(set) var securityAssociation: (parsed: SAPayload, octets: [UInt8])?
    private(set) var keyExchange: [UInt8]?
    private(set) var nonce: [UInt8]?
    private(set) var hash: [UInt8]?
    private(set) var signature: [UInt8]?
    /// X.509 certificates in the order of the message.
    private(set) var certificates: [[UInt8]] = []
    private(set) var asksForCertificate = false
    private(set) var identities: [IdentificationPayload] = []
    private(set) var notifications: [Notification] = []
    private(set) var deletions: [Deletion] = []
    private(set) var vendorIDs: [[UInt8]] = []
    private(set) var natDetection: [[UInt8]] = []
    private(set) var natOriginalAddresses: [Address] = []
    /// The first payload's type.
    let first: PayloadType

    /// - Parameter message: the whole message, decrypted.
    convenience init(_ message: Span<UInt8>, first: PayloadType, padded: Bool) throws(WireError) {
        try self.init(message, try PayloadChain(message, first: first, padded: padded))
    }

    /// - Parameter chain: the payloads of the same message.
    init(_ message: Span<UInt8>, _ chain: PayloadChain) throws(WireError) {
        first = chain.places[0].type
        for place in chain.places { try take(place, message.extracting(place.body)) }
    }

    private func take(_ place: PayloadPlace, _ body: Span<UInt8>) throws(WireError) {
        var reader = ByteReader(body)
        switch place.type {
        case .securityAssociation:
            guard securityAssociation == nil else { throw .malformed(at: place.start) }
            securityAssociation = (try SAPayload(body), try reader.array(body.count))
        case .keyExchange:
            guard keyExchange == nil else { throw .malformed(at: place.start) }
            keyExchange = try reader.array(body.count)
        case .nonce:
            guard nonce == nil, Limits.nonceOctets.contains(body.count) else { throw .malformed(at: place.start) }
            nonce = try reader.array(body.count)
        case .hash:
            guard hash == nil else { throw .malformed(at: place.start) }
            hash = try reader.array(body.count)
        case .identification:
            guard identities.count < 2 else { throw .malformed(at: place.start) }
            identities.append(try IdentificationPayload(body))
        case .signature:
            guard signature == nil else { throw .malformed(at: place.start) }
            signature = try reader.array(body.count)
        case .certificate:
            guard body.count > 1, body.count <= Limits.certificateOctets, certificates.count < Limits.certificates else {
                throw .malformed(at: place.start)
            }
            if try reader.uint8() == CertificateType.signature { certificates.append(try reader.array(reader.remaining)) }
        case .certificateRequest:
            if try reader.uint8() == CertificateType.signature { asksForCertificate = true }
        case .notification: notifications.append(try Notification(body))
        case .delete: deletions.append(try Deletion(body))
        case .vendorID: vendorIDs.append(try reader.array(body.count))
        case .natDetection, .draftNATDetection: natDetection.append(try reader.array(body.count))
        case .natOriginalAddress, .draftNATOriginalAddress:
            natOriginalAddresses.append(try NATDetection.originalAddress(body))
        default: break // the private range
        }
    }
}
