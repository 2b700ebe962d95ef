import Linux
import Netlink
import TestSupport
import Testing
import Wire

@testable import Host

@Suite(.enabled(if: Namespace.isPossible, "needs root"))
struct SegmentClampTests {
    /// The rules that reduce TCP's segment size are removed with the last tunnel.
    @Test func segmentSizesAreClamped() throws {
        try Namespace.run {
            let channel = try NetlinkChannel(.netfilter)
            var clamp = SegmentClamp()
            func bring(_ passes: [FirewallPass]) throws {
                try clamp.update(passes, try channel.dump(FirewallChain.dump(), FirewallChain.read), channel, KeptLog().log)
            }
            let near = Subnet(Address("10.0.1.0")!, prefix: 24)
            let far = Subnet(Address("10.0.2.0")!, prefix: 24)
            try bring([FirewallPass(near: near, far: far, requestID: 1)])
            let text = try Namespace.nft("list table inet cygnet")
            for (near, far) in [("10.0.1.0/24", "10.0.2.0/24"), ("10.0.2.0/24", "10.0.1.0/24")] {
                #expect(text.contains("ip saddr \(near) ip daddr \(far) tcp flags syn tcp option maxseg size set rt mtu"), "\(text)")
            }
            try bring([])
            #expect(try Namespace.nft("list ruleset").isEmpty)
        }
    }
}
