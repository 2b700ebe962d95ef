import Configuration
import Testing
import Wire

/// `leftsubnets={…}` and `rightsubnets={…}`: every pair is a connection.
@Suite struct SubnetsTests {
    private func pairs(_ parameters: String) -> [String] {
        let configuration = load("conn net\n " + (least + parameters).replacing("\n", with: "\n "))
        #expect(configuration.diagnostics.map { "\($0)" } == [])
        return configuration.connections.map { "\($0.name) \(text($0.left.subnet))-\(text($0.right.subnet))" }
    }

    private func text(_ subnet: Subnet?) -> String { subnet.map { "\($0)" } ?? "host" }

    @Test func everyPairIsAConnection() {
        #expect(
            pairs("leftsubnets={10.1.0.0/24 10.2.0.0/24}\nrightsubnets={10.3.0.0/24,10.4.0.0/24}") == [
                "net/1x1 10.1.0.0/24-10.3.0.0/24", "net/1x2 10.1.0.0/24-10.4.0.0/24",
                "net/2x1 10.2.0.0/24-10.3.0.0/24", "net/2x2 10.2.0.0/24-10.4.0.0/24",
            ])
    }

    /// 0 is the side's `subnet=`, or the host itself.
    @Test(arguments: [
        (
            "leftsubnet=10.1.0.0/24\nrightsubnets={ 10.3.0.0/24, 10.4.0.0/24 }",
            [
                "net/0x1 10.1.0.0/24-10.3.0.0/24", "net/0x2 10.1.0.0/24-10.4.0.0/24",
            ]
        ),
        ("leftsubnets=\"10.1.0.0/24 10.2.0.0/24\"", ["net/1x0 10.1.0.0/24-host", "net/2x0 10.2.0.0/24-host"]),
        ("LeftSubnets={10.1.0.0/24}\nrightsubnet=10.3/24", ["net/1x0 10.1.0.0/24-10.3.0.0/24"]),
        (
            "leftsubnet=10.9.0.0/24\nleftsubnets={10.1.0.0/24}\nrightsubnet=10.3.0.0/24",
            [
                "net/0x0 10.9.0.0/24-10.3.0.0/24", "net/1x0 10.1.0.0/24-10.3.0.0/24",
            ]
        ),
        // Those of one family join each other.
        (
            "leftsubnets={10.1.0.0/24 fd01::/64}\nrightsubnets={10.3.0.0/24 fd03::/64}",
            [
                "net/1x1 10.1.0.0/24-10.3.0.0/24", "net/2x2 fd01::/64-fd03::/64",
            ]
        ),
    ])
    func areNumbered(_ parameters: String, _ expected: [String]) { #expect(pairs(parameters) == expected) }

    @Test func areFoundByTheNameOfTheConn() {
        let read = load(
            """
            config setup
             plutostart=net
            conn net
             left=192.0.2.1
             right=192.0.2.2
             authby=secret
             also=nets
            conn nets
             leftsubnets={10.1.0.0/24 10.2.0.0/24}
             rightsubnets={10.3.0.0/24}
            """)
        #expect(read.diagnostics.map { "\($0)" } == [])
        #expect(read.connections(of: "net").map { $0.name } == ["net/1x1", "net/2x1"])
        #expect(read.connections(of: "net/2x1").map { $0.name } == ["net/2x1"])
        #expect(read.connection(named: "net") == nil && read.connections(of: "net").allSatisfy { $0.section == "net" })
        #expect(read.mentions("net/2x1") && !read.mentions("net/3x1"))
        // Each one, as it is shown, is a conn.
        for conn in read.connections {
            #expect(load(conn.text(showsKeys: false).text).connection(named: conn.name)?.saysTheSame(as: conn) == true)
        }
    }

    /// An error of the conn excludes all of its connections, and every error is reported.
    @Test func aMistakeLeavesOutAll() {
        let read = load(
            "conn net\n left=192.0.2.1\n right=192.0.2.2\n authby=secret\n leftsubnets={10.1.0.0/24 10.2.0.0/24}\n rightsubnet=10.2.0.0/24\n"
        )
        #expect(read.connections.isEmpty)
        #expect(read.mentions("net/1x0") && read.mentions("net") && !read.mentions("other/1x0"))
        #expect(
            read.explain("net/2x0") == [
                "/etc/ipsec.conf:1: conn net: leftsubnet= and rightsubnet= are both 10.2.0.0/24; the two sides must differ"
            ])
    }

    @Test(arguments: [
        (
            "leftsubnets={10.1.0.0/24 10.1.0.0/33}",
            ["5: leftsubnets={10.1.0.0/24 10.1.0.0/33}: the mask is a number from 0 to 32, or as in /255.255.255.0"]
        ),
        ("leftsubnets={10.1.0.0/24 10.1.0.0/24}", ["5: leftsubnets={10.1.0.0/24 10.1.0.0/24}: 10.1.0.0/24 is there twice"]),
        ("leftsubnets={}", ["5: leftsubnets={}: expected a list such as {192.168.1.0/24 192.168.2.0/24}"]),
        ("leftsubnets={10.1.0.0/24", ["5: leftsubnets={10.1.0.0/24: {10.1.0.0 is no address; expected a subnet such as 192.168.1.0/24"]),
        (
            "leftsubnet=10.1.0.0/24,10.2.0.0/24",
            ["5: leftsubnet=10.1.0.0/24,10.2.0.0/24: this is one network; several go into leftsubnets={...}"]
        ),
        (
            "leftsubnet={10.1.0.0/24 10.2.0.0/24}",
            ["5: leftsubnet={10.1.0.0/24 10.2.0.0/24}: this is one network; several go into leftsubnets={...}"]
        ),
        (
            "leftsubnets={10.1.0.0/24}\nrightsubnets={fd00::/64}",
            [
                "1: conn net: its two sides are of different families: 10.1.0.0/24 and fd00::/64; give both a subnet of one family"
            ]
        ),
        (
            "leftsubnets={10.1.0.0/24}\nrightsubnet=10.2.0.0/24\nleftsourceip=10.9.0.1",
            [
                "7: conn net: leftsourceip=10.9.0.1: this is inside none of leftsubnets="
            ]
        ),
        (
            "leftsubnets={10.1.0.0/24}\ntype=transport",
            [
                "6: conn net: type=transport: transport mode is between the two hosts themselves; remove the subnets, or write type=tunnel"
            ]
        ),
    ])
    func saysWhatIsWrong(_ text: String, _ expected: [String]) { #expect(complaints(least.trimmed + "\n" + text) == expected) }

    @Test func theGatewaysOwnAddressIsUsedWithItsNetwork() {
        let read = load(
            "conn net\n "
                + (least + "leftsubnets={10.1.0.0/24 10.2.0.0/24}\nrightsubnet=10.3.0.0/24\nleftsourceip=10.2.0.1").replacing(
                    "\n", with: "\n "))
        #expect(read.diagnostics.isEmpty)
        #expect(read.connections.map { $0.left.sourceIP } == [nil, Address("10.2.0.1")!])
    }

    @Test func keysOfIpsecConfAreForOnePair() {
        let text =
            "auto=manual\nspi=0x200\nesp=aes128-sha1\nespenckey=0x00112233445566778899aabbccddeeff\nespauthkey=0t01234567890123456789\nleftsubnets={10.1.0.0/24}"
        #expect(
            complaints(least.trimmed + "\n" + text) == [
                "1: conn net: the keys of ipsec.conf are for one pair of subnets; write a conn for each"
            ])
    }

    /// Pairs count as conns do.
    @Test func areBounded() {
        let lists = { (base: Int) in (0..<40).map { "10.\(base).\($0).0/24" }.joined(separator: " ") }
        let read = load("conn net\n " + (least + "leftsubnets={\(lists(1))}\nrightsubnets={\(lists(2))}").replacing("\n", with: "\n "))
        #expect(read.connections.isEmpty)
        #expect(read.diagnostics.map { "\($0)" } == ["/etc/ipsec.conf:1: conn net: more than 1000 conns, pairs of subnets counted each"])
    }

    @Test func aConnCalledLikeAPair() {
        let read = load(
            "conn net\n \(least.replacing("\n", with: "\n "))leftsubnets={10.1.0.0/24}\nconn net/1x0\n \(least.replacing("\n", with: "\n "))"
        )
        #expect(read.connections.map { $0.name } == ["net/1x0"])
        #expect(read.diagnostics.map { "\($0)" } == ["/etc/ipsec.conf:6: conn net/1x0 is here a second time, after /etc/ipsec.conf:1"])
    }
}
