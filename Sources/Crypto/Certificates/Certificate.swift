import Wire

/// An X.509 certificate (RFC 5280), as far as IKE needs it. Reading it verifies nothing: see `TrustStore`.
public final class Certificate: Sendable {
    /// Octets of the longest certificate that is read.
    public static let longest = 8192

    /// The whole certificate, as it was read.
    public let der: [UInt8]
    /// The subject's name in DER.
    public let subject: [UInt8]
    /// The issuer's name in DER.
    public let issuer: [UInt8]
    /// The serial number: the contents of the INTEGER.
    public let serial: [UInt8]
    /// First second of validity, since 1970.
    public let notBefore: Int64
    /// Last second of validity, since 1970.
    public let notAfter: Int64
    /// The subject's key; `nil` when it is not an RSA key, or one that `RSAPublicKey` refuses.
    public let publicKey: RSAPublicKey?
    let extensions: CertificateExtensions
    private let signed: SignedDER

    /// Reads a certificate in DER.
    /// - Throws: `malformed` or `truncated` when it is not a certificate of version 3 or 1.
    public init(_ octets: Span<UInt8>) throws(WireError) {
        guard octets.count <= Self.longest else { throw .malformed(at: Self.longest) }
        var whole = ByteReader(octets)
        der = try whole.array(octets.count)
        let signed = try SignedDER(octets)
        self.signed = signed
        var outer = DER(octets.extracting(signed.contents))
        var body = try outer.enter(DER.Tag.sequence)
        if body.tag == DER.Tag.context(0) { try body.skip() }
        serial = try body.octets(DER.Tag.integer)
        guard try body.octets(DER.Tag.sequence) == signed.algorithm else { throw .malformed(at: body.offset) }
        issuer = try body.whole()
        var validity = try body.enter(DER.Tag.sequence)
        notBefore = try validity.time()
        notAfter = try validity.time()
        subject = try body.whole()
        publicKey = try Self.publicKey(body.enter(DER.Tag.sequence))
        // Unique identifiers (RFC 5280 §4.1.2.8), which are not used.
        while body.tag == 0x81 || body.tag == 0x82 { try body.skip() }
        var extensions = CertificateExtensions()
        if body.tag == DER.Tag.context(3) {
            var explicit = try body.enter(DER.Tag.context(3))
            var list = try explicit.enter(DER.Tag.sequence)
            while !list.isAtEnd { try extensions.take(list.enter(DER.Tag.sequence)) }
        }
        self.extensions = extensions
        try body.finish()
    }

    /// As `init(_:)` for borrowed octets.
    public convenience init(_ octets: [UInt8]) throws(WireError) { try self.init(octets.span) }
    /// A certificate from a PEM file.
    /// - Throws: as `init(_:)`.
    public convenience init(_ block: PEM.Block) throws(WireError) { try self.init(block.der.bytes) }

    private static func publicKey(_ info: consuming DER) throws(WireError) -> RSAPublicKey? {
        var info = info
        var algorithm = try info.enter(DER.Tag.sequence)
        let name = try algorithm.octets(DER.Tag.objectIdentifier)
        var bits = try info.octets(DER.Tag.bitString)
        guard name == ObjectIdentifier.rsaEncryption, bits.first == 0 else { return nil }
        bits.removeFirst()
        var outer = DER(bits.span)
        var numbers = try outer.enter(DER.Tag.sequence)
        let modulus = try numbers.natural()
        return RSAPublicKey(modulus: modulus, exponent: try numbers.natural())
    }

    func isSigned(by key: RSAPublicKey) -> Bool { signed.verifies(der, by: key) }

    /// Whether it is signed with an algorithm that is accepted: RSA with SHA-2.
    var isSoundlySigned: Bool { signed.hash != nil }

    /// Whether subject and issuer have the same name. The signature is not checked.
    public var isSelfIssued: Bool { DistinguishedName.areSame(subject, issuer) }

    /// Whether it may issue certificates (basicConstraints, RFC 5280 §4.2.1.9).
    public var isAuthority: Bool { extensions.isAuthority }

    /// Subject alternative names.
    public var alternativeNames: [Identity] { extensions.alternativeNames }

