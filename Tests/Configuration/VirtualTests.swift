import Configuration
import Testing
import Wire

/// `virtual_private=`, `vhost:` and `vnet:`: the networks that road warriors may have behind them.
@Suite struct VirtualTests {
    private static let setup = "config setup\n virtual_private=%v4:10.0.0.0/8,%v4:192.168.0.0/16,%v4:!192.168.1.0/24,%v6:fd00::/8\n"

    private func conn(_ subnet: String, own: String = "192.168.1.0/24") -> ConnectionDescription? {
        load(
            Self.setup + "conn road\n left=192.0.2.1\n leftsubnet=\(own)\n right=%any\n rightsubnet=\(subnet)\n authby=secret\n auto=add\n"
        )
        .connections.first
    }

    private func subnets(_ subnet: String) throws -> VirtualSubnets {
        let configuration = load(Self.setup)
        return try #require(conn(subnet)?.right.virtual).subnets(configuration.setup.virtualPrivate)
    }

    private func net(_ text: String) -> Subnet {
        let parts = text.split(separator: "/")
        return Subnet(Address(String(parts[0]))!, prefix: Int(parts[1])!)
    }

    @Test func hostsOfPrivateNetworks() throws {
        let hosts = try subnets("vhost:%no,%priv")
        #expect(hosts.takesPeerItself && !hosts.takesNetworks)
        for good in ["10.1.2.3/32", "192.168.0.9/32", "192.168.2.1/32", "fd00::1/128"] { #expect(hosts.allows(net(good)), "\(good)") }
        for bad in ["192.168.1.5/32", "172.16.0.1/32", "203.0.113.9/32", "10.0.0.0/24", "10.0.0.0/8", "2001:db8::1/128"] {
            #expect(!hosts.allows(net(bad)), "\(bad)")
        }
        #expect(try !subnets("vhost:%priv").takesPeerItself)
    }

    @Test func networksAndEverything() throws {
        let nets = try subnets("vnet:%priv")
        #expect(nets.allows(net("10.7.0.0/16")) && nets.allows(net("192.168.2.0/24")) && nets.allows(net("10.1.2.3/32")))
        // Nor a network that contains some of an excluded one.
        #expect(!nets.allows(net("192.168.0.0/16")) && !nets.allows(net("192.168.1.128/25")) && !nets.allows(net("0.0.0.0/0")))
        let all = try subnets("vhost:%all")
        #expect(all.allows(net("203.0.113.9/32")) && all.allows(net("2001:db8::1/128")) && !all.allows(net("10.0.0.0/8")))
        let listed = try subnets("vhost:%v4:172.16.0.0/12,%v4:!172.16.5.0/24")
        #expect(listed.allows(net("172.16.4.1/32")) && !listed.allows(net("172.16.5.1/32")) && !listed.allows(net("10.1.2.3/32")))
    }

    @Test func isWrittenAsItWasRead() throws {
        for subnet in ["vhost:%no,%priv", "vnet:%all", "vhost:%v4:172.16.0.0/12,%v4:!172.16.5.0/24,%v6:fd00::/8"] {
            let read = try #require(conn(subnet))
            let text = "\(read.text(showsKeys: false))"
            #expect(text.contains("rightsubnet=\(subnet)\n"), "\(text)")
            #expect(load(Self.setup + text).connections.first?.text(showsKeys: false).text.contains("rightsubnet=\(subnet)\n") == true)
        }
    }

    /// No peer gets a virtual address within networks behind other conns' peers; a warning says so, unless they are excluded already.
    @Test(arguments: [("10.9.0.0/16", true), ("10.0.0.0/7", true), ("192.168.1.128/25", false), ("172.16.0.0/12", false)])
    func warnsOfOtherConnsNetworks(_ net: String, _ isWarned: Bool) {
        let other = "conn branch\n left=192.0.2.1\n leftsubnet=192.168.1.0/24\n right=192.0.2.9\n rightsubnet=\(net)\n authby=secret\n"
        let road = "conn road\n left=192.0.2.1\n leftsubnet=192.168.1.0/24\n right=%any\n rightsubnet=vhost:%priv\n authby=secret\n"
        let told = load(Self.setup + road + other).diagnostics.map { "\($0)" }
        #expect(
            told.contains {
                $0.contains("warning: conn road: no peer gets an address of \(net), which other conns have: exclude them with %v4:!\(net)")
            } == isWarned, "\(told)")
        #expect(told.count == (isWarned ? 1 : 0), "\(told)")
    }

    @Test func saysWhatIsWrong() {
        func told(_ rest: String, setup: String = Self.setup) -> [String] {
            load(
                setup + "conn road\n left=192.0.2.1\n leftsubnet=192.168.1.0/24\n authby=secret\n auto=add\n "
                    + rest.replacing("\n", with: "\n ")
            )
            .diagnostics.map { "\($0)" }
        }
        #expect(told("right=%any\nrightsubnet=vhost:%no,%priv") == [])
        #expect(
            told("right=%any\nrightsubnet=vhost:%priv", setup: "config setup\n keep_alive=20\n") == [
                "/etc/ipsec.conf:9: conn road: rightsubnet=vhost:%priv: config setup has no virtual_private= to say what %priv is"
            ])
        #expect(
            told("right=%any\nrightsubnet=vhost:%all") == [
                "/etc/ipsec.conf:9: warning: conn road: rightsubnet=vhost:%all: a peer may take addresses of leftsubnet=192.168.1.0/24: "
                    + "if none is to, exclude it with %v4:!192.168.1.0/24"
            ])
        func transport(_ subnet: String) -> [String] {
            load(
                Self.setup
                    + "conn road\n left=192.0.2.1\n right=%any\n rightsubnet=\(subnet)\n type=transport\n leftprotoport=17/1701\n rightprotoport=17/%any\n authby=secret\n pfs=no\n auto=add\n"
            )
            .diagnostics.map { "\($0)" }
        }
        #expect(transport("vhost:%no,%priv") == [] && transport("vhost:%priv") == [])
        #expect(transport("vnet:%priv").first?.contains("transport mode takes no networks") == true)
        #expect(told("right=%any\nrightsubnet=vhost:%no\ntype=drop").contains { $0.contains("this is for type=tunnel and type=transport") })
        #expect(
            told("right=192.0.2.2\nrightsubnet=vhost:%no").first?.contains("this is for peers at any address, right=%any") == true
        )
    }
}
