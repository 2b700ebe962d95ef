import Crypto
import Wire

extension ConnectionDescription {
    /// The conn in ipsec.conf's syntax, inherited parameters included. Reading it gives the same conn.
    /// - Parameter showsKeys: whether to print manual keys. Otherwise a comment replaces each, and the text cannot be read back.
    public func text(showsKeys: Bool) -> Sentence {
        var text = ConnectionText(self, showsKeys)
        text.lines += "\t# \(place)\n"
        text.write()
        return text.lines
    }

    /// Whether both have the same values, keys included, wherever they were read from.
    public func saysTheSame(as other: ConnectionDescription) -> Bool {
        var text = ConnectionText(self, false)
        var otherText = ConnectionText(other, false)
        text.write()
        otherText.write()
        guard text.lines == otherText.lines else { return false }
        guard let manual = manualKeying, let otherManual = other.manualKeying else { return true }
        return manual.leftward.hasKeys(of: otherManual.leftward) && manual.rightward.hasKeys(of: otherManual.rightward)
    }
}

extension ManualKeying.Direction {
    fileprivate func hasKeys(of other: Self) -> Bool {
        encryptionKey.equals(other.encryptionKey) && authenticationKey.equals(other.authenticationKey)
    }
}

/// Writes a conn.
private struct ConnectionText {
    private let conn: ConnectionDescription
    private let showsKeys: Bool
    var lines: Sentence

    init(_ conn: ConnectionDescription, _ showsKeys: Bool) {
        self.conn = conn
        self.showsKeys = showsKeys
        lines = "conn \(conn.name)\n"
    }

    mutating func write() {
        for side in [Side.left, .right] { write(.end, side) }
        write(.conn, nil)
        if !conn.isIKEStrict { remark("ike", conn.ikeSuites.map { $0.words }) }
        if !conn.isESPStrict { remark("esp", conn.espSuites.map { $0.words }) }
        guard let manual = conn.manualKeying else { return }
        write(manual.leftward, "left")
        write(manual.rightward, "right")
    }

    /// Writes every parameter that has a value. Aliases, which follow their main word in the vocabulary, are skipped.
    private mutating func write(_ scope: ParameterSyntax.Scope, _ side: Side?) {
        var last: ParameterKey?
        for rule in Vocabulary.rules where rule.scope == scope && rule.key != last {
            last = rule.key
            let value: Sentence
            if let side {
                value = endValue(rule, conn[side])
            } else if let number = number(rule.key) {
                value = Self.text(number, rule)
            } else {
                value = connValue(rule.key)
            }
            if value.isEmpty { continue }
            let needsQuotes = value.octets.contains { isBlank($0) || $0 == UInt8(ascii: "#") }
            lines +=
                needsQuotes
                ? "\t\(side.map { $0.word } ?? "")\(rule.word)=\"\(value)\"\n"
                : "\t\(side.map { $0.word } ?? "")\(rule.word)=\(value)\n"
        }
    }

    private mutating func remark(_ word: StaticString, _ suites: [Sentence]) {
        lines += "\t# \(word)= is not set, and means \(Sentence.joined(suites, by: ",")) and any other sound suite\n"
    }

    private mutating func write(_ direction: ManualKeying.Direction, _ side: StaticString) {
        lines += "\t\(side)espspi=0x\(Text.hex(UInt64(direction.spi), digits: 3))\n"
        write(direction.encryptionKey, "\(side)espenckey")
        write(direction.authenticationKey, "\(side)espauthkey")
    }

    private mutating func write(_ key: Secret, _ word: __owned Sentence) {
        guard showsKeys else {
            lines += "\t# \(word) has \(key.count) octets\n"
            return
        }
        lines += "\t\(word)=0x"
        for index in 0..<key.count { lines += Text.hex(UInt64(key.bytes[index]), digits: 2) }
        lines += "\n"
    }

    /// In the form of the rule's kind.
    private static func text(_ number: UInt32, _ rule: ParameterSyntax) -> Sentence {
        switch rule.kind {
        case .flag: number == 0 ? "no" : "yes"
        case .choice: "\(Words(rule.words).names[Int(number)])"
        case .time: "\(number)s"
        case .percentage: "\(number)%"
        default: "\(number)"
        }
    }

