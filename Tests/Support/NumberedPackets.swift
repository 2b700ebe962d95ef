/// IPv4 packets with UDP that tell their number, and nothing else. Whoever takes one from a tunnel can tell whether it was sent, by whom,
/// and whether it came before.
public struct NumberedPackets {
    private var senders: [UInt8] = []
    private var cameBefore: [Bool] = []
    /// How many came.
    public private(set) var received = 0

    public init() {}

    private static func packet(_ number: Int, _ source: [UInt8], _ destination: [UInt8]) -> [UInt8] {
        var octets: [UInt8] = [0x45, 0, 0, 64, 0, 0, 0, 0, 64, 17, 0, 0] + source + destination
        octets += [0, 9, 0, 9, 0, 44, 0, 0]
        for shift in 0..<4 { octets.append(UInt8(truncatingIfNeeded: number >> (8 * shift))) }
        for index in 0..<32 { octets.append(UInt8(truncatingIfNeeded: number &* 31 &+ index &* 7)) }
        return octets
    }

    /// A new packet. `sender` is any number that tells who sends it.
    public mutating func make(by sender: UInt8, from source: [UInt8], to destination: [UInt8]) -> (number: Int, octets: [UInt8]) {
        let number = senders.count
        senders.append(sender)
        cameBefore.append(false)
        return (number, Self.packet(number, source, destination))
    }

    /// A packet came that `sender` should have sent. What is wrong with it; `nil` if nothing is.
    public mutating func take(_ octets: [UInt8], by sender: UInt8, from source: [UInt8], to destination: [UInt8]) -> String? {
        guard octets.count == 64 else { return "took what nobody sent" }
        let number = (0..<4).reduce(0) { $0 | Int(octets[28 + $1]) << (8 * $1) }
        guard number < senders.count, senders[number] == sender, octets == Self.packet(number, source, destination) else {
            return "took what nobody sent"
        }
        if cameBefore[number] { return "took packet \(number) twice" }
        cameBefore[number] = true
        received += 1
        return nil
    }

    public func came(_ number: Int) -> Bool { cameBefore[number] }
    /// Octets that it keeps.
    public var ownOctets: Int { senders.capacity + cameBefore.capacity }
}
