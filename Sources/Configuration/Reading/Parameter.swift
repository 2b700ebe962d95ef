import Wire

/// All known parameters. Aliases share a key, as do `left…` and `right…`.
enum ParameterKey: UInt8 {
    // config setup
    case interfaces, hotplugStart, forwardControl, rpFilter, syslog, klipsDebug, plutoDebug, dumpFolder, logFile, manualStart, pluto,
        plutoLoad
    case plutoStart, plutoWait, prePluto, postPluto, uniqueIDs, hideTOS, overrideMTU, fragICMP, pmtuDisc, natTraversal, keepAlive
    case forceKeepAlive, virtualPrivate, protocolStack, myID, strictCRLPolicy, crlCheckInterval, listen
    case maxHalfOpen, maxStates, maxConnections
    // conn, either end
    case host, subnet, subnets, nextHop, id, rsaKey, rsaKey2, certificate, authority, sendCertificate, sourceIP, upDown, firewall,
        hostAccess
    case protocolPort, endAuthentication, endESPEncryptionKey, endESPAuthenticationKey, endESPSPI
    // conn
    case also, alsoFlip, type, auto, authBy, ike, esp, esn, pfs, pfsGroup, keyLife, ikeLifetime, rekey, rekeyMargin, rekeyFuzz
    case keyingTries, keyExchange, auth, dpdDelay, dpdTimeout, dpdAction, failureShunt, disableArrivalCheck, compress
    case aggressiveMode, mtu, encapsulation, fragmentation, fragmentSize, spi, spiBase, espEncryptionKey, espAuthenticationKey,
        espReplayWindow
    /// All parameters of AH.
    case ah
    /// Parameters without effect, distinguished by their word.
    case meaningless
    /// Parameters of other implementations (`ForeignParameters`), distinguished by their word.
    case foreign
}

/// One line `name=value`. The value stays in its file, whose text wipes itself, and is parsed again for every conn that inherits it.
final class Parameter {
    let rule: ParameterSyntax
    /// `nil` for parameters without a side.
    let side: Side?
    /// The name as written, with its side.
    let word: Name
    /// The value without quotation marks. An empty value restores the default, also if `conn %default` sets another one.
    let value: Slice
    /// Why the value cannot be used, with its place. It has been reported; conns that use it are left out.
    let complaint: Sentence?

    init(_ rule: ParameterSyntax, _ side: Side?, _ word: Name, _ value: Slice, _ complaint: Sentence?) {
        self.rule = rule
        self.side = side
        self.word = word
        self.value = value
        self.complaint = complaint
    }

    var place: Place { value.place }

    /// Whether two parameters of one section contradict each other. Refused and ignored ones may be repeated.
    func rivals(_ other: Parameter) -> Bool {
        overrides(other) && rule.key != .ah && rule.key != .meaningless && rule.key != .foreign
    }

    /// Whether this parameter of a conn replaces the other one of `conn %default`.
    func overrides(_ other: Parameter) -> Bool {
        guard rule.key == other.rule.key, side == other.side else { return false }
        return rule.key != .foreign || Vocabulary.normal(word) == Vocabulary.normal(other.word)
    }

    /// `name=value` for messages, or the name alone where the value may be a key.
    var label: Sentence { Self.label(rule, word, value) }

    static func label(_ rule: ParameterSyntax, _ word: Name, _ value: Slice) -> Sentence {
        rule.isSecret ? "\(word)" : "\(word)=\(shown(value))"
    }

    func flipped() -> Parameter { Parameter(rule, side?.other, word, value, complaint) }
}
