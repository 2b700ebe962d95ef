import Configuration
import Testing
import Wire

@Suite struct OrientationTests {
    let machine = Machine(
        addresses: [Address("192.0.2.1")!, Address("10.0.0.1")!, Address("2001:db8::1")!],
        defaultRoutes: [
            .init(address: Address("192.0.2.1")!, gateway: Address("192.0.2.254")!, interface: "eth0"),
            .init(address: Address("2001:db8::1")!, gateway: nil, interface: "ppp0"),
        ])

    func oriented(_ text: String, lookUp: (Name) -> [Address] = { _ in [] }) -> Oriented? {
        guard let conn = conn(text + "\nauthby=secret"), case .oriented(let oriented) = Orientation.of(conn, on: machine, lookUp: lookUp)
        else { return nil }
        return oriented
    }

    func reason(_ text: String, on machine: Machine? = nil) -> String? {
        guard let conn = conn(text + "\nauthby=secret"), case .unoriented(let reason) = Orientation.of(conn, on: machine ?? self.machine)
        else { return nil }
        return reason.text
    }

    @Test func eitherEnd() throws {
        let left = try #require(
            oriented("left=192.0.2.1\nleftsubnet=10.0.0.0/24\nright=198.51.100.1\nrightsubnet=10.9.0.0/16\nleftnexthop=192.0.2.9"))
        #expect(left.side == .left && left.localAddress == Address("192.0.2.1")! && left.remoteAddress == Address("198.51.100.1")!)
        #expect(left.nextHop == Address("192.0.2.9")! && left.localID == .address(Address("192.0.2.1")!))
        #expect("\(left.localSelector)" == "10.0.0.0/24" && left.remoteSelector.map { "\($0)" } == "10.9.0.0/16")
        let right = try #require(oriented("right=192.0.2.1\nrightid=@me\nleft=198.51.100.1\nleftid=@you\nrightnexthop=%defaultroute"))
        #expect(right.side == .right && right.localID == .fqdn("me") && right.remoteID == .fqdn("you"))
        #expect(right.nextHop == Address("192.0.2.254")! && "\(right.localSelector)" == "192.0.2.1/32")
    }

    /// A LAN exempt from a tunnel for everything: the ends do not matter, as others write it.
    @Test(arguments: ["left=192.0.2.1\nright=0.0.0.0", "left=127.0.0.1\nright=%any", "left=10.0.0.1\nright=10.0.0.1", "right=%any", ""])
    func withinOneNetwork(_ hosts: String) throws {
        let text =
            "conn lan\n type=passthrough\n authby=never\n auto=route\n leftsubnet=10.0.0.0/8\n rightsubnet=10.0.0.0/8\n \(hosts.replacing("\n", with: "\n "))\n"
        let read = load(text)
        #expect(read.diagnostics.isEmpty, "\(read.diagnostics.map { "\($0)" })")
        let conn = try #require(read.connections.first)
        guard case .oriented(let lan) = Orientation.of(conn, on: machine) else {
            Issue.record("it has no end here")
            return
        }
        #expect(lan.localAddress == Address("10.0.0.1")! && lan.remoteAddress == nil)
        #expect("\(lan.localSelector)" == "10.0.0.0/8" && lan.remoteSelector.map { "\($0)" } == "10.0.0.0/8")
    }

    @Test func defaultRouteAndAny() throws {
        let host = try #require(oriented("left=%defaultroute\nright=198.51.100.1"))
        #expect(host.localAddress == Address("192.0.2.1")! && host.nextHop == Address("192.0.2.254")!)
        let six = try #require(oriented("left=%defaultroute\nright=2001:db8::9"))
        #expect(six.localAddress == Address("2001:db8::1")! && six.nextHop == nil)
        let any = try #require(oriented("left=192.0.2.1\nright=%any"))
        #expect(any.remoteAddress == nil && any.remoteID == nil && any.remoteSelector == nil)
        let net = try #require(oriented("left=192.0.2.1\nright=%any\nrightsubnet=1.0.0.3/32\nrightid=@r"))
        #expect(net.remoteSelector.map { "\($0)" } == "1.0.0.3/32" && net.remoteID == .fqdn("r"))
    }

    @Test func names() throws {
        let addresses: (Name) -> [Address] = {
            $0 == "me.example.com" ? [Address("203.0.113.1")!, Address("10.0.0.1")!] : [Address("2001:db8::7")!, Address("203.0.113.7")!]
        }
        let me = try #require(
            oriented("left=me.example.com\nright=you.example.com\nleftsubnet=10.1.0.0/16\nrightsubnet=10.2.0.0/16", lookUp: addresses))
        #expect(me.side == .left && me.localAddress == Address("10.0.0.1")!)
        let them = try #require(oriented("left=192.0.2.1\nright=you.example.com", lookUp: addresses))
        #expect(them.remoteAddress == Address("203.0.113.7")!)
        let unknown = try #require(oriented("left=192.0.2.1\nright=you.example.com"))
        #expect(unknown.remoteAddress == nil && unknown.remoteID == nil)
    }

    @Test func neitherAndBoth() {
        #expect(
            reason("left=198.51.100.1\nright=198.51.100.2")
                == "conn net: neither left=198.51.100.1 nor right=198.51.100.2 is an address of this machine")
        #expect(
            reason("left=198.51.100.1\nright=you.example.com")
                == "conn net: neither left=198.51.100.1 nor right=you.example.com (no address found) is an address of this machine")
        #expect(
            reason("left=192.0.2.1\nright=10.0.0.1") == "conn net: left=192.0.2.1 and right=10.0.0.1 are both addresses of this machine")
        #expect(
            reason("left=%defaultroute\nright=10.0.0.1")
                == "conn net: left=%defaultroute and right=10.0.0.1 are both addresses of this machine")
        #expect(
            reason("left=%defaultroute\nright=%any", on: Machine(addresses: []))
                == "conn net: %defaultroute has no address: there is no default route")
        var narrowed = Machine(addresses: [])
        narrowed.isNarrowed = true
        #expect(
            reason("left=%defaultroute\nright=198.51.100.2", on: narrowed)
                == "conn net: %defaultroute has no address: there is no default route on an interface of interfaces=")
    }
}
