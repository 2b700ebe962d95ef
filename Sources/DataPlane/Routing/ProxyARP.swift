import Linux
import Netlink
import Wire

/// Answers ARP on this gateway's own networks for hosts that belong there by their address and are in truth behind a
/// tunnel: road warriors with a virtual address.
struct ProxyARP {
    /// What we answer for.
    private var set: [ProxyNeighbour] = []

    /// Brings what the kernel answers for to `wanted`. What an administrator has set is left alone.
    mutating func bring(_ wanted: [ProxyNeighbour], _ exchange: Exchange, _ log: Log) {
        if wanted == set { return }
        do throws(NetlinkError) {
            let present = try exchange.dump(ProxyNeighbour.dump(), ProxyNeighbour.read)
            for neighbour in present where neighbour.owner == Ownership.owner || set.contains(neighbour) {
                if !wanted.contains(where: { Self.isSame($0, neighbour) }) { try exchange.perform(neighbour.remove()) }
            }
            for neighbour in wanted where !present.contains(where: { Self.isSame($0, neighbour) }) {
                try exchange.perform(neighbour.add())
                log.notice("answering ARP for \(neighbour.address), which is behind a tunnel")
            }
            set = wanted
        } catch { if !error.isNotThere { log.warning("\(error)") } }
    }

    /// Takes back everything of ours, an earlier run's as well.
    mutating func removeFromKernel(_ exchange: Exchange) {
        for neighbour in (try? exchange.dump(ProxyNeighbour.dump(), ProxyNeighbour.read)) ?? []
        where neighbour.owner == Ownership.owner || set.contains(where: { Self.isSame($0, neighbour) }) {
            try? exchange.perform(neighbour.remove())
        }
        set = []
    }

    private static func isSame(_ one: ProxyNeighbour, _ other: ProxyNeighbour) -> Bool {
        one.interface == other.interface && one.address == other.address
    }
}

extension Routing {
    /// The far ends that are one address inside a network of ours, unless the peer itself has it.
    var virtualAddresses: [ProxyNeighbour] {
        var found: [ProxyNeighbour] = []
        for eroute in eroutes where eroute.destination.isHost && eroute.destination.address.family == .ipv4 {
            let address = eroute.destination.address
            if eroute.remote == address || ownAddresses.contains(address) { continue }
            for own in interfaceAddresses where own.network.contains(address) && !own.network.isHost {
                found.append(ProxyNeighbour(address, interface: own.interface, owner: Ownership.owner))
                break
            }
        }
        return found
    }
}
