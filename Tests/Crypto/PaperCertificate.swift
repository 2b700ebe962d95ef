import Crypto
import Wire

/// Certificates made for one test: whatever they are to say, signed by whichever key.
struct PaperCertificate {
    var subject = "CN=leaf"
    var issuer = "CN=Paper Root"
    var isAuthority = false
    /// Object identifiers' octets; `nil` for no extended key usage.
    var purposes: [[UInt8]]?

    private static func object(_ octets: [UInt8]) -> [UInt8] { DER.element(DER.Tag.objectIdentifier, octets) }
    private static func sequence(_ parts: [UInt8]...) -> [UInt8] { DER.element(DER.Tag.sequence, parts.flatMap { $0 }) }
    private static func name(_ text: String) -> [UInt8] { DistinguishedName.der(Array(text.utf8))! }
    private static let pkcs1: [UInt8] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1]

    private func extension_(_ number: UInt8, _ value: [UInt8]) -> [UInt8] {
        Self.sequence(Self.object([0x55, 0x1d, number]), DER.element(DER.Tag.octetString, value))
    }

    /// - Parameters:
    ///   - key: the subject's.
    ///   - signer: the issuer's; or not, for a forgery.
    func made(_ key: RSAPublicKey, by signer: RSAPrivateKey) throws -> Certificate {
        let algorithm = Self.sequence(Self.object(Self.pkcs1 + [11]), [5, 0])
        let keyOctets = Self.sequence(DER.natural(key.modulus), DER.natural(key.exponent))
        let info = Self.sequence(Self.sequence(Self.object(Self.pkcs1 + [1]), [5, 0]), DER.element(DER.Tag.bitString, [0] + keyOctets))
        var extensions: [UInt8] = []
        if isAuthority { extensions += extension_(19, Self.sequence(DER.element(DER.Tag.boolean, [0xff]))) }
        if let purposes { extensions += extension_(37, DER.element(DER.Tag.sequence, purposes.flatMap { Self.object($0) })) }
        let validity = Self.sequence(
            DER.element(DER.Tag.utcTime, Array("200101000000Z".utf8)), DER.element(DER.Tag.utcTime, Array("490101000000Z".utf8)))
        var body = DER.element(DER.Tag.context(0), DER.natural([2])) + DER.natural([1]) + algorithm + Self.name(issuer) + validity
        body += Self.name(subject) + info
        if !extensions.isEmpty { body += DER.element(DER.Tag.context(3), DER.element(DER.Tag.sequence, extensions)) }
        let contents = DER.element(DER.Tag.sequence, body)
        let digest: [UInt8] = [0x30, 0x31, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0, 4, 32] + Hash.sha256(contents)
        let signature = try signer.sign(digest, random: SystemRandom())
        return try Certificate(Self.sequence(contents, algorithm, DER.element(DER.Tag.bitString, [0] + signature)))
    }
}
