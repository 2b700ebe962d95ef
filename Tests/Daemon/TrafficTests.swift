import Crypto
import ESP
import IKE
import Netlink
import Testing
import Wire

@testable import Daemon
@testable import DataPlane

private func traffic(
    sent: UInt64, _ sentOctets: UInt64? = nil, received: UInt64 = 0, _ receivedOctets: UInt64? = nil,
    refused: RefusedESP = RefusedESP()
) -> TunnelTraffic {
    TunnelTraffic(
        sent: Traffic(packets: sent, octets: sentOctets ?? sent * 84),
        received: Traffic(packets: received, octets: receivedOctets ?? received * 84, refused: refused))
}

private func refused(failedCheck: UInt64 = 0, malformed: UInt64 = 0, replayed: UInt64 = 0, outside: UInt64 = 0) -> RefusedESP {
    var refused = RefusedESP()
    refused.failedCheck = failedCheck
    refused.malformed = malformed
    refused.replayed = replayed
    refused.outsidePolicy = outside
    return refused
}

/// The conclusions from one tunnel's counters.
@Suite struct TrafficWatchTests {
    /// The findings of each look.
    private func findings(_ looks: [TunnelTraffic]) -> [TrafficFinding?] {
        var watch = TrafficWatch()
        return looks.map { watch.look($0) }
    }

    @Test func silenceIsFoundAtTheSecondLookAndOnce() {
        #expect(
            findings([traffic(sent: 8), traffic(sent: 8), traffic(sent: 9), traffic(sent: 90)]) == [nil, .nothingCame, nil, nil])
        // Too few packets, and tunnels that only receive.
        #expect(findings([traffic(sent: 2), traffic(sent: 2), traffic(sent: 2)]) == [nil, nil, nil])
        #expect(findings([traffic(sent: 0, received: 5), traffic(sent: 0, received: 9)]) == [nil, nil])
        #expect(findings([traffic(sent: 8), traffic(sent: 9, received: 1)]) == [nil, nil])
    }

    @Test func refusalOfEverythingIsFound() {
        #expect(
            findings([traffic(sent: 0, refused: refused(failedCheck: 3)), traffic(sent: 9, refused: refused(failedCheck: 9))])
                == [.everythingRefused, nil])
        #expect(findings([traffic(sent: 0, refused: refused(malformed: 2, outside: 1))]) == [.everythingRefused])
        #expect(findings([traffic(sent: 0, refused: refused(failedCheck: 2))]) == [nil])
        // Of those that were taken some are forged, or replayed.
        #expect(findings([traffic(sent: 9, received: 9, refused: refused(failedCheck: 50, replayed: 50))]) == [nil])
    }

    /// The same trouble after rekeying is no news; after the tunnel was well it is.
    @Test func rekeyingDoesNotSayItAgain() {
        var watch = TrafficWatch()
        #expect([watch.look(traffic(sent: 8)), watch.look(traffic(sent: 8))] == [nil, .nothingCame])
        watch.reset()
        #expect([watch.look(traffic(sent: 8)), watch.look(traffic(sent: 8))] == [nil, nil])
        #expect(watch.look(traffic(sent: 9, received: 1)) == nil)
        watch.reset()
        #expect([watch.look(traffic(sent: 8)), watch.look(traffic(sent: 8))] == [nil, .nothingCame])
    }

    /// A TCP sender whose large segments vanish: a handshake, its first window, and then one segment after the other.
    @Test func aBlackHoleIsFound() {
        let looks = [
            traffic(sent: 14, 12 * 1400 + 100, received: 2, 120),
            traffic(sent: 16, 14 * 1400 + 100, received: 2, 120),
            traffic(sent: 17, 15 * 1400 + 100, received: 2, 120),
            traffic(sent: 18, 16 * 1400 + 100, received: 2, 120),
        ]
        #expect(findings(looks) == [nil, nil, .largeLost, nil])
    }

    /// Pings that are answered beside it hide nothing.
    @Test func aBlackHoleIsFoundBesidePings() {
        let looks = (1...4).map { step in
            traffic(sent: step * 7, step * (5 * 84 + 2 * 1400), received: step * 5, step * 5 * 84)
        }
        #expect(findings(looks) == [nil, nil, .largeLost, nil])
    }

    @Test func whatIsWellIsNotTakenForABlackHole() {
        // Pings; a transfer with an answer for every second packet; a stream without answers; a stream that is received.
        let flows: [(sent: UInt64, UInt64, received: UInt64, UInt64)] = [
            (5, 5 * 84, 5, 5 * 84), (60, 60 * 1400, 30, 30 * 52), (4000, 4000 * 1400, 1, 60), (30, 30 * 52, 60, 60 * 1400),
            (40, 40 * 300, 2, 2 * 60),
        ]
        for flow in flows {
            let looks = (1...6 as ClosedRange<UInt64>).map { step in
                traffic(sent: step * flow.sent, step * flow.1, received: step * flow.received, step * flow.3)
            }
            #expect(findings(looks) == [nil, nil, nil, nil, nil, nil])
        }
    }

    /// A path that lost large packets and carries them again.
    @Test func anAnswerEndsIt() {
        let looks = [
            traffic(sent: 14, 12 * 1400 + 100, received: 2, 120),
            traffic(sent: 15, 13 * 1400 + 100, received: 2, 120),
            traffic(sent: 75, 73 * 1400 + 100, received: 32, 120 + 30 * 52),
            traffic(sent: 76, 74 * 1400 + 100, received: 32, 120 + 30 * 52),
        ]
        #expect(findings(looks) == [nil, nil, nil, nil])
    }
}

/// The causes that one plane and the other tell apart.
