import Testing
import Wire

private func subnet(_ address: String, _ prefix: Int) throws -> Subnet {
    Subnet(try #require(Address(address)), prefix: prefix)
}

@Suite struct Subnets {
    @Test func hostBitsAreCleared() throws {
        #expect("\(try subnet("10.1.2.3", 24))" == "10.1.2.0/24")
        #expect(try subnet("10.1.2.3", 24) == subnet("10.1.2.200", 24))
        #expect("\(try subnet("2001:db8:1:2:3::", 33))" == "2001:db8::/33")
        #expect("\(try subnet("10.1.2.3", 40))" == "10.1.2.3/32")
        #expect("\(try subnet("10.1.2.3", -1))" == "0.0.0.0/0")
        #expect("\(Subnet.everything(.ipv6))" == "::/0")
        #expect(Subnet(host: Address(ipv4: 1)).isHost)
        #expect(Subnet(host: Address(ipv6High: 0, low: 1)).prefix == 128)
        #expect(try !subnet("10.0.0.0", 31).isHost)
    }

    @Test func masks() throws {
        for prefix in 0...32 {
            let subnet = try subnet("203.0.113.77", prefix)
            #expect(Subnet(subnet.address, mask: subnet.mask) == subnet)
        }
        for prefix in 0...128 {
            let subnet = try subnet("2001:db8:ffff:ffff:ffff::1", prefix)
            #expect(Subnet(subnet.address, mask: subnet.mask) == subnet)
        }
        let address = Address(ipv4: 0x0a00_0000)
        #expect("\(try subnet("10.0.0.0", 20).mask)" == "255.255.240.0")
        for holes in [0xff00_ff00, 0x0000_0001, 0xffff_fffd, 0x7fff_ffff] as [UInt32] {
            #expect(Subnet(address, mask: Address(ipv4: holes)) == nil)
        }
        #expect(Subnet(address, mask: Address(ipv6High: .max, low: .max)) == nil)
    }

    @Test func containing() throws {
        let net = try subnet("10.1.0.0", 16)
        #expect(net.contains(try #require(Address("10.1.255.255"))))
        #expect(!net.contains(try #require(Address("10.2.0.0"))))
        #expect(!net.contains(Address(ipv6High: 0, low: 0x0a01_0001)), "the other family")
        #expect(net.contains(net))
        #expect(net.contains(try subnet("10.1.128.0", 17)))
        #expect(!net.contains(try subnet("10.0.0.0", 15)))
        #expect(net.overlaps(try subnet("10.0.0.0", 15)))
        #expect(try subnet("10.0.0.0", 15).overlaps(net))
        #expect(!net.overlaps(try subnet("10.2.0.0", 16)))
        #expect(Subnet.everything(.ipv4).contains(net))
        #expect(!Subnet.everything(.ipv6).overlaps(net))
    }
}

@Suite struct Selectors {
    @Test func covering() throws {
        let address = try #require(Address("10.1.2.3"))
        let any = Selector(try subnet("10.1.0.0", 16))
        #expect(any.covers(address, ipProtocol: 6, port: 22))
        #expect(any.covers(address, ipProtocol: 1, port: 0))
        #expect(!any.covers(try #require(Address("10.2.2.3")), ipProtocol: 6, port: 22))
        let tcp = Selector(any.subnet, ipProtocol: 6)
        #expect(tcp.covers(address, ipProtocol: 6, port: 22))
        #expect(!tcp.covers(address, ipProtocol: 17, port: 22))
        let ssh = Selector(any.subnet, ipProtocol: 6, port: 22)
        #expect(ssh.covers(address, ipProtocol: 6, port: 22))
        #expect(!ssh.covers(address, ipProtocol: 6, port: 23))
        #expect(!ssh.covers(address, ipProtocol: 6, port: 0), "a later fragment shows no port")
    }

    @Test func text() throws {
        #expect("\(Selector(try subnet("10.1.0.0", 16)))" == "10.1.0.0/16")
        #expect("\(Selector(try subnet("10.1.0.0", 16), ipProtocol: 17, port: 1701))" == "10.1.0.0/16:17/1701")
        #expect("\(Selector(try subnet("::", 0), ipProtocol: 58))" == "::/0:58/0")
    }
}

@Suite struct Identities {
    @Test func text() throws {
        #expect("\(Identity.address(try #require(Address("192.0.2.1"))))" == "192.0.2.1")
        #expect("\(Identity.fqdn("gate.example.com"))" == "@gate.example.com")
        #expect("\(Identity.userFQDN("road@example.com"))" == "road@example.com")
        #expect("\(Identity.keyID([0xde, 0xad]))" == "@#dead")
        #expect(Identity.fqdn("a") != Identity.userFQDN("a"))
    }
}

@Suite struct Names {
    @Test func octetsCount() {
        #expect(Name("tunnel") == "tunnel")
        #expect(Name("Tunnel") != "tunnel")
        #expect(Name("Tunnel-9Z").lowercased == "tunnel-9z")
        #expect(Name("left").hasPrefix("le") && Name("left").hasPrefix("left") && Name("left").hasPrefix(""))
        #expect(!Name("left").hasPrefix("lefts") && !Name("left").hasPrefix("r"))
        #expect(Name("").isEmpty && !Name("a").isEmpty)
        #expect("\(Name("west-east"))" == "west-east")
    }
}

/// Selectors against each other.
@Suite struct SelectorTests {
    private func selector(_ net: String, _ ipProtocol: UInt8, _ port: UInt16) -> Selector {
        let parts = net.split(separator: "/")
        return Selector(Subnet(Address(String(parts[0]))!, prefix: Int(parts[1])!), ipProtocol: ipProtocol, port: port)
    }

    @Test func overlap() {
        let host = selector("10.0.0.1/32", 17, 1701)
        for other in [host, selector("10.0.0.0/8", 0, 0), selector("10.0.0.1/32", 17, 0), selector("0.0.0.0/0", 17, 1701)] {
            #expect(host.overlaps(other) && other.overlaps(host), "\(other)")
        }
        for other in [
            selector("10.0.0.2/32", 17, 1701), selector("10.0.0.1/32", 6, 1701), selector("10.0.0.1/32", 17, 1702), selector("::/0", 0, 0),
        ] {
            #expect(!host.overlaps(other) && !other.overlaps(host), "\(other)")
        }
    }

    /// One port fits where the port is left open, and never all where it is not.
    @Test func onePortOfMany() {
        let open = selector("10.0.0.0/8", 17, 0)
        let one = selector("10.0.0.0/8", 17, 53)
        let all = selector("10.0.0.0/8", 0, 0)
        #expect(open.admits(ipProtocol: 17, port: 0) && open.admits(ipProtocol: 17, port: 53))
        #expect(!open.admits(ipProtocol: 6, port: 53) && !open.admits(ipProtocol: 0, port: 0))
        #expect(one.admits(ipProtocol: 17, port: 53) && !one.admits(ipProtocol: 17, port: 0) && !one.admits(ipProtocol: 17, port: 54))
        #expect(all.admits(ipProtocol: 0, port: 0) && !all.admits(ipProtocol: 17, port: 53))
    }
}

/// Two IDs that peers sent, compared; and an ID of ipsec.conf with one that a peer sent.
@Suite struct PeerIdentityTests {
    private func name(_ text: String) -> Identity { .distinguishedName(DistinguishedName.der(Array(text.utf8))!) }

    @Test func starsOfPeersAreLetters() {
        let ann = name("C=DE, CN=ann")
        let star = name("C=DE, CN=*")
        #expect(star.matches(ann) && !ann.matches(star))
        #expect(!star.isSame(as: ann) && !ann.isSame(as: star) && star.isSame(as: star))
        #expect(ann.isSame(as: name("C=de, CN=Ann")))
        #expect(!Identity.address(Address("192.0.2.1")!).isSame(as: .address(Address("192.0.2.2")!)))
        #expect(Identity.fqdn("Gate.example.").isSame(as: .fqdn("gate.example")))
    }
}
