import Crypto
import Testing
import Wire

@testable import IKE

/// Who gets extended sequence numbers (RFC 4304): what `esn=` makes of the lists, on both sides.
@Suite struct ExtendedSequenceTests {
    enum Word: String, CaseIterable, Sendable { case accept, no, yes, either }

    private static func set(_ policy: inout Policy, _ word: Word) {
        var suites: [ESPSuite] = []
        for suite in policy.espSuites {
            if word == .yes || word == .either { suites.append(suite.using(esn: true)) }
            if word != .yes { suites.append(suite) }
        }
        policy.espSuites = suites
        policy.takesEitherSequence = word == .accept
    }

    /// Whether there is a tunnel, and with them.
    private static func outcome(_ initiator: Word, _ responder: Word) -> Bool? {
        switch (initiator, responder) {
        case (.yes, .no), (.no, .yes), (.accept, .yes): nil
        case (.yes, _), (.either, .yes), (.either, .either), (.either, .accept): true
        default: false
        }
    }

    @Test(arguments: Word.allCases, Word.allCases) func everyPair(_ initiator: Word, _ responder: Word) {
        for suite in [ESPSuite(.aesGCM256), ESPSuite(.aesCBC128, .hmacSHA256_128)] {
            let world = Simulation()
            world.add { policy, side in
                policy.espSuites = [suite]
                Self.set(&policy, side === world.west ? initiator : responder)
            }
            world.initiate(world.west)
            world.run(seconds: 2)
            guard let expected = Self.outcome(initiator, responder) else {
                #expect(!world.isTunnelUp && world.west.failures.count > 0 && world.west.saw(.noProposalChosen))
                continue
            }
            #expect(world.isTunnelUp, "\(world.west.said) \(world.east.said)")
            #expect(world.west.inbound.first?.suite == suite.using(esn: expected))
            // They never come to the end of their numbers; 32 bits are replaced before.
            #expect(world.west.outbound.first?.packetsBeforeRekeying == (expected ? .max : 0xe000_0000))
            #expect(world.east.saw(expected ? "\(suite.words.text)-esn, PFS" : "\(suite.words.text), PFS"))
        }
    }

    /// As RFC 4304 writes it: attribute 11, basic, 1. Nothing of it where it is not wanted: there are peers that refuse what
    /// they do not know, and everything beside it.
    @Test func theAttribute() throws {
        let with = Phase2Transform(ESPSuite(.aesGCM128, usesESN: true), lifetime: 3600, group: nil, encapsulation: nil)
        let without = Phase2Transform(ESPSuite(.aesGCM128), lifetime: 3600, group: nil, encapsulation: nil)
        let octets = with.transform(number: 1).attributeOctets
        #expect(octets == without.transform(number: 1).attributeOctets + [0x80, 11, 0, 1])
        var transform = with.transform(number: 1)
        #expect(Phase2Transform(transform) == with)
        // Some say 32 bits by a 0.
        transform.attributes[transform.attributes.count - 1].value = 0
        #expect(Phase2Transform(transform) == without)
        transform.attributes[transform.attributes.count - 1].value = 2
        #expect(Phase2Transform(transform) == nil)
        transform.attributes[transform.attributes.count - 1].value = 1
        transform.attributes.append(Attribute(11, 1))
        #expect(Phase2Transform(transform) == nil)
    }
}
