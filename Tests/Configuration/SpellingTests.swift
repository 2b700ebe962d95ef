import Configuration
import Crypto
import Testing
import Wire

/// Words and values as Openswan, libreswan and strongSwan write them, and as people do: each by the value that it comes to.
@Suite struct SpellingTests {
    @Test(arguments: ["yes", "true", "on", "YES", "True", "On"]) func yes(_ word: String) {
        #expect(conn(least + "disablearrivalcheck=\(word)")?.disablesArrivalCheck == true)
        #expect(conn(least + "leftfirewall=\(word)")?.left.firewall == true)
        #expect(load("config setup\n hotplugstart=\(word)\n").setup.hotplugStart)
    }

    @Test(arguments: ["no", "false", "off", "NO", "False", "Off"]) func no(_ word: String) {
        #expect(conn(least + "pfs=\(word)").map { $0.pfsGroup == nil } == true)
        #expect(!load("config setup\n uniqueids=\(word)\n").setup.uniqueIDs)
    }

    /// Hyphens are underscores in every word, and no word minds its case.
    @Test func wordsOfSetup() {
        let setup = load(
            "CONFIG Setup\n\tVirtual-Private=%V4:10.0.0.0/8\n\tkeep-alive=30\n\tNAT-Traversal=no\n\trp-filter=2\n\tProtoStack=NETKEY\n"
                + "\tinterfaces=%DefaultRoute\n\tplutodebug=Control\n\tplutostart=%SEARCH\n\tforce-keepalive=yes\n"
        ).setup
        #expect(setup.virtualPrivate.count == 1 && setup.keepAlive == 30 && !setup.natTraversal && setup.reversePathFilter == 2)
        #expect(setup.protocolStack == .netkey && setup.interfaces == [.init("ipsec0", .defaultRoute)] && setup.debug.control)
        #expect(setup.start == .search && setup.forceKeepAlive)
    }

    @Test func wordsOfConns() {
        let read = load(
            "Conn Net\n\tLEFT=%DefaultRoute\n\tRight=%ANY\n\tAuthBy=Secret\n\tAUTO=Add\n\tKeyLife=1H\n\tRightNextHop=%Direct\n\tRIGHTID=%Any\n"
                + "\tESP=AES128-SHA1\n\tKeyingTries=%Forever\n")
        #expect(read.diagnostics.map { "\($0)" } == [])
        // The name of a conn is a name, and has its case.
        #expect(read.connection(named: "net") == nil)
        let conn = read.connection(named: "Net")
        #expect(conn?.left.host == .defaultRoute && conn?.right.host == .any && conn?.authentication == .secret && conn?.auto == .add)
        #expect(conn?.keyLife == 3600 && conn?.right.isAnyIdentity == true && conn?.espSuites == [ESPSuite(.aesCBC128, .hmacSHA1_96)])
    }

    /// A key is not shown, however its word is written.
    @Test func keysInCapitals() {
        #expect(complaints(least.trimmed + "\nESPencKEY=0x012") == ["5: ESPencKEY: expected hexadecimal digits, two for each octet"])
        #expect(Parameters.isKey("LeftESPAuthKey") && Parameters.isKey("espenckey") && !Parameters.isKey("LeftRSASigKey"))
    }

