import Crypto
import Linux
import Netlink
import Wire

/// The kernel's own IPsec: policies catch an eroute's traffic, and states carry it.
///
/// This file has the methods that the daemon uses; `XFRMPlane+Events` handles the kernel's events.
final class XFRMPlane: DataPlane {
    struct Options {
        /// Whether the outer header hides the inner packet's DSCP.
        var hidesTOS = true
        /// The MTU of all tunnels; 0 computes it.
        var overrideMTU = 0
        /// The name of the dummy device, if one is needed.
        var device: Name = "ipsec0"
    }

    let options: Options
    let channel: NetlinkChannel
    let monitor: XFRMMonitor
    let policyMonitor: XFRMMonitor
    let routing: Routing
    let policies: XFRMPolicies

    /// In the order in which they were routed: of several with equal selectors, the last one has the policies.
    private(set) var eroutes: [XFRMEroute] = []
    /// Outbound SAs in UDP. To change the peer's address, the kernel needs the whole SA.
    var encapsulated: [EncapsulatedSA] = []
    /// Policies that an earlier run left, and that no connection has routed since.
    private var leftover: [XFRMPolicy] = []
    /// Packets that the kernel had refused before this plane started.
    private let refusedBefore = XFRMPlane.refusedByKernel()
    /// The value of net.core.xfrm_larval_drop to restore.
    private var oldLarvalDrop: LarvalDrop

    /// Index of the first of the kernel's states to be read for lost events; `nil` if none were lost.
    var nextStateToRead: Int?

    override var name: StaticString { "netkey (the kernel's ESP)" }
    override var hasESN: Bool { kernelHasESN }
    private let kernelHasESN = KernelProbe.hasESN()
    override var usesKernelESP: Bool { true }
    override var tunnelDevice: Name? { nil }
    /// The kernel handles ESP in UDP itself: these sockets deliver only IKE.
    override func receive(
        from socket: UDPSocket, now: UInt64, ike: (Span<UInt8>, _ from: Endpoint, _ to: Endpoint) -> Void
    ) -> Bool { false }
    /// Netlink sockets do not fail.
    override func revive(_ descriptor: Int32) throws(PlaneError) -> Int32? { nil }
    override var descriptors: [Int32] { [monitor.number, policyMonitor.number] }

    /// Takes over what an earlier run left. Its policies stay, so that their traffic is held. Its SAs are removed: their keys are lost.
    init(options: Options, log: Log) throws(PlaneError) {
        self.options = options
        do throws(SystemError) {
            monitor = try XFRMMonitor(.associations)
            policyMonitor = try XFRMMonitor(.policies)
            channel = try NetlinkChannel(.xfrm)
        } catch { throw PlaneError(reason: "\(error)") }
        routing = try Routing(.peer, log: log)
        do throws(NetlinkError) {
            policies = try XFRMPolicies(channel)
        } catch { throw PlaneError(reason: "\(error)") }
        let found = policies.takeFound()
        leftover = found.filter { $0.holdsTraffic }
        oldLarvalDrop = LarvalDrop(leftover: found)
        super.init(log: log)
        routing.mtus.unknown = TunnelMTUs.ofEthernet
        if options.overrideMTU > 0 { routing.mtus.fixed = UInt32(options.overrideMTU) }
        routing.dummy = DummyDevice(options.device, log: log)
        for failure in channel.removeOurStates() { log.error(failure, code: .kernelRefused) }
    }

    // MARK: Eroutes

    override func route(_ eroute: Eroute) throws(PlaneError) {
        let entry = XFRMEroute(eroute)
        eroutes.removeAll { $0.eroute.requestID == eroute.requestID }
        eroutes.append(entry)
        oldLarvalDrop.switchOff(log)
        do throws(NetlinkError) {
            try updateExceptions()
            // Policies that prevent cleartext come first.
            for policy in entry.policies(oldLarvalDrop) { try policies.set(policy) }
        } catch {
            let reason: Sentence = "\(error)"
            unroute(eroute)
            throw PlaneError(reason: error.alreadyExists ? "\(reason): another program's policy is in the way" : reason)
        }
        do throws(PlaneError) {
            try routing.route(eroute)
        } catch {
            unroute(eroute)
            throw error
        }
        leftover.removeAll { entry.has($0.selector) }
        if eroute.outerDF == .set {
            log.warning(
                "pmtudisc=set has the effect of copy, since the kernel's ESP only copies DF from the inner packet", code: .settingIgnored,
                conn: eroute.name)
        }
    }

