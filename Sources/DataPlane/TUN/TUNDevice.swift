import ESP
import Linux
import Netlink
import Wire

/// The kernel's side of the TUN plane: the device, which is kept up, and the routes that lead into it.
///
/// Device and routes outlive the daemon: packets that no daemon reads are dropped. If the device is removed, the unreachable routes
/// behind it still hold the traffic.
final class TUNDevice: TunnelDevice {
    private var tun: TUN
    private let channel: NetlinkChannel
    private var index: UInt32
    private var hasFailed = false
    private let routing: Routing
    private let log: Log
    private var mtu = 0

    /// Creates the device, or takes over an earlier run's.
    init(_ name: Name, log: Log) throws(PlaneError) {
        self.log = log
        do throws(SystemError) {
            channel = try NetlinkChannel(.route)
        } catch { throw PlaneError(reason: "\(error)") }
        tun = try Self.open(name, log)
        index = try Link.setUp(name, channel)
        routing = try Routing(.device(index), log: log)
        super.init(name: name)
    }

    private static func open(_ name: Name, _ log: Log) throws(PlaneError) -> TUN {
        do throws(SystemError) {
            let tun = try TUN(name, wantsOffload: true)
            try tun.setPersistent(true)
            if let refusal = tun.refusal {
                log.notice("the device \(name) has no segmentation offload: \(refusal)", code: .offloadRefused)
            }
            return tun
        } catch {
            if error.isBusy { throw PlaneError(reason: "another program holds the device \(name)") }
            throw PlaneError(reason: "no TUN device: \(error)")
        }
    }

    override var number: Int32 { tun.number }
    override var isDead: Bool { hasFailed }

    override func reopen() throws(PlaneError) {
        // Its routes disappear with it. The unreachable ones of a higher metric hold the traffic until they are added again.
        tun = try Self.open(name, log)
        index = try Link.setUp(name, channel)
        hasFailed = false
        let mtu = self.mtu
        self.mtu = 0
        setMTU(mtu)
        routing.lead(into: index)
    }

    override func receive(into bytes: inout MutableSpan<UInt8>) -> Int? {
        do throws(SystemError) {
            return try tun.receive(into: &bytes)
        } catch {
            hasFailed = true
            return nil
        }
    }

    override var hasOffload: Bool { tun.hasOffload }

    override func send(_ packet: Span<UInt8>) -> Bool {
        guard tun.hasOffload else { return (try? tun.send(packet)) ?? false }
        let whole: InlineArray<1, Range<Int>> = [packet.indices]
        return send(whole.span, of: packet, OffloadHeader())
    }

    override func send(_ pieces: Span<Range<Int>>, of bytes: Span<UInt8>, _ offload: OffloadHeader) -> Bool {
        var header = InlineArray<10, UInt8>(repeating: 0) // OffloadHeader.length
        var span = header.mutableSpan
        offload.write(to: &span)
        return (try? tun.send(pieces, of: bytes, header: span.span)) ?? false
    }

    override func setMTU(_ mtu: Int) {
        guard mtu != self.mtu else { return }
        do throws(NetlinkError) {
            try channel.perform(Link.change(index, mtu: UInt32(mtu)))
            self.mtu = mtu
        } catch { log.warning("\(error)", code: .kernelRefused) }
    }

    override func route(_ eroute: Eroute) throws(PlaneError) { try routing.route(eroute) }
    override func unroute(_ eroute: Eroute) { routing.unroute(eroute) }
    override func wasHeld(_ eroute: Eroute) -> Bool { routing.wasHeld(eroute.remoteSelector.subnet) }
    override var abandoned: [Sentence] { routing.networks.leftover.map { "traffic to \($0)" } }

    override var localNetworks: [Subnet] { routing.networks.everythingLocal }
    override func firewallChanged(wasRestored: Bool) { routing.firewallChanged(wasRestored: wasRestored) }
    override func forgetEarlier() { routing.forgetEarlier() }
    override var nextDeadline: UInt64? { routing.nextDeadline }
    override func advance(now: UInt64) { routing.advance(now: now) }

    override func interfacesChanged(_ interfaces: InterfaceSnapshot) {
        // A device that was set down has lost its routes.
        do throws(NetlinkError) {
            try channel.perform(Link.change(index, up: true))
        } catch {
            // A deleted device is reported separately, and created again.
            if error.isNotThere { return }
            log.error("\(error)", code: .kernelRefused)
        }
        routing.refresh(interfaces)
    }

    @discardableResult override func removeFromKernel() -> [Sentence] {
        var stayed = routing.removeFromKernel()
        // It is removed when its descriptor is closed.
        do throws(SystemError) { try tun.setPersistent(false) } catch { stayed.append("the device \(name) stays: \(error)") }
        return stayed
    }

    /// Removes a device that no daemon uses, for the XFRM plane, which needs none. The unreachable routes behind its routes still
    /// hold the traffic.
    static func removeLeftover(_ name: Name, _ log: Log) {
        do throws(SystemError) {
            let channel = try NetlinkChannel(.route)
            // Opening a device that does not exist would create it.
            guard (try? channel.answer(Link.find(name), Link.read)) != nil else { return }
            try TUN(name).setPersistent(false)
        } catch { log.warning("the device \(name) of an earlier run stays: \(error)") }
    }
}
