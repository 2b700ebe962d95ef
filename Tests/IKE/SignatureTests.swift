import Crypto
import Testing
import Vectors
import Wire

@testable import IKE

/// Main Mode with RSA signatures, both roles.
@Suite struct SignatureTests {
    static let westKey = try! RSAPrivateKey(file: Array(Certificates.westKey.utf8).span, passphrase: nil)
    static let eastKey = try! RSAPrivateKey(file: Array(Certificates.eastKey.utf8).span, passphrase: nil)
    static let otherKey = try! RSAPrivateKey(file: Array(RSAKeys.pkcs1.utf8).span, passphrase: nil)
    static let now: Int64 = 1_796_126_400

    static func certificates(_ pems: [String]) -> [Certificate] {
        pems.map { pem in
            let block = PEM.read(Array(pem.utf8).span)[0]
            return try! Certificate(block.der.bytes)
        }
    }

    static let store = TrustStore(
        authorities: certificates([Certificates.root]),
        revocationLists: [], isStrict: false)

    static func raw(_ own: RSAPrivateKey, _ peer: RSAPrivateKey...) -> RSACredentials {
        RSACredentials(
            privateKey: own, chain: [], sendCertificate: .ifAsked, peerKeys: peer.map { $0.publicKey }, trust: nil,
            peerAuthority: nil)
    }

    static func x509(
        _ own: RSAPrivateKey, _ chain: [String], send: SendCertificate = .ifAsked, trust: TrustStore? = store,
        authority: String? = nil, peers: [RSAPrivateKey] = []
    ) -> RSACredentials {
        RSACredentials(
            privateKey: own, chain: certificates(chain), sendCertificate: send, peerKeys: peers.map { $0.publicKey }, trust: trust,
            peerAuthority: authority.flatMap { DistinguishedName.der(Array($0.utf8)) })
    }

    static func name(_ text: String) -> Identity { .distinguishedName(DistinguishedName.der(Array(text.utf8))!) }

    /// A world where west and east have these credentials and no secret.
    private func world(
        _ west: RSACredentials?, _ east: RSACredentials?, _ change: (inout Policy, Side) -> Void = { _, _ in }
    ) -> Simulation {
        let world = Simulation()
        world.west.engine.wallTime = Self.now
        world.east.engine.wallTime = Self.now
        world.add { policy, side in
            policy.presharedKey = nil
            policy.rsa = side === world.west ? west : east
            change(&policy, side)
        }
        return world
    }

    private func certified(
        _ west: RSACredentials, _ east: RSACredentials, _ change: (inout Policy, Side) -> Void = { _, _ in }
    ) -> Simulation {
        let ids = [Self.name("C=DE, O=Example, CN=west"), Self.name("C=DE, O=Example, CN=east")]
        let names = [west === east ? ids[0] : ids[0], ids[1]]
        return world(west, east) { policy, side in
            let isWest = policy.local == Address("192.0.2.1")
            (policy.localID, policy.remoteID) = isWest ? (names[0], names[1]) : (names[1], names[0])
            change(&policy, side)
        }
    }

    @Test func rawKeys() {
        for isWest in [true, false] {
            let world = world(Self.raw(Self.westKey, Self.eastKey), Self.raw(Self.eastKey, Self.westKey))
            world.initiate(isWest ? world.west : world.east)
            world.run(seconds: 1)
            #expect(world.isTunnelUp && world.west.engine.isakmpSAs.contains { $0.proof != nil } && world.sent.count == 9)
        }
    }

    @Test func rollover() {
        let world = world(Self.raw(Self.westKey, Self.otherKey, Self.eastKey), Self.raw(Self.eastKey, Self.otherKey, Self.westKey))
        world.initiate(world.west)
        world.run(seconds: 1)
        #expect(world.isTunnelUp)
    }

