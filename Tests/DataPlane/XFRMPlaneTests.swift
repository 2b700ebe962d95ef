import Crypto
import Foundation
import Linux
import Netlink
import TestSupport
import Testing
import Wire

@testable import DataPlane

/// Policies and their backstops. States need a kernel with ESP: see `KernelESPTests`.
@Suite(.enabled(if: Namespace.isPossible && Namespace.hasPolicies, "needs root and a kernel with XFRM policies"))
struct XFRMPlaneTests {
    /// eth0 (192.0.2.1/24, 2001:db8:0::1/64) with a default route, lan0 (10.0.1.254/24, 2001:db8:1::1/64).
    private static func inside(_ body: @escaping @Sendable () throws -> Void) throws {
        try Namespace.run {
            try Namespace.makeWires()
            try Namespace.ip("addr add 192.0.2.1/24 dev eth0")
            try Namespace.addAddress("2001:db8::1", "eth0")
            try Namespace.ip("addr add 10.0.1.254/24 dev lan0")
            try Namespace.addAddress("2001:db8:1::1", "lan0")
            try Namespace.ip("route add default via 192.0.2.254")
            try body()
        }
    }

    private static func plane(_ log: Log = KeptLog().log) throws -> XFRMPlane { try XFRMPlane(options: .init(), log: log) }

    /// Everything that a plane could leave behind.
    private static func kernel() throws -> String {
        var text = ""
        for command in ["route show table all", "-6 route show table all", "rule show", "-6 rule show", "xfrm policy", "xfrm state"] {
            text += try Namespace.ip(command)
        }
        return text + String(decoding: try Sysctl.read("net/core/xfrm_larval_drop"), as: UTF8.self)
    }

    private static func policies() throws -> [XFRMPolicy] {
        try NetlinkChannel(.xfrm).dump(XFRMPolicy.dump(), XFRMPolicy.read).sorted { "\($0)" < "\($1)" }
    }

