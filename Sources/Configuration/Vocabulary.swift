import Wire

/// What a parameter is called, what it may say, and what comes of it.
struct Rule {
    enum Scope: UInt8 { case setup, conn, end }

    /// What a value may look like.
    enum Form {
        case flag
        case number(ClosedRange<UInt32>)
        /// A time, at most this many seconds.
        case time(UInt32)
        case percentage
        case oneOf([String])
        /// A list of words out of these, besides `all` and `none`.
        case kinds([String])
        /// Names of conns; `%search` where a search is possible.
        case conns
        case text
        case host, subnet, nextHop, identity, address, protocolPort, interfaces, ike, esp, group, tries, debugLog
        case virtualPrivate, rsaKey, key, spi, spiBase, authority
    }

    enum Effect {
        case works
        /// Read and checked, without effect so far.
        case notYet
        /// Has no meaning here, and never will.
        case meaningless
    }

    let word: String
    let scope: Scope
    let key: Key
    let form: Form
    let effect: Effect
    /// The value that asks for what happens anyway, so that nobody need be warned.
    let idle: String

    init(_ word: String, _ scope: Scope, _ key: Key, _ form: Form, _ effect: Effect = .works, idle: String = "") {
        self.word = word
        self.scope = scope
        self.key = key
        self.form = form
        self.effect = effect
        self.idle = idle
    }

    /// The value may be a key: no message shows it, and its file must be root's alone.
    var isSecret: Bool { if case .key = form { true } else { false } }
}

/// The parameters of ipsec.conf. Built for one load and let go with it.
struct Vocabulary {
    let rules: [Rule] = Vocabulary.setup + Vocabulary.ends + Vocabulary.conn

    enum Found {
        case rule(Rule, Side?)
        /// The name belongs into the other kind of section.
        case misplaced
        case unknown(nearest: Name?)
    }

    func find(_ name: Name, inSetup: Bool) -> Found {
        var isMisplaced = false
        for rule in rules {
            guard let side = Self.match(rule, name) else { continue }
            if (rule.scope == .setup) == inSetup { return .rule(rule, side.value) }
            isMisplaced = true
        }
        if isMisplaced { return .misplaced }
        return .unknown(nearest: Nearest.word(to: name.bytes, among: names(inSetup: inSetup)))
    }

    private struct Sided { let value: Side? }

    private static func match(_ rule: Rule, _ name: Name) -> Sided? {
        guard rule.scope == .end else { return same(name.bytes[...], rule.word) ? Sided(value: nil) : nil }
        if name.hasPrefix("left"), same(name.bytes[4...], rule.word) { return Sided(value: .left) }
        if name.hasPrefix("right"), same(name.bytes[5...], rule.word) { return Sided(value: .right) }
        return nil
    }

    private static func same(_ bytes: ArraySlice<UInt8>, _ word: String) -> Bool {
        bytes.count == word.utf8.count && bytes.elementsEqual(word.utf8)
    }

    private func names(inSetup: Bool) -> [Name] {
        var names: [Name] = []
        for rule in rules where (rule.scope == .setup) == inSetup {
            let words = rule.scope == .end ? ["left" + rule.word, "right" + rule.word] : [rule.word]
            names += words.map { Name($0) }
        }
        return names
    }

    private static let anyNumber: ClosedRange<UInt32> = 0...UInt32.max
    private static let day: UInt32 = 86_400

    private static var setup: [Rule] { [
        Rule("interfaces", .setup, .interfaces, .interfaces),
        Rule("forwardcontrol", .setup, .forwardControl, .flag, .notYet, idle: "no"),
        Rule("rp_filter", .setup, .rpFilter, .oneOf(["0", "1", "2", "%unchanged"]), .notYet, idle: "%unchanged"),
        Rule("syslog", .setup, .syslog, .debugLog, .notYet, idle: "daemon.error"),
        Rule("klipsdebug", .setup, .klipsDebug, .kinds([
            "tunnel", "tunnel-xmit", "xmit", "netlink", "pfkey", "xform", "eroute", "spi", "radij", "esp", "ah", "rcv",
            "ipcomp", "verbose",
        ]), .notYet, idle: "none"),
        Rule("plutodebug", .setup, .plutoDebug, .kinds([
            "raw", "crypt", "parsing", "emitting", "control", "controlmore", "lifecycle", "klips", "dns", "oppo", "natt",
            "x509", "dpd", "private",
        ])),
        Rule("dumpdir", .setup, .dumpFolder, .text),
        Rule("manualstart", .setup, .manualStart, .conns, .notYet),
        Rule("pluto", .setup, .pluto, .flag, .notYet, idle: "yes"),
        Rule("plutoload", .setup, .plutoLoad, .conns),
        Rule("plutostart", .setup, .plutoStart, .conns),
        Rule("plutowait", .setup, .plutoWait, .flag, .notYet, idle: "no"),
        Rule("prepluto", .setup, .prePluto, .text, .notYet),
        Rule("postpluto", .setup, .postPluto, .text, .notYet),
        Rule("uniqueids", .setup, .uniqueIDs, .flag),
        Rule("hidetos", .setup, .hideTOS, .flag),
        Rule("overridemtu", .setup, .overrideMTU, .number(0...65_535)),
        Rule("fragicmp", .setup, .fragICMP, .flag),
        Rule("nat_traversal", .setup, .natTraversal, .flag),
        Rule("keep_alive", .setup, .keepAlive, .number(1...3600)),
        Rule("force_keepalive", .setup, .forceKeepAlive, .flag),
        Rule("virtual_private", .setup, .virtualPrivate, .virtualPrivate, .notYet),
        Rule("protostack", .setup, .protocolStack, .oneOf(["auto", "netkey", "klips"])),
        Rule("plutoopts", .setup, .plutoOptions, .text, .meaningless),
        Rule("plutostderrlog", .setup, .plutoStandardErrorLog, .text, .meaningless),
        Rule("plutorestartoncrash", .setup, .plutoRestart, .flag, .meaningless),
        Rule("nocrsend", .setup, .noCertificateRequests, .flag, .meaningless),
        Rule("myid", .setup, .myID, .identity),
        Rule("strictcrlpolicy", .setup, .strictCRLPolicy, .flag, .notYet, idle: "no"),
        Rule("crlcheckinterval", .setup, .crlCheckInterval, .number(anyNumber), .notYet, idle: "0"),
        Rule("listen", .setup, .listen, .address),
    ] }

