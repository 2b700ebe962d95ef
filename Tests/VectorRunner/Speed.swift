import Linux
import Wire

/// `vectors speed`: what one core can encapsulate and decapsulate in memory, packets of 1,400 octets, in Mbit/s of inner packets. No
/// tunnel is faster than that. One line a suite: its words, out, in.
enum Speed {
    static func print() {
        for (words, suite) in Packets.suites {
            guard var packets = Packets(suite, count: count), let (out, `in`) = measure(&packets) else { continue }
            StandardStream.output.write("\(words) \(out) \(`in`)\n")
        }
    }

    private static let count = 64
    /// Of processor time for each direction, nanoseconds.
    private static let enough: UInt64 = 300_000_000

    private static func measure(_ packets: inout Packets) -> (out: Int, in: Int)? {
        var (out, `in`): (UInt64, UInt64) = (0, 0)
        var passed = 0
        while out < enough || `in` < enough {
            packets.prepare()
            var began = Clock.processor()
            packets.encapsulate()
            out += Clock.processor() - began
            began = Clock.processor()
            guard packets.decapsulate() else { return nil }
            `in` += Clock.processor() - began
            passed += count
        }
        return (rate(passed, out), rate(passed, `in`))
    }

    private static func rate(_ passed: Int, _ nanoseconds: UInt64) -> Int {
        Int(UInt64(passed) * UInt64(Packets.length) * 8_000 / max(1, nanoseconds))
    }
}
