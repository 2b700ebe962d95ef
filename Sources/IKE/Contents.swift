import Wire

/// What a message holds: every payload taken apart and checked for its form. What the exchange wants of them is checked
/// there.
final class Contents {
    /// As it was sent too: SAi_b is what HASH_I and HASH_R are made over.
    private(set) var securityAssociation: (parsed: SAPayload, octets: [UInt8])?
    private(set) var keyExchange: [UInt8]?
    private(set) var nonce: [UInt8]?
    private(set) var hash: [UInt8]?
    private(set) var signature: [UInt8]?
    /// X.509 certificates, in their order.
    private(set) var certificates: [[UInt8]] = []
    private(set) var asksForCertificate = false
    private(set) var identities: [IdentificationPayload] = []
    private(set) var notifications: [Notification] = []
    private(set) var deletions: [Deletion] = []
    private(set) var vendorIDs: [[UInt8]] = []
    private(set) var natDetection: [[UInt8]] = []
    private(set) var natOriginalAddresses: [Address] = []
    /// The first payload's type, and where its last octet is: what HASH(1) covers begins there.
    private(set) var first: PayloadType
    private(set) var firstEnd: Int
    /// Behind the last payload, before the padding.
    private(set) var end: Int

    /// - Parameter message: whole, decrypted.
    init(_ message: Span<UInt8>, first: PayloadType, padded: Bool) throws(WireError) {
        let chain = try PayloadChain(message, first: first, padded: padded)
        self.first = first
        firstEnd = chain.places[0].body.upperBound
        end = chain.end
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
            let kind = try IdentificationPayload(body)
            guard case .address(let address)? = kind.identity else { throw .malformed(at: place.start) }
            natOriginalAddresses.append(address)
        default: break      // the private range: nothing of ours
        }
    }
}
