import Crypto
import Vectors
import Wire

@testable import IKE

/// A data plane that has received nothing.
final class NoTraffic: TrafficCounter {
    override func packets(spi: UInt32, destination: Address) -> UInt64 { 0 }
}

/// One engine with a few connections, and the effects of its actions.
final class Party {
    static let local = Endpoint(Address("192.0.2.1")!, 500)
    static let peers = [
        Endpoint(Address("192.0.2.2")!, 500), Endpoint(Address("192.0.2.2")!, 4500), Endpoint(Address("198.51.100.7")!, 500),
        Endpoint(Address("203.0.113.9")!, 4711),
    ]

    let engine = Engine()
    let random = SeededRandom(seed: 7)
    var now: UInt64 = 1_000_000_000_000
    /// The last message it sent.
    var sent: [UInt8] = []
    private var nextSPI: UInt32 = 0x1000

    init() {
        engine.traffic = NoTraffic()
        engine.wallTime = 1_800_000_000
        engine.add(Self.policy(1, remote: Self.peers[0].address))
        var warrior = Self.policy(2, remote: nil)
        warrior.remoteID = nil
        engine.add(warrior)
        var signing = Self.policy(3, remote: Self.peers[2].address)
        signing.presharedKey = nil
        signing.rsa = Self.credentials
        signing.remoteID = .distinguishedName(Self.credentials.chain[0].subject)
        engine.add(signing)
    }

    static func policy(_ id: UInt32, remote: Address?) -> Policy {
        var policy = Policy(
            id: ConnectionID(id), name: "net", local: local.address, remote: remote, localID: .address(local.address),
            remoteID: remote.map { .address($0) }, presharedKey: Secret(Array("a shared secret only for tests".utf8)),
            ikeSuites: [
                IKESuite(.aesCBC128, .sha256, .curve25519), IKESuite(.aesCBC256, .sha512, .ecp256),
                IKESuite(.tripleDESCBC, .md5, .modp1024),
            ],
            espSuites: [ESPSuite(.aesGCM128), ESPSuite(.aesCBC128, .hmacSHA1_96)], pfsGroup: nil,
            localSelector: Selector(Subnet(Address("10.0.1.0")!, prefix: 24)),
            remoteSelector: Selector(Subnet(Address("10.0.2.0")!, prefix: 24)), mode: .tunnel, ikeLifetime: 3600,
            espLifetime: 28800, keyingTries: 2, natTraversal: true, forceEncapsulation: false, replayWindow: 64,
            requestID: id)
        policy.rekeyPolicy.dpdDelay = 30
        policy.rekeyPolicy.dpdTimeout = 120
        policy.rekeyPolicy.dpdAction = .restart
        return policy
    }

    static let credentials: RSACredentials = {
        let chain = try! PEM.read(Array((Certificates.west + "\n" + Certificates.middle).utf8).span).map { block in try Certificate(block) }
        let roots = try! PEM.read(Array(Certificates.root.utf8).span).map { block in try Certificate(block) }
        let lists = try! PEM.read(Array((Certificates.middleCRL + "\n" + Certificates.rootCRL).utf8).span).map { block in
            try RevocationList(block)
        }
        return RSACredentials(
            privateKey: try! RSAPrivateKey(file: Array(Certificates.westKey.utf8).span, passphrase: nil), chain: chain,
            sendCertificate: .always, peerKeys: [],
            trust: TrustStore(authorities: roots, revocationLists: lists, isStrict: false), peerAuthority: nil)
    }()

    /// Carries out the engine's actions, as a gateway whose plane refuses nothing would.
    func run(_ body: (Engine, inout [Action]) -> Void) {
        var actions: [Action] = []
        body(engine, &actions)
        var next = 0
        while next < actions.count, next < 1000 {
            switch actions[next] {
            case .send(let octets, _, _): sent = octets
            case .needSPI(let request):
                nextSPI += 1
                engine.supply(nextSPI, for: request, now: now, random: random, &actions)
            case .installInbound(let request), .installOutbound(let request):
                engine.installed(request.token, now: now, random: random, &actions)
            case .say(let progress): _ = progress.text.octets.count
            default: break
            }
            next += 1
        }
        let tables = engine.isakmpSAs.count + engine.quickModes.count + engine.ipsecSAs.count
        precondition(tables < 300, "the tables grow")
    }

    func receive(_ octets: [UInt8], from peer: Endpoint, port: UInt16 = 500) {
        let to = Endpoint(Self.local.address, port)
        run { $0.receive(octets.span, from: peer, to: to, now: now, random: random, &$1) }
    }

    /// Advances the time, and the engine.
    func wait(_ seconds: UInt64) {
        now += seconds * 1_000_000_000
        if let due = engine.nextDeadline, due <= now { run { $0.advance(now: now, random: random, &$1) } }
        _ = engine.status(now: now)
    }

    func connection(_ number: UInt8) -> ConnectionID { ConnectionID(UInt32(number % 3) + 1) }
}
