import ESP
import Testing

@Suite struct Window {
    /// The window as RFC 4303 §3.4.3 describes it, slow and obvious.
    private struct Plain {
        let size: Int
        var top: UInt64 = 0
        var seen: Set<UInt64> = []

        func verdict(_ sequence: UInt64) -> ReplayWindow.Verdict {
            if sequence == 0 || sequence <= top && Int(top - sequence) >= size { return .tooOld }
            return seen.contains(sequence) ? .replayed : .fresh
        }
    }

    @Test(arguments: [32, 33, 63, 64, 65, 128, 1000, 4096]) func agreesWithTheObviousOne(_ size: Int) {
        var window = ReplayWindow(size: size)
        var plain = Plain(size: size)
        var state: UInt64 = 12345
        var verdicts: [ReplayWindow.Verdict: Int] = [:]
        for _ in 0..<20000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let roll = state >> 33
            // Mostly near the top, now and then a leap.
            let reach = UInt64(size) * 2
            let sequence = roll % 97 == 0 ? plain.top &+ roll % (reach * 3) : plain.top &+ 3 &- min(roll % reach, plain.top)
            let verdict = window.verdict(sequence)
            #expect(verdict == plain.verdict(sequence))
            verdicts[verdict, default: 0] += 1
            if verdict == .fresh {
                window.record(sequence)
                plain.seen.insert(sequence)
                plain.top = max(plain.top, sequence)
                #expect(window.top == plain.top)
            }
        }
        #expect(
            verdicts[.fresh, default: 0] > 100 && verdicts[.replayed, default: 0] > 100
                && verdicts[.tooOld, default: 0] > 100)
    }

    @Test func ends() {
        var window = ReplayWindow(size: 64)
        #expect(window.verdict(0) == .tooOld)
        window.record(.max)
        #expect(window.verdict(.max) == .replayed)
        #expect(window.verdict(.max - 63) == .fresh)
        #expect(window.verdict(.max - 64) == .tooOld)
        #expect(window.verdict(1) == .tooOld)
    }

    /// Every packet inside the window and up to 2^32 numbers above its lower edge is known by its low half, as RFC 4303's
    /// appendix A2.2 has it, in words of its own cases A and B.
    @Test(arguments: [32, 64, 65, 4096]) func wholeNumbers(_ size: Int) {
        let edge: UInt64 = 1 << 32
        var state: UInt64 = 99
        for top in [0, 1, UInt64(size) - 2, UInt64(size) - 1, 1_000_000, edge - 1, edge, edge + 5, 7 * edge + 3, 9 * edge - 2] {
            var window = ReplayWindow(size: size)
            if top > 0 { window.record(top) }
            for turn in 0..<2000 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let low = turn < 1000 ? UInt32(truncatingIfNeeded: top &+ UInt64(turn) &- 500) : UInt32(truncatingIfNeeded: state >> 32)
                let (topHigh, topLow) = (top >> 32, UInt64(top & 0xffff_ffff))
                var high: UInt64? = topHigh
                if topLow >= UInt64(size) - 1 {
                    if UInt64(low) < topLow + 1 - UInt64(size) { high = topHigh + 1 }
                } else if UInt64(low) >= edge + topLow + 1 - UInt64(size) {
                    high = topHigh == 0 ? nil : topHigh - 1
                }
                #expect(window.whole(low) == high.map { $0 << 32 | UInt64(low) }, "top \(top), low \(low)")
            }
        }
    }

    @Test func pastTheEdge() {
        var window = ReplayWindow(size: 64)
        let edge: UInt64 = 1 << 32
        for sequence in [edge - 70, edge - 1, edge + 1] { window.record(sequence) }
        #expect(window.verdict(edge) == .fresh)
        #expect(window.verdict(edge - 1) == .replayed)
        #expect(window.verdict(edge - 62) == .fresh)
        #expect(window.verdict(edge - 63) == .tooOld)
        window.record(3 * edge)
        #expect(window.verdict(edge) == .tooOld && window.verdict(3 * edge) == .replayed && window.verdict(3 * edge - 63) == .fresh)
    }

    @Test func sizes() {
        #expect(ReplayWindow(size: 0).size == 0)
        #expect(ReplayWindow(size: -1).size == 0)
        #expect(ReplayWindow(size: 1).size == ReplayWindow.minimum)
        #expect(ReplayWindow(size: .max).size == ReplayWindow.limit)
    }
}
