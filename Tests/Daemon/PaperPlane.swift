import Crypto
import Linux
import Netlink
import Wire

@testable import DataPlane

/// A plane that records calls, and simulates their effect.
class PaperPlane: DataPlane {
    struct SPI: Hashable, CustomStringConvertible {
        let number: UInt32
        let destination: Address
        var description: String { "\(number) to \(destination)" }
    }

    var deeds: [String] = []
    let kernel: PaperKernel
    /// The eroutes in force.
    final var routed: [Eroute] { kernel.routed }
    var refusesStates = false
    var refusesOutbound = false
    var refusesRoutes = false
    override var localNetworks: [Subnet] { [Subnet(Address("192.0.2.0")!, prefix: 24)] }
    private var nextSPI: UInt32
    /// The packets that each SA of either direction carried.
    var sent = Traffic(), received = Traffic()
    /// The SAs that it has.
    private(set) var inbound: Set<SPI> = [], outbound: Set<SPI> = []

    /// `firstSPI` is the number before that of the first SA.
    init(log: Log, kernel: PaperKernel = PaperKernel(), firstSPI: UInt32 = 0x1000) {
        self.kernel = kernel
        nextSPI = firstSPI
        super.init(log: log)
    }

    /// The plane of the next daemon on the same kernel. SAs do not outlive a daemon.
    func next(log: Log) -> PaperPlane { PaperPlane(log: log, kernel: kernel, firstSPI: nextSPI) }

    /// The number for the next SA.
    final var lastSPI: UInt32 { nextSPI }

    override func traffic(spi: UInt32, destination: Address) -> Traffic? {
        inbound.contains(SPI(number: spi, destination: destination)) ? received : sent
    }
    override var refusedESP: RefusedESP { received.refused }

    override func route(_ eroute: Eroute) throws(PlaneError) {
        if refusesRoutes { throw PlaneError(reason: "no room for it") }
        deeds.append("route \(eroute.name)")
        kernel.route(eroute)
    }
    override func unroute(_ eroute: Eroute) {
        deeds.append("unroute \(eroute.name)")
        kernel.unroute(eroute)
    }
    override func allocateSPI(source: Address, destination: Address, requestID: UInt32) -> UInt32? {
        nextSPI += 1
        return nextSPI
    }
    override func installInbound(_ sa: SecurityAssociation) throws(PlaneError) {
        if refusesStates { throw PlaneError(reason: "no ESP here") }
        deeds.append("inbound")
        inbound.insert(SPI(number: sa.spi, destination: sa.destination))
    }
    override func installOutbound(_ sa: SecurityAssociation, now: UInt64) throws(PlaneError) {
        if refusesOutbound { throw PlaneError(reason: "no ESP this way") }
        deeds.append("outbound")
        outbound.insert(SPI(number: sa.spi, destination: sa.destination))
    }
    override var name: StaticString { "paper" }
    override var tunnelDevice: Name? { nil }
    override var hasESN: Bool { true }
    override var nextDeadline: UInt64? { nil }
    override func advance(now: UInt64) {}
    override func interfaceName(for eroute: Eroute) -> Name { "eth0" }
    override func wasHeld(_ eroute: Eroute) -> Bool { kernel.wasHeld(eroute) }
    override func rearm(_ eroute: Eroute) {}
    override func hasLost(spi: UInt32, destination: Address) -> Bool { false }
    override var associations: [AssociationStatus] { [] }
    override func remove(spi: UInt32, destination: Address) {
        deeds.append("remove")
        inbound.remove(SPI(number: spi, destination: destination))
        outbound.remove(SPI(number: spi, destination: destination))
    }
    override var abandoned: [Sentence] { [] }
    override func forgetEarlier() {}
    override func interfacesChanged(_ interfaces: InterfaceSnapshot) { deeds.append("interfaces") }
    override func firewallChanged(wasRestored: Bool) { deeds.append(wasRestored ? "firewall restored" : "firewall changed") }
    override func removeFromKernel() -> [Sentence] {
        deeds.append("remove everything")
        kernel.clear()
        (inbound, outbound) = ([], [])
        return []
    }
}
