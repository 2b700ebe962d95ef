import Configuration
import Crypto
import Testing
import Wire

@Suite struct SectionTests {
    /// The first of the worked examples, with keys and extras as a home gateway has them.
    static let rich = """
        # /etc/ipsec.conf of the north gateway
        version 2.0

        config setup
        \tinterfaces="ipsec0=eth0 ipsec1=ppp0"   # both
        \tplutodebug="control lifecycle"
        \tprotostack=klips
        \tuniqueids=no
        \thidetos=no
        \toverridemtu=1400
        \tnat_traversal=yes
        \tkeep_alive=30
        \tforce_keepalive=yes
        \tfragicmp=no
        \tplutoload="northnet-southnet road"
        \tplutostart=%search
        \tmyid=@north.example.com
        \tmaxstates=64
        \tmaxhalfopen=16
        \tmaxconns=8

        conn %default
        \tauthby=secret
        \tkeyingtries=3
        conn %default
        \tikelifetime=2h

        conn northnet-southnet
        \tleft=101.101.101.101
        \tleftnexthop = 101.101.101.1
        \tleftsubnet=192.168.100.0/24
        \tleftid=%myid
        \talso=south
        \tauto=start
        \tike=aes128-sha256-modp2048,3des-md5;modp1536
        \tesp="aes128gcm16, aes256-sha2_256"
        \tx-note="whatever I like"

        conn south
        \tright=202.202.202.202
        \trightnexthop=202.202.202.1
        \trightsubnet=192.168.200.0/24

        conn road
        \talsoflip=south
        \tright=%any
        \tpfs=no
        \tkeylife=30m
        \tleftprotoport=udp/1701
        \trightprotoport=17/%any
        \tauto=add
        include ipsec.d/*.conf

        """

    /// Which lines each kind of debugging asks for: received, sent, control, names, plane.
    @Test(arguments: [
        ("plutodebug=none", "-----"), ("plutodebug=all", "rscnp"), ("plutodebug=raw", "rs---"), ("plutodebug=parsing", "r----"),
        ("plutodebug=emitting", "-s---"), ("plutodebug=\"crypt dns\"", "--cn-"), ("plutodebug=control", "--c--"),
        ("plutodebug=controlmore,klips", "--c-p"), ("plutodebug=lifecycle", "--c--"), ("plutodebug=natt", "--c--"),
        ("plutodebug=x509", "--c--"), ("plutodebug=dpd", "--c--"), ("plutodebug=\"oppo private\"", "-----"),
        ("klipsdebug=none", "-----"), ("klipsdebug=eroute", "----p"), ("klipsdebug=all", "----p"),
    ])
    func debugging(_ line: String, _ expected: String) {
        let debug = load("config setup\n \(line)\n").setup.debug
        let flags = [(debug.received, "r"), (debug.sent, "s"), (debug.control, "c"), (debug.names, "n"), (debug.plane, "p")]
        #expect(flags.map { $0.0 ? $0.1 : "-" }.joined() == expected)
    }

    @Test func readsAFullFile() throws {
        let read = load(Self.rich, ["/etc/ipsec.d/b.conf": "conn b\n left=%defaultroute\n right=gate.example.com\n"])
        #expect(read.diagnostics.isEmpty)
        #expect(read.setup.interfaces == [.init("ipsec0", .named("eth0")), .init("ipsec1", .named("ppp0"))])
        #expect(read.setup.debug.control && !read.setup.debug.received && !read.setup.debug.plane)
        #expect(read.setup.protocolStack == .klips)
        #expect(!read.setup.uniqueIDs && !read.setup.hideTOS && !read.setup.answersFragmentationNeeded)
        #expect(read.setup.overrideMTU == 1400 && read.setup.keepAlive == 30 && read.setup.forceKeepAlive)
        #expect(read.setup.bounds.states == 64 && read.setup.bounds.halfOpen == 16 && read.setup.bounds.connections == 8)
        #expect(read.setup.load == .these(["northnet-southnet", "road"]) && read.setup.start == .search)
        #expect(read.connections.map { $0.name } == ["northnet-southnet", "road", "b"])

        let north = try #require(read.connection(named: "northnet-southnet"))
        #expect(north.place == Place("/etc/ipsec.conf", 28))
        #expect(north.left.host == .address(Address("101.101.101.101")!))
        #expect(north.left.nextHop == .address(Address("101.101.101.1")!))
        #expect(north.left.subnet == Subnet(Address("192.168.100.0")!, prefix: 24))
        #expect(north.left.identity == .fqdn("north.example.com"))
        #expect(north.right.nextHop == .address(Address("202.202.202.1")!))
        #expect(north.auto == .start && north.keyingTries == 3 && north.ikeLifetime == 7200 && north.keyLife == 28_800)
        #expect(north.ikeSuites == [IKESuite(.aesCBC128, .sha256, .modp2048), IKESuite(.tripleDESCBC, .md5, .modp1536)])
        #expect(north.espSuites == [ESPSuite(.aesGCM128), ESPSuite(.aesCBC256, .hmacSHA256_128)])
        #expect(north.isIKEStrict && north.isESPStrict && north.pfsGroup == .modp2048)

        let road = try #require(read.connection(named: "road"))
        #expect(road.left.host == .address(Address("202.202.202.202")!) && road.right.host == .any)
        #expect(road.left.subnet == Subnet(Address("192.168.200.0")!, prefix: 24))
        #expect(road.pfsGroup == nil && road.keyLife == 1800 && road.auto == .add)
        #expect(road.left.ipProtocol == 17 && road.left.port == 1701 && road.right.port == 0)
        #expect(!road.isIKEStrict && road.ikeSuites == Suites.defaultIKE)
        let b = try #require(read.connection(named: "b"))
        #expect(b.left.host == .defaultRoute && b.left.nextHop == .defaultRoute && b.right.host == .name("gate.example.com"))
        #expect(read.explain("south") == ["/etc/ipsec.conf:39: conn south: left= is missing"])
    }

