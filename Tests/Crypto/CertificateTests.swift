import Crypto
import Testing
import Vectors
import Wire

@Suite struct CertificateTests {
    /// Noon of 1 December 2026.
    static let now: Int64 = 1_796_126_400

    static func certificate(_ pem: String) throws -> Certificate {
        let block = try #require(PEM.read(Array(pem.utf8).span).first)
        return try Certificate(block.der.bytes)
    }

    static func list(_ pem: String) throws -> RevocationList {
        let block = try #require(PEM.read(Array(pem.utf8).span).first)
        return try RevocationList(block.der.bytes)
    }

    private func store(
        _ authorities: [String] = [Certificates.root], lists: [String] = [], isStrict: Bool = false
    ) throws -> TrustStore {
        TrustStore(
            authorities: try authorities.map(Self.certificate), revocationLists: try lists.map(Self.list), isStrict: isStrict)
    }

    /// Why a chain is not believed; `nil` when it is.
    private func code(_ store: TrustStore, _ chain: [String]) throws -> MessageCode? {
        do {
            _ = try store.verify(try chain.map(Self.certificate), at: Self.now)
            return nil
        } catch let error as Distrust { return error.code }
    }

    /// Why a chain is not trusted, as the administrator is told: the reasons of this suite are tested as sentences.
    private func distrust(_ store: TrustStore, _ chain: [String], at now: Int64 = now) throws -> String? {
        let chain = try chain.map(Self.certificate)
        do {
            _ = try store.verify(chain, at: now)
            return nil
        } catch {
            return error.reason.text
        }
    }

    @Test func whatACertificateSays() throws {
        let west = try Self.certificate(Certificates.west)
        #expect(DistinguishedName.text(west.subject).text == "C=DE, O=Example, CN=west")
        #expect(DistinguishedName.text(west.issuer).text == "C=DE, O=Example, CN=Middle")
        #expect(west.notBefore / 86_400 == 1_795_472_400 / 86_400 && west.notAfter - west.notBefore == 36_500 * 86_400)
        #expect(west.publicKey?.bitCount == 1024 && !west.isAuthority && !west.isSelfIssued)
        #expect(try Self.certificate(Certificates.root).isSelfIssued)
        #expect(try Self.certificate(Certificates.middle).isAuthority)
        #expect(try Self.certificate(Certificates.ec).publicKey == nil)
        let key = try RSAPrivateKey(file: Array(Certificates.westKey.utf8).span, passphrase: nil)
        #expect(west.publicKey?.equals(key.publicKey) == true)
    }

    @Test func whomACertificateNames() throws {
        let west = try Self.certificate(Certificates.west)
        func name(_ text: String) -> Identity { .distinguishedName(DistinguishedName.der(Array(text.utf8))!) }
        for identity in [
            name("C=DE, O=Example, CN=west"), name("c=de,o=example,cn=WEST"), name("C=DE, CN=other west"), .fqdn("west.example.com"),
            .fqdn("West.Example.Com"), .userFQDN("west@example.com"), .address(Address("192.0.2.1")!), .address(Address("2001:db8::1")!),
        ] { #expect(west.names(identity), "\(identity)") }
        for identity in [
            name("C=DE, O=Example, CN=*"), name("O=Example, CN=west"), name("CN=west"), .fqdn("example.com"), .fqdn("west@example.com"),
            .address(Address("192.0.2.2")!), .keyID(Array("west".utf8)), .distinguishedName([]), .distinguishedName([0x30, 0]),
        ] { #expect(!west.names(identity), "\(identity)") }
        // `*` in a certificate stands for nothing but itself.
        let star = try Self.certificate(Certificates.star)
        #expect(!star.names(name("C=DE, O=Example, CN=east")) && star.names(name("C=DE, O=Example, CN=*")))
    }

    @Test func chains() throws {
        let store = try store()
        #expect(try distrust(store, [Certificates.west, Certificates.middle]) == nil)
        #expect(try distrust(store, [Certificates.east, Certificates.rogue, Certificates.middle, Certificates.root]) == nil)
        #expect(
            try distrust(store, [Certificates.west])?.contains("\"C=DE, O=Example, CN=Middle\", which is not in ipsec.d/cacerts") == true)
        #expect(try distrust(store, [])?.contains("no certificate") == true)
        // The authority in the middle is known: it need not be sent.
        #expect(try distrust(self.store([Certificates.root, Certificates.middle]), [Certificates.west]) == nil)
        // Only it is trusted: an administrator put it here.
        #expect(try distrust(self.store([Certificates.middle]), [Certificates.west]) == nil)
        let issuers = try store.verify([Certificates.west, Certificates.middle].map(Self.certificate), at: Self.now)
        #expect(issuers.map { DistinguishedName.text($0).text } == ["C=DE, O=Example, CN=Middle", "C=DE, O=Example, CN=Root"])
    }

    @Test(arguments: [
        ([Certificates.forged, Certificates.middle], "\"C=DE, O=Example, CN=Middle\", which is not in ipsec.d/cacerts"),
        ([Certificates.forged, Certificates.rogue], "who vouches for itself, is not in ipsec.d/cacerts"),
        ([Certificates.rogue], "not meant for signatures"),
        ([Certificates.below, Certificates.west, Certificates.middle], "not one of an authority"),
        ([Certificates.deep, Certificates.deeper, Certificates.middle], "not one of an authority"),
        ([Certificates.sha1, Certificates.middle], "SHA-256"),
        ([Certificates.encr, Certificates.middle], "not meant for signatures"),
        ([Certificates.crit, Certificates.middle], "critical extension"),
        ([Certificates.ec, Certificates.middle], "no RSA key"),
        ([Certificates.root], "not meant for signatures"),
        ([Certificates.middle, Certificates.root], "not meant for signatures"),
    ])
    func chainsThatAreNotBelieved(_ chain: [String], _ reason: String) throws {
        let found = try distrust(store(), chain)
        #expect(found?.contains(reason) == true, "\(found ?? "believed")")
    }

    @Test func validity() throws {
        let store = try store()
        #expect(
            try distrust(store, [Certificates.brief, Certificates.middle]) == "the certificate of \"C=DE, O=Example, CN=brief\" has expired"
        )
        #expect(try distrust(store, [Certificates.brief, Certificates.middle], at: 1_795_500_000) == nil)
        #expect(try distrust(store, [Certificates.west, Certificates.middle], at: 0)?.contains("not valid yet") == true)
        #expect(try distrust(store, [Certificates.west, Certificates.middle], at: 6_000_000_000)?.contains("expired") == true)
    }

