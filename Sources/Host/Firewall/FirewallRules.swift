import Netlink
import Wire

/// Decides which rules accept the tunnels' packets in the chains of this machine's own firewall. It changes nothing itself: `Firewall`
/// compares with the kernel's rules, and carries the changes out.
struct FirewallRules {
    /// A rule that the kernel lacks, to be inserted at the head of its chain.
    struct Missing {
        let rule: FirewallRule
        let source: Subnet
        let destination: Subnet
        let condition: FirewallRule.Condition
    }

    /// What is to be changed in the kernel.
    struct Changes {
        /// In the order in which they are to be inserted.
        fileprivate(set) var missing: [Missing] = []
        /// Rules of ours that no tunnel needs.
        fileprivate(set) var unneeded: [FirewallRule]
    }

    /// The start of the comment of our rules.
    private static let mark: Name = "Cygnet: "

    /// How rules match decrypted packets: by the device that delivers them, or by the kernel's IPsec.
    private let arrival: FirewallRule.Condition
    /// The tunnels whose packets are accepted.
    private(set) var passes: [FirewallPass] = []

    /// `device` delivers decrypted packets; `nil` with the kernel's own IPsec.
    init(device: Name?) { arrival = device.map { .from($0) } ?? .decrypted }

    /// Packets are accepted after an eroute was routed, in place of those that were accepted with the same request ID, until before it is
    /// unrouted.
    /// - Returns: whether `passes` may have changed.
    mutating func tell(_ verb: EventVerb, _ pass: FirewallPass) -> Bool {
        guard verb == .route || verb == .unroute else { return false }
        passes.removeAll { $0.requestID == pass.requestID }
        if verb == .route { passes.append(pass) }
        return true
    }

    mutating func removeAll() { passes = [] }

    /// Compares with the kernel's chains and rules.
    func changes(in chains: [FirewallChain], _ rules: [FirewallRule]) -> Changes {
        var changes = Changes(unneeded: rules.filter { $0.comment.hasPrefix(Self.mark) })
        for chain in chains where chain.table != SegmentClamp.table {
            for pass in passes where Self.fits(chain, pass) {
                switch (chain.kind, chain.hook) {
                case ("filter", 2): // forwarded packets
                    need(chain, pass.near, pass.far, .none, &changes)
                    need(chain, pass.far, pass.near, arrival, &changes)
                case ("nat", 4): need(chain, pass.near, pass.far, .none, &changes)
                // Packets that this machine itself receives and sends.
                case ("filter", 1): if pass.opensHost { need(chain, pass.far, pass.near, arrival, &changes) }
                case ("filter", 3): if pass.opensHost { need(chain, pass.near, pass.far, .none, &changes) }
                default: break
                }
            }
        }
        return changes
    }

    /// A rule that is needed is missing, unless the kernel has it.
    private func need(
        _ chain: FirewallChain, _ source: Subnet, _ destination: Subnet, _ condition: FirewallRule.Condition, _ changes: inout Changes
    ) {
        let comment: Sentence = "\(Self.mark)\(source) to \(destination)"
        let rule = FirewallRule(in: chain, comment: Name(comment.octets))
        let place = changes.unneeded.firstIndex {
            $0.family == rule.family && $0.table == rule.table && $0.chain == rule.chain && $0.comment == rule.comment
        }
        if let place {
            changes.unneeded.remove(at: place)
        } else {
            changes.missing.append(Missing(rule: rule, source: source, destination: destination, condition: condition))
        }
    }

    /// Whether a chain handles packets of this IP version.
    private static func fits(_ chain: FirewallChain, _ pass: FirewallPass) -> Bool {
        chain.family == 1 || chain.family == (pass.near.address.family == .ipv4 ? 2 : 10)
    }
}
