import ESP
import Testing

@Suite struct Window {
    /// The window as RFC 4303 §3.4.3 describes it, slow and obvious.
    private struct Plain {
        let size: Int
        var top: UInt32 = 0
        var seen: Set<UInt32> = []

        func verdict(_ sequence: UInt32) -> ReplayWindow.Verdict {
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
            state = state &* 6364136223846793005 &+ 1442695040888963407
            let roll = UInt32(truncatingIfNeeded: state >> 33)
            // Mostly near the top, now and then a leap.
            let reach = UInt32(size) * 2
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
        #expect(verdicts[.fresh, default: 0] > 100 && verdicts[.replayed, default: 0] > 100
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

    @Test func sizes() {
        #expect(ReplayWindow(size: 0).size == 0)
        #expect(ReplayWindow(size: -1).size == 0)
        #expect(ReplayWindow(size: 1).size == ReplayWindow.minimum)
        #expect(ReplayWindow(size: .max).size == ReplayWindow.limit)
    }
}