    override func unroute(_ eroute: Eroute) {
        guard let place = eroutes.firstIndex(where: { $0.eroute.requestID == eroute.requestID }) else { return }
        let entry = eroutes.remove(at: place)
        routing.mtus.forget(eroute)
        routing.unroute(eroute)
        do throws(NetlinkError) {
            if let other = eroutes.last(where: { $0.outboundSelector == entry.outboundSelector }) {
                for policy in other.policies(oldLarvalDrop) { try policies.set(policy) }
            } else if !leftover.contains(where: { $0.selector == entry.outboundSelector }) {
                // Otherwise this eroute could not be routed, and an earlier run's policies still hold its traffic.
                for policy in entry.everyPolicy.reversed() { try policies.remove(policy) }
            }
            try updateExceptions()
        } catch { log.error("\(error)", code: .kernelRefused) }
    }

    /// The kernel keeps the larval state of its request for half a minute, and does not ask again during that time. The larval state is
    /// found by a request for an SPI.
    override func rearm(_ eroute: Eroute) {
        guard let entry = find(requestID: eroute.requestID), let peer = entry.peer,
            let spi = allocateSPI(source: entry.own, destination: peer, requestID: eroute.requestID)
        else { return }
        remove(spi: spi, destination: peer)
    }

    func find(requestID: UInt32) -> XFRMEroute? { eroutes.first { $0.eroute.requestID == requestID } }

    /// Sets an eroute's policies again. The kernel then also tries to send the packets that wait.
    func refreshPolicies(_ entry: XFRMEroute) throws(NetlinkError) {
        let owner = eroutes.last { $0.outboundSelector == entry.outboundSelector }
        guard owner === entry else { return }
        for policy in entry.policies(oldLarvalDrop) { try policies.set(policy) }
    }

    override func wasHeld(_ eroute: Eroute) -> Bool {
        let selector = XFRMEroute(eroute).outboundSelector
        return leftover.contains { $0.selector == selector } || routing.wasHeld(eroute.remoteSelector.subnet)
    }

    override var abandoned: [Sentence] {
        leftover.filter { !$0.isBackstop }.map { "\($0.selector.source) to \($0.selector.destination)" }
            + routing.networks.leftover.filter { network in !leftover.contains { $0.selector.destination == network } }
            .map { "traffic to \($0)" }
    }

    override func interfaceName(for eroute: Eroute) -> Name { routing.interfaceName(eroute.local) }

    override var localNetworks: [Subnet] { routing.networks.everythingLocal }
    override func firewallChanged(wasRestored: Bool) { routing.firewallChanged(wasRestored: wasRestored) }
    override func forgetEarlier() { routing.forgetEarlier() }
    override var nextDeadline: UInt64? { nextStateToRead == nil ? routing.nextDeadline : 0 }
    override func advance(now: UInt64) {
        routing.advance(now: now)
        readLostEvents()
    }

    override func interfacesChanged(_ interfaces: InterfaceSnapshot) {
        routing.refresh(interfaces)
        do throws(NetlinkError) {
            try updateExceptions()
        } catch { log.error("\(error)", code: .kernelRefused) }
    }

    override var associations: [AssociationStatus] {
        get throws(PlaneError) {
            do throws(NetlinkError) {
                return try channel.dump(XFRMState.dump()) { (header, body) throws(WireError) -> AssociationStatus? in
                    try XFRMState.read(header, body).flatMap { status(of: $0) }
                }
            } catch { throw PlaneError(reason: "\(error)") }
        }
    }

