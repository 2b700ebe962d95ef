import Wire

/// A parameter: its name, its values and its effect.
struct ParameterSyntax {
    enum Scope: UInt8 { case setup, conn, end }

    /// The syntax of a parameter's value.
    enum Kind: UInt8 {
        case flag
        /// A whole number, at most `most`.
        case number
        /// A time in seconds, at most `most`.
        case time
        case percentage
        /// One of `words`, which may have aliases (see `Words`). A hyphen counts as an underscore.
        case choice
        /// A list of `words`, or `all`, or `none`.
        case kinds
        /// Names of conns; `%search` where a search is possible.
        case conns
        /// A command and its arguments.
        case command
        /// A key: no message shows it, and only root may have access to its file.
        case key
        /// Read where it is stored: see `ParameterReader`.
        case special
    }

    enum Support: UInt8 {
        case works
        /// Accepted for compatibility, without effect.
        case meaningless
    }

    let word: StaticString
    let scope: Scope
    let key: ParameterKey
    let kind: Kind
    let support: Support
    /// The default. Asking for it changes nothing, and showing a conn leaves it out.
    let standard: StaticString
    let words: StaticString
    let most: UInt32

    var isSecret: Bool { kind == .key }

    /// The side of this parameter in `name`, such as `left…`; `nil` when `name` is another parameter.
    /// - Parameter name: as `Vocabulary.normal` has it.
    func match(_ name: [UInt8]) -> Sided? {
        guard scope == .end else { return isWord(name[...], word) ? Sided(value: nil) : nil }
        if name.count >= 4, isWord(name[..<4], "left"), isWord(name[4...], word) { return Sided(value: .left) }
        if name.count >= 5, isWord(name[..<5], "right"), isWord(name[5...], word) { return Sided(value: .right) }
        return nil
    }

    struct Sided { let value: Side? }
}

/// The parameters of ipsec.conf, one row each. Aliases follow the name that Cygnet writes.
enum Vocabulary {
    enum Found {
        case rule(ParameterSyntax, Side?)
        /// The parameter belongs in the other kind of section.
        case misplaced
        case unknown(nearest: Name?)
    }

    /// A parameter's name in small letters, and with `_` where others write `-`.
    static func normal(_ name: Name) -> Name {
        Name(name.lowercased.bytes.map { $0 == UInt8(ascii: "-") ? UInt8(ascii: "_") : $0 })
    }

    static func find(_ name: Name, inSetup: Bool) -> Found {
        var isMisplaced = false
        let word = normal(name)
        for rule in rules {
            guard let side = rule.match(word.bytes) else { continue }
            if (rule.scope == .setup) == inSetup { return .rule(rule, side.value) }
            isMisplaced = true
        }
        if isMisplaced { return .misplaced }
        return .unknown(nearest: Nearest.word(to: name.bytes, among: names(inSetup: inSetup)))
    }

    /// Every name, those of both ends included.
    static func names(inSetup: Bool) -> [Name] {
        var names: [Name] = []
        for rule in rules where (rule.scope == .setup) == inSetup {
            if rule.scope == .end {
                names.append(Name(("left\(rule.word)" as Sentence).octets))
                names.append(Name(("right\(rule.word)" as Sentence).octets))
            } else {
                names.append(Name(rule.word.octets))
            }
        }
        return names
    }

