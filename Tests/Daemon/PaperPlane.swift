import Crypto
import Netlink
import Wire

@testable import DataPlane

/// Notes what it is asked, and does it on paper.
final class PaperPlane: DataPlane {
    var deeds: [String] = []
    /// What is caught now.
    private(set) var routed: [Eroute] = []
    var refusesStates = false
    var refusesOutbound = false
    var refusesRoutes = false
    override var localNetworks: [Subnet] { [Subnet(Address("192.0.2.0")!, prefix: 24)] }
    private var nextSPI: UInt32 = 0x1000
    /// What every SA of either direction carried.
    var sent = Traffic(), received = Traffic()
    private var inbound: [SPI] = []

    private struct SPI: Equatable {
        let number: UInt32
        let destination: Address
    }

    override func traffic(spi: UInt32, destination: Address) -> Traffic? {
        inbound.contains(SPI(number: spi, destination: destination)) ? received : sent
    }
    override var refusedESP: RefusedESP { received.refused }

    override func route(_ eroute: Eroute) throws(PlaneError) {
        if refusesRoutes { throw PlaneError(reason: "no room for it") }
        deeds.append("route \(eroute.name)")
        routed.removeAll { $0.requestID == eroute.requestID }
        routed.append(eroute)
    }
    override func unroute(_ eroute: Eroute) {
        deeds.append("unroute \(eroute.name)")
        routed.removeAll { $0.requestID == eroute.requestID }
    }
    override func allocateSPI(source: Address, destination: Address, requestID: UInt32) -> UInt32? {
        nextSPI += 1
        return nextSPI
    }
    override func installInbound(_ sa: SecurityAssociation) throws(PlaneError) {
        if refusesStates { throw PlaneError(reason: "no ESP here") }
        deeds.append("inbound")
        inbound.append(SPI(number: sa.spi, destination: sa.destination))
    }
    override func installOutbound(_ sa: SecurityAssociation, now: UInt64) throws(PlaneError) {
        if refusesOutbound { throw PlaneError(reason: "no ESP this way") }
        deeds.append("outbound")
    }
    override var name: StaticString { "paper" }
    override var tunnelDevice: Name? { nil }
    override var hasESN: Bool { true }
    override var nextDeadline: UInt64? { nil }
    override func advance(now: UInt64) {}
    override func interfaceName(for eroute: Eroute) -> Name { "eth0" }
    override func wasHeld(_ eroute: Eroute) -> Bool { false }
    override func rearm(_ eroute: Eroute) {}
    override func hasLost(spi: UInt32, destination: Address) -> Bool { false }
    override var associations: [AssociationStatus] { [] }
    override func remove(spi: UInt32, destination: Address) { deeds.append("remove") }
    override var abandoned: [Sentence] { [] }
    override func forgetEarlier() {}
    override func interfacesChanged(_ interfaces: InterfaceSnapshot) { deeds.append("interfaces") }
    override func firewallChanged(wasRestored: Bool) { deeds.append(wasRestored ? "firewall restored" : "firewall changed") }
    override func removeFromKernel() -> [Sentence] {
        deeds.append("remove everything")
        routed = []
        return []
    }
}
