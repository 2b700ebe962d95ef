import Wire

/// An ipsec.conf with all it includes, read.
///
/// A conn with an error in it is left out and does not stop the others; every complaint is kept.
public final class Configuration {
    /// Defaults stand in for what is wrong in `config setup`.
    public let setup = Setup()
    /// `config setup`'s lines that are understood, for a bug report; commands, which may hold anything, are not among them.
    public private(set) var setupReport: Sentence = "config setup\n"
    /// In the order of the files. Complete ones only: sections that merely serve `also=` are not among them.
    public private(set) var connections: [ConnectionDescription] = []
    /// By file, in the order they were opened, then by line.
    public private(set) var diagnostics: [Diagnostic] = []

    /// The conns that are not among `connections`, and why.
    private var absent: [(name: Name, reasons: [Sentence])] = []
    private var path: Name = ""

    private init() {}

    /// Reads `path` and what it includes. Always returns; what went wrong is in `diagnostics`.
    public static func load(_ path: Name, from source: FileSource) -> Configuration {
        let configuration = Configuration()
        configuration.path = path
        let reader = SectionReader(source)
        reader.read(path)
        configuration.readSetup(reader)
        for section in reader.sections { configuration.assemble(section, reader) }
        configuration.checkSPIs(reader.diagnostics)
        configuration.checkManualStart(reader)
        configuration.checkSharedSecrets(reader.diagnostics)
        configuration.checkVirtualAddresses(reader.diagnostics)
        configuration.diagnostics = reader.diagnostics.all(reader.includes.order)
        return configuration
    }

    /// What `config setup` says, as written: two that are the same have the same effect.
    public private(set) var setupText: Sentence = ""

    /// Whether there is a section of this name, be it a conn to use or not; or one that could not be read whose pairs of subnets
    /// have such names.
    public func mentions(_ name: Name) -> Bool {
        connection(named: name) != nil || absent.contains { $0.name == name || SubnetPair.isName(name, of: $0.name) }
    }

    /// The connection of this name, or all pairs of subnets of the section of this name.
    public func connections(of name: Name) -> [ConnectionDescription] {
        if let conn = connection(named: name) { return [conn] }
        return connections.filter { $0.section == name }
    }

    /// The usable connection of this name; `nil` where there is none, or it has an error: see `explain`.
    public func connection(named name: Name) -> ConnectionDescription? {
        for conn in connections where conn.name == name { return conn }
        return nil
    }

    /// Why `connection(named:)` returned `nil`: lines for whoever asked, never empty.
    public func explain(_ name: Name) -> [Sentence] {
        for conn in absent where conn.name == name || SubnetPair.isName(name, of: conn.name) { return conn.reasons }
        let names = connections.map { $0.section } + absent.map { $0.name }
        let reason: Sentence =
            "there is no conn \(shown(name.bytes)) in \(shown(path))"
            + Nearest.hint(to: name.bytes, among: names)
        return [reason]
    }

    // MARK: From sections to connections

    private func readSetup(_ reader: SectionReader) {
        let values = ParameterReader(setup, ConnectionDescription(name: "", place: Place(path, 0)), reader.services)
        for parameter in reader.setup where parameter.complaint == nil {
            setupText += "\(parameter.word)=\(parameter.value.name)\n"
            // What cannot be read was said where it stands.
            try? values.read(parameter.rule, nil, parameter.value)
            if parameter.rule.kind != .command, parameter.rule.effect != .meaningless {
                setupReport += "\t\(parameter.word)=\"\(parameter.value.name)\"\n"
            }
            let names: [Name]
            switch parameter.rule.key {
            case .plutoLoad, .plutoStart, .manualStart: names = (try? Values.conns(parameter.value)) ?? []
            default: continue
            }
            for name in names where reader.find(name) == nil {
                let hint = Nearest.hint(to: name.bytes, among: reader.sections.map { $0.name })
                reader.diagnostics.error(parameter.place, "\(parameter.word)=: there is no conn \(name)\(hint)")
            }
        }
    }

    private func assemble(_ section: Section, _ reader: SectionReader) {
        let diagnostics = reader.diagnostics
        let inherited = Inherited(section, from: reader)
        for error in inherited.errors { diagnostics.sayOnce(.error, error.place, error.text) }
        let pairs = SubnetPair.all(inherited)
        // Any other is left out whole with its first pair that cannot be used.
        var complete: [ConnectionDescription] = []
        for pair in pairs {
            guard connections.count + complete.count < Limits.connections else {
                let text: Sentence = "conn \(section.name): more than \(Limits.connections) conns, pairs of subnets counted each"
                diagnostics.error(section.place, text)
                absent.append((section.name, ["\(section.place): \(text)"]))
                return
            }
            let conn = ConnectionReader(section, inherited, setup, reader.services, pair: pair)
            let outcome = conn.read(servesOthers: reader.isServed(section.name))
            for warning in conn.warnings { diagnostics.sayOnce(.warning, warning.place, warning.text) }
            guard outcome == .complete else {
                if outcome == .refused {
                    for error in conn.errors { diagnostics.sayOnce(.error, error.place, error.text) }
                }
                absent.append((section.name, reasons(section, inherited, conn.errors)))
                return
            }
            // A section may be called as a pair of another one is.
            if let other = connection(named: conn.conn.name) {
                let text: Sentence = "conn \(conn.conn.name) is here a second time, after \(other.place)"
                diagnostics.error(section.place, text)
                absent.append((section.name, ["\(section.place): \(text)"]))
                return
            }
            complete.append(conn.conn)
        }
        connections += complete
    }

