import Linux
import Netlink
import Wire

extension Link {
    /// Sets a TUN device of ours up. Returns its interface index.
    static func setUp(_ name: Name, _ channel: NetlinkChannel) throws(PlaneError) -> UInt32 {
        // Only tunnelled packets may enter the device: no router solicitations, and no generated address.
        // A kernel without IPv6 has no such setting.
        try? Sysctl.write("net/ipv6/conf/\(name)/addr_gen_mode", "1")
        do throws(NetlinkError) {
            let index = try channel.answer(find(name), read).index
            try channel.perform(change(index, up: true))
            return index
        } catch { throw PlaneError(reason: "\(error)") }
    }
}
