import Crypto
import ESP
import Linux
import Netlink
import Wire

/// Cygnet's own ESP behind a TUN device, for kernels without ESP.
///
/// This file has the methods that IKE and the administrator use; `TUNPlane+Outward` and `TUNPlane+Inward` carry packets.
final class TUNPlane: DataPlane {
    struct Options {
        /// MTU of the device; 0 is that of the narrowest tunnel.
        var overrideMTU = 0
        /// Whether the outer header has the inner packet's DSCP.
        var copiesDSCP = false
        /// Whether packets that are too large for their tunnel are answered.
        var answersTooBig = true
    }

    let device: TunnelDevice
    let options: Options
    private let random: RandomSource
    /// For ESP without UDP, one for each IP version that the kernel has.
    let rawSockets: [RawSocket]
    /// For packets that leave in the clear unchanged (passthrough), one for each IP version.
    let clearSockets: [RawSocket]

    let eroutes = ErouteTable()
    private(set) var inbound: [UInt32: InboundTunnel] = [:]
    /// The current SAs, and replaced ones that have not been removed yet.
    private(set) var outbound: [OutboundTunnel] = []

    let held = HeldPackets()
    let outgoing = OutgoingPackets()
    /// Plain ESP.
    let incoming = DatagramBatch(
        capacity: Limits.rawPacketsPerTurn, slotSize: Limits.packetSlot, headroom: Layout.inboundHeadroom)
    /// ESP in UDP, which the kernel may have joined, and IKE.
    let joined = DatagramBatch(
        capacity: 1, slotSize: Limits.joinedSlot + Layout.inboundHeadroom, headroom: Layout.inboundHeadroom)
    /// Packets of a device with offload, each with its header.
    let large = DatagramBatch(capacity: 1, slotSize: Limits.offloadSlot)
    /// TCP segments on their way to such a device.
    var coalescer = Coalescer()
    /// The first ESP packet with an unknown SPI in this batch, to be reported after the batch.
    var unknownSPISource: (spi: UInt32, peer: Endpoint, local: Address)?
    var unknownSPILimit = RateLimit(burst: Limits.unknownSPIBurst, interval: Limits.unknownSPIInterval)
    var answerLimit = RateLimit(burst: Limits.tooBigBurst, interval: Limits.tooBigInterval)
    var counters = PacketCounters()

    /// Counters of packets that no SA counts.
    struct PacketCounters {
        /// From the device, but not IP packets.
        var notIP: UInt64 = 0
        /// Covered by no eroute: the route is wider than the eroutes.
        var noEroute: UInt64 = 0
        /// Held until there is an SA; and dropped because there was none.
        var held: UInt64 = 0
        var dropped: UInt64 = 0
        /// Refused by their outbound SA.
        var refusedOut: UInt64 = 0
        /// Refused ESP packets, by cause.
        var refusedIn = RefusedESP()
        /// Authentic packets that the kernel did not accept.
        var deviceFull: UInt64 = 0
    }

    init(
        device: TunnelDevice, rawSockets: [RawSocket], clearSockets: [RawSocket] = [], options: Options = Options(),
        random: RandomSource, log: Log
    ) {
        self.device = device
        self.rawSockets = rawSockets
        self.clearSockets = clearSockets
        self.options = options
        self.random = random
        super.init(log: log)
        for socket in rawSockets { Self.prepare(socket) }
        device.setMTU(mtu)
    }

    override var hasESN: Bool { true }
    override var usesKernelESP: Bool { false }
    override func interfaceName(for eroute: Eroute) -> Name { device.name }
    // No other program can remove an SA of this process.
    override func hasLost(spi: UInt32, destination: Address) -> Bool { false }

    override var name: StaticString { "klips (our own ESP behind a TUN device)" }
    override var tunnelDevice: Name? { device.name }
    override var encapsulationSockets: [UDPSocket] {
        didSet {
            for socket in encapsulationSockets {
                Self.prepare(socket)
                try? socket.wantJoined() // since Linux 5.0
            }
        }
    }

