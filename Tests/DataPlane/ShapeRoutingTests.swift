import Foundation
import Linux
import TestSupport
import Testing
import Wire

@testable import DataPlane

@Suite(.enabled(if: Namespace.isPossible, "needs root")) struct ShapeRoutingTests {
    private static func inside(_ body: @escaping @Sendable (_ device: UInt32) throws -> Void) throws {
        try Namespace.run {
            try Namespace.makeWires()
            try Namespace.ip("addr add 192.0.2.1/24 dev eth0")
            try Namespace.ip("addr add 10.0.1.254/24 dev lan0")
            try Namespace.ip("tuntap add name ipsec9 mode tun")
            try Namespace.ip("link set ipsec9 up")
            let index = try Namespace.ip("-o link show ipsec9").split(separator: ":")[0]
            try body(UInt32(index)!)
        }
    }

    private static func throwRoutes() -> [String] {
        ((try? Namespace.ip("route show table 17241")) ?? "").split(separator: "\n").map(String.init)
            .filter { $0.hasPrefix("throw 10.9") }
    }

    /// Only while it is routed; an administrator's own entry is not changed.
    @Test func arpIsAnsweredForVirtualAddresses() throws {
        try Self.inside { device in
            try Namespace.ip("neigh add proxy 10.0.1.99 dev lan0")
            let routing = try Routing(.device(device), log: Log(DiscardedLog()))
            let mobile = eroute("mobile", "10.0.1.0", 24, "10.0.1.77", 32)
            let other = eroute("other", "10.0.1.0", 24, "10.0.1.99", 32, number: 2)
            // The peer itself, on our own network, answers for itself.
            let near = eroute("near", "10.0.1.254", 32, "10.0.1.5", 32, remote: "10.0.1.5", number: 3)
            for each in [mobile, other, near] { try routing.route(each) }
            var proxies = try Namespace.ip("neigh show proxy")
            #expect(proxies.contains("10.0.1.77 dev lan0"))
            #expect(!proxies.contains("10.0.1.5 "))
            routing.unroute(mobile)
            routing.unroute(other)
            proxies = try Namespace.ip("neigh show proxy")
            #expect(!proxies.contains("10.0.1.77"))
            #expect(proxies.contains("10.0.1.99"))
            try routing.route(mobile)
            routing.removeFromKernel()
            #expect(try !Namespace.ip("neigh show proxy").contains("10.0.1.77"))
        }
    }

    /// A route that lets everything past is made only where everything is to go past.
    @Test func whatPassesIsThrownOutOfAWiderTunnelOnlyWhereNothingElseIs() throws {
        try Self.inside { device in
            let routing = try Routing(.device(device), log: Log(DiscardedLog()))
            let clear = eroute("clear", "10.0.1.0", 24, "10.9.0.0", 24, remote: nil, number: 2)
            clear.shunt = .passthrough
            try routing.route(clear)
            #expect(Self.throwRoutes().isEmpty)
            let wide = eroute("wide", "10.0.1.0", 24, "10.0.0.0", 8)
            try routing.route(wide)
            #expect(Self.throwRoutes().count == 1)
            // This one takes packets of others there, too.
            let wider = eroute("wider", "0.0.0.0", 0, "0.0.0.0", 0, number: 3)
            try routing.route(wider)
            #expect(Self.throwRoutes().isEmpty)
            routing.unroute(wider)
            #expect(Self.throwRoutes().count == 1)
        }
    }
}
