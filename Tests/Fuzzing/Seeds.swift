import Crypto
import ESP
import Linux
import Vectors
import Wire

@testable import IKE

/// Makes Tests/Fuzzing/corpus anew from the messages that the tests have: CYGNET_FUZZ_SEEDS=FOLDER says where to. What is
/// text (configuration, secrets, requests) was written by hand and stays.
enum Seeds {
    static func write(to folder: String) {
        for (name, id, isInitiator) in [("called", UInt32(1), false), ("calling", 1, true), ("signed", 3, false), ("signing", 3, true)] {
            save(talk(id, isInitiator: isInitiator), folder, "isakmp", name)
        }
        for (name, tape) in protected { save(tape, folder, "protected", name) }
        for (name, tape) in packets { save(tape, folder, "esp", name) }
        for (name, tape) in segments { save(tape, folder, "segments", name) }
        for (name, datagram) in kernel { save(datagram, folder, "netlink", name) }
        for (name, text) in papers {
            save(text, folder, "certificates", name)
            if let block = PEM.read(text.span).first, !name.contains("key") {
                save((0..<block.der.count).map { block.der.bytes[$0] }, folder, "certificates", "\(name)-der")
            }
        }
    }

    private static func save(_ octets: [UInt8], _ folder: String, _ target: String, _ name: String) {
        try? Files.makeDirectory(Path("\(folder)/\(target)"))
        try! Files.write(Path("\(folder)/\(target)/\(name)"), octets.span)
    }

    private static func run(_ octets: [UInt8]) -> [UInt8] { [UInt8(octets.count >> 8), UInt8(octets.count & 255)] + octets }

    // MARK: Whole exchanges

    /// What a peer's engine says to a party, from the first message to the tunnel and its end. The party's random octets are
    /// the same every time, so that it can be said to it again.
    private static func talk(_ id: UInt32, isInitiator: Bool) -> [UInt8] {
        let party = Party()
        let peer = Engine()
        peer.traffic = NoTraffic()
        peer.wallTime = party.engine.wallTime
        let number = id == 3 ? 2 : 0
        let end = Party.peers[number]
        var policy = Party.policy(1, remote: Party.local.address)
        (policy.local, policy.localID, policy.remoteID) = (end.address, .address(end.address), .address(Party.local.address))
        swap(&policy.localSelector, &policy.remoteSelector)
        if id == 3 {
            (policy.presharedKey, policy.rsa) = (nil, Party.credentials)
            policy.localID = .distinguishedName(Party.credentials.chain[0].subject)
        }
        peer.add(policy)
        let random = SeededRandom(seed: 99)
        var tape: [UInt8] = []
        var answers: [[UInt8]] = []
        func hear(_ body: (inout [Action]) -> Void) {
            var actions: [Action] = []
            body(&actions)
            var next = 0
            while next < actions.count {
                if case .send(let octets, _, _) = actions[next] { answers.append(octets) }
                switch actions[next] {
                case .needSPI(let request): peer.supply(0x2001, for: request, now: party.now, random: random, &actions)
                case .installInbound(let request), .installOutbound(let request):
                    peer.installed(request.token, now: party.now, random: random, &actions)
                default: break
                }
                next += 1
            }
        }
        func answer() {
            let message = party.sent
            hear { peer.receive(message.span, from: Party.local, to: end, now: party.now, random: random, &$0) }
        }
        if isInitiator {
            tape.append(6 | UInt8(id - 1) << 3)
            party.run { $0.initiate(ConnectionID(id), now: party.now, random: party.random, &$1) }
            answer()
        } else {
            hear { peer.initiate(ConnectionID(1), now: party.now, random: random, &$0) }
        }
        var ends = false
        while !answers.isEmpty {
            let message = answers.removeFirst()
            tape += [UInt8(number) << 4] + run(message)
            party.sent = []
            party.receive(message, from: end)
            if !party.sent.isEmpty { answer() }
            if answers.isEmpty, !ends {
                ends = true
                hear { peer.terminate(ConnectionID(1), now: party.now, random: random, &$0) }
            }
        }
        precondition(party.engine.counters.unauthenticated == 0, "the peer was not believed")
        return tape
    }

    // MARK: Inside an ISAKMP SA