    /// And a backstop behind them, which drops traffic from other sources.
    @Test func erouteIsThreePolicies() throws {
        try Self.inside {
            let before = try Self.kernel()
            let kept = KeptLog()
            let plane = try Self.plane(kept.log)
            let net = eroute("net", "10.0.1.0", 24, "10.0.2.0", 24)
            try plane.route(net)
            #expect(
                try Self.policies().map(\.description) == [
                    "fwd 10.0.2.0/24 -> 10.0.1.0/24", "in 10.0.2.0/24 -> 10.0.1.0/24", "out 0.0.0.0/0 -> 10.0.2.0/24",
                    "out 10.0.1.0/24 -> 10.0.2.0/24",
                ])
            let text = try Namespace.ip("xfrm policy")
            #expect(text.contains("tmpl src 192.0.2.1 dst 198.51.100.1"))
            #expect(text.contains("tmpl src 0.0.0.0 dst 192.0.2.1"))
            #expect(text.contains("reqid \(net.requestID) mode tunnel"))
            #expect(try Sysctl.read("net/core/xfrm_larval_drop") == [UInt8(ascii: "0")])
            // Its own packets towards the far network need an address that the tunnel takes.
            #expect(try Namespace.ip("route get 10.0.2.1").contains("src 10.0.1.254"))
            plane.unroute(net)
            plane.removeFromKernel()
            #expect(try Self.kernel() == before)
            #expect(kept.lines == [])
        }
    }

    @Test func transportModeHasNoForwarding() throws {
        try Self.inside {
            let plane = try Self.plane()
            let host = eroute("host", "192.0.2.1", 32, "198.51.100.1", 32, mode: .transport)
            try plane.route(host)
            #expect(try Self.policies().map(\.direction) == [.inbound, .outbound])
            #expect(try Namespace.ip("xfrm policy").contains("mode transport"))
            plane.removeFromKernel()
        }
    }

    /// The more specific eroute wins, whichever was routed first.
    @Test func mostSpecificWins() throws {
        func priority(_ near: Int, _ far: Int, _ ipProtocol: UInt8 = 0, _ port: UInt16 = 0) -> UInt32 {
            let ten = Address(ipv4: 0x0a00_0000)
            return XFRMPriority.of(
                near: Selector(Subnet(ten, prefix: near), ipProtocol: ipProtocol),
                far: Selector(Subnet(ten, prefix: far), ipProtocol: ipProtocol, port: port))
        }
        let ordered = [
            priority(32, 32, 6, 22), priority(32, 32, 6), priority(32, 32), priority(24, 32), priority(0, 32),
            priority(32, 24, 6), priority(32, 24), priority(24, 24), priority(0, 24), priority(32, 0), priority(0, 0),
        ]
        #expect(ordered == ordered.sorted() && Set(ordered).count == ordered.count)
        let six = Selector(Subnet(host: Address.any(.ipv6)), ipProtocol: 6, port: 1)
        #expect(XFRMPriority.of(near: six, far: six) > 1_000)
    }

    @Test func connectedNetworksPass() throws {
        try Self.inside {
            let before = try Self.kernel()
            let plane = try Self.plane()
            let all = eroute("all", "10.0.1.0", 24, "0.0.0.0", 0)
            try plane.route(all)
            func isOpen(_ policy: XFRMPolicy) -> Bool { policy.templates.isEmpty && policy.action == .allow }
            let open = try Self.policies().filter(isOpen)
            let outward = open.filter { $0.direction == .outbound && $0.selector.source.prefix > 0 }.map(\.description)
            #expect(
                outward == [
                    "out 10.0.1.0/24 -> 10.0.1.0/24", "out 10.0.1.0/24 -> 192.0.2.0/24", "out 10.0.1.0/24 -> 224.0.0.0/4",
                    "out 10.0.1.0/24 -> 255.255.255.255/32",
                ])
            // The backstop for other sources does not drop these either.
            let fromAnywhere = open.filter { $0.selector.source.prefix == 0 }
            #expect(open.count == 16 && fromAnywhere.count == 4 && fromAnywhere.allSatisfy { $0.direction == .outbound })
            let held = try Self.policies().filter { $0.action == .block }
            #expect(held.map(\.description) == ["out 0.0.0.0/0 -> 0.0.0.0/0"])
            #expect(try Self.policies().allSatisfy { $0.priority <= held[0].priority })
            let caught = try Self.policies().filter { !$0.templates.isEmpty }
            #expect(caught.allSatisfy { policy in open.allSatisfy { $0.priority < policy.priority } })
            // A tunnel to a connected network by its own name takes its traffic.
            let lan = eroute("lan", "10.0.1.0", 24, "192.0.2.0", 24, number: 2)
            try plane.route(lan)
            #expect(try Self.policies().filter(isOpen).count == 12)
            plane.unroute(lan)
            #expect(try Self.policies().filter(isOpen).count == 16)
            try Namespace.ip("addr add 172.16.5.1/24 dev lan0")
            plane.interfacesChanged(try InterfaceSnapshot(try NetlinkChannel(.route)))
            #expect(try Self.policies().filter(isOpen).count == 20)
            plane.unroute(all)
            try Namespace.ip("addr del 172.16.5.1/24 dev lan0")
            plane.removeFromKernel()
            #expect(try Self.kernel() == before)
        }
    }

    /// With a port in its selector, fragments without ports are held too, unless something wider covers them.
    @Test func fragmentsAreHeld() throws {
        func selector(_ network: String, _ port: UInt16 = 0, _ ipProtocol: UInt8 = 17) -> Selector {
            Selector(Subnet(Address(network)!, prefix: 24), ipProtocol: ipProtocol, port: port)
        }
        func narrow(_ number: UInt32, _ near: Selector, _ far: Selector, _ shunt: Shunt = .none) -> XFRMEroute {
            let eroute = Eroute(
                name: "narrow", local: Address("192.0.2.1")!, remote: Address("198.51.100.1")!, localSelector: near,
                remoteSelector: far, mode: .tunnel, requestID: RequestIDs.base + number)
            eroute.shunt = shunt
            return XFRMEroute(eroute)
        }
        let (near, far) = (selector("10.0.1.0"), selector("10.0.2.0", 7777))
        let service = narrow(1, near, far)
        let held = service.holdingFragments(among: [service])
        #expect(held.map(\.direction) == [.outbound, .forward] && held.allSatisfy { $0.action == .block && $0.isBackstop })
        #expect(
            held[0].selector.ipProtocol == 17 && held[0].selector.sourcePortMask == .max && held[0].selector.destinationPortMask == .max)
        // More specific networks come first.
        let half = Selector(Subnet(Address("10.0.2.0")!, prefix: 25))
        #expect(
            held[0].priority > XFRMPriority.of(near: near, far: half)
                && held[0].priority < XFRMPriority.of(near: near, far: selector("10.0.2.0")))
        // Nothing to see to where no port is asked for, and where all of it passes in the clear.
        let whole = narrow(2, near, selector("10.0.2.0"))
        #expect(whole.holdingFragments(among: [whole]).isEmpty)
        #expect(narrow(3, near, far, .passthrough).holdingFragments(among: []).isEmpty)
        #expect(narrow(3, near, far, .drop).holdingFragments(among: []).count == 2)
        // A wider tunnel, or one that drops, takes them; one of another protocol, of other networks or of one port does not.
        let (anyNear, anyFar) = (selector("10.0.1.0", 0, 0), selector("10.0.2.0", 0, 0))
        let all = narrow(4, anyNear, anyFar)
        #expect(service.holdingFragments(among: [service, all]).isEmpty && service.holdingFragments(among: [whole]).isEmpty)
        #expect(service.holdingFragments(among: [narrow(4, anyNear, anyFar, .drop)]).isEmpty)
        for other in [
            narrow(5, selector("10.0.1.0", 0, 6), selector("10.0.2.0", 0, 6)), narrow(5, anyNear, selector("10.0.3.0", 0, 0)),
            narrow(5, near, selector("10.0.2.0", 9)),
        ] { #expect(service.holdingFragments(among: [service, other]).count == 2) }
        // One as wide that lets everything pass does not let these; the more specific one decides.
        let open = narrow(6, anyNear, anyFar, .passthrough)
        let against = service.holdingFragments(among: [service, open])
        #expect(against.count == 2 && against[0].priority < XFRMPriority.of(near: anyNear, far: anyFar))
        #expect(service.holdingFragments(among: [open, whole]).isEmpty)
        #expect(
            service.holdingFragments(among: [narrow(7, near, selector("10.0.2.0"), .passthrough), all])[0].priority
                < XFRMPriority.of(near: near, far: selector("10.0.2.0")))
    }

    /// Packets from other sources are held, but not those to a peer without a network, nor those outside a narrow selector.
    @Test func strangersAreHeld() {
        #expect(XFRMEroute(eroute("net", "10.0.1.0", 24, "10.0.2.0", 24)).holdingAllSources?.selector.destination.prefix == 24)
        #expect(XFRMEroute(eroute("gate", "10.0.1.0", 24, "198.51.100.1", 32)).holdingAllSources != nil, "the peer alone")
        #expect(XFRMEroute(eroute("road", "10.0.1.0", 24, "10.0.2.7", 32)).holdingAllSources != nil)
        #expect(XFRMEroute(eroute("all", "0.0.0.0", 0, "10.0.2.0", 24)).holdingAllSources == nil)
        #expect(XFRMEroute(eroute("host", "192.0.2.1", 32, "198.51.100.9", 32, mode: .transport)).holdingAllSources == nil)
        let open = eroute("open", "10.0.1.0", 24, "10.0.2.0", 24)
        open.shunt = .passthrough
        #expect(XFRMEroute(open).holdingAllSources == nil)
    }

    @Test func neighbourDiscoveryPasses() throws {
        try Self.inside {
            let plane = try Self.plane()
            let six = eroute("six", "2001:db8:1::", 64, "::", 0, local: "2001:db8::1", remote: "2001:db8:ff::1")
            try plane.route(six)
            let text = try Namespace.ip("xfrm policy")
            #expect(text.contains("src ::/0 dst ::/0 proto ipv6-icmp type 135"), "\(text)")
            #expect(try Self.policies().filter { $0.priority == 1 }.count == 4)
            plane.unroute(six)
            #expect(try Self.policies() == [])
            plane.removeFromKernel()
        }
    }

    /// A packet that meets an eroute without an SA asks for one, by the eroute's request ID.
    @Test func packetsAskForSAs() throws {
        try Self.inside {
            let plane = try Self.plane()
            let net = eroute("net", "10.0.1.0", 24, "10.0.2.0", 24)
            try plane.route(net)
            let socket = try UDPSocket(.ipv4)
            try? socket.send([1, 2, 3].span, to: Endpoint(Address("10.0.2.7")!, 9), from: Address("10.0.1.254")!)
            plane.readable(plane.descriptors[0], now: Clock.monotonic())
            #expect(plane.takeEvent() == .acquire(requestID: net.requestID) && plane.takeEvent() == nil)
            plane.removeFromKernel()
        }
    }

    @Test func restartAdoptsAndCrashRestoresTheSetting() throws {
        try Self.inside {
            let before = try Self.kernel()
            let net = eroute("net", "10.0.1.0", 24, "10.0.2.0", 24)
            let all = eroute("all", "10.0.1.0", 24, "0.0.0.0", 0, number: 2)
            do {
                let plane = try Self.plane()
                try plane.route(net)
                try plane.route(all)
                _ = plane.allocateSPI(
                    source: net.remote!, destination: net.local, requestID: net.requestID)
                #expect(try Namespace.ip("xfrm state").contains("proto esp"))
            }
            let held = try Namespace.ip("xfrm policy")
            let plane = try Self.plane()
            // The policies hold; states without keys are removed.
            #expect(try Namespace.ip("xfrm policy") == held)
            #expect(try Namespace.ip("xfrm state") == "")
            #expect(plane.wasHeld(net) && plane.wasHeld(all))
            #expect(!plane.wasHeld(eroute("other", "10.0.1.0", 24, "10.0.3.0", 24)))
            #expect(plane.abandoned.count == 2)
            try plane.route(net)
            #expect(plane.abandoned.map(\.text) == ["10.0.1.0/24 to 0.0.0.0/0"])
            #expect(try Self.policies().count == 4 + 4 + 16)
            plane.removeFromKernel()
            #expect(try Self.kernel() == before)
        }
    }

    /// The successor of a replaced conn has the same selectors and another request ID.
    @Test func replacedErouteHandsOver() throws {
        try Self.inside {
            let plane = try Self.plane()
            let old = eroute("net", "10.0.1.0", 24, "10.0.2.0", 24)
            let new = eroute("net", "10.0.1.0", 24, "10.0.2.0", 24, remote: "198.51.100.2", number: 9)
            try plane.route(old)
            try plane.route(new)
            plane.unroute(old)
            #expect(try Self.policies().count == 4)
            #expect(try Self.policies().allSatisfy { $0.isBackstop || $0.templates[0].requestID == new.requestID })
            try plane.route(old)
            plane.unroute(old)
            #expect(try Self.policies().allSatisfy { $0.isBackstop || $0.templates[0].requestID == new.requestID })
            plane.removeFromKernel()
        }
    }

    @Test func othersPoliciesStayTheirs() throws {
        try Self.inside {
            let theirs =
                "xfrm policy add src 10.0.1.0/24 dst 10.0.2.0/24 dir out priority 7 tmpl src 192.0.2.1 "
                + "dst 192.0.2.9 proto esp reqid 5 mode tunnel"
            try Namespace.ip(theirs)
            try Namespace.ip("xfrm policy add src 10.0.9.0/24 dst 10.0.2.0/24 dir in action block")
            let before = try Self.kernel()
            let plane = try Self.plane()
            do throws(PlaneError) {
                try plane.route(eroute("net", "10.0.1.0", 24, "10.0.2.0", 24))
                Issue.record("took another program's policy")
            } catch { #expect("\(error.reason)".hasSuffix("another program's policy is in the way")) }
            plane.removeFromKernel()
            #expect(try Self.kernel() == before)
        }
    }

    /// An eroute that an earlier run left held, and that cannot be routed again, stays held.
    @Test func failureKeepsWhatWasHeld() throws {
        try Self.inside {
            let net = eroute("net", "10.0.1.0", 24, "10.0.2.0", 24)
            let open = eroute("open", "10.0.1.0", 24, "10.0.3.0", 24, number: 2)
            do { try Self.plane().route(net) }
            for far in [2, 3] {
                let selector = "src 10.0.\(far).0/24 dst 10.0.1.0/24 dir in"
                _ = try? Namespace.ip("xfrm policy delete \(selector)")
                try Namespace.ip("xfrm policy add \(selector) action block")
            }
            let plane = try Self.plane()
            #expect(throws: PlaneError.self) { try plane.route(net) }
            #expect(throws: PlaneError.self) { try plane.route(open) }
            let held = try Self.policies().filter { $0.direction == .outbound }
            #expect(held.map(\.description) == ["out 0.0.0.0/0 -> 10.0.2.0/24", "out 10.0.1.0/24 -> 10.0.2.0/24"])
            #expect(plane.wasHeld(net) && plane.abandoned.count == 1)
            // Nothing is in its way any more.
            try Namespace.ip("xfrm policy delete src 10.0.2.0/24 dst 10.0.1.0/24 dir in")
            try plane.route(net)
            plane.unroute(net)
            #expect(try Self.policies().map(\.description) == ["in 10.0.3.0/24 -> 10.0.1.0/24"])
            plane.removeFromKernel()
        }
    }

    /// `%any`: the peer is not known, and the traffic is held all the same.
    @Test func unknownPeerHolds() throws {
        try Self.inside {
            let plane = try Self.plane()
            try plane.route(eroute("road", "10.0.1.0", 24, "10.0.2.0", 24, remote: nil))
            #expect(try Self.policies().count == 4)
            let socket = try UDPSocket(.ipv4)
            try? socket.send([1].span, to: Endpoint(Address("10.0.2.7")!, 9), from: Address("10.0.1.254")!)
            #expect(try Namespace.ip("-s link show eth0").contains("TX"))
            plane.removeFromKernel()
        }
    }

    @Test func kernelProbeLeavesNothing() throws {
        try Self.inside {
            let before = try Self.kernel()
            let reason = KernelProbe.reasonAgainstESP()
            #expect(try Self.kernel() == before)
            // The description agrees with the kernel.
            let refused =
                (try? Namespace.ip(
                    "xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 0x999 mode tunnel "
                        + "enc cbc(aes) 0x00112233445566778899aabbccddeeff auth hmac(sha256) 0x"
                        + String(repeating: "11", count: 32))) == nil
            #expect((reason != nil) == refused)
        }
    }
}
