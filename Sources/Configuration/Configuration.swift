import Wire

/// An ipsec.conf with its included files, as read.
///
/// A conn with an error is left out; the others are used. All diagnostics are kept.
public final class Configuration {
    /// `config setup`, with the default for each parameter that has an error.
    public let setup = Setup()
    /// The valid lines of `config setup`, for a bug report. Commands are left out, because they may hold anything.
    public private(set) var setupReport: Sentence = "config setup\n"
    /// The usable connections in the order of the files, without sections that only serve `also=`.
    public private(set) var connections: [ConnectionDescription] = []
    /// All diagnostics, sorted by file, in the order of opening, then by line.
    public private(set) var diagnostics: [Diagnostic] = []

    /// The conns that are not in `connections`, with the reasons.
    private var absent: [(name: Name, reasons: [Sentence])] = []
    /// Policy groups whose file has no entry.
    private var emptyGroups: [Name] = []
    private var path: Name = ""

    private init() {}

    /// Reads `path` and the files it includes. Always returns; errors are in `diagnostics`.
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

    /// The parameters of `config setup` as written. Equal texts have the same effect.
    public private(set) var setupText: Sentence = ""

    /// Whether there is a section of this name, usable or not, or a section in error whose subnet pairs or group entries would have
    /// such names.
    public func mentions(_ name: Name) -> Bool {
        connection(named: name) != nil || absent.contains { Self.isName(name, of: $0.name) }
    }

    private static func isName(_ name: Name, of section: Name) -> Bool {
        name == section || SubnetPair.isName(name, of: section) || PolicyGroupEntry.isName(name, of: section)
    }

    /// The connection of this name, or the connections of all subnet pairs of the section of this name.
    public func connections(of name: Name) -> [ConnectionDescription] {
        if let conn = connection(named: name) { return [conn] }
        return connections.filter { $0.section == name }
    }

    /// The usable connection of this name; `nil` where there is none, or it has an error: see `explain`.
    public func connection(named name: Name) -> ConnectionDescription? {
        for conn in connections where conn.name == name { return conn }
        return nil
    }

    /// Why `connection(named:)` returned `nil`, in lines of text; never empty.
    public func explain(_ name: Name) -> [Sentence] {
        for conn in absent where Self.isName(name, of: conn.name) { return conn.reasons }
        if emptyGroups.contains(name) { return ["the policy group \(name) has no entries: ipsec.d/policies/\(name) lists none"] }
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
            // Unreadable values have been reported already.
            try? values.read(parameter.rule, nil, parameter.value)
            if parameter.rule.kind != .command, parameter.rule.support != .meaningless {
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
        let inherited = InheritedParameters(section, from: reader)
        for error in inherited.errors { diagnostics.sayOnce(.error, error.place, error.text) }
        if let side = groupSide(inherited) { return assembleGroup(section, inherited, side, reader) }
        let pairs = SubnetPair.all(inherited)
        // One unusable pair leaves out the whole section.
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
            // A section may have the name of another section's pair.
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

    private func groupSide(_ inherited: InheritedParameters) -> Side? {
        for side in [Side.left, .right] {
            if let host = inherited.find(.host, side)?.value.bytes, isWord(host[...], "%group") { return side }
        }
        return nil
    }

    /// Makes a connection of each entry of a policy group. An unusable entry is left out, and the others are used.
    private func assembleGroup(_ section: Section, _ inherited: InheritedParameters, _ side: Side, _ reader: SectionReader) {
        let diagnostics = reader.diagnostics
        // The conn itself, without the networks of its group: its own errors concern all of them.
        let whole = ConnectionReader(section, inherited, setup, reader.services, pair: SubnetPair.all(inherited)[0])
        let outcome = whole.read(servesOthers: reader.isServed(section.name))
        for warning in whole.warnings { diagnostics.sayOnce(.warning, warning.place, warning.text) }
        guard outcome == .complete else {
            if outcome == .refused { for error in whole.errors { diagnostics.sayOnce(.error, error.place, error.text) } }
            absent.append((section.name, reasons(section, inherited, whole.errors)))
            return
        }
        guard let entries = reader.policyGroup(section.name, side, below: path) else {
            // Not an error at the start. A reload keeps the connections in force: an empty file deletes them, and a lost file does not.
            absent.append((section.name, ["\(section.place): conn \(section.name): there is no file ipsec.d/policies/\(section.name)"]))
            return
        }
        if entries.isEmpty { emptyGroups.append(section.name) }
        for entry in entries {
            guard connections.count < Limits.connections else {
                diagnostics.error(entry.place, "more than \(Limits.connections) conns, entries of policy groups counted each")
                return
            }
            let conn = ConnectionReader(section, inherited, setup, reader.services, pair: nil, entry: entry)
            guard conn.read(servesOthers: false) == .complete else {
                for error in conn.errors { diagnostics.error(entry.place, error.text) }
                continue
            }
            if let other = connections.first(where: { $0.isSameEntry(as: conn.conn) }) {
                diagnostics.error(entry.place, "\(entry.subnet) is in the policy group \(other.section) already")
                continue
            }
            connections.append(conn.conn)
        }
    }

    /// The reasons why a conn is left out, at most `Limits.reasons`.
    private func reasons(
        _ section: Section, _ inherited: InheritedParameters, _ errors: [ConnectionReader.Remark]
    ) -> [Sentence] {
        var reasons = section.complaints
        for parameter in inherited.parameters { if let complaint = parameter.complaint { reasons.append(complaint) } }
        for error in inherited.errors + errors { reasons.append("\(error.place): \(error.text)") }
        if reasons.isEmpty {
            reasons = ["conn \(section.name) has no left= and right=: it only serves also="]
        }
        if reasons.count > Limits.reasons { reasons.removeLast(reasons.count - Limits.reasons) }
        return reasons
    }

    /// Checks that `manualstart=` names only manually keyed conns.
    private func checkManualStart(_ reader: SectionReader) {
        for parameter in reader.setup where parameter.rule.key == .manualStart {
            for name in setup.manualStart {
                guard let conn = connections(of: name).first, conn.auto != .manual else { continue }
                let missing: StaticString = conn.manualKeying == nil ? "spi= or spibase=" : "auto=manual"
                reader.diagnostics.error(parameter.place, "manualstart=: conn \(name): \(missing) is missing")
            }
        }
    }

    /// Leaves out a manually keyed conn whose SPI an earlier one has: the kernel could not tell their packets apart.
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

    /// Warns where virtual addresses overlap a subnet of another conn: peers that ask for them will be refused.
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

    /// Warns about conns with different IDs for peers at any address: Main Mode selects the pre-shared key before it knows the
    /// peer's ID (RFC 2409 §5.4), so that all of them share one key.
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
                "conn \(conn.name) and conn \(known.name) have the same secret: Main Mode selects it "
                    + "by address, before the peer's ID, and both accept any address; RSA keys tell them apart")
        }
    }
}
