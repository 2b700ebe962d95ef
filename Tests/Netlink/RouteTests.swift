import Netlink
import Testing
import Wire

@Suite struct RouteTests {
    private let full = Route(
        to: subnet("10.9.0.0", 16), table: 17241, owner: 67, metric: 5, interface: 3, gateway: address("192.0.2.9"),
        preferredSource: address("192.0.2.1"), mtu: 1400)

    @Test func add() {
        expectSame(full.add(), Capture.addRoute, head: 28)
        expectSame(
            Route(to: subnet("10.9.1.0", 24), kind: .throw, table: 17241, owner: 67).add(), Capture.addThrow, head: 28)
        expectSame(
            Route(to: subnet("2001:db8:77::", 48), kind: .unreachable, table: 17241, owner: 67, metric: 4000).add(),
            Capture.addUnreachable, head: 28)
    }

    @Test func remove() {
        var route = full
        route.mtu = nil
        var capture = Capture.deleteRoute
        capture[16 + 7] = 1 // `ip` leaves the kind unsaid
        expectSame(route.remove(), capture, head: 28)
    }

    @Test func find() {
        var capture = Capture.getRoute
        capture[16 + 9] = 0 // RTM_F_LOOKUP_TABLE: which table is told, we do not ask
        expectSame(Route.find(address("10.9.0.1"), mark: 5), capture, head: 28)
    }

    @Test func dump() throws {
        let routes = try values(Capture.routeDump, Route.read)
        #expect(routes == [full, Route(to: subnet("10.9.1.0", 24), kind: .throw, table: 17241, owner: 67)])
        let routes6 = try values(Capture.routeDump6, Route.read)
        #expect(
            routes6 == [
                Route(
                    to: subnet("2001:db8:77::", 48), kind: .unreachable, table: 17241, owner: 67, metric: 4000,
                    interface: 1)
            ])
        expectTruncationsFail(Capture.routeDump, Route.read)
        expectTruncationsFail(Capture.routeDump6, Route.read)
    }

    @Test func words() {
        #expect("\(full)" == "10.9.0.0/16 via 192.0.2.9")
        #expect(full.add().purpose == "add the route 10.9.0.0/16 via 192.0.2.9")
    }
}

@Suite struct RuleTests {
    private let ours = Rule(.ipv4, priority: 200, table: 17241, mark: 0x17241, isInverted: true, owner: 67)

    @Test func add() {
        expectSame(ours.add(), Capture.addRule, head: 28)
    }

    @Test func remove() {
        // `ip` leaves the action unsaid.
        var capture = Capture.deleteRule
        capture[16 + 7] = 1
        var request = Parts(octets(ours.remove(), like: capture), head: 28)
        request.attributes.removeAll { $0[2] == 21 } // whose it is: we say so
        request.head[0] = capture[0]
        #expect(request == Parts(capture, head: 28))
    }

    @Test func dump() throws {
        let rules = try values(Capture.ruleDump, Rule.read)
        #expect(rules.map(\.priority) == [0, 200, 32766, 32767])
        #expect(rules[1] == ours)
        #expect(rules.map(\.table) == [255, 17241, 254, 253])
        let rules6 = try values(Capture.ruleDump6, Rule.read)
        #expect(rules6[1].mark == 0x10 && rules6[1].markMask == 0xf0 && rules6[1].table == 99 && rules6[1].isComplex)
        expectTruncationsFail(Capture.ruleDump, Rule.read)
        expectTruncationsFail(Array(Capture.ruleDump6[0x34...]), Rule.read)
    }
}

@Suite struct LinkTests {
    @Test func change() {
        expectSame(Link.change(3, up: true, mtu: 1400), Capture.setLink, head: 32)
    }

    @Test func read() throws {
        let link = try #require(try values(Capture.link, Link.read).first)
        #expect(link.name == "v0" && link.index == 3 && link.mtu == 1400 && link.kind == "veth")
        #expect(link.isUp && link.isRunning && !link.isLoopback && !link.isPointToPoint)
        expectTruncationsFail(Capture.link, Link.read)
    }

    @Test func addresses() throws {
        let addresses = try values(Capture.addresses, InterfaceAddress.read)
        let own = try #require(addresses.first { $0.address == address("192.0.2.1") })
        #expect(own == InterfaceAddress(interface: 3, address: address("192.0.2.1"), prefix: 24))
        expectTruncationsFail(Capture.addresses, InterfaceAddress.read)
    }

    @Test func changeAddresses() {
        let own = InterfaceAddress(interface: 3, address: address("10.3.3.3"), prefix: 32)
        expectSame(own.add(), Capture.addAddress, head: 24)
        expectSame(own.remove(), Capture.deleteAddress, head: 24)
    }

    /// RTM_NEWADDR of a point-to-point link: the other end is what is directly connected (`ip addr add 10.1.1.1 peer
    /// 10.2.2.2/32`).
    @Test func pointToPoint() throws {
        let message: [UInt8] = [
            40, 0, 0, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 32, 0x80, 0, 7, 0, 0, 0,
            8, 0, 1, 0, 10, 2, 2, 2, 8, 0, 2, 0, 10, 1, 1, 1,
        ]
        let own = try #require(try values(message, InterfaceAddress.read).first)
        #expect(own.address == address("10.1.1.1") && own.network == subnet("10.2.2.2", 32) && own.interface == 7)
    }

    @Test func events() {
        var seen: [RouteEvent] = []
        for capture in [Capture.link, Capture.routeDump, Capture.ruleDump, Capture.link.dropLast()] {
            RouteMonitor.read(capture.span) { seen.append($0) }
        }
        #expect(seen.count == 4)
        guard case .link = seen[0], case .route = seen[1], case .overrun = seen[3] else {
            Issue.record("\(seen)")
            return
        }
    }
}