    private static var ends: [Rule] { [
        Rule("", .end, .host, .host),
        Rule("subnet", .end, .subnet, .subnet),
        Rule("nexthop", .end, .nextHop, .nextHop),
        Rule("id", .end, .id, .identity),
        Rule("rsasigkey", .end, .rsaKey, .rsaKey, .notYet),
        Rule("rsasigkey2", .end, .rsaKey2, .rsaKey, .notYet),
        Rule("cert", .end, .certificate, .text, .notYet),
        Rule("ca", .end, .authority, .authority, .notYet),
        Rule("sendcert", .end, .sendCertificate, .oneOf(["always", "ifasked", "never"]), .notYet),
        Rule("sourceip", .end, .sourceIP, .address),
        Rule("updown", .end, .upDown, .text, .notYet),
        Rule("firewall", .end, .firewall, .flag, .notYet, idle: "no"),
        Rule("protoport", .end, .protocolPort, .protocolPort),
        Rule("espenckey", .end, .endESPEncryptionKey, .key, .notYet),
        Rule("espauthkey", .end, .endESPAuthenticationKey, .key, .notYet),
        Rule("espspi", .end, .endESPSPI, .spi, .notYet),
        Rule("ahkey", .end, .endAH, .key),
        Rule("ahspi", .end, .endAH, .spi),
    ] }

    private static var conn: [Rule] { [
        Rule("also", .conn, .also, .text),
        Rule("alsoflip", .conn, .alsoFlip, .text),
        Rule("type", .conn, .type, .oneOf(["tunnel", "transport", "passthrough", "drop", "reject"])),
        Rule("auto", .conn, .auto, .oneOf(["ignore", "add", "route", "start", "manual"])),
        Rule("authby", .conn, .authBy, .oneOf(["secret", "rsasig", "secret|rsasig", "rsasig|secret", "never"])),
        Rule("ike", .conn, .ike, .ike),
        Rule("esp", .conn, .esp, .esp),
        Rule("phase2alg", .conn, .esp, .esp),
        Rule("pfs", .conn, .pfs, .flag),
        Rule("pfsgroup", .conn, .pfsGroup, .group),
        Rule("keylife", .conn, .keyLife, .time(day)),
        Rule("salifetime", .conn, .keyLife, .time(day)),
        Rule("lifetime", .conn, .keyLife, .time(day)),
        Rule("ipseclifetime", .conn, .keyLife, .time(day)),
        Rule("ikelifetime", .conn, .ikeLifetime, .time(day)),
        Rule("rekey", .conn, .rekey, .flag, .notYet, idle: "no"),
        Rule("rekeymargin", .conn, .rekeyMargin, .time(day), .notYet),
        Rule("rekeywindow", .conn, .rekeyMargin, .time(day), .notYet),
        Rule("rekeyfuzz", .conn, .rekeyFuzz, .percentage, .notYet),
        Rule("keyingtries", .conn, .keyingTries, .tries),
        Rule("keyexchange", .conn, .keyExchange, .oneOf(["ike", "ikev1", "ikev2"])),
        Rule("auth", .conn, .auth, .oneOf(["esp", "ah"])),
        Rule("dpddelay", .conn, .dpdDelay, .time(day), .notYet, idle: "0"),
        Rule("dpdtimeout", .conn, .dpdTimeout, .time(day), .notYet),
        Rule("dpdaction", .conn, .dpdAction, .oneOf(["hold", "clear", "restart"]), .notYet),
        Rule("failureshunt", .conn, .failureShunt, .oneOf(["none", "passthrough", "drop", "reject"]), .notYet, idle: "none"),
        Rule("disablearrivalcheck", .conn, .disableArrivalCheck, .flag, .notYet, idle: "no"),
        Rule("compress", .conn, .compress, .flag),
        Rule("aggrmode", .conn, .aggressiveMode, .flag),
        Rule("spi", .conn, .spi, .spi, .notYet),
        Rule("spibase", .conn, .spiBase, .spiBase, .notYet),
        Rule("espenckey", .conn, .espEncryptionKey, .key, .notYet),
        Rule("espauthkey", .conn, .espAuthenticationKey, .key, .notYet),
        Rule("espreplay_window", .conn, .espReplayWindow, .number(0...64), .notYet, idle: "0"),
        Rule("ah", .conn, .ah, .text),
        Rule("ahkey", .conn, .ah, .key),
        Rule("ahreplay_window", .conn, .ah, .number(0...64)),
    ] }
}