    @Test func anEmptyFileHasDefaults() {
        let read = load("")
        #expect(read.diagnostics.isEmpty && read.connections.isEmpty)
        #expect(read.setup.load == .search && read.setup.uniqueIDs && read.setup.runsPluto && read.setup.reversePathFilter == nil)
        #expect(read.setup.interfaces == [.init("ipsec0", .defaultRoute)])
        #expect(read.explain("x") == ["there is no conn x in /etc/ipsec.conf"])
    }

    @Test func interfacesMayBeNoneOrEmpty() {
        for text in ["%none", "", "\"\""] { #expect(load("config setup\n interfaces=\(text)\n").setup.interfaces == []) }
        #expect(load("config setup\n interfaces=%defaultroute\n").setup.interfaces == [.init("ipsec0", .defaultRoute)])
        #expect(
            load("config setup\n interfaces=\"%defaultroute ipsec1=eth1\"\n").setup.interfaces
                == [.init("ipsec0", .defaultRoute), .init("ipsec1", .named("eth1"))])
    }

    @Test func commentsAndWhiteSpace() {
        let crlf = load(
            "version 2\r\n#c\r\nconn a # name\r\n\tleft=192.0.2.1\t# here\r\n\r\n # indented\r\n\tright = \"192.0.2.2\" #x\r\n\tauthby=secret\r\n"
        )
        #expect(crlf.diagnostics.isEmpty && crlf.connections.count == 1)
        // A # without white space before it belongs to the value, and so does one between quotation marks.
        #expect(conn(least + "leftid=@#a1_b2")?.left.identity == .keyID([0xa1, 0xb2]))
        #expect(load("config setup\n dumpdir=\"/var/a #b\"\n").setup.dumpFolder == "/var/a #b")
        #expect(load("conn a\n left=192.0.2.1\n\n\n right=192.0.2.2\n authby=secret").connections.count == 1)
    }

    @Test func emptyValuesUndoDefaults() {
        let read = load(
            "conn %default\n authby=secret\n leftsubnet=10.0.0.0/8\n pfs=no\nconn a\n left=1.2.3.4\n right=1.2.3.5\n leftsubnet=\n pfs=\"\"\n"
        )
        #expect(read.diagnostics.isEmpty)
        #expect(read.connections[0].left.subnet == nil && read.connections[0].pfsGroup == .modp2048)
    }

    @Test func ownParametersBeatDefaultsOnly() {
        let read = load("conn %default\n authby=rsasig\n type=passthrough\nconn a\n \(least.replacing("\n", with: "\n "))type=tunnel\n")
        #expect(read.diagnostics.isEmpty && read.connections.count == 1)
    }

    @Test func alsoNestsAndFlipsTwice() throws {
        let read = load(
            """
            conn a
             also=b
             authby=secret
            conn b
             alsoflip=c
             right=192.0.2.9
            conn c
             alsoflip=d
             right=192.0.2.8
            conn d
             rightsubnet=10.0.0.0/8
            """)
        #expect(read.diagnostics.isEmpty)
        let a = try #require(read.connection(named: "a"))
        #expect(a.left.host == .address(Address("192.0.2.8")!) && a.right.subnet == Subnet(Address("10.0.0.0")!, prefix: 8))
        #expect(read.connections.count == 1)
    }