    private func status(of state: XFRMState) -> AssociationStatus? {
        guard state.ipProtocol == 50 && RequestIDs.isOurs(state.requestID) && state.isComplete else { return nil }
        return AssociationStatus(
            spi: state.id.spi, source: state.source, destination: state.id.destination,
            isInbound: routing.networks.ownAddresses.contains(state.id.destination), isTunnel: state.mode == .tunnel,
            suite: "\(state.algorithms)\(state.usesESN ? " esn" : "")", requestID: state.requestID,
            encapsulation: state.encapsulation, usage: (state.octets, state.packets))
    }

    @discardableResult override func removeFromKernel() -> [Sentence] {
        var stayed = routing.removeFromKernel()
        routing.dummy?.close()
        eroutes = []
        leftover = []
        encapsulated = []
        // In this order: a policy makes larval states for the packets that it holds.
        stayed += policies.removeAll() + channel.removeOurStates()
        if let failure = oldLarvalDrop.restore() { stayed.append(failure) }
        return stayed
    }

    // MARK: SAs

    /// SPIs for negotiated SAs: smaller ones are for manual conns.
    static let spiRange: ClosedRange<UInt32> = 0x1000...0xcfff_ffff

    override func allocateSPI(source: Address, destination: Address, requestID: UInt32) -> UInt32? {
        let mode = find(requestID: requestID)?.eroute.mode ?? .tunnel
        let request = XFRMState.allocateSPI(
            source: source, destination: destination, requestID: requestID, mode: mode, range: Self.spiRange)
        do throws(NetlinkError) {
            return try channel.answer(request, XFRMState.read).id.spi
        } catch {
            log.error("\(error)", code: .kernelRefused)
            return nil
        }
    }

    override func installInbound(_ sa: SecurityAssociation) throws(PlaneError) {
        do throws(NetlinkError) {
            do throws(NetlinkError) {
                try channel.perform(XFRMState.install(sa, .inbound, updating: true, hidesTOS: false))
            } catch {
                // The kernel keeps an allocated SPI for half a minute.
                guard error.isNotThere else { throw error }
                try channel.perform(XFRMState.install(sa, .inbound, updating: false, hidesTOS: false))
            }
        } catch { throw PlaneError(reason: "\(error)") }
    }

    override func installOutbound(_ sa: SecurityAssociation, now: UInt64) throws(PlaneError) {
        guard let entry = find(requestID: sa.requestID) else { throw PlaneError(reason: "it is not routed") }
        var sa = sa
        sa.outerDF = entry.eroute.outerDF
        do throws(NetlinkError) {
            try channel.perform(XFRMState.install(sa, .outbound, updating: false, hidesTOS: options.hidesTOS))
            entry.peer = sa.destination
            entry.own = sa.source
            // Packets that wait are sent now, instead of at the kernel's next retry.
            try refreshPolicies(entry)
        } catch { throw PlaneError(reason: "\(error)") }
        let isOther = routing.mtus.learn(sa)
        if entry.eroute.remote == nil {
            // Now the peer's address is known.
            let eroute = entry.eroute.copy()
            eroute.remote = sa.destination
            try routing.route(eroute)
        } else if isOther, let eroute = routing.networks.eroutes.first(where: { $0.requestID == sa.requestID }) {
            try routing.route(eroute)
        }
        if let ports = sa.encapsulation {
            encapsulated.append(EncapsulatedSA(sa, Endpoint(sa.destination, ports.destinationPort)))
        }
    }

    override func remove(spi: UInt32, destination: Address) {
        let id = present(spi, destination)
        encapsulated.removeAll { $0.isNamed(spi, destination) }
        do throws(NetlinkError) {
            try channel.perform(id.remove())
        } catch { if !error.isNotThere { log.error("\(error)", code: .kernelRefused) } }
    }

    override func hasLost(spi: UInt32, destination: Address) -> Bool {
        do throws(NetlinkError) {
            _ = try channel.answer(present(spi, destination).find(), XFRMState.read)
            return false
        } catch { return error.isNotThere }
    }

    override func traffic(spi: UInt32, destination: Address) -> Traffic? {
        do throws(NetlinkError) {
            return Traffic(try channel.answer(present(spi, destination).find(), XFRMState.read))
        } catch {
            if !error.isNotThere { log.warning("\(error)", code: .kernelRefused) }
            return nil
        }
    }

