@testable import DataPlane

/// The common part of simulated TUN devices: packets that the kernel sends into them.
class PaperSource: TunnelDevice {
    var waiting: [[UInt8]] = []
    /// Instead of `waiting`: one packet, given out so often. Then nothing is allocated.
    var repeated: [UInt8] = []
    var repetitions = 0

    override var number: Int32 { -7 }
    override var isDead: Bool { false }
    override var nextDeadline: UInt64? { nil }
    override func advance(now: UInt64) {}
    override func receive(into bytes: inout MutableSpan<UInt8>) -> Int? {
        if repetitions > 0 {
            repetitions -= 1
            for index in repeated.indices { bytes[index] = repeated[index] }
            return repeated.count
        }
        guard !waiting.isEmpty else { return nil }
        let packet = waiting.removeFirst()
        for index in packet.indices { bytes[index] = packet[index] }
        return packet.count
    }
}
