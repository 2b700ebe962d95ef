import Testing
import Wire

@testable import Configuration

/// Words of Openswan, libreswan and strongSwan: ignored with a warning, or left out with the reason, or a typing error.
@Suite struct ForeignParameterTests {
    private static let least = "conn net\n left=192.0.2.1\n right=192.0.2.2\n authby=secret\n "

    @Test(arguments: [
        "ikev2=no", "ikev2=never", "ikev2=permit", "IKEv2=No",
        "retransmit-timeout=60s",
        "retransmit-interval=500", "overlapip=yes", "metric=10", "sha2-truncbug=yes", "reauth=no", "installpolicy=yes", "phase2=esp",
        "mobike=no", "narrowing=yes", "connaddrfamily=ipv4", "replay-window=32", "leftxauthclient=no", "leftikeport=500",
        "closeaction=restart", "nat-ikev1-method=none", "modecfgpull=no", "lifebytes=1000000",
    ])
    func harmlessInAConn(_ line: String) {
        let read = load(Self.least + line)
        #expect(read.connections.map { $0.name } == ["net"])
        #expect(read.diagnostics.map { $0.kind } == [.ignored])
        #expect(read.diagnostics.map { $0.severity } == [.warning])
        #expect(read.diagnostics.map { $0.place.line } == [5])
    }

    @Test(arguments: [
        "oe=off", "nhelpers=0", "logappend=no", "logtime=yes", "ikev1-policy=accept", "charonstart=yes", "plutostart=no",
        "charondebug=\"ike 2, knl 1\"",
        "cachecrls=yes", "strictcrlpolicy=ifuri", "uniqueids=keep", "ddos-mode=busy", "curl-timeout=30", "ocsp-enable=yes",
        "dnssec-enable=no",
        "force_busy=no", "nssdir=/etc/ipsec.d",
    ])
    func harmlessInSetup(_ line: String) {
        let read = load("config setup\n \(line)\n")
        #expect(read.diagnostics.map { $0.kind } == [.ignored])
        #expect(read.diagnostics.map { $0.place.line } == [2])
    }

    @Test(arguments: [
        ("ikev2=insist", "IKEv2"), ("ikev2=yes", "IKEv2"), ("eap_identity=%identity", "IKEv2"), ("authby=rsa-sha2_256", "IKEv2"),
        ("leftauth2=xauth", "XAUTH"), ("xauthby=file", "XAUTH"), ("leftxauthclient=yes", "XAUTH"), ("rightxauthserver=yes", "XAUTH"),
        ("leftxauthusername=joe", "XAUTH"), ("xauth=server", "XAUTH"), ("authby=xauthpsk", "XAUTH"),
        ("leftsourceip=%config", "Mode Config"),
        ("rightsourceip=10.3.0.0/24", "Mode Config"), ("rightaddresspool=192.0.2.10-192.0.2.20", "Mode Config"),
        ("leftmodecfgclient=yes", "Mode Config"),
        ("phase2=ah", "AH"), ("ikeport=501", "belongs in config setup"), ("leftikeport=4501", "ports"), ("vti-interface=vti0", "devices"),
        ("leftsubnetwithin=10.0.0.0/8", "vnet"), ("authby=ecdsasig", "RSA"), ("aggressive=yes", "Aggressive Mode"),
        ("aggrmode=yes", "Aggressive Mode"),
        ("keyexchange=ikev2", "IKEv2"), ("auth=ah", "AH"),
    ])
    func leftOutWithTheReason(_ line: String, _ reason: String) {
        // A conn's own authby= would be there twice.
        let text = line.hasPrefix("authby") ? Self.least.replacingOccurrence("authby=secret\n ", with: "") : Self.least
        let read = load(text + line)
        #expect(read.connections.isEmpty)
        #expect(read.explain("net").contains { "\($0)".contains(reason) }, "\(read.explain("net"))")
        #expect(!read.diagnostics.contains { $0.kind == .unknown })
    }

    @Test(arguments: [
        ("margintime=3m", "rekeymargin", "180s"), ("rekey-margin=3m", "", ""), ("ipsec-lifetime=1h", "keylife", "3600s"),
        ("mtu=1400", "mtu", "1400"),
        ("ikev1-dpdtimeout=200\n dpddelay=20", "dpdtimeout", "200s"),
    ])
    func othersNamesForOurs(_ line: String, _ word: String, _ value: String) {
        let read = load(Self.least + line)
        guard !word.isEmpty else {
            #expect(read.connections.isEmpty)
            return
        }
        #expect(read.diagnostics.map { "\($0)" } == [])
        #expect("\(read.connections[0].text(showsKeys: false))".contains("\t\(word)=\(value)\n"))
    }

    @Test func logfileIsPlutostderrlog() {
        let read = load("config setup\n logfile=/var/log/pluto.log\n")
        #expect(read.diagnostics.map { "\($0)" } == [])
        #expect(read.setup.logFile == "/var/log/pluto.log")
    }

    /// FreeS/WAN proposes both, and so the tunnel comes up without.
    @Test func compressionIsDoneWithout() {
        let read = load(Self.least + "compress=yes")
        #expect(read.connections.count == 1)
        #expect(read.diagnostics.map { $0.severity } == [.warning])
    }

    @Test func aConnOverridesWhatDefaultSays() {
        let text = "conn %default\n ikev2=insist\n" + Self.least
        #expect(load(text).connections.isEmpty)
        #expect(load(text + "ikev2=never").connections.count == 1)
    }

    @Test func aSuggestionOnlyWhereItIsOne() {
        #expect(told(Self.least + "xauthby=file") == ["5: xauthby=file: Cygnet has no XAUTH"])
        #expect(told(Self.least + "leftsubnt=10.0.0.0/8") == ["5: leftsubnt= is not known; did you mean leftsubnet=?"])
        #expect(told(Self.least + "banana=yes") == ["5: banana= is not known"])
        #expect(load(Self.least + "banana=yes").diagnostics[0].kind == .unknown)
    }

    @Test func authoritiesAreFiles() {
        let read = load("ca lab\n cacert=ca.pem\n auto=add\n" + Self.least)
        #expect(read.connections.count == 1)
        #expect(read.diagnostics.map { $0.kind } == [.ignored])
    }

    /// Its lines have the form that the reader expects, and no word in them is one of ours without a value.
    @Test func tablesAreWellFormed() {
        for inSetup in [false, true] {
            for line in "\(inSetup ? ForeignParameters.setup : ForeignParameters.conn)".split(separator: "\n") {
                let parts = line.split(separator: "\t", omittingEmptySubsequences: false)
                #expect(parts.count == 2 && (line.hasPrefix("- ") || line.hasPrefix("! ")), "\(line)")
                for word in parts[0].dropFirst(2).split(separator: " ")
                where !word.contains("=") && !word.contains("*") && !word.contains("ah") {
                    let name = Name(word.hasPrefix("~") ? "left\(word.dropFirst())" : "\(word)")
                    if case .rule = Vocabulary.find(name, inSetup: inSetup) { Issue.record("\(word) is in both tables") }
                }
            }
        }
    }
}