    override var refusedESP: RefusedESP { Self.refusedByKernel().since(refusedBefore) }

    /// Packets that the kernel has refused since boot; zero if the kernel does not count them.
    private static func refusedByKernel() -> RefusedESP {
        RefusedESP(XFRMStatistics((try? Files.read("/proc/net/xfrm_stat", limit: 4_096)) ?? []))
    }

    override func readable(_ descriptor: Int32, now: UInt64) {
        do throws(SystemError) {
            for _ in 0..<Limits.datagramsPerTurn {
                let next = descriptor == monitor.number ? try monitor.next(take) : try policyMonitor.next(takePolicyEvent)
                guard next else { return }
            }
        } catch { log.error("\(error)", code: .kernelRefused) }
    }

    /// Restores policies that other programs removed from the kernel. Until then their traffic may leave in the clear.
    func restorePolicies() {
        do throws(NetlinkError) {
            guard try policies.areMissing() else { return }
            log.warning("another program removed our policies from the kernel: they are restored", code: .policiesRestored)
            for policy in leftover { try policies.set(policy) }
            for entry in eroutes { try refreshPolicies(entry) }
            try updateExceptions()
        } catch { log.error("\(error)", code: .kernelRefused) }
    }

    // MARK: What stays outside

    /// Updates the policies without an SA: shunts; policies that let traffic of directly connected networks pass where an eroute's remote
    /// network is larger; IPv6's neighbour discovery, without which no packet leaves; and the policies that drop packets which match no
    /// eroute's policy.
    private func updateExceptions() throws(NetlinkError) {
        var wanted: [XFRMPolicy] = []
        // What an earlier run holds stays held until it is routed again, with the same exceptions.
        let pairs =
            eroutes.map { ($0.eroute.localSelector.subnet, $0.eroute.remoteSelector.subnet) }
            + leftover.filter { !$0.isBackstop }.map { ($0.selector.source, $0.selector.destination) }
        wanted += leftover.filter { $0.templates.isEmpty }
        for entry in eroutes where entry.eroute.shunt != .none { wanted += entry.policies(oldLarvalDrop) }
        for entry in eroutes {
            wanted += entry.holdingFragments(among: eroutes)
            if let policy = entry.holdingAllSources { wanted.append(policy) }
        }
        // Policies that hold come before the exceptions of other tunnels: both may be for the same network.
        for policy in wanted where policy.priority == XFRMPriority.last { wanted += exceptions(from: policy.selector) }
        for (near, far) in pairs {
            for network in routing.networks.localNetworks(inside: far)
            where !leftover.contains(where: { $0.selector.destination == network }) {
                let (near, far) = (Selector(near), Selector(network))
                let priority = XFRMPriority.of(near: near, far: far)
                for direction in [XFRMPolicy.Direction.outbound, .inbound, .forward] {
                    let selector = direction == .outbound ? XFRMSelector(from: near, to: far) : XFRMSelector(from: far, to: near)
                    wanted.append(XFRMPolicy(direction, selector, priority: priority, templates: []))
                }
            }
        }
        if pairs.contains(where: { $0.1.address.family == .ipv6 }) {
            wanted += XFRMPriority.neighbourDiscovery
        }
        try policies.updateWithoutTemplates(wanted, oldLarvalDrop)
    }

    /// A policy that holds traffic from any source does not hold traffic to directly connected networks. For IPv6 the kernel also applies
    /// its policies to packets for this machine itself.
    private func exceptions(from held: XFRMSelector) -> [XFRMPolicy] {
        var networks = routing.networks.localNetworks(inside: held.destination)
        if held.family == .ipv6 {
            for own in routing.networks.ownAddresses where held.destination.contains(own) { networks.append(Subnet(host: own)) }
        }
        return networks.map { network in
            let (near, far) = (Selector(held.source), Selector(network))
            return XFRMPolicy(
                .outbound, XFRMSelector(from: near, to: far), priority: XFRMPriority.of(near: near, far: far), templates: [])
        }
    }
}
