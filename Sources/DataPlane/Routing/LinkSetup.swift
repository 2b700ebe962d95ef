import Linux
import Netlink
import Wire

extension Link {
    /// Sets a TUN device of ours up. Returns its interface index.
    static func setUp(_ name: Name, _ exchange: Exchange) throws(PlaneError) -> UInt32 {
        // Only tunnelled packets may enter the device: no router solicitations, and no generated address.
        try? Sysctl.write("net/ipv6/conf/\(name)/addr_gen_mode", "1")
        do throws(NetlinkError) {
            let index = try exchange.answer(find(name), read).index
            try exchange.perform(change(index, up: true))
            return index
        } catch { throw PlaneError(reason: "\(error)") }
    }
}
