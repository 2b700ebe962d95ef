import Configuration
import Linux
import TestSupport
import Testing
import Wire

@testable import Control
@testable import Daemon
@testable import DataPlane
@testable import Host

/// Two whole daemons, with real ESP behind them, in virtual time and any weather. `net` is started, `lazy` waits for a packet. What goes
/// wrong is an issue that names the seed.
final class StormWorld {
    static let second = PaperWire.second
    private static let keyLife: UInt64 = 1800

    let seed: UInt64
    let wire: PaperWire
    private(set) var packets = NumberedPackets()
    /// West's address changes now and then, and east answers whoever proves to be west.
    let isRoaming: Bool
    private let eastBegins: Bool
    private(set) var failed = false
    /// Pairs of networks whose packets were caught since the machine was switched on, by gateway.
    private var guarded: [Set<Int>] = [[], []]
    private(set) var held = 0
    private var reloads = 0

    var dice: Dice {
        get { wire.dice }
        set { wire.dice = newValue }
    }

    init(seed: UInt64) throws {
        self.seed = seed
        wire = PaperWire(Weather(), seed: seed)
        let kind = wire.dice.roll(3)
        isRoaming = kind == 0
        eastBegins = kind == 1
        for place in [0, 1] {
            let random = SeededRandom(2 * seed + UInt64(place))
            let clock = DriftingClock(drift: Int64(wire.dice.roll(21)) - 10)
            let kept = KeptLog(limit: 60)
            let address = place == 0 ? "192.0.2.1" : "198.51.100.1"
            wire.gateways.append(
                try PaperGateway(
                    conf(place), Self.machine(address), seed: 2 * seed + UInt64(place), now: wire.now, clock: clock,
                    plane: ESPPlane(log: kept.log, random: random, firstSPI: UInt32(seed) << 20 | UInt32(place + 1) << 16), kept: kept))
        }
        wire.received = { [unowned self] gateway, packet in take(packet, gateway) }
    }

    static func machine(_ address: String) -> Machine {
        let address = Address(address)!
        return Machine(addresses: [address], defaultRoutes: [.init(address: address, gateway: nil, interface: "eth0")])
    }

    private func conf(_ place: Int) -> String {
        let names = ["west", "east"]
        func conn(_ name: String, _ lane: Int) -> String {
            let begins = place == 0 || eastBegins
            let far = place == 0 ? "198.51.100.1" : isRoaming ? "%any" : "192.0.2.1"
            return """
                conn \(name)
                    left=%defaultroute
                    leftid=@\(names[place])
                    leftsubnet=10.\(lane).\(place + 1).0/24
                    right=\(far)
                    rightid=@\(names[1 - place])
                    rightsubnet=10.\(lane).\(2 - place).0/24
                    authby=secret
                    ike=aes128-sha2_256-curve25519
                    esp=\(seed % 2 == 0 ? "aes128gcm16" : "aes128-sha2_256")
                    pfs=\(seed % 2 == 0 ? "yes" : "no")
                    ikelifetime=3600
                    keylife=\(Self.keyLife)
                    rekeymargin=\(300 + reloads % 2)
                    keyingtries=%forever
                    dpddelay=30
                    dpdtimeout=120
                    dpdaction=\(begins && name == "net" ? "restart" : "hold")
                    auto=\(begins ? name == "net" ? "start" : "route" : "add")

                """
        }
        return conn("net", 1) + conn("lazy", 2)
    }

    func fail(_ what: String) {
        // Once is enough: what follows follows from it.
        guard !failed else { return }
        failed = true
        let story = wire.gateways.map { $0.kept.lines.suffix(40).joined(separator: "\n  ") }
        Issue.record("CYGNET_SEED=\(seed), \(wire.now / Self.second) s: \(what)\nwest:\n  \(story[0])\neast:\n  \(story[1])")
    }

    // MARK: Packets

    private func host(_ place: Int, _ lane: Int) -> [UInt8] { [10, UInt8(lane), UInt8(place + 1), 5] }
    private func address(_ host: [UInt8]) -> Address { Address(host.map { "\($0)" }.joined(separator: "."))! }

    /// A host behind each gateway sends one packet in each of the two pairs of networks. The numbers of those that went into a tunnel.
    @discardableResult
    func send() -> [Int] {
        var numbers: [Int] = []
        for place in [0, 1] {
            for lane in [1, 2] { if let number = send(place, lane) { numbers.append(number) } }
        }
        return numbers
    }