    /// Whether it says that its subject is `identity`: as the subject, or as an alternative name.
    public func names(_ identity: Identity) -> Bool {
        if case .distinguishedName(let name) = identity, DistinguishedName.areSame(name, subject) { return true }
        for name in extensions.alternativeNames {
            if case .distinguishedName(let one) = name, case .distinguishedName(let two) = identity {
                if DistinguishedName.areSame(one, two) { return true }
            } else if name.matches(identity) {
                return true
            }
        }
        return false
    }
}

/// What a certificate's extensions say (RFC 5280 §4.2).
struct CertificateExtensions: Sendable {
    var isAuthority = false
    /// How many authorities may follow below; `nil` for any number.
    var pathLength: Int?
    /// Bits from the highest: 0 digitalSignature, 1 nonRepudiation, 5 keyCertSign, 6 cRLSign. `nil` allows all.
    var usage: UInt8?
    /// Extended key usage says nothing, or that the key is for IKE.
    var isForIKE = true
    var alternativeNames: [Identity] = []
    /// Of the subject's key and of the issuer's; empty when it says nothing.
    var subjectKey: [UInt8] = []
    var authorityKey: [UInt8] = []
    /// One that must be understood and is not.
    var hasUnknownCritical = false

    func allows(_ bit: UInt8) -> Bool { usage.map { $0 & (0x80 >> bit) != 0 } ?? true }

    /// The purposes that make a certificate one for IKE: ipsecIKE (RFC 4945 §5.1.3.12) and those for IPsec before it, Apple's
    /// and Cisco's iKEIntermediate, any; and TLS's server and client, which is what most authorities give a gateway, and what
    /// libreswan, strongSwan and Windows take.
    private static func isPurposeOfIKE(_ name: [UInt8]) -> Bool {
        let pkix: [UInt8] = [0x2b, 6, 1, 5, 5, 7, 3]
        if name.count == 8, name.starts(with: pkix) { return [1, 2, 5, 6, 7, 17].contains(name[7]) }
        return name == [0x2b, 6, 1, 5, 5, 8, 2, 2] || name == [0x55, 0x1d, 0x25, 0]
    }

    /// Alternative names of one certificate that are kept.
    private static let names = 16

    mutating func take(_ item: consuming DER) throws(WireError) {
        var item = item
        let name = try item.octets(DER.Tag.objectIdentifier)
        var isCritical = false
        if item.tag == DER.Tag.boolean { isCritical = try item.octets(DER.Tag.boolean) != [0] }
        var value = try item.enter(DER.Tag.octetString)
        guard name.count == 3, name[0] == 0x55, name[1] == 0x1d else {
            if isCritical { hasUnknownCritical = true }
            return
        }
        switch name[2] {
        case 14: subjectKey = try value.octets(DER.Tag.octetString)
        case 35:
            var list = try value.enter(DER.Tag.sequence)
            if list.tag == 0x80 { authorityKey = try list.octets(0x80) }
        case 15:
            let bits = try value.octets(DER.Tag.bitString)
            guard bits.count >= 2 else { throw .malformed(at: value.offset) }
            usage = bits[1]
        case 17: try takeNames(value.enter(DER.Tag.sequence))
        case 19:
            var list = try value.enter(DER.Tag.sequence)
            if list.tag == DER.Tag.boolean { isAuthority = try list.octets(DER.Tag.boolean) != [0] }
            if !list.isAtEnd { pathLength = try list.number() }
        case 37:
            var list = try value.enter(DER.Tag.sequence)
            isForIKE = false
            while !list.isAtEnd {
                if Self.isPurposeOfIKE(try list.octets(DER.Tag.objectIdentifier)) { isForIKE = true }
            }
        default: if isCritical { hasUnknownCritical = true }
        }
    }

    private mutating func takeNames(_ list: consuming DER) throws(WireError) {
        var list = list
        while !list.isAtEnd, alternativeNames.count < Self.names {
            let kind = list.tag
            let octets = try list.octets(kind)
            switch kind {
            case 0x81: alternativeNames.append(.userFQDN(Name(octets)))
            case 0x82: alternativeNames.append(.fqdn(Name(octets)))
            case 0x87: if let address = Address(octets.span) { alternativeNames.append(.address(address)) }
            case DER.Tag.context(4): alternativeNames.append(.distinguishedName(octets))
            default: break
            }
        }
    }
}