    @Test func theWrongKey() {
        for (west, east) in [
            (Self.raw(Self.westKey, Self.otherKey), Self.raw(Self.eastKey, Self.westKey)),
            (Self.raw(Self.westKey, Self.eastKey), Self.raw(Self.eastKey, Self.otherKey)),
            (Self.raw(Self.westKey), Self.raw(Self.eastKey, Self.westKey)),
        ] {
            let world = world(west, east)
            world.initiate(world.west)
            world.run(seconds: 60)
            #expect(world.west.established.isEmpty && world.east.established.isEmpty && world.west.failures.count == 1)
            #expect(
                world.west.saw(.keysDiffer) || world.east.saw(.keysDiffer) || world.west.engine.counters.unauthenticated > 0)
        }
    }

    /// Both ends take both: signatures are preferred. Where one has only the secret, it is the secret.
    @Test func secretOrSignature() {
        for (hasWest, hasEast) in [(true, true), (true, false), (false, true)] {
            let world = world(
                hasWest ? Self.raw(Self.westKey, Self.eastKey) : nil, hasEast ? Self.raw(Self.eastKey, Self.westKey) : nil
            ) { policy, _ in policy.presharedKey = Secret(Array("a secret only for tests".utf8)) }
            world.initiate(world.west)
            world.run(seconds: 1)
            #expect(world.isTunnelUp)
            #expect((world.west.engine.isakmpSAs.contains { $0.proof != nil }) == (hasWest && hasEast))
        }
    }

    @Test func aPeerWithAnotherMethod() {
        let world = world(Self.raw(Self.westKey, Self.eastKey), nil) { policy, side in
            if policy.rsa == nil { policy.presharedKey = Secret(Array("a secret only for tests".utf8)) }
        }
        world.initiate(world.west)
        world.run(seconds: 60)
        #expect(world.east.saw(.noProposal) && !world.isTunnelUp)
    }

    @Test func certificates() {
        for send in [SendCertificate.ifAsked, .always] {
            let world = certified(
                Self.x509(Self.westKey, [Certificates.west, Certificates.middle], send: send),
                Self.x509(Self.eastKey, [Certificates.east, Certificates.middle], send: send))
            world.initiate(world.west)
            world.run(seconds: 1)
            #expect(world.isTunnelUp)
            #expect(world.east.saw("peer C=DE, O=Example, CN=west"))
        }
    }

    @Test func alternativeNamesAndWildcards() {
        let world = world(
            Self.x509(Self.westKey, [Certificates.west, Certificates.middle]),
            Self.x509(Self.eastKey, [Certificates.east, Certificates.middle])
        ) { policy, _ in
            if policy.local == Address("192.0.2.1") {
                (policy.localID, policy.remoteID) = (.userFQDN("west@example.com"), Self.name("C=DE, O=Example, CN=*"))
            } else {
                (policy.localID, policy.remoteID) = (Self.name("C=DE, O=Example, CN=east"), .userFQDN("west@example.com"))
            }
        }
        world.initiate(world.west)
        world.run(seconds: 1)
        #expect(world.isTunnelUp)
    }

    @Test func certificatesThatAreNotBelieved() {
        let east = Self.x509(Self.eastKey, [Certificates.east, Certificates.middle])
        let crl = TrustStore(
            authorities: Self.certificates([Certificates.root]), revocationLists: [], isStrict: true)
        let cases: [(RSACredentials, RSACredentials, String)] = [
            (Self.x509(Self.westKey, [Certificates.west]), east, "not in ipsec.d/cacerts"),
            (Self.x509(Self.westKey, []), east, "sends no certificate"),
            (Self.x509(Self.westKey, [Certificates.west, Certificates.middle], send: .never), east, "sends no certificate"),
            (Self.x509(Self.otherKey, [Certificates.west, Certificates.middle]), east, "not made with its certificate's key"),
            (Self.x509(Self.westKey, [Certificates.star, Certificates.middle]), east, "does not name its ID"),
            (Self.x509(Self.westKey, [Certificates.forged, Certificates.middle]), east, "not made with its certificate's key"),
            (
                Self.x509(Self.westKey, [Certificates.west, Certificates.middle]),
                Self.x509(Self.eastKey, [Certificates.east, Certificates.middle], trust: crl),
                "strictcrlpolicy"
            ),
            (
                Self.x509(Self.westKey, [Certificates.west, Certificates.middle]),
                Self.x509(Self.eastKey, [Certificates.east, Certificates.middle], authority: "C=DE, O=Another, CN=*"),
                "did not issue its certificate"
            ),
            (
                Self.x509(Self.westKey, [Certificates.west, Certificates.middle]), Self.raw(Self.eastKey, Self.otherKey),
                "not made with the key we have"
            ),
        ]
        for (west, east, reason) in cases {
            let world = certified(west, east)
            world.initiate(world.west)
            world.run(seconds: 60)
            #expect(!world.isTunnelUp && world.east.established.isEmpty && world.east.saw(reason), "\(reason): \(world.east.said)")
        }
        let world = certified(Self.x509(Self.westKey, [Certificates.west, Certificates.middle]), east)
        world.east.engine.wallTime = 1000
        world.initiate(world.west)
        world.run(seconds: 60)
        #expect(!world.isTunnelUp && world.east.saw("not valid yet"))
    }

    @Test func theAuthorityThatIsAskedFor() {
        let world = certified(
            Self.x509(Self.westKey, [Certificates.west, Certificates.middle], authority: "C=DE, O=Example, CN=Root"),
            Self.x509(Self.eastKey, [Certificates.east, Certificates.middle], authority: "C=DE, O=Example, CN=Middle"))
        world.initiate(world.west)
        world.run(seconds: 1)
        #expect(world.isTunnelUp)
    }

    /// Two road warriors from one address: each is told by its ID and key, not by where it comes from.
    @Test func roadWarriorsWithAKeyEach() {
        let world = Simulation()
        for side in [world.west, world.east] { side.engine.wallTime = Self.now }
        world.add(
            { policy, side in
                policy.presharedKey = nil
                policy.rsa = side === world.west ? Self.raw(Self.otherKey, Self.eastKey) : Self.raw(Self.eastKey, Self.otherKey)
                if side === world.east { policy.remote = nil }
                (policy.localID, policy.remoteID) = side === world.west ? (.fqdn("one"), .fqdn("gate")) : (.fqdn("gate"), .fqdn("one"))
            }, id: 1)
        world.add(
            { policy, side in
                policy.presharedKey = nil
                policy.rsa = side === world.west ? Self.raw(Self.westKey, Self.eastKey) : Self.raw(Self.eastKey, Self.westKey)
                if side === world.east { policy.remote = nil }
                (policy.localID, policy.remoteID) = side === world.west ? (.fqdn("two"), .fqdn("gate")) : (.fqdn("gate"), .fqdn("two"))
                policy.localSelector = Selector(Subnet(Address(side === world.west ? "10.0.3.0" : "10.0.2.0")!, prefix: 24))
                policy.remoteSelector = Selector(Subnet(Address(side === world.west ? "10.0.2.0" : "10.0.3.0")!, prefix: 24))
            }, id: 2)
        world.initiate(world.west, 2)
        world.run(seconds: 1)
        #expect(world.isTunnelUp && world.east.established == [ConnectionID(2)])
        world.initiate(world.west, 1)
        world.run(seconds: 1)
        #expect(world.isTunnelUp && world.east.established == [ConnectionID(2), ConnectionID(1)])
    }

    /// A peer that has a key of ours cannot use another peer's ID with it.
    @Test func anothersIdentity() {
        let world = Simulation()
        world.add(
            { policy, side in
                policy.presharedKey = nil
                policy.rsa = side === world.west ? Self.raw(Self.otherKey, Self.eastKey) : Self.raw(Self.eastKey, Self.westKey)
                (policy.localID, policy.remoteID) = side === world.west ? (.fqdn("two"), .fqdn("gate")) : (.fqdn("gate"), .fqdn("two"))
            }, id: 1)
        world.east.engine.add(
            {
                var policy = Policy.example(local: world.eastAddress, remote: world.westAddress, id: 2)
                policy.presharedKey = nil
                policy.rsa = Self.raw(Self.eastKey, Self.otherKey)
                (policy.localID, policy.remoteID) = (.fqdn("gate"), .fqdn("one"))
                return policy
            }())
        world.initiate(world.west)
        world.run(seconds: 60)
        #expect(world.east.established.isEmpty && world.east.saw(.keysDiffer))
    }

    /// A peer without a key asks for an ID that we know, and for an unknown one: the answers are the same, octet by octet
    /// but for their message ID.
    @Test func anUnknownIDIsAnsweredAsAKnownOne() {
        func answers(_ id: Name, _ east: RSACredentials, chain: [String] = []) -> [[UInt8]] {
            let world = world(Self.x509(Self.otherKey, chain, send: .always, trust: nil, peers: [Self.eastKey]), east) { policy, side in
                (policy.localID, policy.remoteID) =
                    policy.local == Address("192.0.2.1")! ? (.fqdn(id), .fqdn("gate")) : (.fqdn("gate"), .fqdn("road"))
            }
            world.initiate(world.west)
            world.run(seconds: 1)
            #expect(world.east.established.isEmpty)
            // Informational, in clear.
            return world.sent.filter { $0.from.address == world.eastAddress && $0.octets[18] == 5 }.map { Array($0.octets[24...]) }
        }
        for east in [Self.raw(Self.eastKey, Self.westKey), Self.x509(Self.eastKey, [])] {
            let known = answers("road", east)
            #expect(known.count == 1 && known == answers("nobody", east))
            #expect(answers("road", east, chain: [Certificates.west]) == answers("nobody", east, chain: [Certificates.west]))
        }
    }

    /// A peer with a key that we trust is told that its ID is unknown.
    @Test func whoIsTrustedIsToldOfHisID() {
        let world = world(Self.raw(Self.westKey, Self.eastKey), Self.raw(Self.eastKey, Self.westKey)) { policy, side in
            (policy.localID, policy.remoteID) =
                policy.local == Address("192.0.2.1")! ? (.fqdn("other"), .fqdn("gate")) : (.fqdn("gate"), .fqdn("road"))
        }
        world.initiate(world.west)
        world.run(seconds: 1)
        #expect(world.east.saw(.noConnection) && world.east.saw("@other"))
        #expect(world.sent.contains { $0.octets[18] == 5 && $0.octets.suffix(2) == [0, 18] })
    }

    /// Nothing but the same signature comes of a retransmission, and a lost message costs nothing but time.
    @Test func lostAndRepeated() {
        for lost in 0..<9 {
            let world = certified(
                Self.x509(Self.westKey, [Certificates.west, Certificates.middle]),
                Self.x509(Self.eastKey, [Certificates.east, Certificates.middle]))
            world.treatment = { $0.number == lost ? [] : [$0, $0] }
            world.initiate(world.west)
            world.run(seconds: 30)
            #expect(world.isTunnelUp, "without datagram \(lost)")
        }
    }

    /// Any octet of the last pair changed: no tunnel from that message, and no crash.
    @Test func damagedMessages() {
        for number in [4, 5] {
            for place in stride(from: 28, to: 1600, by: 97) {
                let world = certified(
                    Self.x509(Self.westKey, [Certificates.west, Certificates.middle]),
                    Self.x509(Self.eastKey, [Certificates.east, Certificates.middle]))
                world.treatment = { datagram in
                    guard datagram.octets.count > 700, place < datagram.octets.count else { return [datagram] }
                    var damaged = datagram
                    damaged.octets[place] ^= 0x40
                    return datagram.number < number ? [datagram] : [damaged]
                }
                world.initiate(world.west)
                world.run(seconds: 2)
                #expect(
                    world.west.established.isEmpty
                        || !world.sent.contains { $0.number >= number && place < $0.octets.count && $0.octets.count > 700 })
            }
        }
    }

    @Test func tooManySignaturesAndCertificates() throws {
        // A chain longer than the limit is not sent by us, so this one is built by hand.
        let many = [Certificates.west] + Array(repeating: Certificates.middle, count: 20)
        let world = certified(Self.x509(Self.westKey, many), Self.x509(Self.eastKey, [Certificates.east, Certificates.middle]))
        world.initiate(world.west)
        world.run(seconds: 1)
        #expect(world.isTunnelUp)
    }
}
