import Wire

/// What happens to datagrams on their way, in percent.
public struct Weather {
    public var loss: Int, repeats: Int, damage: Int
    /// Milliseconds at most; with 0 a datagram arrives at once.
    public var delay: Int
    /// Nothing gets through at all.
    public var isCut = false

    public init(loss: Int = 0, repeats: Int = 0, damage: Int = 0, delay: Int = 10) {
        (self.loss, self.repeats, self.damage, self.delay) = (loss, repeats, damage, delay)
    }

    /// The weather gets bad.
    public mutating func turnBad(_ dice: inout Dice) {
        switch dice.roll(4) {
        case 0: self = Weather(loss: 20, repeats: 20, damage: 10, delay: 3000)
        case 1: self = Weather(loss: 60, repeats: 5, damage: 5, delay: 300)
        case 2: isCut = true
        default: self = Weather(loss: 5, repeats: 50, damage: 0, delay: 8000)
        }
    }
}

/// The datagrams that are under way in virtual time. It loses, repeats, delays and damages them as the weather says.
public struct WeatheredWire {
    public struct Datagram {
        public let octets: [UInt8]
        public let from: Endpoint, to: Endpoint
        public let isESP: Bool
        let arrives: UInt64
    }

    public var weather: Weather
    /// Datagrams that were ever sent, and a hash of all their octets.
    public private(set) var sent = 0
    public private(set) var fingerprint: UInt64 = 0
    private var underWay: [Datagram] = []

    public init(_ weather: Weather = Weather()) { self.weather = weather }

    public mutating func post(_ octets: [UInt8], _ from: Endpoint, _ to: Endpoint, isESP: Bool, now: UInt64, _ dice: inout Dice) {
        sent += 1
        for octet in octets { fingerprint = (fingerprint ^ UInt64(octet)) &* 0x100_0000_01b3 }
        var copies = weather.isCut || dice.roll(100) < weather.loss ? 0 : 1
        if copies > 0, dice.roll(100) < weather.repeats { copies += 1 + dice.roll(3) }
        for _ in 0..<copies {
            var octets = octets
            if dice.roll(100) < weather.damage { octets[dice.roll(octets.count)] ^= UInt8(1 << dice.roll(8)) }
            let delay = weather.delay > 0 ? UInt64(1 + dice.roll(weather.delay)) * 1_000_000 : 0
            underWay.append(Datagram(octets: octets, from: from, to: to, isESP: isESP, arrives: now + delay))
        }
    }

    /// When the next datagram arrives.
    public var nextArrival: UInt64? { underWay.lazy.map(\.arrives).min() }

    /// Takes off the wire what has arrived at `now`, oldest first.
    public mutating func takeArrived(now: UInt64) -> [Datagram] {
        var arrived: [Datagram] = []
        underWay.removeAll { datagram in
            guard datagram.arrives <= now else { return false }
            arrived.append(datagram)
            return true
        }
        return arrived
    }

    /// Octets that it keeps, about.
    public var ownOctets: Int { underWay.reduce(200 * underWay.capacity) { $0 + $1.octets.count + 48 } }
}