    /// What stands in the way of a conn, bounded.
    private func reasons(
        _ section: Section, _ inherited: Inherited, _ errors: [ConnectionReader.Remark]
    ) -> [Sentence] {
        var reasons = section.complaints
        for parameter in inherited.parameters { if let complaint = parameter.complaint { reasons.append(complaint) } }
        for error in inherited.errors + errors { reasons.append("\(error.place): \(error.text)") }
        if reasons.isEmpty {
            reasons = ["conn \(section.name) has no left= and right= of its own: it only serves also="]
        }
        if reasons.count > Limits.reasons { reasons.removeLast(reasons.count - Limits.reasons) }
        return reasons
    }

    /// `manualstart=` brings up what is keyed by hand, and nothing else.
    private func checkManualStart(_ reader: SectionReader) {
        for parameter in reader.setup where parameter.rule.key == .manualStart {
            for name in setup.manualStart {
                guard let conn = connections(of: name).first, conn.auto != .manual else { continue }
                let reason: StaticString = conn.manualKeying == nil ? "has no spi= and no spibase=" : "is IKE's, as its auto= says"
                reader.diagnostics.error(parameter.place, "manualstart=: conn \(name) \(reason): it is not keyed by hand")
            }
        }
    }

    /// One SPI for two manually keyed conns would be one key for two tunnels, or a tunnel that takes the other's packets: the
    /// later conn is left out.
    private func checkSPIs(_ diagnostics: Diagnostics) {
        var taken: [(spi: UInt32, name: Name)] = []
        var kept: [ConnectionDescription] = []
        for conn in connections {
            guard let manual = conn.manualKeying else {
                kept.append(conn)
                continue
            }
            var spis = [manual.leftward.spi]
            if manual.rightward.spi != spis[0] { spis.append(manual.rightward.spi) }
            var reason: Sentence?
            for spi in spis {
                for other in taken where other.spi == spi {
                    reason = "conn \(conn.name): the SPI 0x\(Text.hex(UInt64(spi), digits: 3)) is conn \(other.name)'s already"
                }
            }
            if let reason {
                diagnostics.error(conn.place, reason)
                absent.append((conn.name, ["\(conn.place): \(reason)"]))
            } else {
                for spi in spis { taken.append((spi, conn.name)) }
                kept.append(conn)
            }
        }
        connections = kept
    }

    /// A virtual address that another conn has behind its peer is refused to everybody who asks for it.
    private func checkVirtualAddresses(_ diagnostics: Diagnostics) {
        for conn in connections {
            for side in [Side.left, .right] {
                guard let nets = conn[side].virtual?.subnets(setup.virtualPrivate) else { continue }
                var taken: [Subnet] = []
                for other in connections where other.name != conn.name {
                    for end in [other.left, other.right] {
                        // The end that is this gateway's.
                        if end.host != .any, end.host == conn[side.other].host { continue }
                        if let subnet = end.subnet, nets.reaches(subnet), !taken.contains(subnet) { taken.append(subnet) }
                    }
                }
                guard !taken.isEmpty else { continue }
                let shown = taken.prefix(4)
                let exclusions = Sentence.joined(shown.map { VirtualNet($0, isExcluded: true).sentence }, by: ",")
                diagnostics.warning(
                    conn.place,
                    "conn \(conn.name): no peer gets an address of \(Sentence.joined(shown.map { $0.sentence }, by: ", "))"
                        + "\(taken.count > 4 ? " and others" : "" as StaticString), which other conns have: exclude them with \(exclusions)"
                )
            }
        }
    }

    /// Main Mode looks for the secret before it knows the peer's ID (RFC 2409 §5.4): all who may come from anywhere have the same
    /// one, whatever their conns say.
    private func checkSharedSecrets(_ diagnostics: Diagnostics) {
        var first: (name: Name, id: Sentence)?
        for conn in connections where conn.authentication.mayUseSecret && conn.mode.isKeyed && conn.auto != .manual {
            guard let peer = conn.left.host == .any ? conn.left : conn.right.host == .any ? conn.right : nil else { continue }
            let id: Sentence = peer.identity.map { "\($0)" } ?? ""
            guard let known = first else {
                first = (conn.name, id)
                continue
            }
            guard known.id != id else { continue }
            diagnostics.warning(
                conn.place,
                "conn \(conn.name) and conn \(known.name) have the same secret: a responder looks for it "
                    + "by address, before it knows who calls, and both may come from anywhere; RSA keys tell them apart")
        }
    }
}
