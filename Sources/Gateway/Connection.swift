import Crypto
import IKE
import Wire

/// One conn of ipsec.conf that was added: what it asks for and what has become of it.
final class Connection {
    /// Whether the kernel catches its traffic, and what it does with it.
    enum Routing {
        /// Its traffic goes where the kernel's own routes send it.
        case unrouted
        /// Caught, with no SA to carry it: held or dropped. FreeS/WAN's prospective erouted.
        case routed
        /// Caught and carried.
        case erouted
    }

    let name: Name
    /// As IKE knows it, addresses resolved.
    var policy: Policy
    /// As the data plane knows it.
    let eroute: Eroute
    /// What ipsec.conf says of it, for `--status`.
    let text: Sentence
    var routing = Routing.unrouted
    /// A packet that meets the route with no SA begins a negotiation. `--down` switches it off: then such packets are
    /// dropped.
    var negotiatesOnDemand = false
    /// Established, for `--status` and so that `--up` does not wait for what is there.
    var isUp = false
    /// SPI of the SA its outgoing packets use.
    var outboundSPI: UInt32?
    /// Terminals that wait for this attempt's end.
    var waiting: [Terminal] = []

    var id: ConnectionID { policy.id }

    init(name: Name, policy: Policy, eroute: Eroute, text: Sentence) {
        self.name = name
        self.policy = policy
        self.eroute = eroute
        self.text = text
    }

    /// A numbered line about this connection to everybody who waits on it.
    func tell(_ code: Int, _ text: Sentence) {
        for terminal in waiting { terminal.line(code, "\"\(name)\" \(text)") }
    }

    /// Ends the wait of everybody.
    func release(_ exitCode: Int) {
        for terminal in waiting { terminal.finish(exitCode) }
        waiting = []
    }
}