    private func number(_ key: ParameterKey) -> UInt32? {
        switch key {
        case .type: UInt32(conn.mode.rawValue)
        case .auto: UInt32(conn.auto.rawValue)
        case .authBy: UInt32(conn.authentication.rawValue)
        case .esn: UInt32(conn.esn.rawValue)
        case .pfs: conn.pfsGroup == nil ? 0 : 1
        case .keyLife: conn.keyLife
        case .ikeLifetime: conn.ikeLifetime
        case .rekey: conn.rekeys ? 1 : 0
        case .rekeyMargin: conn.rekeyMargin
        case .rekeyFuzz: conn.rekeyFuzz
        case .dpdDelay: conn.dpdDelay
        case .dpdTimeout: conn.dpdTimeout
        case .dpdAction: UInt32(conn.dpdAction.rawValue)
        case .encapsulation: UInt32(conn.encapsulation.rawValue)
        case .fragmentation: UInt32(conn.fragmentation.rawValue)
        case .fragmentSize: conn.fragmentSize > 0 ? conn.fragmentSize : nil
        case .failureShunt: UInt32(conn.failureShunt.rawValue)
        case .disableArrivalCheck: conn.disablesArrivalCheck ? 1 : 0
        case .mtu: conn.mtu > 0 ? conn.mtu : nil
        case .pmtuDisc: conn.outerDF.map { UInt32($0.rawValue) }
        case .espReplayWindow: conn.manualKeying?.replayWindow
        default: nil
        }
    }

    private func connValue(_ key: ParameterKey) -> Sentence {
        switch key {
        case .ike: conn.isIKEStrict ? Sentence.joined(conn.ikeSuites.map { $0.words }, by: ",") : ""
        case .esp: conn.isESPStrict ? Sentence.joined(conn.espSuites.map { $0.words }, by: ",") : ""
        case .pfsGroup: conn.pfsFollowsISAKMP ? "" : conn.pfsGroup.map { "\($0.word)" } ?? ""
        case .keyingTries: conn.keyingTries == 0 ? "%forever" : "\(conn.keyingTries)"
        default: ""
        }
    }

    private func endValue(_ rule: ParameterSyntax, _ end: End) -> Sentence {
        switch rule.key {
        case .host:
            switch end.host {
            case .address(let address): "\(address)"
            case .any: "%any"
            case .defaultRoute: "%defaultroute"
            case .name(let name): "\(name)"
            }
        case .subnet: end.subnet.map { "\($0)" } ?? end.virtual?.text ?? ""
        case .nextHop:
            switch end.nextHop {
            case .direct: "%direct"
            case .defaultRoute: "%defaultroute"
            case .address(let address): "\(address)"
            }
        case .id:
            if let identity = end.identity {
                identity.asConfigured
            } else {
                end.isAnyIdentity
                    ? "%any"
                    : end.isIdentityFromCertificate ? "%fromcert" : ""
            }
        case .rsaKey: key(end.rsaKey)
        case .rsaKey2: key(end.rsaKey2)
        case .certificate: end.certificate.map { "\($0)" } ?? ""
        case .authority:
            switch end.authority {
            case .any: ""
            case .same: "%same"
            case .name(let der): DistinguishedName.asConfigured(der)
            }
        case .sendCertificate: Self.text(UInt32(end.sendCertificate.rawValue), rule)
        case .sourceIP: end.sourceIP.map { "\($0)" } ?? ""
        case .upDown: Sentence.joined(end.upDown.map { "\($0)" }, by: " ")
        case .firewall: end.firewall ? "yes" : "no"
        case .hostAccess: end.hostAccess ? "yes" : "no"
        case .protocolPort: end.ipProtocol == 0 && end.port == 0 ? "" : "\(end.ipProtocol)/\(end.port)"
        default: ""
        }
    }

    private func key(_ key: End.RSAKey) -> Sentence {
        switch key {
        case .unset: ""
        case .none: "%none"
        case .certificate: "%cert"
        case .dnsOnDemand: "%dnsondemand"
        case .dnsOnLoad: "%dnsonload"
        case .key(let key): "0s\(Text.base64(key.rfc3110))"
        }
    }
}