    private func send(_ place: Int, _ lane: Int) -> Int? {
        let gateway = wire.gateways[place]
        guard gateway.isOn else { return nil }
        let (from, to) = (host(place, lane), host(1 - place, lane))
        let (number, octets) = packets.make(by: UInt8(2 * place + lane), from: from, to: to)
        let fate = wire.send(octets, from: address(from), to: address(to), through: gateway)
        switch fate {
        case .encrypted:
            guarded[place].insert(lane)
            if let plane = gateway.plane as? ESPPlane,
                plane.oldestAge(now: gateway.clock.local(wire.now)) > (Self.keyLife + 1) * Self.second
            {
                fail("\(place) sends by a key past its life")
            }
            return number
        case .held:
            guarded[place].insert(lane)
            held += 1
        case .inTheClear:
            // Who only answers catches nothing before its first tunnel.
            if guarded[place].contains(lane) || place == 0 || eastBegins { fail("a packet of \(place) went in the clear") }
        }
        return nil
    }

    private func take(_ packet: [UInt8], _ gateway: PaperGateway) {
        let place = gateway === wire.gateways[0] ? 0 : 1
        let lane = packet.count > 13 ? Int(packet[13]) : 0
        if let wrong = packets.take(packet, by: UInt8(2 * (1 - place) + lane), from: host(1 - place, lane), to: host(place, lane)) {
            fail("\(place) \(wrong)")
        }
    }

    // MARK: Misfortunes

    func mark(_ place: Int, _ what: String) { wire.gateways[place].kept.log.notice("\(wire.now / Self.second) s: \(Name(what))") }

    /// Something happens to one of them.
    func misfortune() throws {
        let place = dice.roll(2)
        let gateway = wire.gateways[place]
        let kind = dice.roll(10)
        switch kind {
        case 0, 1:
            mark(place, kind == 0 ? "crashes" : "reboots")
            if kind == 1 { guarded[place] = [] }
            try wire.restart(place, isReboot: kind == 1)
        case 2:
            mark(place, "is restarted")
            gateway.see(.terminate, now: gateway.clock.local(wire.now))
            wire.settle()
            try wire.restart(place, isReboot: false)
        case 3:
            mark(place, "sleeps")
            gateway.isOn = false
            for _ in 0..<dice.roll(7_200) / 30 {
                send()
                wire.wait(30)
            }
            gateway.isOn = true
            mark(place, "wakes")
            // First of all what is due.
            gateway.advance(now: gateway.clock.local(wire.now))
        case 4: move(place, isRoaming && place == 0 ? "192.0.2.\(1 + dice.roll(200))" : nil)
        case 5:
            mark(place, "reads another ipsec.conf")
            reloads += 1
            try gateway.write(conf(place))
            gateway.say("reload", now: gateway.clock.local(wire.now))
        case 6: gateway.plane.refusesOutbound = true
        case 7: gateway.plane.refusesStates = true
        default: break
        }
        check()
    }

    /// The address of a gateway is gone for a while, and then another one is there, or the same.
    private func move(_ place: Int, _ address: String?) {
        let gateway = wire.gateways[place]
        let before = gateway.machine
        mark(place, "loses its address")
        gateway.move(to: Machine(addresses: []), now: gateway.clock.local(wire.now))
        for _ in 0..<dice.roll(20) {
            send()
            wire.wait(1 + dice.roll(20))
        }
        mark(place, "has \(address ?? "its address again")")
        gateway.move(to: address.map { Self.machine($0) } ?? before, now: gateway.clock.local(wire.now))
    }

    /// The weather is fair again, and no plane refuses anything.
    func calm() {
        wire.wire.weather = Weather()
        for gateway in wire.gateways { (gateway.plane.refusesOutbound, gateway.plane.refusesStates) = (false, false) }
    }

    /// What holds at any time.
    func check() {
        for (place, gateway) in wire.gateways.enumerated() {
            if let name = gateway.plane.kernel.uncovered.first { fail("\(place) no longer covers the traffic of \(name)") }
            let engine = gateway.gateway.connections.engine
            if gateway.plane.inbound.count > 48 || gateway.plane.outbound.count > 24 || engine.status(now: 0).count > 96 {
                fail("the tables of \(place) grow: \(gateway.plane.inbound.count) SAs in, \(gateway.plane.outbound.count) out")
            }
        }
    }

    /// Octets of what the simulation itself keeps, as against the daemons.
    var ownOctets: Int {
        wire.gateways.reduce(packets.ownOctets + wire.wire.ownOctets + 20_000) { sum, gateway in
            sum + gateway.kept.lines.reduce(0) { $0 + $1.utf8.count + 64 }
        }
    }
}