    static let rules: [ParameterSyntax] = {
        var rows = RuleRows()
        rows.add("interfaces", .setup, .interfaces, .special)
        rows.add("forwardcontrol", .setup, .forwardControl, .flag, .works, "no")
        rows.add("rp_filter", .setup, .rpFilter, .choice, .works, "%unchanged", words: "0 1 2 %unchanged")
        rows.add("syslog", .setup, .syslog, .special, .works, "daemon.error")
        rows.add(
            "klipsdebug", .setup, .klipsDebug, .kinds, .works, "none",
            words: "tunnel tunnel-xmit xmit netlink pfkey xform eroute spi radij esp ah rcv ipcomp=comp verbose=natt=nattraversal")
        rows.add(
            "plutodebug", .setup, .plutoDebug, .kinds, .works, "none",
            words:
                "raw crypt parsing emitting control=base controlmore=tmi lifecycle klips=kernel=netkey=pfkey dns oppo=oppoinfo natt=nattraversal x509 dpd private"
        )
        rows.add("dumpdir", .setup, .dumpFolder, .special)
        rows.add("manualstart", .setup, .manualStart, .conns, .works)
        rows.add("pluto", .setup, .pluto, .flag, .works, "yes")
        rows.add("plutoload", .setup, .plutoLoad, .conns, .works, "%search")
        rows.add("plutostart", .setup, .plutoStart, .conns, .works, "%search")
        rows.add("plutowait", .setup, .plutoWait, .flag, .works, "no")
        rows.add("prepluto", .setup, .prePluto, .command)
        rows.add("postpluto", .setup, .postPluto, .command)
        rows.add("uniqueids", .setup, .uniqueIDs, .choice, .works, "yes", words: "no=false=off=never yes=true=on=replace")
        rows.add("hidetos", .setup, .hideTOS, .flag, .works, "yes")
        rows.add("overridemtu", .setup, .overrideMTU, .number, .works, "0", most: 65_535)
        rows.add("fragicmp", .setup, .fragICMP, .flag, .works, "yes")
        rows.add("pmtudisc", .setup, .pmtuDisc, .choice, .works, "clear", words: "copy clear set")
        rows.add("nat_traversal", .setup, .natTraversal, .flag, .works, "yes")
        rows.add("keep_alive", .setup, .keepAlive, .number, .works, "20", most: 3600)
        rows.add("force_keepalive", .setup, .forceKeepAlive, .flag, .works, "no")
        rows.add("virtual_private", .setup, .virtualPrivate, .special)
        rows.add("protostack", .setup, .protocolStack, .choice, .works, "auto", words: "auto netkey=xfrm=native klips")
        rows.add("plutoopts", .setup, .meaningless, .special, .meaningless)
        rows.add("plutostderrlog", .setup, .logFile, .special)
        rows.add("logfile", .setup, .logFile, .special)
        rows.add("plutorestartoncrash", .setup, .meaningless, .flag, .meaningless)
        rows.add("nocrsend", .setup, .meaningless, .flag, .meaningless, "no")
        rows.add("myid", .setup, .myID, .special)
        rows.add("strictcrlpolicy", .setup, .strictCRLPolicy, .flag, .works, "no")
        rows.add("crl_strict", .setup, .strictCRLPolicy, .flag, .works, "no")
        rows.add("crlcheckinterval", .setup, .crlCheckInterval, .time, .works, "0")
        rows.add("listen", .setup, .listen, .special)
        rows.add("hotplugstart", .setup, .hotplugStart, .flag, .works, "no")
        rows.add("maxhalfopen", .setup, .maxHalfOpen, .number, .works, "1024", most: 1024)
        rows.add("maxstates", .setup, .maxStates, .number, .works, "1024", most: 1024)
        rows.add("maxconns", .setup, .maxConnections, .number, .works, "1000", most: 1000)

        rows.add("", .end, .host, .special)
        rows.add("subnet", .end, .subnet, .special)
        rows.add("subnets", .end, .subnets, .special)
        rows.add("nexthop", .end, .nextHop, .special, .works, "%direct")
        rows.add("id", .end, .id, .special)
        rows.add("rsasigkey", .end, .rsaKey, .special, .works)
        rows.add("sigkey", .end, .rsaKey, .special, .works)
        rows.add("pubkey", .end, .rsaKey, .special, .works)
        rows.add("rsasigkey2", .end, .rsaKey2, .special, .works)
        rows.add("cert", .end, .certificate, .special, .works)
        rows.add("ca", .end, .authority, .special, .works)
        rows.add(
            "sendcert", .end, .sendCertificate, .choice, .works, "ifasked",
            words: "always=alwayssend=yes ifasked=sendifasked never=neversend=no")
        rows.add("sourceip", .end, .sourceIP, .special)
        rows.add("updown", .end, .upDown, .command)
        rows.add("firewall", .end, .firewall, .flag, .works, "no")
        rows.add("hostaccess", .end, .hostAccess, .flag, .works, "no")
        rows.add("protoport", .end, .protocolPort, .special)
        rows.add("auth", .end, .endAuthentication, .choice, words: "psk=secret pubkey=rsasig=rsa")
        rows.add("espenckey", .end, .endESPEncryptionKey, .key, .works)
        rows.add("espauthkey", .end, .endESPAuthenticationKey, .key, .works)
        rows.add("espspi", .end, .endESPSPI, .special, .works)
        rows.add("ahkey", .end, .ah, .key)
        rows.add("ahspi", .end, .ah, .special)

        rows.add("also", .conn, .also, .special)
        rows.add("alsoflip", .conn, .alsoFlip, .special)
        rows.add("type", .conn, .type, .choice, .works, "tunnel", words: "tunnel transport passthrough drop reject")
        rows.add("auto", .conn, .auto, .choice, .works, "ignore", words: "ignore add route=ondemand start=up manual")
        rows.add(
            "authby", .conn, .authBy, .choice,
            words: "secret=psk rsasig=pubkey=rsa secret|rsasig=rsasig|secret=psk|rsasig=rsasig|psk never")
        rows.add("ike", .conn, .ike, .special)
        rows.add("esp", .conn, .esp, .special)
        rows.add("phase2alg", .conn, .esp, .special)
        rows.add("esn", .conn, .esn, .choice, .works, "accept", words: "accept no yes either")
        rows.add("pfs", .conn, .pfs, .flag, .works, "yes")
        rows.add("pfsgroup", .conn, .pfsGroup, .special)
        rows.add("keylife", .conn, .keyLife, .time, .works, "28800", most: 86_400)
        rows.add("salifetime", .conn, .keyLife, .time, most: 86_400)
        rows.add("lifetime", .conn, .keyLife, .time, most: 86_400)
        rows.add("ipseclifetime", .conn, .keyLife, .time, most: 86_400)
        rows.add("ipsec_lifetime", .conn, .keyLife, .time, most: 86_400)
        rows.add("ikelifetime", .conn, .ikeLifetime, .time, .works, "3600", most: 86_400)
        rows.add("rekey", .conn, .rekey, .flag, .works, "yes")
        rows.add("rekeymargin", .conn, .rekeyMargin, .time, .works, "540", most: 86_400)
        rows.add("rekeywindow", .conn, .rekeyMargin, .time, most: 86_400)
        rows.add("margintime", .conn, .rekeyMargin, .time, most: 86_400)
        rows.add("rekeyfuzz", .conn, .rekeyFuzz, .percentage, .works, "100%")
        rows.add("keyingtries", .conn, .keyingTries, .special, .works, "%forever")
        rows.add("keyexchange", .conn, .keyExchange, .choice, .works, "ike", words: "ike ikev1 ikev2")
        rows.add("auth", .conn, .auth, .choice, .works, "esp", words: "esp ah")
        rows.add("dpddelay", .conn, .dpdDelay, .time, .works, "0", most: 86_400)
        rows.add("dpdtimeout", .conn, .dpdTimeout, .time, .works, "120", most: 86_400)
        rows.add("ikev1_dpdtimeout", .conn, .dpdTimeout, .time, most: 86_400)
        rows.add(
            "dpdaction", .conn, .dpdAction, .choice, .works, "hold",
            words: "hold clear restart restart_by_peer none")
        rows.add("failureshunt", .conn, .failureShunt, .choice, .works, "none", words: "none passthrough drop reject")
        rows.add("disablearrivalcheck", .conn, .disableArrivalCheck, .flag, .works, "no")
        rows.add("mtu", .conn, .mtu, .number, .works, "0", most: 65_535)
        rows.add("encapsulation", .conn, .encapsulation, .choice, .works, "auto", words: "auto yes=true=on no=false=off")
        rows.add("forceencaps", .conn, .encapsulation, .flag, .works, "no")
        rows.add(
            "fragmentation", .conn, .fragmentation, .choice, .works, "yes", words: "yes=true=on no=false=off force accept")
        rows.add("ike_frag", .conn, .fragmentation, .choice, words: "yes=true=on no=false=off force accept")
        rows.add("fragmentsize", .conn, .fragmentSize, .number, .works, "0", most: 1500)
        rows.add("pmtudisc", .conn, .pmtuDisc, .choice, words: "copy clear set")
        rows.add("compress", .conn, .compress, .flag, .works, "no")
        rows.add("aggrmode", .conn, .aggressiveMode, .flag, .works, "no")
        rows.add("aggressive", .conn, .aggressiveMode, .flag, .works, "no")
        rows.add("spi", .conn, .spi, .special, .works)
        rows.add("spibase", .conn, .spiBase, .special, .works)
        rows.add("espenckey", .conn, .espEncryptionKey, .key, .works)
        rows.add("espauthkey", .conn, .espAuthenticationKey, .key, .works)
        rows.add("espreplay_window", .conn, .espReplayWindow, .number, .works, "0", most: 64)
        rows.add("ah", .conn, .ah, .special)
        rows.add("ahkey", .conn, .ah, .key)
        rows.add("ahreplay_window", .conn, .ah, .number, most: 64)
        return rows.all
    }()
}