    @Test(arguments: [
        ("ondemand", ConnectionDescription.Auto.route), ("route", .route), ("up", .start), ("start", .start), ("OnDemand", .route),
        ("add", .add),
    ])
    func auto(_ word: String, _ expected: ConnectionDescription.Auto) { #expect(conn(least + "auto=\(word)")?.auto == expected) }

    @Test(arguments: [
        ("hold", ConnectionDescription.DPDAction.hold), ("clear", .clear), ("restart", .restart), ("restart_by_peer", .restartByPeer),
        ("restart-by-peer", .restartByPeer), ("none", .none),
    ])
    func dpdaction(_ word: String, _ expected: ConnectionDescription.DPDAction) {
        #expect(conn(least + "dpddelay=10\ndpdaction=\(word)")?.dpdAction == expected)
    }

    /// `none` needs no other setting.
    @Test func nobodyAsks() { #expect(complaints(least + "dpdaction=none") == []) }

    @Test(arguments: [
        ("authby=psk", ConnectionDescription.Authentication.secret), ("authby=secret", .secret),
        ("leftauth=psk\nrightauth=psk", .secret), ("leftauth=psk", .secret), ("rightauth=secret", .secret),
        ("authby=rsasig|secret", .secretOrRSA), ("authby=psk|rsasig", .secretOrRSA),
        ("authby=pubkey\nleftrsasigkey=%cert", .rsasig), ("authby=rsasig\nleftrsasigkey=%cert", .rsasig),
        ("leftauth=pubkey\nrightauth=pubkey\nleftrsasigkey=%cert", .rsasig),
        ("leftauth=rsasig\nrightauth=rsasig\nleftrsasigkey=%cert", .rsasig),
        ("leftauth=pubkey\nrightauth=rsasig\nleftrsasigkey=%cert", .rsasig), ("authby=secret|rsasig\nleftauth=psk", .secret),
    ])
    func authentication(_ text: String, _ expected: ConnectionDescription.Authentication) {
        #expect(conn("left=192.0.2.1\nright=192.0.2.2\n" + text)?.authentication == expected)
    }

    @Test func authenticationThatDiffers() {
        let ends = "left=192.0.2.1\nright=192.0.2.2\n"
        #expect(
            complaints(ends + "leftauth=psk\nrightauth=pubkey\nleftrsasigkey=%cert") == [
                "4: conn net: leftauth=psk: rightauth= is another; in IKEv1 both ends prove themselves in the same way (RFC 2409 section 5)"
            ])
        // As in strongSwan the newer words win.
        #expect(
            complaints(ends + "authby=rsasig\nleftauth=psk") == [
                "5: warning: conn net: leftauth=psk: authby= says otherwise; this goes before it"
            ])
        #expect(
            load("conn net\n " + (ends + "authby=rsasig\nleftauth=psk").replacing("\n", with: "\n ")).connections.first?.authentication
                == .secret)
    }

    @Test(arguments: [
        ("", ConnectionDescription.Encapsulation.auto), ("forceencaps=yes", .always), ("forceencaps=no", .auto),
        ("ForceEncaps=True", .always),
        ("encapsulation=yes", .always), ("encapsulation=no", .never), ("encapsulation=auto", .auto), ("encapsulation=on", .always),
    ])
    func encapsulation(_ text: String, _ expected: ConnectionDescription.Encapsulation) {
        let read = conn(least + text)
        #expect(read?.encapsulation == expected)
        let again = read.flatMap { load($0.text(showsKeys: false).text).connection(named: "net") }
        #expect(again?.encapsulation == expected)
    }

    @Test(arguments: [
        ("", Fragmentation.yes, UInt32(0)), ("fragmentation=no", .no, 0), ("fragmentation=force", .force, 0),
        ("ike-frag=accept", .accept, 0), ("ike_frag=off", .no, 0), ("Fragmentation=true\nfragmentsize=1400", .yes, 1400),
    ])
    func fragmentation(_ text: String, _ expected: Fragmentation, _ size: UInt32) {
        let read = conn(least + text)
        #expect(read?.fragmentation == expected && read?.fragmentSize == size)
        let again = read.flatMap { load($0.text(showsKeys: false).text).connection(named: "net") }
        #expect(again?.fragmentation == expected && again?.fragmentSize == size)
    }

    @Test(arguments: ["fragmentation=always", "fragmentsize=575", "fragmentsize=1501"]) func faultyFragmentation(_ text: String) {
        #expect(complaints(least + text).count == 1)
    }

    @Test func encapsulationWithoutNATTraversal() {
        #expect(
            told("config setup\n nat_traversal=no\nconn net\n \((least + "forceencaps=yes").replacing("\n", with: "\n "))\n") == [
                "7: warning: conn net: forceencaps=yes: config setup says nat_traversal=no: ESP does not go in UDP"
            ])
    }

    @Test(arguments: ["%fromcert", "%cert", "%FromCert"]) func identityOfTheCertificate(_ word: String) {
        #expect(conn(least + "leftcert=gate.pem\nleftid=\(word)")?.left.isIdentityFromCertificate == true)
    }

    @Test func anyAuthority() {
        let ends = "left=192.0.2.1\nright=192.0.2.2\nauthby=rsasig\nrightrsasigkey=%cert\n"
        #expect(conn(ends + "rightca=%any")?.right.authority == .any)
        #expect(conn(ends + "rightca=%same")?.right.authority == .same)
    }

    @Test(arguments: [
        ("always", SendCertificate.always), ("yes", .always), ("sendifasked", .ifAsked), ("ifasked", .ifAsked), ("never", .never),
        ("no", .never),
    ])
    func sendCertificate(_ word: String, _ expected: SendCertificate) {
        #expect(conn(least + "leftsendcert=\(word)")?.left.sendCertificate == expected)
    }

    /// Without a mask it is one machine; where that is unlikely, it is said.
    @Test func aSubnetWithoutAMask() {
        #expect(conn(least + "leftsubnet=10.0.0.9")?.left.subnet == Subnet(host: Address("10.0.0.9")!))
        #expect(
            conn("left=2001:db8::1\nright=2001:db8::2\nauthby=secret\nleftsubnet=fd00::7")?.left.subnet == Subnet(host: Address("fd00::7")!)
        )
        #expect(
            complaints(least.trimmed + "\nleftsubnet=10.0.0.0") == [
                "5: warning: leftsubnet=10.0.0.0: without a mask this is the one machine 10.0.0.0, and no network; a network is such as 10.0.0.0/24"
            ])
    }

    /// As Openswan, libreswan and strongSwan have it: for the conns before it as well.
    @Test func defaultsAfterConns() {
        let read = load(
            "conn a\n left=192.0.2.1\n right=192.0.2.2\nconn %DEFAULT\n authby=secret\n keylife=2h\nconn b\n left=192.0.2.1\n right=192.0.2.3\n keylife=1h\n"
        )
        #expect(read.diagnostics.map { "\($0)" } == [])
        #expect(read.connections.map { $0.keyLife } == [7200, 3600] && read.connections.allSatisfy { $0.authentication == .secret })
    }

    @Test(arguments: ["1st", "2001-office", "0", "9to5.home_1"]) func namesThatBeginWithADigit(_ name: String) {
        let text = "conn \(name)\n also=7common\nconn 7common\n \(least.replacing("\n", with: "\n "))"
        let read = load("config setup\n plutostart=\(name)\n" + text)
        #expect(read.diagnostics.map { "\($0)" } == [])
        #expect(read.connection(named: Name(name)) != nil)
    }

    @Test(arguments: [
        ("tcp/ssh", 6, 22), ("tcp/HTTPS", 6, 443), ("udp/l2tp", 17, 1701), ("UDP/domain", 17, 53), ("17/isakmp", 17, 500),
        ("udp/ipsec-nat-t", 17, 4500),
        ("TCP/%ANY", 6, 0), ("udp/l2f", 17, 1701),
    ])
    func services(_ text: String, _ number: UInt8, _ port: UInt16) {
        let end = conn(least + "leftprotoport=\(text)")?.left
        #expect(end?.ipProtocol == number && end?.port == port)
    }

    /// A service that is not built in is read from /etc/services, if that exists.
    @Test func servicesOfTheMachine() {
        let services = "# Services\ntcpmux\t\t1/tcp\t\t# x\ngizmo 7777/tcp gadget Whatsit\ngizmo 7778/udp\nbad line\nodd 99999/tcp\n"
        func port(_ text: String) -> UInt16? {
            load("conn net\n " + (least + "leftprotoport=\(text)").replacing("\n", with: "\n "), ["/etc/services": services]).connections
                .first?.left.port
        }
        #expect(port("tcp/gizmo") == 7777 && port("udp/gizmo") == 7778 && port("6/gadget") == 7777 && port("tcp/whatsit") == 7777)
        #expect(
            port("tcp/tcpmux") == 1 && port("udp/tcpmux") == nil && port("tcp/odd") == nil && port("tcp/line") == nil
                && port("tcp/7777") == 7777)
        #expect(
            complaints(least.trimmed + "\nleftprotoport=tcp/gizmo") == [
                "5: leftprotoport=tcp/gizmo: gizmo is neither a port nor a known service; expected a number from 0 to 65535, or %any"
            ])
    }
}
