import Linux
import Netlink
import Wire

/// `leftfirewall=yes`: lets a tunnel's packets through the firewall that this machine has, and keeps them from being
/// masqueraded, for as long as the tunnel is routed.
///
/// What accepts in a table of our own would override nobody else's drop. So a rule goes to the head of every chain that
/// filters what is forwarded, and of every one that rewrites what leaves. Each carries a comment by which it is found again;
/// the kernel tells when anything changes, and what a reload swept away is put back. Rules of the old iptables, which nftables
/// knows nothing of, are `IPTables`'.
public final class Firewall {
    private let log: Log
    private let exchange: Exchange?
    private let monitor: NetlinkSocket?
    /// The device that tunnelled packets come out of; `nil` is the kernel's own IPsec.
    private let device: Name?
    private var passes: [FirewallPass] = []
    /// Whether rules of ours may be there.
    private var mayBeThere = true
    private var hasComplained = false
    /// A rule of ours was not there.
    private var hasPutIn = false
    private let iptables: IPTables
    private var clamp = SegmentClamp()

    /// `device` is the one that tunnelled packets come out of; `nil` is the kernel's own IPsec.
    public init(device: Name?, log: Log) {
        iptables = IPTables(device: device, log: log)
        self.device = device
        self.log = log
        exchange = try? Exchange(.netfilter)
        monitor = try? NetlinkSocket(.netfilter, groups: 1 << 6) // NFNLGRP_NFTABLES
    }

    /// For epoll; `nil` where the kernel has no nftables.
    public var number: Int32? { monitor?.number }

    /// Everything that waits to be heard comes to this: look whether our rules are still there.
    /// - Returns: whether any was not, and is put back.
    public func drain() -> Bool {
        guard let monitor else { return false }
        var room = InlineArray<64, UInt8>(repeating: 0)
        for _ in 0..<Limits.datagramsPerTurn {
            var span = room.mutableSpan
            guard let received = try? monitor.receive(into: &span), received != .nothing else { break }
        }
        hasPutIn = false
        if !passes.isEmpty { bring() }
        return hasPutIn
    }

    /// When there is something to do although nothing is told.
    var nextDeadline: UInt64? { iptables.nextDeadline }
    func advance(now: UInt64) { iptables.advance(now: now) }

    /// Lets a tunnel's packets through, in the place of what was let through for the same request ID.
    public func open(_ pass: FirewallPass, now: UInt64) {
        passes.removeAll { $0.requestID == pass.requestID }
        passes.append(pass)
        bringAll(now: now)
    }

    /// No longer lets the packets of an eroute through.
    public func close(requestID: UInt32, now: UInt64) {
        passes.removeAll { $0.requestID == requestID }
        bringAll(now: now)
    }

    private func bringAll(now: UInt64) {
        bring()
        iptables.bring(passes, now: now)
    }

    /// Takes back what an earlier run left and nobody wants any more.
    public func tidy(now: UInt64) { bringAll(now: now) }

    /// Takes every rule of ours back, an earlier run's as well.
    public func removeRules() {
        passes = []
        mayBeThere = true
        bring()
        iptables.removeRules()
    }

    /// What a rule of ours begins its comment with.
    private static let mark: Name = "Cygnet: "

    private func bring() {
        guard let exchange, mayBeThere || !passes.isEmpty else { return }
        do throws(NetlinkError) {
            let chains = try exchange.dump(FirewallChain.dump(), FirewallChain.read)
            var old = try exchange.dump(FirewallRule.dump(), FirewallRule.read).filter { $0.comment.hasPrefix(Self.mark) }
            for chain in chains where chain.table != SegmentClamp.table {
                let isFilter = chain.hook == 2 && chain.kind == "filter"
                // What this machine receives, and what it sends.
                if chain.kind == "filter", chain.hook == 1 || chain.hook == 3 {
                    for pass in passes where pass.opensHost && Self.fits(chain, pass) {
                        if chain.hook == 1 {
                            try put(chain, pass.far, pass.near, device.map { .from($0) } ?? .decrypted, &old)
                        } else {
                            try put(chain, pass.near, pass.far, .none, &old)
                        }
                    }
                }
                guard isFilter || chain.hook == 4 && chain.kind == "nat" else { continue }
                for pass in passes where Self.fits(chain, pass) {
                    try put(chain, pass.near, pass.far, .none, &old)
                    if isFilter { try put(chain, pass.far, pass.near, device.map { .from($0) } ?? .decrypted, &old) }
                }
            }
            for rule in old { try exchange.perform(rule.remove()) }
            clamp.bring(passes, chains, exchange, log)
            mayBeThere = !passes.isEmpty
            hasComplained = false
        } catch {
            if passes.isEmpty || hasComplained { return }
            hasComplained = true
            log.warning("the firewall is not changed: \(error)")
        }
    }

    /// Puts a rule in unless it is there, and takes it from `old`.
    private func put(
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
            try exchange?.perform(rule.insert(from: near, to: far, condition))
            hasPutIn = true
        }
    }

    /// Whether a chain sees packets of this IP version.
    private static func fits(_ chain: FirewallChain, _ pass: FirewallPass) -> Bool {
        chain.family == 1 || chain.family == (pass.near.address.family == .ipv4 ? 2 : 10)
    }
}
