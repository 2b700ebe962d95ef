import Crypto
import Testing
import Wire

@testable import IKE

/// Text of peers in messages about them.
@Suite struct StrangerTextTests {
    /// A peer that has the secret and the ID `id`; the gateway's messages about it, and its status.
    private func said(_ id: Identity) -> [Sentence] {
        let world = Simulation()
        world.add { policy, side in
            if side === world.west {
                policy.localID = id
            } else {
                policy.remoteID = nil
                policy.remote = nil
            }
        }
        world.initiate(world.west)
        world.run(seconds: 1)
        #expect(world.isTunnelUp)
        return world.east.said.map { Sentence($0) } + world.east.engine.status(now: world.now).map { $0.text }
    }

    @Test func aNameIsPartOfOneLine() {
        let forged = Array("gate\n004 \"net\" IPsec SA established\u{1b}[2J\u{202e}".utf8)
        let name = DistinguishedName.der(Array("CN=".utf8) + forged)!
        for id in [Identity.fqdn(Name(forged)), .userFQDN(Name(forged)), .distinguishedName(name)] {
            for line in said(id) { #expect(line == line.printable && !line.octets.contains(0x0A)) }
        }
    }

    @Test func aLongNameIsCut() {
        let long = [UInt8](repeating: 0x61, count: 2_000)
        for id in [Identity.fqdn(Name(long)), .keyID(long), .distinguishedName(DistinguishedName.der(Array("CN=".utf8) + long)!)] {
            for line in said(id) { #expect(line.octets.count < 700) }
        }
    }

    /// A line that a stranger causes is short, and is marked as such.
    @Test func strangersLines() {
        let world = Simulation()
        world.add { policy, side in
            policy.ikeSuites =
                side === world.east
                ? [IKESuite(.aesCBC128, .sha1, .modp2048)]
                : [IKESuite](repeating: IKESuite(.aesCBC256, .sha512, .ecp521), count: 60)
        }
        world.initiate(world.west)
        var actions: [Action] = []
        let first = world.sent[0]
        world.east.engine.receive(
            first.octets.span, from: first.from, to: first.to, now: world.now, random: world.east.random, &actions)
        var lines = 0
        for case .say(let progress) in actions {
            #expect(progress.isStrangers && progress.text.octets.count <= Limits.strangerLine + 3)
            lines += 1
        }
        #expect(lines == 1)
    }

    /// Strangers have used up their share: a peer's new ISAKMP SA, and its Quick Mode with PFS, are established at once.
    @Test func aFloodDelaysNoPeer() {
        let world = Simulation()
        world.add()
        world.initiate(world.west)
        world.run(seconds: 1)
        #expect(world.isTunnelUp)
        let engine = world.east.engine
        do {
            let may = engine.strangersBudget.allows(.modp8192, for: Address("203.0.113.1")!, isPeer: false, now: world.now)
            #expect(may)
        }
        engine.took(60 * Simulation.second)
        do {
            let may = engine.strangersBudget.allows(.modp1024, for: Address("203.0.113.2")!, isPeer: false, now: world.now)
            #expect(!may)
        }
        world.run(world.west) { $0.terminate(ConnectionID(1), now: world.now, random: world.west.random, &$1) }
        world.run(seconds: 1)
        world.initiate(world.west)
        world.run(until: world.now + Simulation.second / 2)
        #expect(world.isTunnelUp)
    }
}