    @Test func includesAreRelativeSortedAndNested() {
        let read = load(
            "include conf.d/[a-m]*\ninclude /other/x\n",
            [
                "/etc/conf.d/b.conf": "conn b\n also=common\n",
                "/etc/conf.d/a.conf": "conn a\n also=common\ninclude more/*.conf\n",
                "/etc/conf.d/more/z.conf": "conn z\n also=common\n",
                "/etc/conf.d/nothing.conf": "broken",
                "/etc/conf.d/.a.conf": "broken",
                "/other/x": "conn common\n left=192.0.2.1\n right=192.0.2.2\n authby=secret\n",
            ])
        #expect(read.diagnostics.map { "\($0)" } == [])
        #expect(read.connections.map { $0.name } == ["a", "z", "b", "common"])
    }

    @Test func includesAreBounded() {
        var files: [String: String] = [:]
        for index in 0..<20 { files["/etc/\(index)"] = "include \(index + 1)\n" }
        #expect(told("include 0\n", files) == ["/etc/8:1: include is nested more than 10 deep"])
        #expect(
            told("include self\n", ["/etc/self": "include ipsec.conf\n"])
                == ["/etc/self:1: /etc/ipsec.conf would include itself"])
        #expect(told(String(repeating: "include e\n", count: 1100), ["/etc/e": ""]).count == 1100 - 1039)
        let big = String(repeating: "#", count: 512 * 1024)
        #expect(
            told("include big\n", ["/etc/big": big + "#"])
                == ["1: cannot include /etc/big: the file is larger than the 512 KB that are read"])
        #expect(
            told("include a\ninclude b\n", ["/etc/a": big, "/etc/b": big])
                == ["2: cannot include /etc/b: all files together are larger than the 1024 KB that are read"])
    }

    @Test func aBadConnDoesNotStopOthers() {
        let read = load("conn bad\n left=1.2.3\nconn good\n \(least.replacing("\n", with: "\n "))\nconn worse\n lefft=1\n")
        #expect(read.connections.map { $0.name } == ["good"])
        #expect(
            read.explain("worse") == [
                "/etc/ipsec.conf:9: lefft= is not known; did you mean left=?"
            ])
        #expect(read.explain("god") == ["there is no conn god in /etc/ipsec.conf; did you mean good?"])
    }

    /// As many as README and manual promise, in a file each.
    @Test func aThousandConnsInAFileEach() {
        var files: [String: String] = [:]
        for number in 0..<1000 {
            files["/etc/ipsec.d/conns/\(number).conf"] =
                "conn net\(number)\n left=192.0.2.1\n right=198.51.\(100 + number / 250).\(number % 250 + 1)\n"
                + " leftsubnet=10.0.0.0/24\n rightsubnet=10.\(1 + number / 250).\(number % 250).0/24\n authby=secret\n auto=add\n"
        }
        let read = load("include ipsec.d/conns/*.conf\n", files)
        #expect(read.diagnostics.map { "\($0)" } == [])
        #expect(read.connections.count == 1000)
        #expect(load(files.values.joined()).connections.count == 1000)
    }

    @Test func nothingGrowsWithoutBound() {
        let conns = (0..<1200).map { "conn c\($0)\n" }.joined()
        #expect(told(conns) == ["1101: more than 1100 conns; this one and those after it are not read"])
        let wide = (0..<150).map {
            "conn c\($0)\n left=192.0.2.1\n right=192.0.2.2\n authby=secret\n" + String(repeating: " oe=no\n", count: 120)
        }
        #expect((115..<118).contains(load(wide.joined()).connections.count))
        let many = load(String(repeating: "x\n", count: 5000))
        #expect(many.diagnostics.count == 1001)
        #expect("\(many.diagnostics[1000])" == "/etc/ipsec.conf:5000: 4000 more errors and warnings are not shown: correct the first ones")
        #expect(
            told("conn a\n left=" + String(repeating: "1", count: 5000) + "\n")
                == ["2: the line is longer than 4096 characters"])
        // A chain of also= that would come to 2^n sections if each could go in twice.
        let chain = (0..<30).map { "conn c\($0)\n also=c\($0 + 1)\n alsoflip=c\($0 + 1)\n" }.joined() + "conn c30\n left=1.2.3.4\n"
        #expect(load(chain).connections.isEmpty)
    }

    @Test func noPrefixTraps() {
        for text in [Self.rich, RefusalTests.everything] {
            let bytes = Array(text.utf8)
            for count in 0..<bytes.count { _ = load(String(decoding: bytes[0..<count], as: UTF8.self)) }
        }
    }

    @Test func anyBytesAreSurvived() {
        let memory = Memory()
        var state: UInt64 = 1
        let rich = Array(Self.rich.utf8)
        for _ in 0..<300 {
            var bytes = rich
            for _ in 0..<8 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes[Int(state >> 33) % bytes.count] = UInt8(truncatingIfNeeded: state >> 20)
            }
            memory.files["/c"] = (bytes, 0, 0o600)
            for diagnostic in Configuration.load("/c", from: memory).diagnostics {
                #expect("\(diagnostic)".utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F })
            }
        }
    }
}
