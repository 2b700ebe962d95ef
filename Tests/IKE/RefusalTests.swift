import Crypto
import IKE
import Testing
import Wire

/// What two ends do not agree on: the right notification, and a sentence from the side that can know. The sentences are tested as
/// such: they name what the administrator is to compare.
@Suite struct RefusalTests {
    @Test func wrongSecret() {
        let world = Simulation()
        world.add { policy, side in
            if side === world.east { policy.presharedKey = Secret(Array("another secret".utf8)) }
        }
        world.initiate(world.west)
        world.run(seconds: 60)
        #expect(world.west.failures.count == 1)
        #expect(world.west.saw(.payloadMalformed))
        #expect(world.west.failures.first?.code == .keysDiffer)
        #expect(world.east.saw(.keysDiffer))
        #expect(world.east.engine.counters.unauthenticated > 0)
        #expect(world.east.inbound.isEmpty && world.west.inbound.isEmpty)
    }

    @Test func noSecret() {
        let world = Simulation()
        world.add { policy, side in if side === world.west { policy.presharedKey = nil } }
        world.initiate(world.west)
        world.run(seconds: 1)
        #expect(world.west.failures.first?.final == true)
        #expect(world.west.saw("no pre-shared key"))
        #expect(world.sent.isEmpty)
        world.initiate(world.east)
        world.run(seconds: 1)
        #expect(world.west.saw("no pre-shared key or RSA key for connection \"net1\""))
    }

    @Test func noCommonISAKMPProposal() {
        let world = Simulation()
        world.add { policy, side in
            policy.ikeSuites = [
                side === world.west ? IKESuite(.aesCBC128, .sha1, .modp2048) : IKESuite(.aesCBC256, .sha512, .ecp521)
            ]
        }
        world.initiate(world.west)
        world.run(seconds: 60)
        #expect(world.west.failures.count > 0 && world.west.saw(.noProposalChosen))
        #expect(world.east.saw("the peer offers aes128-sha1-modp2048; connection \"net1\" accepts aes256-sha512-ecp521"))
    }

    @Test func suitesThatWeDoNotProposeOurselves() {
        let world = Simulation()
        world.add { policy, side in
            guard side === world.east else {
                policy.ikeSuites = [IKESuite(.aesCBC192, .sha384, .ecp384)]
                policy.espSuites = [ESPSuite(.aesCBC192, .hmacSHA384_192)]
                policy.pfsGroup = .ecp384
                return
            }
            policy.furtherIKESuites = [IKESuite(.aesCBC192, .sha384, .ecp384)]
            policy.furtherESPSuites = [ESPSuite(.aesCBC192, .hmacSHA384_192)]
            policy.furtherGroups = [.ecp384]
        }
        world.initiate(world.west)
        world.run(seconds: 1)
        #expect(world.isTunnelUp)
    }

    @Test func noCommonESPProposal() {
        let world = Simulation()
        world.add { policy, side in
            if side === world.east { policy.espSuites = [ESPSuite(.aesCBC256, .hmacSHA512_256)] }
        }
        world.initiate(world.west)
        world.run(seconds: 2)
        #expect(world.west.failures.first?.reason.contains("NO-PROPOSAL-CHOSEN: it accepts none of aes128gcm16") ?? false)
        #expect(world.east.saw("accepts aes256-sha512"))
    }

    @Test func pfsIsInsistedUpon() {
        let world = Simulation()
        world.add { policy, side in if side === world.west { policy.pfsGroup = nil } }
        world.initiate(world.west)
        world.run(seconds: 2)
        #expect(world.west.failures.count > 0 && world.west.saw(.noProposalChosen))
        #expect(world.east.saw("no PFS"))
    }

    @Test func pfsIsTakenWhenOffered() {
        let world = Simulation()
        world.add { policy, side in if side === world.east { policy.pfsGroup = nil } }
        world.initiate(world.west)
        world.run(seconds: 2)
        #expect(world.isTunnelUp)
    }

    @Test func wrongSubnets() {
        let world = Simulation()
        world.add { policy, side in
            if side === world.east { policy.localSelector = Selector(Subnet(Address("10.0.9.0")!, prefix: 24)) }
        }
        world.initiate(world.west)
        world.run(seconds: 2)
        #expect(world.west.saw("218 STATE_QUICK_I1: ") && world.west.saw(.peerRefuses))
        #expect(world.west.failures.first?.reason.contains("10.0.1.0/24===10.0.2.0/24") ?? false)
        #expect(world.east.saw("asks for our 10.0.2.0/24 and its 10.0.1.0/24"))
        #expect(world.east.saw("\"net1\" 10.0.9.0/24===10.0.1.0/24"))
    }

    @Test func wrongInitiatorID() {
        let world = Simulation()
        world.add { policy, side in if side === world.west { policy.localID = .fqdn("west.example") } }
        world.initiate(world.west)
        world.run(seconds: 2)
        #expect(world.west.failures.count > 0 && world.west.saw(.invalidIDInformation))
        #expect(world.east.saw(.noConnection) && world.east.saw("@west.example"))
        #expect(world.east.engine.status(now: world.now).isEmpty)
    }

    @Test func wrongResponderID() {
        let world = Simulation()
        world.add { policy, side in if side === world.east { policy.localID = .fqdn("east.example") } }
        world.initiate(world.west)
        world.run(seconds: 2)
        #expect(world.west.failures.first?.reason.contains("the peer's ID is @east.example, we want 192.0.2.2") ?? false)
    }

    @Test func noSPI() {
        let world = Simulation()
        world.add()
        world.west.hasSPIs = false
        world.initiate(world.west)
        world.run(seconds: 2)
        #expect(world.west.failures.first?.reason.contains("no SPI") ?? false)
    }

    @Test func strangerWithoutConnection() {
        let world = Simulation()
        world.add()
        world.run(world.east) { $0.forget(ConnectionID(1), now: world.now, random: world.east.random, &$1) }
        world.initiate(world.west)
        world.run(seconds: 2)
        #expect(world.east.saw("no connection is configured between 192.0.2.2 and 192.0.2.1"))
    }
}
