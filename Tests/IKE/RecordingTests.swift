import Crypto
import IKE
import Testing
import Vectors
import Wire

/// Exchanges recorded with another implementation, and the keys that it made.
@Suite struct RecordingTests {
    private func check(_ vectors: (inout Report) -> Void) {
        var report = Report()
        vectors(&report)
        #expect(report.checks > 0)
        for failure in report.failures { Issue.record(Comment(rawValue: failure)) }
    }

    @Test func keys() { check(ikeKeyVectors) }
    @Test func publishedKeys() { check(ikePublishedKeyVectors) }

    /// One side of a recording, driven by the peer's recorded messages.
    private final class Player {
        let engine = Engine()
        let random = RepeatingRandom()
        let local = Address("192.0.2.1")!
        let peer = Address("192.0.2.2")!
        var now: UInt64 = 1_000_000_000
        var spi: UInt32 = 0x1000
        var inbound: SecurityAssociation?
        var outbound: SecurityAssociation?
        var said: [String] = []
        var established = 0

        init(_ recording: IKERecording) {
            var policy = Policy(
                id: ConnectionID(1), name: "c1", local: local, remote: peer, localID: .address(local),
                remoteID: .address(peer), presharedKey: Secret(Array("a shared secret only for tests".utf8)),
                ikeSuites: [recording.suite], espSuites: [recording.esp], pfsGroup: recording.pfs,
                localSelector: Selector(Subnet(Address("10.0.1.0")!, prefix: 24)),
                remoteSelector: Selector(Subnet(Address("10.0.2.0")!, prefix: 24)), mode: .tunnel,
                ikeLifetime: 3600, espLifetime: 28800, keyingTries: 1, natTraversal: true,
                forceEncapsulation: false, replayWindow: 64, requestID: 1)
            // The recording knows no random margin.
            policy.rekeyPolicy.rekeyFuzz = 0
            engine.add(policy)
            engine.traffic = PaperTraffic()
        }

        func run(_ body: (Engine, inout [Action]) -> Void) {
            var actions: [Action] = []
            body(engine, &actions)
            now += 1_000_000
            for action in actions {
                switch action {
                case .needSPI(let request):
                    spi += 1
                    run { $0.supply(spi, for: request, now: now, random: random, &$1) }
                case .installInbound(let request):
                    inbound = request.sa
                    run { $0.installed(request.token, now: now, random: random, &$1) }
                case .installOutbound(let request):
                    outbound = request.sa
                    run { $0.installed(request.token, now: now, random: random, &$1) }
                case .established: established += 1
                case .say(let progress): said.append(progress.text.text)
                default: break
                }
            }
        }

        /// - Parameter isWhole: whether the message is the recorded one; what others use up of the random octets is not
        ///   to change what comes after.
        func receive(_ octets: [UInt8], port: UInt16, isWhole: Bool = true) {
            let random = isWhole ? random : RepeatingRandom()
            run {
                $0.receive(
                    octets.span, from: Endpoint(peer, port), to: Endpoint(local, port), now: now, random: random, &$1)
            }
        }
    }

    private func play(_ recording: IKERecording, asInitiator: Bool) {
        let player = Player(recording)
        if asInitiator {
            player.run { $0.initiate(ConnectionID(1), now: player.now, random: player.random, &$1) }
        }
        for message in recording.messages { player.receive(octets(message.octets), port: message.port) }
        #expect(player.established == 1, "\(player.said)")
        let ours = asInitiator ? player.outbound : player.inbound
        let theirs = asInitiator ? player.inbound : player.outbound
        guard let ours, let theirs else {
            Issue.record("no SAs")
            return
        }
        #expect(ours.encryptionKey.array + ours.salt.array == octets(recording.initiatorCipherKey))
        #expect(theirs.encryptionKey.array + theirs.salt.array == octets(recording.responderCipherKey))
        #expect(ours.integrityKey.array == octets(recording.initiatorIntegrityKey))
        #expect(theirs.integrityKey.array == octets(recording.responderIntegrityKey))
    }

    @Test(arguments: 0..<6) func initiator(_ index: Int) { play(recordingsAsInitiator()[index], asInitiator: true) }
    @Test(arguments: 0..<6) func responder(_ index: Int) { play(recordingsAsResponder()[index], asInitiator: false) }

    /// The peer's own messages, cut off at each octet, before the whole one comes. Where Main Mode is encrypted, HASH_I and
    /// HASH_R do not cover the padding (RFC 2409 §5), so that it alone cannot be missed.
    @Test(arguments: [true, false])
    func truncated(_ asInitiator: Bool) {
        let recording = (asInitiator ? recordingsAsInitiator() : recordingsAsResponder())[3]
        let player = Player(recording)
        if asInitiator {
            player.run { $0.initiate(ConnectionID(1), now: player.now, random: player.random, &$1) }
        }
        for message in recording.messages {
            let whole = octets(message.octets)
            for length in 0..<whole.count {
                var part = Array(whole[0..<length])
                player.receive(part, port: message.port, isWhole: false)
                let isAuthentication = whole[18] == 2 && whole[19] & 1 == 1
                guard length >= 28, !isAuthentication || length < 28 + 12 + 68 else { continue }
                part[26] = UInt8(length >> 8)
                part[27] = UInt8(length & 255)
                player.receive(part, port: message.port, isWhole: false)
            }
            player.receive(whole, port: message.port)
        }
        #expect(player.established == 1, "\(player.said) \(player.engine.counters)")
    }
}
