import Configuration
import Host
import Linux
import Netlink
import Wire

/// Whether a firewall drops IKE, ESP or tunnelled packets, as far as its rules can be read.
extension Verification {
    func lookAtFirewall() {
        lookAtNFTables()
        lookAtFastPaths()
        if !read("/proc/net/ip_tables_names", limit: 4_096).isEmpty {
            warn(
                "no firewall is in the way",
                "legacy iptables rules are not examined: check that they accept UDP 500 and 4500 and protocol 50")
        }
    }

    private func lookAtNFTables() {
        let chains = tables.chains()
        let rules = tables.firewallRules()
        // Without the rules a chain would seem to lack them.
        if let failure = tables.takeFailures().first { return warnUnread(failure) }
        for chain in chains where chain.family == 1 || chain.family == 2 {
            let within = rules.filter { $0.table == chain.table && $0.family == chain.family }
            if chain.hook == 1, chain.drops { lookAtInput(chain, within) }
            let isShut = oriented.first { !$0.opensFirewall && !$0.oriented.localSelector.subnet.isHost }
            guard let isShut else { continue }
            if chain.hook == 2, chain.drops {
                warn(
                    "the firewall lets the tunnels' packets through",
                    "chain \(chain.table) \(chain.name) drops what no rule accepts: \(isShut.oriented.side.word)firewall=yes in conn "
                        + "\(isShut.name) opens it for the tunnel")
            }
            if chain.hook == 4, chain.kind == "nat", within.contains(where: { $0.masquerades }) {
                warn(
                    "the tunnels' packets are not masqueraded",
                    "table \(chain.table) masquerades: \(isShut.oriented.side.word)firewall=yes in conn \(isShut.name) exempts "
                        + "the tunnel")
            }
        }
    }

    /// UDP 500, 4500 and ESP.
    private func lookAtInput(_ chain: FirewallChain, _ rules: [FirewallRuleProperties]) {
        let what: Sentence = "chain \(chain.table) \(chain.name) lets IKE and ESP in"
        var missing: Sentence = ""
        for (name, octets) in [("UDP 500", [1, 0xf4]), ("UDP 4500", [0x11, 0x94]), ("protocol 50", [50])] as [(StaticString, [UInt8])]
        where !rules.contains(where: { $0.names(octets) }) {
            missing += missing.isEmpty ? "\(name)" : ", \(name)"
        }
        if missing.isEmpty { return ok(what) }
        let advice: Sentence = "it drops what no rule accepts, and no rule names \(missing)"
        if rules.contains(where: { $0.isOpaque }) {
            warn(what, advice + ", unless in a set or a range: check these")
        } else {
            fail(what, advice)
        }
    }
}
