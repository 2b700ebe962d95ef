import Linux
import Netlink
import Wire

/// A device of the XFRM plane that nothing ever comes out of.
///
/// The kernel answers ARP for a host only where its own route to it leads out by another interface than the one on which it was
/// asked. A gateway with one interface reaches its road warriors by that one, and their virtual addresses belong to its LAN. So
/// the routes to those lead here; the policies take the packets before they arrive.
final class DummyDevice {
    private let name: Name
    private let log: Log
    private var tun: TUN?
    private var hasComplained = false

    init(_ name: Name, log: Log) {
        self.name = name
        self.log = log
    }

    /// Its number, made when first asked for; `nil` where this kernel has no TUN devices. It goes with the daemon, and what a
    /// policy holds is held all the same.
    func index(_ exchange: Exchange) -> UInt32? {
        if tun != nil, let link = try? exchange.answer(Link.find(name), Link.read) { return link.index }
        do throws(PlaneError) {
            tun = nil
            do throws(SystemError) {
                tun = try TUN(name)
            } catch { throw PlaneError(reason: "\(error)") }
            return try TUNDevice.raise(name, exchange)
        } catch {
            if !hasComplained { log.warning("hosts on the LAN cannot reach road warriors with addresses of the LAN: \(error.reason)") }
            hasComplained = true
            return nil
        }
    }

    /// Takes the device away.
    func close() { tun = nil }
}