    @Test func revocation() throws {
        let lists = [Certificates.middleCRL, Certificates.rootCRL]
        let chain = [Certificates.revoked, Certificates.middle]
        #expect(try Self.list(Certificates.middleCRL).count == 1 && Self.list(Certificates.rootCRL).count == 0)
        #expect(try distrust(store(), chain) == nil)
        #expect(try code(store(lists: lists), chain) == .certificateRevoked)
        #expect(try code(store(lists: lists, isStrict: true), chain) == .certificateRevoked)
        let good = [Certificates.west, Certificates.middle]
        #expect(try distrust(store(lists: lists, isStrict: true), good) == nil)
        for lists in [
            [], [Certificates.middleCRL], [Certificates.rootCRL], [Certificates.rootCRL, Certificates.staleCRL],
            [Certificates.rootCRL, Certificates.rogueCRL],
        ] {
            #expect(try distrust(store(lists: lists), good) == nil)
            #expect(try distrust(store(lists: lists, isStrict: true), good)?.contains("strictcrlpolicy=yes") == true)
        }
        // One out of date still revokes, another's does not.
        #expect(try distrust(store(lists: [Certificates.middleCRL]), chain, at: 4_300_000_000)?.contains("revoked") == true)
        #expect(try distrust(store(lists: [Certificates.rogueCRL]), chain) == nil)
    }

    /// Every octet changed, every length cut: an error or another certificate, never a crash, and never one that is believed.
    @Test func damage() throws {
        let store = try store([Certificates.root, Certificates.middle], lists: [Certificates.middleCRL])
        let whole = try Self.certificate(Certificates.west).der
        for length in 0..<whole.count { #expect(throws: WireError.self) { try Certificate(Array(whole.prefix(length))) } }
        #expect(throws: WireError.self) { try Certificate(whole + [0]) }
        for index in whole.indices {
            for flip in [0x01, 0x80, 0xff] as [UInt8] {
                var damaged = whole
                damaged[index] ^= flip
                guard let read = try? Certificate(damaged) else { continue }
                #expect(throws: Distrust.self, "octet \(index)") { try store.verify([read], at: Self.now) }
            }
        }
        let list = try #require(PEM.read(Array(Certificates.middleCRL.utf8).span).first).der
        for length in 0..<list.count { #expect(throws: WireError.self) { try RevocationList(list.slice(0..<length).bytes) } }
        for index in 0..<list.count {
            list.withMutableBytes { $0[index] ^= 0xff }
            if let read = try? RevocationList(list.bytes) { _ = read.count }
            list.withMutableBytes { $0[index] ^= 0xff }
        }
    }
}
