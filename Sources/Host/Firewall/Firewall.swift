import Linux
import Netlink
import Wire

/// `leftfirewall=yes`: accepts a tunnel's packets in this machine's firewall, and exempts them from masquerading, while the tunnel is
/// routed.
///
/// An accept rule in a table of our own would not override a drop rule in another table. So the rules are inserted at the head of every
/// chain that filters forwarded packets or rewrites outgoing ones. Each rule has a comment that identifies it. The kernel reports changes
/// of rules, and rules that a reload of the firewall has removed are inserted again. `IPTables` handles the rules of legacy iptables, which
/// nftables does not show.
public final class Firewall {
    private let log: Log
    private let channel: NetlinkChannel?
    private let monitor: NetlinkSocket?
    /// The device that delivers decrypted packets; `nil` with the kernel's own IPsec.
    private let device: Name?
    private var passes: [FirewallPass] = []
    /// Whether the kernel may have rules of ours.
    private var mayBeThere = true
    private var hasComplained = false
    /// Whether a rule of ours was missing in the last update.
    private var hasRestored = false
    private let iptables: IPTables
    private var clamp = SegmentClamp()

    /// `device` delivers decrypted packets; `nil` with the kernel's own IPsec.
    public init(device: Name?, log: Log) {
        iptables = IPTables(device: device, log: log)
        self.device = device
        self.log = log
        channel = try? NetlinkChannel(.netfilter)
        monitor = try? NetlinkSocket(.netfilter, groups: 1 << 6) // NFNLGRP_NFTABLES
    }

    /// For epoll; `nil` if the kernel has no nftables.
    public var number: Int32? { monitor?.number }

    /// Reads all pending reports of changes, and then updates the rules.
    /// - Returns: whether a rule was missing and has been inserted again.
    public func drain() -> Bool {
        guard let monitor else { return false }
        var room = InlineArray<64, UInt8>(repeating: 0)
        for _ in 0..<Limits.datagramsPerTurn {
            var span = room.mutableSpan
            guard let received = try? monitor.receive(into: &span), received != .nothing else { break }
        }
        hasRestored = false
        if !passes.isEmpty { updateRules() }
        return hasRestored
    }

    /// When `advance` has something to do next, monotonic nanoseconds.
    var nextDeadline: UInt64? { iptables.nextDeadline }
    func advance(now: UInt64) { iptables.advance(now: now) }

    /// Accepts a tunnel's packets, instead of those accepted before with the same request ID.
    public func open(_ pass: FirewallPass, now: UInt64) {
        passes.removeAll { $0.requestID == pass.requestID }
        passes.append(pass)
        updateAll(now: now)
    }

    /// Stops accepting an eroute's packets.
    public func close(requestID: UInt32, now: UInt64) {
        passes.removeAll { $0.requestID == requestID }
        updateAll(now: now)
    }

    private func updateAll(now: UInt64) {
        updateRules()
        iptables.update(passes, now: now)
    }

    /// Removes rules that an earlier run left and no tunnel needs.
    public func tidy(now: UInt64) { updateAll(now: now) }

    /// Removes all rules of ours, also those of an earlier run.
    public func removeRules() {
        passes = []
        mayBeThere = true
        updateRules()
        iptables.removeRules()
    }

    /// The start of the comment of our rules.
    private static let mark: Name = "Cygnet: "

    private func updateRules() {
        guard let channel, mayBeThere || !passes.isEmpty else { return }
        do throws(NetlinkError) {
            let chains = try channel.dump(FirewallChain.dump(), FirewallChain.read)
            var old = try channel.dump(FirewallRule.dump(), FirewallRule.read).filter { $0.comment.hasPrefix(Self.mark) }
            for chain in chains where chain.table != SegmentClamp.table {
                let isFilter = chain.hook == 2 && chain.kind == "filter"
                // Packets that this machine itself receives and sends.
                if chain.kind == "filter", chain.hook == 1 || chain.hook == 3 {
                    for pass in passes where pass.opensHost && Self.fits(chain, pass) {
                        if chain.hook == 1 {
                            try insert(chain, pass.far, pass.near, device.map { .from($0) } ?? .decrypted, &old)
                        } else {
                            try insert(chain, pass.near, pass.far, .none, &old)
                        }
                    }
                }
                guard isFilter || chain.hook == 4 && chain.kind == "nat" else { continue }
                for pass in passes where Self.fits(chain, pass) {
                    try insert(chain, pass.near, pass.far, .none, &old)
                    if isFilter { try insert(chain, pass.far, pass.near, device.map { .from($0) } ?? .decrypted, &old) }
                }
            }
            for rule in old { try channel.perform(rule.remove()) }
            clamp.update(passes, chains, channel, log)
            mayBeThere = !passes.isEmpty
            hasComplained = false
        } catch {
            if passes.isEmpty || hasComplained { return }
            hasComplained = true
            log.warning("the firewall is not changed: \(error)")
        }
    }

    /// Inserts a rule unless it is in `old`, and removes it from `old`.
    private func insert(
        _ chain: FirewallChain, _ near: Subnet, _ far: Subnet, _ condition: FirewallRule.Condition,
        _ old: inout [FirewallRule]
    ) throws(NetlinkError) {
        let comment: Sentence = "\(Self.mark)\(near) to \(far)"
        let rule = FirewallRule(in: chain, comment: Name(comment.octets))
        let place = old.firstIndex {
            $0.family == rule.family && $0.table == rule.table && $0.chain == rule.chain && $0.comment == rule.comment
        }
        if let place {
            old.remove(at: place)
        } else {
            try channel?.perform(rule.insert(from: near, to: far, condition))
            hasRestored = true
        }
    }

    /// Whether a chain handles packets of this IP version.
    private static func fits(_ chain: FirewallChain, _ pass: FirewallPass) -> Bool {
        chain.family == 1 || chain.family == (pass.near.address.family == .ipv4 ? 2 : 10)
    }
}
