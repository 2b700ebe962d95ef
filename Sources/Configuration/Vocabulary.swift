import Wire

/// What a parameter is called, what it may say, and what comes of it.
struct Rule {
    enum Scope: UInt8 { case setup, conn, end }

    /// What a value looks like.
    enum Kind: UInt8 {
        case flag
        /// A whole number, at most `most`.
        case number
        /// A time in seconds, at most `most`.
        case time
        case percentage
        /// One of `words`.
        case choice
        /// A list out of `words`, besides `all` and `none`.
        case kinds
        /// Names of conns; `%search` where a search is possible.
        case conns
        /// A command and its arguments.
        case command
        /// A key: no message shows it, and its file must be root's alone.
        case key
        /// Read where it is stored: see `ParameterReader`.
        case special
    }

    enum Effect: UInt8 {
        case works
        /// Read and checked, without effect so far.
        case notYet
        /// Has no meaning here, and never will.
        case meaningless
    }

    let word: StaticString
    let scope: Scope
    let key: Key
    let kind: Kind
    let effect: Effect
    /// The default. Asking for it changes nothing, and showing a conn leaves it out.
    let standard: StaticString
    let words: StaticString
    let most: UInt32

    @inline(__always) init(
        _ word: StaticString, _ scope: Scope, _ key: Key, _ kind: Kind, _ effect: Effect = .works, _ standard: StaticString = "",
        words: StaticString = "", most: UInt32 = .max
    ) {
        self.word = word
        self.scope = scope
        self.key = key
        self.kind = kind
        self.effect = effect
        self.standard = standard
        self.words = words
        self.most = most
    }

    var isSecret: Bool { kind == .key }

    /// Whose `left…`, `right…` or own word `name` is; `nil` for another's.
    @inline(never) func match(_ name: [UInt8]) -> Sided? {
        guard scope == .end else { return isWord(name[...], word) ? Sided(value: nil) : nil }
        if name.count >= 4, isWord(name[..<4], "left"), isWord(name[4...], word) { return Sided(value: .left) }
        if name.count >= 5, isWord(name[..<5], "right"), isWord(name[5...], word) { return Sided(value: .right) }
        return nil
    }

    struct Sided { let value: Side? }
}

/// The parameters of ipsec.conf, one row each. An alias follows the word we write ourselves.
enum Vocabulary {
    enum Found {
        case rule(Rule, Side?)
        /// The name belongs into the other kind of section.
        case misplaced
        case unknown(nearest: Name?)
    }

    static func find(_ name: Name, inSetup: Bool) -> Found {
        var isMisplaced = false
        for rule in rules {
            guard let side = rule.match(name.bytes) else { continue }
            if (rule.scope == .setup) == inSetup { return .rule(rule, side.value) }
            isMisplaced = true
        }
        if isMisplaced { return .misplaced }
        var names: [Name] = []
        for rule in rules where (rule.scope == .setup) == inSetup {
            if rule.scope == .end {
                names.append(Name(("left\(rule.word)" as Sentence).octets))
                names.append(Name(("right\(rule.word)" as Sentence).octets))
            } else {
                names.append(Name(rule.word.octets))
            }
        }
        return .unknown(nearest: Nearest.word(to: name.bytes, among: names))
    }

