import TestSupport
import Testing
import Wire

@testable import Daemon
@testable import DataPlane

/// Gateways, and a wire of paper between them, in virtual time. It carries everything at once, unless the weather is bad.
final class PaperWire {
    static let second: UInt64 = 1_000_000_000

    var now: UInt64 = second
    var gateways: [PaperGateway] = []
    var wire: WeatheredWire
    var dice: Dice
    /// Who takes a packet from a tunnel.
    var received: (PaperGateway, [UInt8]) -> Void = { _, _ in }

    init(_ weather: Weather = Weather(delay: 0), seed: UInt64 = 1) {
        wire = WeatheredWire(weather)
        dice = Dice(seed)
    }

    /// Carries messages until none can arrive now. Nobody hears what is sent from an address that its sender has lost.
    func settle() {
        var isBusy = true
        while isBusy {
            isBusy = false
            for gateway in gateways { post(gateway) }
            for datagram in wire.takeArrived(now: now) {
                isBusy = true
                deliver(datagram)
            }
        }
    }

    private func post(_ gateway: PaperGateway) {
        let sent = gateway.sent
        gateway.sent = []
        for (message, from, to) in sent where gateway.machine.addresses.contains(from.address) {
            wire.post(message, from, to, isESP: false, now: now, &dice)
        }
    }

    private func deliver(_ datagram: WeatheredWire.Datagram) {
        guard let gateway = gateways.first(where: { $0.isOn && $0.machine.addresses.contains(datagram.to.address) }) else { return }
        let local = gateway.clock.local(now)
        guard datagram.isESP else { return gateway.see(.datagram(datagram.octets, from: datagram.from, to: datagram.to), now: local) }
        let plane = gateway.plane as? ESPPlane
        if let packet = plane?.open(datagram.octets, from: datagram.from.address, to: datagram.to.address, now: local) {
            received(gateway, packet)
        }
        gateway.settle(now: local)
    }

    /// A host behind a gateway sends a packet.
    func send(_ packet: [UInt8], from source: Address, to destination: Address, through gateway: PaperGateway) -> ESPPlane.Fate {
        guard let plane = gateway.plane as? ESPPlane else { return .inTheClear }
        let local = gateway.clock.local(now)
        let fate = plane.carry(packet, from: source, to: destination, now: local)
        if case .encrypted(let octets, let from, let to) = fate, gateway.machine.addresses.contains(from) {
            wire.post(octets, Endpoint(from, 0), Endpoint(to, 0), isESP: true, now: now, &dice)
        }
        gateway.settle(now: local)
        return fate
    }

    /// The daemon at this place ends without a word and is started anew; with `isReboot` its whole machine is.
    @discardableResult
    func restart(_ place: Int, isReboot: Bool) throws -> PaperGateway {
        gateways[place] = try PaperGateway(after: gateways[place], isReboot: isReboot, now: now)
        return gateways[place]
    }

    /// Lets time pass for so many seconds.
    func wait(_ seconds: Int) { run(until: now + UInt64(seconds) * Self.second) }

    func run(until time: UInt64) {
        settle()
        while now < time {
            var next = min(time, wire.nextArrival ?? time)
            for gateway in gateways where gateway.isOn {
                // What is overdue is done a moment later: nobody computes for ever in no time.
                if let due = gateway.nextDeadline { next = min(next, max(now + 1_000_000, gateway.clock.global(due))) }
            }
            now = max(now, next)
            settle()
            for gateway in gateways where gateway.isOn {
                let local = gateway.clock.local(now)
                if now == time || gateway.nextDeadline ?? .max <= local { gateway.advance(now: local) }
            }
            settle()
        }
    }
}