/// Collects the rows. One call adds one row: inline construction would take three times as much code.
private struct RuleRows {
    private(set) var all: [ParameterSyntax] = []

    mutating func add(_ word: StaticString, _ scope: ParameterSyntax.Scope, _ key: ParameterKey, _ kind: ParameterSyntax.Kind) {
        put(word, scope, key, kind, .works, "", "", .max)
    }
    mutating func add(
        _ word: StaticString, _ scope: ParameterSyntax.Scope, _ key: ParameterKey, _ kind: ParameterSyntax.Kind,
        _ support: ParameterSyntax.Support
    ) {
        put(word, scope, key, kind, support, "", "", .max)
    }
    mutating func add(
        _ word: StaticString, _ scope: ParameterSyntax.Scope, _ key: ParameterKey, _ kind: ParameterSyntax.Kind,
        _ support: ParameterSyntax.Support, _ standard: StaticString
    ) { put(word, scope, key, kind, support, standard, "", .max) }
    mutating func add(
        _ word: StaticString, _ scope: ParameterSyntax.Scope, _ key: ParameterKey, _ kind: ParameterSyntax.Kind,
        _ support: ParameterSyntax.Support, _ standard: StaticString,
        words: StaticString
    ) { put(word, scope, key, kind, support, standard, words, .max) }
    mutating func add(
        _ word: StaticString, _ scope: ParameterSyntax.Scope, _ key: ParameterKey, _ kind: ParameterSyntax.Kind,
        _ support: ParameterSyntax.Support, _ standard: StaticString,
        most: UInt32
    ) { put(word, scope, key, kind, support, standard, "", most) }
    mutating func add(_ word: StaticString, _ scope: ParameterSyntax.Scope, _ key: ParameterKey, _ kind: ParameterSyntax.Kind, most: UInt32)
    {
        put(word, scope, key, kind, .works, "", "", most)
    }
    mutating func add(
        _ word: StaticString, _ scope: ParameterSyntax.Scope, _ key: ParameterKey, _ kind: ParameterSyntax.Kind, words: StaticString
    ) {
        put(word, scope, key, kind, .works, "", words, .max)
    }

    private mutating func put(
        _ word: StaticString, _ scope: ParameterSyntax.Scope, _ key: ParameterKey, _ kind: ParameterSyntax.Kind,
        _ support: ParameterSyntax.Support, _ standard: StaticString,
        _ words: StaticString, _ most: UInt32
    ) {
        all.append(
            ParameterSyntax(word: word, scope: scope, key: key, kind: kind, support: support, standard: standard, words: words, most: most))
    }
}
