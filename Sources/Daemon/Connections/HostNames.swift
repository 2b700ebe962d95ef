import Host
import Wire

/// The addresses of peers that ipsec.conf identifies by host names, as `Event.lookedUp` reported them last.
final class HostNames {
    private var entries: [(name: Name, addresses: [Address])] = []
    /// Names that are to be looked up for the first time.
    private var fresh: [Name] = []

    /// The addresses that are known. A new name's are read from /etc/hosts, and `takeNew` returns it.
    func addresses(of name: Name) -> [Address] {
        if let entry = entries.first(where: { $0.name == name }) { return entry.addresses }
        guard entries.count < Limits.hostNames else { return [] }
        // If it cannot be read, the look-up that follows gives the reason.
        let addresses = (try? SystemNames.addresses(of: name)) ?? []
        entries.append((name, addresses))
        fresh.append(name)
        return addresses
    }

    /// Records the result of a look-up.
    func update(_ name: Name, _ addresses: [Address]) {
        if let index = entries.firstIndex(where: { $0.name == name }) { entries[index].addresses = addresses }
    }

    /// Returns each new name once.
    func takeNew() -> [Name] {
        defer { fresh = [] }
        return fresh
    }
}
