import Linux
import Netlink
import Wire

/// A device of the XFRM plane that sends no packets.
///
/// The kernel answers ARP for a host only if its route to the host leaves by another interface than the request's. A gateway with one
/// interface reaches its road warriors through it, while their virtual addresses belong to its LAN. So the routes to these addresses
/// lead to this device. The policies catch the packets before they reach it.
final class DummyDevice {
    private let name: Name
    private let log: Log
    private var tun: TUN?
    private var hasComplained = false

    init(_ name: Name, log: Log) {
        self.name = name
        self.log = log
    }

    /// The interface's index; the first call creates the device. `nil` if the kernel has no TUN devices. The device ends with the
    /// daemon; policies still hold their traffic then.
    func index(_ channel: NetlinkChannel) -> UInt32? {
        if tun != nil, let link = try? channel.answer(Link.find(name), Link.read) { return link.index }
        do throws(PlaneError) {
            tun = nil
            do throws(SystemError) {
                tun = try TUN(name)
            } catch { throw PlaneError(reason: "\(error)") }
            return try Link.setUp(name, channel)
        } catch {
            if !hasComplained { log.warning("hosts on the LAN cannot reach road warriors with addresses of the LAN: \(error.reason)") }
            hasComplained = true
            return nil
        }
    }

    /// Removes the device.
    func close() { tun = nil }
}
