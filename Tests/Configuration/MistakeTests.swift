import Configuration
import Testing
import Wire

/// Frequent mistakes, and the exact words of the messages: this suite tests wording as such.
@Suite struct MistakeTests {
    @Test(arguments: [
        ("conn a\nleft=1.2.3.4\n", ["2: left begins at the margin; parameters of a section have white space before them"]),
        ("conn a\n=x\n", ["2:  begins at the margin; parameters of a section have white space before them"]),
        ("conn a\n= =\n", ["2:  begins at the margin; parameters of a section have white space before them"]),
        (" left=1.2.3.4\n", ["1: a parameter is outside any section; a conn NAME or config setup line is missing before it"]),
        ("conn a\n conn b\n", ["2: conn has white space before it; it must begin at the margin"]),
        (" config setup\n", ["1: config has white space before it; it must begin at the margin"]),
        ("conn a\n left 1.2.3.4\n", ["2: expected name=value; there is no = in this line"]),
        ("conn a\n =x\n", ["2: expected name=value;  is no name"]),
        ("conn\n left=x\n", ["1: conn without a name"]),
        ("conn a b\n", ["1: a conn has one name, without white space"]),
        ("conn +a\n", ["1: +a is no name for a conn; expected a letter or a digit, then letters, digits, dots, hyphens and underscores"]),
        ("\u{FEFF}conn a\r\n left 1.2.3.4\r\n", ["2: expected name=value; there is no = in this line"]),
        ("con a\n left=x\n", ["1: con begins no section; expected conn NAME, config setup or include FILE; did you mean conn?"]),
        ("config stup\n", ["1: expected config setup"]),
        ("config setup\nconfig setup\n", ["2: config setup is here a second time; its parameters belong in the first"]),
        ("version 1\n", ["1: this version is not known; expected version 2"]),
        ("conn a\nversion 2\n", ["2: version must be the first line of the main file"]),
        ("conn a\nconn a\n", ["2: conn a is here a second time, after /etc/ipsec.conf:1; neither is used"]),
        ("conn %default\n also=a\n", ["2: conn %default may hold no also= and no alsoflip="]),
        ("include\n", ["1: include takes one file name, without white space; wildcards may stand in it"]),
        ("include nowhere\n", ["1: cannot include /etc/nowhere: no such file"]),
        ("config setup\n left=1.2.3.4\n", ["2: left= belongs in a conn, not into config setup"]),
        ("conn a\n uniqueids=yes\n", ["2: uniqueids= belongs in config setup, not into a conn"]),
        ("config setup\n uniqeids=yes\n", ["2: uniqeids= is not known; did you mean uniqueids=?"]),
        ("config setup\n uniqueids=maybe\n", ["2: uniqueids=maybe: expected no or yes"]),
        (
            "config setup\n interfaces=eth0\n",
            [
                "2: interfaces=eth0: expected words such as ipsec0=eth0, or %defaultroute, or only %none"
            ]
        ),
        ("config setup\n interfaces=ipsec4=eth0\n", ["2: interfaces=ipsec4=eth0: ipsec4 is none of ipsec0, ipsec1, ipsec2 and ipsec3"]),
        (
            "config setup\n interfaces=\"ipsec0=eth0 ipsec0=eth1\"\n",
            [
                "2: interfaces=ipsec0=eth0 ipsec0=eth1: ipsec0 is there twice"
            ]
        ),
        (
            "config setup\n interfaces=ipsec0=pppoe0\n",
            [
                "2: warning: interfaces=ipsec0=pppoe0: pppoe0 looks like the wire under PPPoE; tunnels stand on the ppp interface, such as ppp0"
            ]
        ),
        ("config setup\n protostack=mst\n", ["2: protostack=mst: expected auto, netkey or klips"]),
        ("config setup\n overridemtu=100\n", ["2: overridemtu=100: expected 0, or 576 to 65535"]),
        ("config setup\n plutostart=net\n", ["2: plutostart=: there is no conn net"]),
        (
            "config setup\n plutodebug=controll\n",
            [
                "2: plutodebug=controll: controll is not known; expected none, all, or some of raw, crypt, parsing, emitting, control, "
                    + "controlmore, lifecycle, klips, dns, oppo, natt, x509, dpd or private"
            ]
        ),
        ("config setup\n maxstates=3\n", ["2: maxstates=3: expected 4 or more"]),
        ("config setup\n maxhalfopen=1025\n", ["2: maxhalfopen=1025: expected a whole number from 0 to 1024"]),
        ("config setup\n keep_alive=0\n", ["2: keep_alive=0: expected a whole number from 1 to 3600"]),
        ("config setup\n plutostderrlog=pluto.log\n", ["2: plutostderrlog=pluto.log: expected a path that begins with /"]),
        ("config setup\n rp_filter=3\n", ["2: rp_filter=3: expected 0, 1, 2 or %unchanged"]),
        (
            "conn packetdefault\n auto=route\n",
            [
                "1: conn packetdefault: it belongs to opportunistic encryption, which is not supported; auto=ignore leaves it out"
            ]
        ),
        ("conn private-or-clear\n auto=ignore\nconn block\n auto=ignore\n", []),
        ("config setup\n syslog=daemon\n", ["2: syslog=daemon: expected facility.priority, such as daemon.error"]),
    ])
    func inSections(_ text: String, _ expected: [String]) { #expect(told(text) == expected) }

    @Test(arguments: [
        ("leftsubnt=10.0.0.0/8", ["5: leftsubnt= is not known; did you mean leftsubnet=?"]),
        ("rigth=1.2.3.4", ["5: rigth= is not known; did you mean right=?"]),
        ("Leftidd=@a", ["5: Leftidd= is not known; did you mean leftid=?"]),
        ("left=192.0.2.3", ["5: left= is here a second time, after line 2"]),
        ("keylife=1h\nlifetime=2h", ["6: lifetime= is here a second time, after line 5 (as keylife=)"]),
        ("leftsubnet=10.0.0.0/33", ["5: leftsubnet=10.0.0.0/33: the mask is a number from 0 to 32, or as in /255.255.255.0"]),
        ("leftsubnet=10.0.0.0/255.0.255.0", ["5: leftsubnet=10.0.0.0/255.0.255.0: 255.0.255.0 is no mask for this address"]),
        ("leftsubnet=10.0.0.300/24", ["5: leftsubnet=10.0.0.300/24: 10.0.0.300 is no address; expected a subnet such as 192.168.1.0/24"]),
        ("leftsubnet=10.0.0.1/24", ["5: warning: leftsubnet=10.0.0.1/24: bits beyond the mask are set; 10.0.0.0/24 is meant"]),
        (
            "leftsubnet=vhost:%no,%prv",
            [
                "5: leftsubnet=vhost:%no,%prv: %prv is not known; expected a list of %no, %priv, %all and networks such as %v4:10.0.0.0/8"
            ]
        ),
        ("leftsubnet=vhost:%v6:10.0.0.0/8", ["5: leftsubnet=vhost:%v6:10.0.0.0/8: %v6:10.0.0.0/8 is of the other IP version"]),
        (
            "leftsubnet=vhost:%no",
            [
                "5: conn net: leftsubnet=vhost:%no: this is for peers at any address, left=%any; for this peer write the network behind it"
            ]
        ),
        (
            "leftsubnet=10.0.0.0/8\nrightsubnet=10/8",
            [
                "1: conn net: leftsubnet= and rightsubnet= are both 10.0.0.0/8; the two sides must differ"
            ]
        ),
        (
            "leftsubnet=fd00::/8",
            [
                "1: conn net: its two sides are of different families: fd00::/8 and 192.0.2.2; give both a subnet of one family"
            ]
        ),
        (
            "leftid=gate.example.com",
            [
                "5: leftid=gate.example.com: a name that is an ID, and is not looked up, has @ before it: @gate.example.com"
            ]
        ),
        ("leftid=C=DE, CN=gate", ["5: the value of leftid holds white space; put all of it between quotation marks: leftid=\"...\""]),
        (
            "leftid=\"C=DE, XX=gate\"",
            [
                "5: leftid=C=DE, XX=gate: this distinguished name cannot be read; expected a value such as \"C=DE, O=Example, CN=gate\""
            ]
        ),
        ("leftid=\"@a", ["5: a quotation mark is not closed on this line"]),
        ("leftid=@a\"b\"", ["5: quotation marks belong around the whole value of leftid, and none inside"]),
        ("leftid=%myid", ["5: conn net: leftid=%myid: myid= is not set in config setup"]),
        ("leftnexthop=router", ["5: leftnexthop=router: expected the address of a router, %direct or %defaultroute"]),
        (
            "leftnexthop=192.0.2.1",
            [
                "5: conn net: leftnexthop=192.0.2.1: this is left itself; expected the router that leads to the other end"
            ]
        ),
        (
            "leftsourceip=10.0.0.1",
            [
                "5: conn net: leftsourceip=10.0.0.1: without leftsubnet= only left's own address 192.0.2.1 goes through the tunnel"
            ]
        ),
        (
            "leftsubnet=10.0.0.0/8\nleftsourceip=11.0.0.1",
            [
                "6: conn net: leftsourceip=11.0.0.1: this is not inside leftsubnet=10.0.0.0/8"
            ]
        ),
        (
            "leftprotoport=tcp/htp",
            ["5: leftprotoport=tcp/htp: htp is neither a port nor a known service; expected a number from 0 to 65535, or %any"]
        ),
        ("leftprotoport=icmp/8", ["5: leftprotoport=icmp/8: protocol 1 has no ports; leave out /8"]),
        ("leftprotoport=tpc", ["5: leftprotoport=tpc: tpc is not a known protocol; expected tcp, udp, icmp or a number"]),
        ("auto=on", ["5: auto=on: expected ignore, add, route, start or manual"]),
        ("auto=strat", ["5: auto=strat: expected ignore, add, route, start or manual; did you mean start?"]),
        ("keylife=48h", ["5: keylife=48h: at most 24h are allowed"]),
        ("keylife=1.5", ["5: keylife=1.5: expected a time such as 3600, 3600s, 60m, 1.5h or 1d"]),
        ("keylife=8 h", ["5: the value of keylife holds white space; put all of it between quotation marks: keylife=\"...\""]),
        ("keylife=0", ["5: conn net: keylife=0: a lifetime of 0 is not possible; expected a time such as 1h"]),
        ("keyingtries=forever", ["5: keyingtries=forever: expected a whole number, or %forever"]),
        ("pfs=no\npfsgroup=modp2048", ["6: warning: conn net: pfsgroup=modp2048: with pfs=no the group is not used"]),
        (
            "pfs=no\nesp=aes128-sha1;modp2048",
            [
                "6: warning: conn net: esp=aes128-sha1;modp2048: with pfs=no the group modp2048 is not used"
            ]
        ),
        ("pfsgroup=ecp256\nesp=aes128-sha1-modp2048", ["5: conn net: pfsgroup=ecp256: esp= asks for modp2048; keep one of the two"]),
        (
            "pfsgroup=modp768",
            [
                "5: pfsgroup=modp768: the 768-bit group can be broken and is refused; expected one of "
                    + "modp1536, modp2048, modp3072, modp4096, modp6144, modp8192, ecp256, ecp384, ecp521, curve25519"
            ]
        ),
        ("also=nett", ["5: also=nett: there is no such conn; did you mean net?"]),
        ("also=net", ["5: also=net forms a loop"]),
        (
            "type=transport\nleftsubnet=10.0.0.0/8",
            [
                "5: conn net: type=transport: transport mode is between the two hosts themselves; remove the subnets, or write type=tunnel"
            ]
        ),
    ])
    func inAConn(_ text: String, _ expected: [String]) {
        #expect(complaints(least.trimmed + "\n" + text) == expected)
    }

    @Test(arguments: [
        ("left=1.2.3.4\nauthby=secret", ["1: conn net: right= is missing"]),
        (
            "left=1.2.3\nright=1.2.3.4\nauthby=secret",
            [
                "2: left=1.2.3: this is neither an address, such as 192.0.2.1, nor a host name, nor %any or %defaultroute"
            ]
        ),
        (
            "left=1.2.3.0/24\nright=1.2.3.4\nauthby=secret",
            [
                "2: left=1.2.3.0/24: a host has no mask; a network goes into leftsubnet= or rightsubnet="
            ]
        ),
        ("left=%default\nright=1.2.3.4\nauthby=secret", ["2: left=%default: expected an address, a host name, %any or %defaultroute"]),
        (
            "left=%opportunistic\nright=1.2.3.4\nauthby=secret",
            [
                "2: left=%opportunistic: opportunistic encryption is not supported; expected an address, a host name, %any or %defaultroute"
            ]
        ),
        ("left=%any\nright=0.0.0.0\nauthby=secret", ["1: conn net: left and right are both %any; one end must be this machine"]),
        ("left=1.2.3.4\nright=1.2.3.4\nauthby=secret", ["1: conn net: left and right are both 1.2.3.4; a tunnel has two ends"]),
        (
            "left=1.2.3.4\nright=2001:db8::1\nauthby=secret",
            [
                "1: conn net: left is IPv4 and right IPv6, or the other way round",
                "1: conn net: its two sides are of different families: 1.2.3.4 and 2001:db8::1; give both a subnet of one family",
            ]
        ),
        (
            "left=1.2.3.4\nright=%any\nauthby=secret\nauto=start",
            [
                "5: warning: conn net: auto=start: a peer at any address cannot be called; auto=add is used"
            ]
        ),
        (
            "left=%defaultroute\nleftnexthop=1.2.3.1\nright=1.2.3.4\nauthby=secret",
            [
                "3: warning: conn net: leftnexthop=1.2.3.1: with left=%defaultroute the next hop is that of the default route, and this parameter has no effect"
            ]
        ),
    ])
    func ofEnds(_ text: String, _ expected: [String]) { #expect(complaints(text) == expected) }

    @Test func authenticationThatNobodyCanGive() {
        let neither = complaints("left=1.2.3.4\nright=1.2.3.5")
        #expect(neither.count == 1 && neither[0].hasPrefix("1: conn net: authby= is not set, which means rsasig, and "))
        #expect(neither[0].contains("write authby=secret"))
        let keyless = complaints("left=1.2.3.4\nright=1.2.3.5\nauthby=rsasig")
        #expect(keyless.count == 1 && keyless[0].hasPrefix("4: conn net: authby=rsasig: "))
    }

    @Test func acrossSections() {
        #expect(
            told("conn a\n also=b\n also=c\n \(least.replacing("\n", with: "\n "))\nconn b\n also=d\nconn c\n also=d\nconn d\n pfs=no\n")
                == ["11: also=d: this section is brought in a second time"])
        #expect(
            told("conn a\n left=1.2.3.4\n also=b\n authby=secret\nconn b\n left=1.2.3.5\n right=1.2.3.6\n")
                == ["3: left= is set twice: at /etc/ipsec.conf:2, and through also=b at /etc/ipsec.conf:6"])
        #expect(
            told("conn a\n also=b\n authby=secret\nconn b\n left=1.2.3.5\n right=1.2.3.6\n lefft=1\n") == [
                "2: conn b, which also= brings, has errors", "7: lefft= is not known; did you mean left=?",
            ])
        let both = "conn %default\n lefft=1\nconn a\n left=1.2.3.5\n right=1.2.3.6\n authby=secret\n"
        #expect(
            told(both) == [
                "2: lefft= is not known; did you mean left=?", "3: conn a: conn %default, on which it builds, has errors",
            ])
        // One wrong value in %default is said once, however many inherit it.
        let value = "conn %default\n pfs=maybe\nconn a\n also=x\nconn b\n also=x\nconn x\n left=1.2.3.5\n right=1.2.3.6\n authby=secret\n"
        #expect(told(value) == ["2: pfs=maybe: expected yes or no"])
        #expect(load(value).connections.isEmpty)
        #expect(load(value).explain("b") == ["/etc/ipsec.conf:2: pfs=maybe: expected yes or no"])
    }

    @Test func manualKeyingAcrossConns() {
        func conn(_ name: String, _ spis: String) -> String {
            "conn \(name)\n left=192.0.2.1\n right=192.0.2.2\n authby=secret\n esp=aes128-sha1\n espauthkey=0t01234567890123456789\n"
                + " espenckey=0x00112233445566778899aabbccddeeff\n \(spis)\n"
        }
        func heard(_ text: String) -> [String] { told(text).filter { !$0.hasSuffix("does nothing yet") } }
        #expect(heard(conn("a", "spi=0x200") + conn("b", "spi=0x201")).isEmpty)
        #expect(heard(conn("a", "spi=0x200") + conn("b", "spi=512")) == ["9: conn b: the SPI 0x200 is conn a's already"])
        // In tunnel mode a base of 0x200 means 0x202 and 0x203.
        #expect(heard(conn("a", "spibase=0x200") + conn("b", "spi=0x200")).isEmpty)
        #expect(
            heard(conn("a", "spibase=0x200") + conn("b", "rightespspi=0x203\n leftespspi=0x300"))
                == ["9: conn b: the SPI 0x203 is conn a's already"])
        #expect(
            heard("config setup\n manualstart=a\n" + conn("a", "pfs=no"))
                == ["2: manualstart=: conn a: spi= or spibase= is missing"])
        #expect(heard("config setup\n manualstart=a\n" + conn("a", "spi=0xfff")).isEmpty)
        #expect(
            heard("config setup\n manualstart=a\n" + conn("a", "spi=0xfff\n auto=add"))
                == ["2: manualstart=: conn a: auto=manual is missing"])
        // Neither auto=manual nor authby= is needed where there are an SPI and keys.
        let bare = conn("a", "spi=0xfff").replacing(" authby=secret\n", with: "")
        #expect(heard(bare) == [] && load(bare).connection(named: "a")?.auto == .manual)
        #expect(
            heard(bare + " auto=start\n") == [
                "8: conn a: auto=start: it has an SPI, but auto=manual is missing; for IKE, set authby="
            ])
    }

    @Test func roadWarriorsWithOneSecret() {
        func conns(_ a: String, _ b: String) -> [String] {
            let common = " left=192.0.2.1\n right=%any\n auto=add\n"
            return told("conn a\n\(common) \(a)\nconn b\n\(common) \(b)\n").filter { !$0.contains("yet") }
        }
        #expect(
            conns("authby=secret\n rightid=@x", "authby=secret\n rightid=@y") == [
                "7: warning: conn b and conn a have the same secret: Main Mode selects it by address, before the peer's ID, "
                    + "and both accept any address; RSA keys tell them apart"
            ])
        #expect(conns("authby=secret\n rightid=@x", "authby=secret\n rightid=@x\n rightsubnet=10.0.0.0/8").isEmpty)
        #expect(conns("authby=secret\n rightid=@x", "authby=rsasig\n rightid=@y\n leftrsasigkey=\(RefusalTests.key)").isEmpty)
    }

    @Test func unreadableFiles() {
        let memory = Memory()
        #expect(Configuration.load("/etc/ipsec.conf", from: memory).diagnostics.map { "\($0)" } == ["/etc/ipsec.conf: no such file"])
        memory.forbidden = ["/etc/ipsec.conf"]
        #expect(
            Configuration.load("/etc/ipsec.conf", from: memory).diagnostics.map { "\($0)" }
                == ["/etc/ipsec.conf: Permission denied"])
    }
}

extension String {
    var trimmed: String { last == "\n" ? String(dropLast()) : self }
    func replacing(_ part: String, with other: String) -> String {
        split(separator: part, omittingEmptySubsequences: false).joined(separator: other)
    }
}
