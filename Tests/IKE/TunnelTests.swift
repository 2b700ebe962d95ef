import Crypto
import IKE
import Testing
import Wire

/// Main Mode and Quick Mode between two of ours, in virtual time.
@Suite struct TunnelTests {
    /// strongSwan loses its place when there are more than three exchanges at once within one ISAKMP SA.
    @Test func fewQuickModesAtOnce() {
        let world = Simulation()
        for id in 1...5 as ClosedRange<UInt32> {
            world.add(
                { policy, side in
                    let far = Selector(Subnet(Address("10.9.\(id).0")!, prefix: 24))
                    if side === world.west { policy.remoteSelector = far } else { policy.localSelector = far }
                }, id: id)
        }
        var begun: Set<[UInt8]> = []
        world.treatment = { datagram in
            guard datagram.octets[18] == 32 else { return [datagram] }
            begun.insert(Array(datagram.octets[20..<24]))
            return []
        }
        for id in 1...5 as ClosedRange<UInt32> { world.initiate(world.west, id) }
        world.run(seconds: 3)
        #expect(begun.count == 2)
        world.treatment = { [$0] }
        world.run(seconds: 30)
        #expect(world.west.inbound.count == 5 && world.east.inbound.count == 5 && world.west.failures.isEmpty)
    }

    @Test(arguments: [
        IKESuite(.aesCBC128, .sha1, .modp2048), IKESuite(.aesCBC256, .sha256, .modp3072),
        IKESuite(.aesCBC192, .sha384, .ecp384), IKESuite(.aesCBC256, .sha512, .curve25519),
        IKESuite(.aesCBC128, .sha256, .ecp256), IKESuite(.tripleDESCBC, .md5, .modp1536),
    ])
    func everySuite(_ suite: IKESuite) {
        let world = Simulation()
        world.add { policy, _ in
            policy.ikeSuites = [suite]
            policy.pfsGroup = suite.group
        }
        world.initiate(world.west)
        world.run(seconds: 1)
        #expect(world.isTunnelUp, "\(world.west.said) \(world.east.said)")
        #expect(world.west.established == [ConnectionID(1)])
        #expect(world.east.established == [ConnectionID(1)])
        // Some groups' Quick Mode goes in fragments: the first fragment counts for its message.
        #expect(world.sent.count { $0.octets[16] != 132 || $0.octets[34] == 1 } == 9)
        // Pluto's own lines, as such.
        #expect(world.west.saw("104 STATE_MAIN_I1: initiate"))
        #expect(world.west.saw("106 STATE_MAIN_I2: sent MI2, expecting MR2"))
        #expect(world.west.saw("108 STATE_MAIN_I3: sent MI3, expecting MR3"))
        #expect(world.west.saw("4 STATE_MAIN_I4: ISAKMP SA established"))
        #expect(world.west.saw("112 STATE_QUICK_I1: initiate"))
        #expect(world.west.saw("STATE_QUICK_I2: sent QI2, IPsec SA established"))
    }

    @Test(
        arguments: [
            ESPSuite(.aesGCM128), ESPSuite(.aesGCM256), ESPSuite(.aesCBC256, .hmacSHA256_128),
            ESPSuite(.aesCBC128, .hmacSHA1_96), ESPSuite(.tripleDESCBC, .hmacMD5_96),
            ESPSuite(.aesCBC192, .hmacSHA384_192), ESPSuite(.aesCBC256, .hmacSHA512_256),
        ], [true, false])
    func everyESPSuite(_ suite: ESPSuite, _ pfs: Bool) {
        let world = Simulation()
        world.add { policy, _ in
            policy.espSuites = [suite]
            if !pfs { policy.pfsGroup = nil }
        }
        world.initiate(world.west)
        world.run(seconds: 1)
        #expect(world.isTunnelUp, "\(world.west.said) \(world.east.said)")
        #expect(world.west.inbound.first?.encryptionKey.count == suite.cipher.keyLength)
        #expect(world.west.inbound.first?.salt.count == suite.cipher.saltLength)
        #expect(world.west.inbound.first?.integrityKey.count == suite.integrity?.keyLength ?? 0)
    }
}

/// The same over IPv6.
@Suite struct IPv6Tests {
    @Test(arguments: [false, true])
    func tunnel(_ isForced: Bool) {
        let world = Simulation(west: Address("2001:db8::1")!, east: Address("2001:db8::2")!)
        world.add { policy, side in
            policy.forceEncapsulation = isForced
            let nets = [Subnet(Address("2001:db8:a::")!, prefix: 48), Subnet(Address("2001:db8:b::")!, prefix: 48)]
            policy.localSelector = Selector(side === world.west ? nets[0] : nets[1])
            policy.remoteSelector = Selector(side === world.west ? nets[1] : nets[0])
        }
        world.initiate(world.west)
        world.run(seconds: 1)
        #expect(world.isTunnelUp, "\(world.west.said) \(world.east.said)")
    }
}