    /// Has a socket report the outer header's ECN bits and ICMP's path MTUs. DF is not set by default, as the kernel would, but only where
    /// it is requested.
    private static func prepare(_ socket: InternetSocket) {
        // No kernel since 2.6 refuses these.
        try? socket.setPathMTU(.fragment)
        try? socket.wantTrafficClass()
        try? socket.wantFailures()
    }

    override var descriptors: [Int32] { [device.number] + rawSockets.map { $0.number } }

    override func revive(_ descriptor: Int32) throws(PlaneError) -> Int32? {
        guard descriptor == device.number, device.isDead else { return nil }
        log.warning("the device \(device.name) no longer works: it is created again", code: .deviceRestored)
        try device.reopen()
        return device.number
    }

    override func readable(_ descriptor: Int32, now: UInt64) {
        if descriptor == device.number {
            takeFromDevice(now: now)
        } else if let socket = rawSockets.first(where: { $0.number == descriptor }) {
            takeFromRaw(socket, now: now)
        }
    }

    override func receive(
        from socket: UDPSocket, now: UInt64, ike: (Span<UInt8>, _ from: Endpoint, _ to: Endpoint) -> Void
    ) -> Bool {
        takeFromUDP(socket, now: now, ike: ike)
        return true
    }

    // MARK: Eroutes

    override func route(_ eroute: Eroute) throws(PlaneError) {
        try device.route(eroute)
        let old = eroutes.remove(requestID: eroute.requestID)
        let new = TunnelEroute(eroute)
        new.outbound = old?.outbound
        eroutes.insert(new)
        if eroute.shunt != .none { held.drop(requestID: eroute.requestID) }
    }

    override func unroute(_ eroute: Eroute) {
        eroutes.remove(requestID: eroute.requestID)
        held.drop(requestID: eroute.requestID)
        device.unroute(eroute)
    }

    override func rearm(_ eroute: Eroute) {
        held.drop(requestID: eroute.requestID)
        eroutes.find(requestID: eroute.requestID)?.askedAt = nil
    }

    override func wasHeld(_ eroute: Eroute) -> Bool { device.wasHeld(eroute) }
    override var abandoned: [Sentence] { device.abandoned }
    override func firewallChanged(wasRestored: Bool) { device.firewallChanged(wasRestored: wasRestored) }
    override func forgetEarlier() { device.forgetEarlier() }
    override func interfacesChanged(_ interfaces: InterfaceSnapshot) { device.interfacesChanged(interfaces) }
    override var localNetworks: [Subnet] { device.localNetworks }
    @discardableResult override func removeFromKernel() -> [Sentence] { device.removeFromKernel() }

    // MARK: SAs

    override func allocateSPI(source: Address, destination: Address, requestID: UInt32) -> UInt32? {
        // 0x100 to 0xfff are for manual conns. SPIs are random, so that a stranger who cannot guess one cannot have his packets counted
        // against an SA.
        for _ in 0..<64 {
            let spi = random.uint32()
            if spi >= 0x1000, inbound[spi] == nil { return spi }
        }
        return nil
    }

    override func installInbound(_ sa: SecurityAssociation) throws(PlaneError) {
        guard inbound[sa.spi] == nil else { throw PlaneError(reason: "its SPI is in use") }
        guard inbound.count < Limits.inboundSAs else { throw PlaneError(reason: "there are too many SAs") }
        do throws(CryptoError) {
            let checks = eroutes.find(requestID: sa.requestID)?.eroute.checksArrival ?? true
            inbound[sa.spi] = InboundTunnel(try InboundSA(sa, checksArrival: checks))
        } catch { throw PlaneError(reason: "keys and suite do not fit") }
    }

