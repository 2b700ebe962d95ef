import Linux
import Netlink
import Wire

/// Answers ARP on this gateway's own networks for hosts behind a tunnel whose addresses belong to these networks: road warriors with
/// a virtual address.
struct ProxyARP {
    /// The entries that exist.
    private var set: [ProxyNeighbour] = []

    /// Changes the kernel's entries to `wanted`. Entries of an administrator are not changed.
    mutating func update(_ wanted: [ProxyNeighbour], _ channel: NetlinkChannel, _ log: Log) {
        if wanted == set { return }
        do throws(NetlinkError) {
            let present = try channel.dump(ProxyNeighbour.dump(), ProxyNeighbour.read)
            for neighbour in present where neighbour.owner == Ownership.owner || set.contains(neighbour) {
                if !wanted.contains(where: { Self.isSame($0, neighbour) }) { try channel.perform(neighbour.remove()) }
            }
            for neighbour in wanted where !present.contains(where: { Self.isSame($0, neighbour) }) {
                try channel.perform(neighbour.add())
                log.notice("answering ARP for \(neighbour.address), which is behind a tunnel")
            }
            set = wanted
        } catch { if !error.isNotThere { log.warning("\(error)", code: .kernelRefused) } }
    }

    /// Removes all of Cygnet's entries, an earlier run's included. Returns failures, for people.
    mutating func removeFromKernel(_ channel: NetlinkChannel) -> [Sentence] {
        defer { set = [] }
        do throws(NetlinkError) {
            for neighbour in try channel.dump(ProxyNeighbour.dump(), ProxyNeighbour.read)
            where neighbour.owner == Ownership.owner || set.contains(where: { Self.isSame($0, neighbour) }) {
                do throws(NetlinkError) {
                    try channel.perform(neighbour.remove())
                } catch { if !error.isNotThere { throw error } }
            }
            return []
        } catch { return error.isUnsupported ? [] : ["\(error)"] }
    }

    private static func isSame(_ one: ProxyNeighbour, _ other: ProxyNeighbour) -> Bool {
        one.interface == other.interface && one.address == other.address
    }
}
