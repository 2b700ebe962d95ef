import Wire

/// Every parameter this room knows, by meaning: aliases share one, and `left…` and `right…` share one.
enum Key: UInt8 {
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
    case aggressiveMode, mtu, encapsulation, spi, spiBase, espEncryptionKey, espAuthenticationKey, espReplayWindow
    /// Whatever AH needs.
    case ah
    /// What has no meaning here; told apart by its word.
    case meaningless
    /// What only others have (`ForeignParameters`); told apart by its word.
    case foreign
}

/// One line `name=value`. The value stays in its file, which wipes itself, and is read again for every conn it serves.
final class Parameter {
    let rule: Rule
    /// `nil` for what belongs to no end.
    let side: Side?
    /// As written, with its side and which alias.
    let word: Name
    /// Without its quotation marks. Empty stands for the default, whatever `%default` says.
    let value: Slice
    /// Why the value cannot be used, with its place; said where it stands. A conn that would use it is left out.
    let complaint: Sentence?

    init(_ rule: Rule, _ side: Side?, _ word: Name, _ value: Slice, _ complaint: Sentence?) {
        self.rule = rule
        self.side = side
        self.word = word
        self.value = value
        self.complaint = complaint
    }

    var place: Place { value.place }

    /// Whether both say the same thing. What is refused anyway may stand there more than once.
    func rivals(_ other: Parameter) -> Bool {
        overrides(other) && rule.key != .ah && rule.key != .meaningless && rule.key != .foreign
    }

    /// Whether a conn with this one does without what `conn %default` says in the other.
    func overrides(_ other: Parameter) -> Bool {
        guard rule.key == other.rule.key, side == other.side else { return false }
        return rule.key != .foreign || Vocabulary.normal(word) == Vocabulary.normal(other.word)
    }

    /// `name=value` for messages, or the name alone where the value may be a key.
    var label: Sentence { Self.label(rule, word, value) }

    static func label(_ rule: Rule, _ word: Name, _ value: Slice) -> Sentence {
        rule.isSecret ? "\(word)" : "\(word)=\(shown(value))"
    }

    func flipped() -> Parameter { Parameter(rule, side?.other, word, value, complaint) }
}
