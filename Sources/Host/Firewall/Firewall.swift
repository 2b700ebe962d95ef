import Linux
import Netlink
import Wire

/// `leftfirewall=yes`: accepts a tunnel's packets in this machine's firewall, and exempts them from masquerading, while the tunnel is
/// routed.
///
/// An accept rule in a table of our own would not override a drop rule in another table. So the rules are inserted at the head of every
/// chain that filters forwarded packets or rewrites outgoing ones. Each rule has a comment that identifies it. The kernel reports changes
/// of rules, and rules that a reload of the firewall has removed are inserted again. `FirewallRules` decides which rules are needed.
/// `IPTables` handles the rules of legacy iptables, which nftables does not show.
public final class Firewall {
    private let log: Log
    private var channel: NetlinkChannel?
    private var monitor: NetlinkSocket?
    private var rules: FirewallRules
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
        rules = FirewallRules(device: device)
        self.log = log
        do throws(SystemError) {
            channel = try NetlinkChannel(.netfilter)
            monitor = try NetlinkSocket(.netfilter, groups: 1 << 6) // NFNLGRP_NFTABLES
        } catch { if !error.isUnsupported { log.warning("the firewall is not changed: \(error)", code: .firewallUnchanged) } }
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
            // After an error the rules are read in any case.
            guard let received = try? monitor.receive(into: &span), received != .nothing else { break }
        }
        hasRestored = false
        if !rules.passes.isEmpty { updateRules() }
        return hasRestored
    }

    /// When `advance` has something to do next, monotonic nanoseconds.
    public var nextDeadline: UInt64? { iptables.nextDeadline }
    /// Called when a child may have ended or a deadline may have passed.
    public func advance(now: UInt64) { iptables.advance(now: now) }

    /// Opens the firewall for an eroute that was routed, and closes it before the eroute is unrouted.
    public func tell(_ verb: EventVerb, _ pass: FirewallPass, now: UInt64) {
        if rules.tell(verb, pass) { updateAll(now: now) }
    }

    private func updateAll(now: UInt64) {
        updateRules()
        iptables.update(rules.passes, now: now)
    }

    /// Removes rules that an earlier run left and no tunnel needs.
    public func tidy(now: UInt64) { updateAll(now: now) }

    /// Removes all rules of ours, also those of an earlier run. Returns failures, for people.
    public func removeRules() -> [Sentence] {
        rules.removeAll()
        mayBeThere = true
        var stayed: [Sentence] = []
        do throws(NetlinkError) {
            try changeRules()
        } catch { if !error.isWithoutNFTables { stayed.append("\(error)") } }
        return stayed + iptables.removeRules()
    }

    private func updateRules() {
        do throws(NetlinkError) {
            try changeRules()
        } catch {
            if hasComplained || rules.passes.isEmpty && error.isWithoutNFTables { return }
            hasComplained = true
            log.warning("the firewall is not changed: \(error)", code: .firewallUnchanged)
        }
    }

    private func changeRules() throws(NetlinkError) {
        guard let channel, mayBeThere || !rules.passes.isEmpty else { return }
        let chains = try channel.dump(FirewallChain.dump(), FirewallChain.read)
        let changes = rules.changes(in: chains, try channel.dump(FirewallRule.dump(), FirewallRule.read))
        for new in changes.missing {
            try channel.perform(new.rule.insert(from: new.source, to: new.destination, new.condition))
            hasRestored = true
        }
        for rule in changes.unneeded { try channel.perform(rule.remove()) }
        try clamp.update(rules.passes, chains, channel, log)
        mayBeThere = !rules.passes.isEmpty
        hasComplained = false
    }
}