    override func installOutbound(_ sa: SecurityAssociation, now: UInt64) throws(PlaneError) {
        guard let eroute = eroutes.find(requestID: sa.requestID) else { throw PlaneError(reason: "it is not routed") }
        let socket = try socket(for: sa)
        var sa = sa
        sa.outerDF = eroute.eroute.outerDF
        let pathMTU = UDPSocket.pathMTU(from: sa.source, to: sa.destination, mark: Ownership.mark) ?? 1_500
        let tunnel: OutboundTunnel
        do throws(CryptoError) {
            let esp = try OutboundSA(
                sa, pathMTU: pathMTU, copiesDSCP: options.copiesDSCP, random: random)
            tunnel = OutboundTunnel(esp, over: socket)
        } catch { throw PlaneError(reason: "keys and suite do not fit") }
        outbound.append(tunnel)
        eroute.outbound = tunnel
        eroute.askedAt = nil
        device.setMTU(mtu)
        release(eroute, now: now)
    }

    private func socket(for sa: SecurityAssociation) throws(PlaneError) -> InternetSocket {
        let family = sa.destination.family
        if let encapsulation = sa.encapsulation {
            for socket in encapsulationSockets
            where socket.family == family && socket.port == encapsulation.sourcePort { return socket }
            throw PlaneError(reason: "no socket on port \(encapsulation.sourcePort) carries its ESP in UDP")
        }
        for socket in rawSockets where socket.family == family { return socket }
        throw PlaneError(reason: "this kernel has no raw socket for its IP version")
    }

    override func remove(spi: UInt32, destination: Address) {
        if let tunnel = inbound[spi], tunnel.esp.sa.destination == destination { inbound[spi] = nil }
        let count = outbound.count
        outbound.removeAll { $0.esp.sa.spi == spi && $0.esp.sa.destination == destination }
        guard outbound.count < count else { return }
        for eroute in eroutes.all {
            guard let tunnel = eroute.outbound, tunnel.esp.sa.spi == spi, tunnel.esp.sa.destination == destination
            else { continue }
            // If both ends rekeyed at once, there may be another SA.
            eroute.outbound = outbound.last { $0.esp.sa.requestID == eroute.eroute.requestID }
        }
        device.setMTU(mtu)
    }

    override func traffic(spi: UInt32, destination: Address) -> Traffic? {
        if let tunnel = inbound[spi], tunnel.esp.sa.destination == destination { return Traffic(tunnel.esp.usage) }
        for tunnel in outbound where tunnel.esp.sa.spi == spi && tunnel.esp.sa.destination == destination {
            return Traffic(tunnel.esp.usage)
        }
        return nil
    }

    override var refusedESP: RefusedESP { counters.refusedIn }

    override var associations: [AssociationStatus] {
        var all: [AssociationStatus] = []
        for (_, tunnel) in inbound {
            all.append(AssociationStatus(tunnel.esp.sa, isInbound: true, tunnel.esp.usage.octets, tunnel.esp.usage.packets))
        }
        for tunnel in outbound {
            all.append(AssociationStatus(tunnel.esp.sa, isInbound: false, tunnel.esp.usage.octets, tunnel.esp.usage.packets))
        }
        return all
    }

    /// The MTU of the device: the largest packet that the narrowest tunnel carries without outer fragments, so that the kernel usually
    /// fragments, and reports the MTU. IPv6 needs 1280 octets: over a narrower path, larger packets are sent in outer fragments.
    var mtu: Int {
        if options.overrideMTU > 0 { return min(options.overrideMTU, Limits.deviceMTU) }
        var least = Limits.deviceMTU
        for eroute in eroutes.all {
            if let tunnel = eroute.outbound { least = min(least, tunnel.esp.largestPacket) }
        }
        // Without a tunnel: an Ethernet MTU less ESP in UDP with AES-CBC and the longest integrity check value.
        return least == Limits.deviceMTU ? 1_390 : max(least, Layout.minimumIPv6MTU)
    }

    // MARK: Time

    override var nextDeadline: UInt64? {
        var nearest = device.nextDeadline
        for tunnel in outbound {
            if let ends = tunnel.pathMTUEnds { nearest = min(nearest ?? .max, ends) }
        }
        return nearest
    }

    override func advance(now: UInt64) {
        device.advance(now: now)
        for tunnel in outbound { tunnel.forgetPathMTU(now: now) }
    }
}
