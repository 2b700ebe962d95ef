import Testing
import Vectors
import Wire

@testable import Crypto

/// The purposes of a chain of certificates, and the cost of following it.
@Suite struct ChainTests {
    private static let now: Int64 = 1_796_126_400
    private static let rootKey = try! RSAPrivateKey(file: Array(Certificates.westKey.utf8).span, passphrase: nil)
    private static let key = try! RSAPrivateKey(file: Array(Certificates.eastKey.utf8).span, passphrase: nil)

    private static func authority(
        _ name: String, by issuer: String, _ key: RSAPrivateKey = rootKey, signer: RSAPrivateKey = rootKey
    ) throws
        -> Certificate
    {
        try PaperCertificate(subject: name, issuer: issuer, isAuthority: true).made(key.publicKey, by: signer)
    }

    private static func store() throws -> TrustStore {
        TrustStore(authorities: [try authority("CN=Paper Root", by: "CN=Paper Root")], revocationLists: [], isStrict: false)
    }

    private static let pkix: [UInt8] = [0x2b, 6, 1, 5, 5, 7, 3]

    /// Absent, TLS server and client, the three old ones of IPsec, ipsecIKE, iKEIntermediate, any; one among others.
    @Test(
        arguments: [
            nil, [pkix + [1]], [pkix + [2]], [pkix + [5]], [pkix + [6]], [pkix + [7]], [pkix + [17]], [[0x2b, 6, 1, 5, 5, 8, 2, 2]],
            [[0x55, 0x1d, 0x25, 0]], [pkix + [4], pkix + [17]],
        ] as [[[UInt8]]?])
    func purposesThatAreTaken(_ purposes: [[UInt8]]?) throws {
        let leaf = try PaperCertificate(purposes: purposes).made(Self.key.publicKey, by: Self.rootKey)
        #expect(try Self.store().verify([leaf], at: Self.now).count == 1)
    }

    /// Code signing, mail, time stamps, OCSP; an unknown purpose; none at all.
    @Test(arguments: [[pkix + [3]], [pkix + [4]], [pkix + [8], pkix + [9]], [[0x2b, 6, 1, 4, 1, 0x99, 1]], []] as [[[UInt8]]])
    func purposesThatAreNot(_ purposes: [[UInt8]]) throws {
        let leaf = try PaperCertificate(purposes: purposes).made(Self.key.publicKey, by: Self.rootKey)
        #expect(throws: Distrust.self) { try Self.store().verify([leaf], at: Self.now) }
    }

    private func spent(_ chain: [Certificate]) throws -> (signatures: Int, steps: Int, isTrusted: Bool) {
        var budget = TrustStore.Budget()
        let whole = budget
        let isTrusted = (try? Self.store().verify(chain, at: Self.now, &budget)) != nil
        return (whole.signatures - budget.signatures, whole.steps - budget.steps, isTrusted)
    }

    @Test func oneSignatureForEachCertificate() throws {
        let middle = try Self.authority("CN=Middle", by: "CN=Paper Root", Self.key)
        let leaf = try PaperCertificate(issuer: "CN=Middle").made(Self.key.publicKey, by: Self.key)
        let spent = try spent([leaf, middle])
        #expect(spent.isTrusted && spent.signatures == 2)
    }

    /// A chain that leads to no trusted root, or to a root that the peer made, causes no verification.
    @Test func aChainOfHisOwnCostsNothing() throws {
        let root = try Self.authority("CN=His Root", by: "CN=His Root", Self.key, signer: Self.key)
        let middle = try Self.authority("CN=Middle", by: "CN=His Root", Self.key, signer: Self.key)
        let leaf = try PaperCertificate(issuer: "CN=Middle").made(Self.key.publicKey, by: Self.key)
        #expect(try spent([leaf, middle, root]) == (0, 2, false))
        #expect(try spent([leaf, middle]) == (0, 2, false))
        // One that says to come from our authority costs the one signature that shows the contrary, and not those below it.
        let forged = try Self.authority("CN=Middle", by: "CN=Paper Root", Self.key, signer: Self.key)
        #expect(try spent([leaf, forged]) == (1, 2, false))
    }

    /// Two authorities that vouch for each other, in many copies: it comes to an end soon.
    @Test func circles() throws {
        var chain = [try PaperCertificate(issuer: "CN=A").made(Self.key.publicKey, by: Self.key)]
        for _ in 0..<3 {
            chain.append(try Self.authority("CN=A", by: "CN=B", Self.key, signer: Self.key))
            chain.append(try Self.authority("CN=B", by: "CN=A", Self.key, signer: Self.key))
        }
        let spent = try spent(chain)
        #expect(!spent.isTrusted && spent.signatures == 0 && spent.steps <= 200, "\(spent)")
    }

    /// Of two authorities with one name and different keys, either may have signed.
    @Test func authoritiesOfOneName() throws {
        let both = [
            try Self.authority("CN=Paper Root", by: "CN=Paper Root", Self.key, signer: Self.key),
            try Self.authority("CN=Paper Root", by: "CN=Paper Root"),
        ]
        let store = TrustStore(authorities: both, revocationLists: [], isStrict: false)
        for signer in [Self.key, Self.rootKey] {
            let leaf = try PaperCertificate().made(Self.key.publicKey, by: signer)
            #expect(try store.verify([leaf], at: Self.now).count == 1)
        }
    }
}
