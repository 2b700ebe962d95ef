import Wire

@testable import Host
@testable import Netlink

/// nftables of paper: the chains of a router's own firewall, and the rules that Cygnet has in them.
final class PaperFirewall {
    private var rules = FirewallRules(device: nil)
    var chains = [
        FirewallChain(family: 1, table: "fw4", name: "forward", hook: 2, kind: "filter", drops: true),
        FirewallChain(family: 1, table: "fw4", name: "input", hook: 1, kind: "filter", drops: true),
        FirewallChain(family: 1, table: "fw4", name: "srcnat", hook: 4, kind: "nat"),
    ]
    private var present: [FirewallRule] = []
    /// `forward: Cygnet: 10.0.1.0/24 to 10.0.2.0/24`
    var texts: [String] { present.map { "\($0.chain): \($0.comment)" }.sorted() }

    func tell(_ verb: EventVerb, _ pass: FirewallPass) { if rules.tell(verb, pass) { update() } }

    /// Somebody else reloads the firewall: it has only its own rules.
    func reload() { present = [] }

    /// Does what `Firewall` does when the kernel reports a change. Returns whether a rule was missing.
    @discardableResult
    func update() -> Bool {
        let changes = rules.changes(in: chains, present)
        present.removeAll { rule in changes.unneeded.contains { $0.handle == rule.handle } }
        for new in changes.missing {
            var rule = new.rule
            rule.handle = (present.map { $0.handle }.max() ?? 0) + 1
            present.append(rule)
        }
        return !changes.missing.isEmpty
    }
}