    static let rules: [Rule] = [
        Rule("interfaces", .setup, .interfaces, .special),
        Rule("forwardcontrol", .setup, .forwardControl, .flag, .works, "no"),
        Rule("rp_filter", .setup, .rpFilter, .choice, .works, "%unchanged", words: "0 1 2 %unchanged"),
        Rule("syslog", .setup, .syslog, .special, .works, "daemon.error"),
        Rule("klipsdebug", .setup, .klipsDebug, .kinds, .works, "none",
            words: "tunnel tunnel-xmit xmit netlink pfkey xform eroute spi radij esp ah rcv ipcomp verbose"),
        Rule("plutodebug", .setup, .plutoDebug, .kinds, .works, "none",
            words: "raw crypt parsing emitting control controlmore lifecycle klips dns oppo natt x509 dpd private"),
        Rule("dumpdir", .setup, .dumpFolder, .special),
        Rule("manualstart", .setup, .manualStart, .conns, .works),
        Rule("pluto", .setup, .pluto, .flag, .works, "yes"),
        Rule("plutoload", .setup, .plutoLoad, .conns, .works, "%search"),
        Rule("plutostart", .setup, .plutoStart, .conns, .works, "%search"),
        Rule("plutowait", .setup, .plutoWait, .flag, .works, "no"),
        Rule("prepluto", .setup, .prePluto, .command),
        Rule("postpluto", .setup, .postPluto, .command),
        Rule("uniqueids", .setup, .uniqueIDs, .flag, .works, "yes"),
        Rule("hidetos", .setup, .hideTOS, .flag, .works, "yes"),
        Rule("overridemtu", .setup, .overrideMTU, .number, .works, "0", most: 65_535),
        Rule("fragicmp", .setup, .fragICMP, .flag, .works, "yes"),
        Rule("nat_traversal", .setup, .natTraversal, .flag, .works, "yes"),
        Rule("keep_alive", .setup, .keepAlive, .number, .works, "20", most: 3600),
        Rule("force_keepalive", .setup, .forceKeepAlive, .flag, .works, "no"),
        Rule("virtual_private", .setup, .virtualPrivate, .special, .notYet),
        Rule("protostack", .setup, .protocolStack, .choice, .works, "auto", words: "auto netkey klips"),
        Rule("plutoopts", .setup, .meaningless, .special, .meaningless),
        Rule("plutostderrlog", .setup, .meaningless, .special, .meaningless),
        Rule("plutorestartoncrash", .setup, .meaningless, .flag, .meaningless),
        Rule("nocrsend", .setup, .meaningless, .flag, .meaningless),
        Rule("myid", .setup, .myID, .special),
        Rule("strictcrlpolicy", .setup, .strictCRLPolicy, .flag, .works, "no"),
        Rule("crlcheckinterval", .setup, .crlCheckInterval, .time, .meaningless, "0"),
        Rule("listen", .setup, .listen, .special),
        Rule("hotplugstart", .setup, .hotplugStart, .flag, .works, "no"),
        Rule("maxhalfopen", .setup, .maxHalfOpen, .number, .works, "1024", most: 1024),
        Rule("maxstates", .setup, .maxStates, .number, .works, "1024", most: 1024),
        Rule("maxconns", .setup, .maxConnections, .number, .works, "1000", most: 1000),

        Rule("", .end, .host, .special),
        Rule("subnet", .end, .subnet, .special),
        Rule("nexthop", .end, .nextHop, .special, .works, "%direct"),
        Rule("id", .end, .id, .special),
        Rule("rsasigkey", .end, .rsaKey, .special, .works),
        Rule("rsasigkey2", .end, .rsaKey2, .special, .works),
        Rule("cert", .end, .certificate, .special, .works),
        Rule("ca", .end, .authority, .special, .works),
        Rule("sendcert", .end, .sendCertificate, .choice, .works, "ifasked", words: "always ifasked never"),
        Rule("sourceip", .end, .sourceIP, .special),
        Rule("updown", .end, .upDown, .command),
        Rule("firewall", .end, .firewall, .flag, .works, "no"),
        Rule("protoport", .end, .protocolPort, .special),
        Rule("espenckey", .end, .endESPEncryptionKey, .key, .works),
        Rule("espauthkey", .end, .endESPAuthenticationKey, .key, .works),
        Rule("espspi", .end, .endESPSPI, .special, .works),
        Rule("ahkey", .end, .ah, .key),
        Rule("ahspi", .end, .ah, .special),

        Rule("also", .conn, .also, .special),
        Rule("alsoflip", .conn, .alsoFlip, .special),
        Rule("type", .conn, .type, .choice, .works, "tunnel", words: "tunnel transport passthrough drop reject"),
        Rule("auto", .conn, .auto, .choice, .works, "ignore", words: "ignore add route start manual"),
        Rule("authby", .conn, .authBy, .choice, words: "secret rsasig secret|rsasig never rsasig|secret"),
        Rule("ike", .conn, .ike, .special),
        Rule("esp", .conn, .esp, .special),
        Rule("phase2alg", .conn, .esp, .special),
        Rule("pfs", .conn, .pfs, .flag, .works, "yes"),
        Rule("pfsgroup", .conn, .pfsGroup, .special),
        Rule("keylife", .conn, .keyLife, .time, .works, "28800", most: 86_400),
        Rule("salifetime", .conn, .keyLife, .time, most: 86_400),
        Rule("lifetime", .conn, .keyLife, .time, most: 86_400),
        Rule("ipseclifetime", .conn, .keyLife, .time, most: 86_400),
        Rule("ikelifetime", .conn, .ikeLifetime, .time, .works, "3600", most: 86_400),
        Rule("rekey", .conn, .rekey, .flag, .works, "yes"),
        Rule("rekeymargin", .conn, .rekeyMargin, .time, .works, "540", most: 86_400),
        Rule("rekeywindow", .conn, .rekeyMargin, .time, most: 86_400),
        Rule("rekeyfuzz", .conn, .rekeyFuzz, .percentage, .works, "100%"),
        Rule("keyingtries", .conn, .keyingTries, .special, .works, "%forever"),
        Rule("keyexchange", .conn, .keyExchange, .choice, .works, "ike", words: "ike ikev1 ikev2"),
        Rule("auth", .conn, .auth, .choice, .works, "esp", words: "esp ah"),
        Rule("dpddelay", .conn, .dpdDelay, .time, .works, "0", most: 86_400),
        Rule("dpdtimeout", .conn, .dpdTimeout, .time, .works, "120", most: 86_400),
        Rule("dpdaction", .conn, .dpdAction, .choice, .works, "hold", words: "hold clear restart"),
        Rule("failureshunt", .conn, .failureShunt, .choice, .works, "none", words: "none passthrough drop reject"),
        Rule("disablearrivalcheck", .conn, .disableArrivalCheck, .flag, .works, "no"),
        Rule("compress", .conn, .compress, .flag, .works, "no"),
        Rule("aggrmode", .conn, .aggressiveMode, .flag, .works, "no"),
        Rule("spi", .conn, .spi, .special, .works),
        Rule("spibase", .conn, .spiBase, .special, .works),
        Rule("espenckey", .conn, .espEncryptionKey, .key, .works),
        Rule("espauthkey", .conn, .espAuthenticationKey, .key, .works),
        Rule("espreplay_window", .conn, .espReplayWindow, .number, .works, "0", most: 64),
        Rule("ah", .conn, .ah, .special),
        Rule("ahkey", .conn, .ah, .key),
        Rule("ahreplay_window", .conn, .ah, .number, most: 64),
    ]
}
