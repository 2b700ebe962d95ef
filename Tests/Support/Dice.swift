/// Numbers that one seed decides.
public struct Dice {
    private var state: UInt64
    public init(_ seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 }

    /// A number from 0 to `sides` - 1.
    public mutating func roll(_ sides: Int) -> Int {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
        return Int((value ^ value >> 31) % UInt64(sides))
    }
}

/// A clock that runs its own way.
public struct DriftingClock {
    /// A thousandth more for each second.
    private let drift: Int64
    public init(drift: Int64) { self.drift = drift }

    public func local(_ time: UInt64) -> UInt64 { time &+ UInt64(bitPattern: Int64(time / 1000) * drift) }

    /// The first moment of the world at which this clock shows `local`.
    public func global(_ local: UInt64) -> UInt64 {
        if drift == 0 { return local }
        var time = UInt64(Double(local) * 1000 / Double(1000 + drift))
        while self.local(time) < local { time += 1000 }
        return time
    }
}