    private static var protected: [(String, [UInt8])] {
        let nets = [Subnet(Address("10.0.2.0")!, prefix: 24), Subnet(Address("10.0.1.0")!, prefix: 24)]
        func quick(spi: [UInt8], _ ids: [Subnet]) -> [UInt8] {
            let suites = [ESPSuite(.aesGCM128), ESPSuite(.aesCBC128, .hmacSHA1_96)].prefix(ids[0] == nets[0] ? 2 : 1)
            let transforms = suites.enumerated().map { index, suite in
                Phase2Transform(suite, lifetime: 3600, group: nil, encapsulation: nil).transform(number: UInt8(index + 1))
            }
            return [
                OutgoingPayload(.securityAssociation, SAPayload([Proposal(number: 1, .esp, spi: spi, transforms)]).octets),
                OutgoingPayload(.nonce, [UInt8](repeating: 9, count: 16)),
                OutgoingPayload(.identification, IdentificationPayload(Selector(ids[0])).octets),
                OutgoingPayload(.identification, IdentificationPayload(Selector(ids[1])).octets),
            ].octets
        }
        let cookies: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18]
        func notify(_ type: NotifyType, _ data: [UInt8]) -> [UInt8] {
            [Notification(type, .isakmp, spi: cookies, data: data).payload].octets
        }
        let begin = [0, 1] + run(quick(spi: [0, 0, 0x20, 1], nets)) + [0, 0] + run([])
        let delete: [UInt8] = [0, 0, 0, 16, 0, 0, 0, 1, 3, 4, 0, 1, 0, 0, 0x20, 1]
        let identity = IdentificationPayload(Identity.address(Address("192.0.2.2")!)).octets
        let named = [UInt8(identity.count)] + identity + [0]
        let rsa = [
            OutgoingPayload(.identification, identity),
            OutgoingPayload(.certificate, [CertificateType.signature] + Party.credentials.chain[0].der),
            OutgoingPayload(.signature, [UInt8](repeating: 1, count: 256)),
        ].octets
        return [
            ("quick-responder", [2] + begin + [2, 7, 12] + run(delete)),
            ("quick-in-udp", [10] + begin),
            ("quick-initiator", [3, 6, 0x60, 1] + run(quick(spi: [0, 0, 0x20, 2], [nets[1], nets[0]]))),
            ("probe", [2, 2, 1, 11] + run(notify(.areYouThere, [0, 0, 0, 7])) + [5, 60, 2, 2, 11] + run(notify(.initialContact, []))),
            ("lifetime", [2, 2, 1, 11] + run(notify(.responderLifetime, [0x80, 11, 0, 1, 0, 12, 0, 4, 0, 0, 0x0e, 0x10]))),
            ("refusal", [3, 6, 2, 3, 11] + run(notify(.noProposalChosen, []))),
            ("delete-isakmp", [2, 2, 3, 12] + run([0, 0, 0, 28, 0, 0, 0, 1, 1, 16, 0, 1] + cookies)),
            ("mi3", [0, 4, 5] + run(named)), ("mr3", [1, 4, 5] + run(named)), ("mi3-3des", [16, 4, 5] + run(named)),
            ("mi3-rsa", [4, 4, 5] + run(rsa)),
        ]
    }

    // MARK: ESP

    /// Large packets of every kind, each behind its header, and segments that can be joined.
    private static var segments: [(String, [UInt8])] {
        let tcp: [UInt8] = [4, 0, 0, 80, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0xd9, 1, 0, 0, 0, 0, 0]
        let udp: [UInt8] = [4, 0, 0, 7, 0, 72, 0, 0]
        let text = [UInt8](repeating: 7, count: 64)
        let v6 = Address("2001:db8:a::1")!.octets + Address("2001:db8:b::1")!.octets
        // Sequence numbers 1, 9 and 17.
        let one: [[UInt8]] = [
            [69, 0, 0, 48, 0, 1, 64, 0, 64, 6, 35, 0xc2, 10, 0, 1, 1, 10, 0, 2, 5]
                + [4, 0, 0, 80, 0, 0, 0, 1, 0, 0, 0, 1, 80, 16, 1, 0, 0x77, 89, 0, 0, 7, 7, 7, 7, 7, 7, 7, 7],
            [69, 0, 0, 48, 0, 2, 64, 0, 64, 6, 35, 0xc1, 10, 0, 1, 1, 10, 0, 2, 5]
                + [4, 0, 0, 80, 0, 0, 0, 9, 0, 0, 0, 1, 80, 16, 1, 0, 0x77, 81, 0, 0, 7, 7, 7, 7, 7, 7, 7, 7],
            [69, 0, 0, 48, 0, 3, 64, 0, 64, 6, 35, 0xc0, 10, 0, 1, 1, 10, 0, 2, 5]
                + [4, 0, 0, 80, 0, 0, 0, 17, 0, 0, 0, 1, 80, 16, 1, 0, 0x77, 73, 0, 0, 7, 7, 7, 7, 7, 7, 7, 7],
        ]
        return [
            (
                "tcp-4",
                [0, 1, 0x81, 40, 0, 9, 0, 20, 0, 16, 0, 0x45, 0, 0, 104, 0, 0, 0x40, 0, 64, 6, 0, 0, 10, 0, 1, 1, 10, 0, 2, 5] + tcp + text
            ),
            ("tcp-6", [0, 1, 4, 60, 0, 9, 0, 40, 0, 16, 0, 0x60, 0, 0, 0, 0, 84, 6, 64] + v6 + tcp + text),
            (
                "udp-4",
                [0, 1, 5, 28, 0, 9, 0, 20, 0, 6, 0, 0x45, 0, 0, 92, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 1, 1, 10, 0, 2, 5] + udp + text
            ),
            ("stream", [1] + one.flatMap(run)),
        ]
    }

    private static var packets: [(String, [UInt8])] {
        let udp: [UInt8] = [4, 0, 0, 7, 0, 16, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]
        let v4 = [0x45, 0, 0, 36, 0, 0, 0x40, 0, 64, 17, 0, 0, 10, 0, 1, 1, 10, 0, 2, 5] + udp
        let v6 = [0x60, 0, 0, 0, 0, 16, 17, 64] + Address("2001:db8:a::1")!.octets + Address("2001:db8:b::1")!.octets + udp
        return [
            ("raw", [0] + run([0, 0, 0x10, 0, 0, 0, 0, 1] + [UInt8](repeating: 7, count: 60))),
            ("tunnel-4", [64, 1] + run(v4 + [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10, 4])),
            ("tunnel-6-gcm", [64 | 16 | 1, 1] + run(v6 + [1, 2, 2, 41])),
            ("transport-udp", [64 | 4 | 8 | 1, 1] + run(udp + [1, 2, 2, 17])),
            ("dummy", [65, 1] + run([0, 0, 0, 59])),
            ("out-4", [128, 100] + v4), ("out-6", [128 | 16, 3] + v6), ("out-transport", [192 | 4, 100] + v4),
        ]
    }

    // MARK: The kernel

    private static var kernel: [(String, [UInt8])] {
        [
            ("state", Array(Capture.stateDump.prefix(800))), ("policy", Capture.gotPolicy), ("acquire", Capture.acquire),
            ("expire", Capture.expireHard), ("route", Capture.routeDump), ("route6", Capture.routeDump6),
            ("rule", Capture.ruleDump6), ("link", Capture.link), ("addresses", Capture.addresses),
            ("refused", Capture.refusedState),
            // A chain of nftables', written down from linux/netfilter/nf_tables.h: table, name, hook, kind.
            (
                "chain",
                [76, 0, 0, 0, 3, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0]
                    + [8, 0, 1, 0, 0x6e, 0x61, 0x74, 0, 9, 0, 3, 0, 0x70, 0x6f, 0x73, 0x74, 0, 0, 0, 0]
                    + [20, 0, 4, 0x80, 8, 0, 1, 0, 0, 0, 0, 4, 8, 0, 2, 0, 0, 0, 0, 100, 8, 0, 7, 0, 0x6e, 0x61, 0x74, 0]
            ),
        ]
    }

    private static var papers: [(String, [UInt8])] {
        [
            ("west", Array(Certificates.west.utf8)), ("star", Array(Certificates.star.utf8)), ("crit", Array(Certificates.crit.utf8)),
            ("crl", Array(Certificates.middleCRL.utf8)), ("key-aes", Array(RSAKeys.encryptedAES.utf8)),
            ("key-pkcs8", Array(RSAKeys.pkcs8.utf8)), ("key-sealed", Array(RSAKeys.encryptedPKCS8.utf8)),
            ("name", Array("C=CH, O=\"a, b\", CN=*".utf8)),
        ]
    }
}
