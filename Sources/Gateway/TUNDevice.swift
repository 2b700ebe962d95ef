import Linux
import Netlink
import Wire

/// The kernel's side of the TUN plane: the device, kept up, and the routes that lead into it.
///
/// The device outlives the daemon, and so do its routes: what finds nobody reading it is dropped. Should somebody remove it,
/// the unreachable routes behind it still let nothing pass.
final class TUNDevice: TunnelDevice {
    private let tun: TUN
    private let exchange: Exchange
    private let index: UInt32
    private let routing: Routing
    private let log: Log
    private var mtu = 0

    /// Makes the device, or takes over the one that an earlier run left.
    init(_ name: Name, log: Log) throws(PlaneError) {
        self.log = log
        do throws(SystemError) {
            tun = try TUN(name)
            try tun.setPersistent(true)
            exchange = try Exchange(.route)
        } catch {
            if error.isBusy { throw PlaneError(reason: "another program holds the device \(name)") }
            throw PlaneError(reason: "no TUN device: \(error)")
        }
        // Nothing but tunnelled packets belongs in there: no router solicitations, no address made up for it.
        try? Sysctl.write("net/ipv6/conf/\(name)/addr_gen_mode", "1")
        do throws(NetlinkError) {
            index = try exchange.answer(Link.find(name), Link.read).index
            try exchange.perform(Link.change(index, up: true))
        } catch { throw PlaneError(reason: "\(error)") }
        routing = try Routing(.device(index), log: log)
        super.init(name: name)
    }

    override var number: Int32 { tun.number }

    override func receive(into bytes: inout MutableSpan<UInt8>) -> Int? {
        (try? tun.receive(into: &bytes)) ?? nil
    }

    override func send(_ packet: Span<UInt8>) -> Bool { (try? tun.send(packet)) ?? false }

    override func setMTU(_ mtu: Int) {
        guard mtu != self.mtu else { return }
        do throws(NetlinkError) {
            try exchange.perform(Link.change(index, mtu: UInt32(mtu)))
            self.mtu = mtu
        } catch { log.warning("\(error)") }
    }

    override func route(_ eroute: Eroute) throws(PlaneError) { try routing.route(eroute) }
    override func unroute(_ eroute: Eroute) { routing.unroute(eroute) }
    override func wasHeld(_ eroute: Eroute) -> Bool { routing.wasHeld(eroute.remoteSelector.subnet) }
    override var abandoned: [Sentence] { routing.leftover.map { "traffic to \($0)" } }

    override func interfacesChanged() {
        // Whoever took it down took the routes with it.
        do throws(NetlinkError) {
            try exchange.perform(Link.change(index, up: true))
        } catch { log.error("\(error)") }
        routing.refresh()
    }

    override func letGo() {
        routing.letGo()
        // It goes when its descriptor is closed.
        try? tun.setPersistent(false)
    }

    /// Removes a device that no daemon holds any more; false when there is none, or it is not ours to remove.
    static func removeLeftover(_ name: Name) -> Bool {
        guard let tun = try? TUN(name) else { return false }
        try? tun.setPersistent(false)
        return true
    }
}
