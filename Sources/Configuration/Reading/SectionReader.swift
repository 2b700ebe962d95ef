import Wire

/// Reads ipsec.conf and its included files into sections.
final class SectionReader: FileReader {
    private(set) var setup: [Parameter] = []
    private(set) var defaults: Section?
    private(set) var sections: [Section] = []

    private var current = Current.nothing
    private var hasSetup = false
    private var isAtStart = true
    private var ranOutOfSections = false
    private var parameterCount = 0
    /// Parses each value once, so that its errors are reported with its line.
    private let trial: ParameterReader
    /// For `leftprotoport=tcp/ssh`.
    let services: Services

    override init(_ source: FileSource) {
        services = Services(source)
        trial = ParameterReader(Setup(), ConnectionDescription(name: "", place: Place("", 0)), services)
        super.init(source)
    }

    /// The section that indented lines belong to.
    private enum Current {
        case nothing
        /// A section with an error in its first line, which is enough: its other lines are ignored.
        case skipped
        case setup
        case conn(Section)
    }

    /// Whether some `also=` names this section.
    func isServed(_ name: Name) -> Bool {
        for section in sections { for insertion in section.insertions where insertion.name == name { return true } }
        return false
    }

    func find(_ name: Name) -> Section? {
        for section in sections where section.name == name { return section }
        return nil
    }

    override func read(_ file: SourceFile) {
        var lines = LineReader(file)
        while let line = lines.next() {
            let place = line.content.place
            if line.isTooLong {
                complain(place, "the line is longer than \(Limits.lineLength) characters")
            } else if line.hasOpenQuote {
                complain(place, "a quotation mark is not closed on this line")
            } else if line.isIndented {
                readParameter(line.content)
            } else {
                readHead(line.content)
            }
            isAtStart = false
        }
    }

    /// Reports an error in the section that is being read.
    private func complain(_ place: Place, _ text: __owned Sentence, _ kind: Diagnostic.Kind = .other) {
        diagnostics.error(place, text, kind)
        if case .conn(let section) = current { section.spoil(place, text) }
    }

    // MARK: Lines at the margin

    private func readHead(_ line: Slice) {
        let words = line.words()
        let first = words[0].name.lowercased
        switch first {
        case "conn": beginConn(line.place, words)
        case "config": beginSetup(line.place, words)
        case "include":
            current = .nothing
            include(line.place, words)
            current = .nothing
        case "version": readVersion(line.place, words)
        case "ca" where words.count == 2:
            diagnostics.warning(
                line.place,
                "this section is ignored: certificates of authorities are files in ipsec.d/cacerts, and "
                    + "revocation lists in ipsec.d/crls", .ignored)
            current = .skipped
        default: refuseHead(line, first)
        }
    }

    private func refuseHead(_ line: Slice, _ first: Name) {
        if let equals = line.firstIndex(of: UInt8(ascii: "=")) {
            complain(
                line.place,
                "\(shown(line[0..<equals].trimmed)) begins at the margin; "
                    + "parameters of a section have white space before them")
        } else {
            let hint = Nearest.hint(to: first.bytes, among: ["conn", "config", "include", "version"])
            diagnostics.error(
                line.place,
                "\(shown(first.bytes)) begins no section; "
                    + "expected conn NAME, config setup or include FILE\(hint)")
            current = .skipped
        }
    }

    private func readVersion(_ place: Place, _ words: [Slice]) {
        current = .nothing
        if !isAtStart || open.count > 1 {
            diagnostics.error(place, "version must be the first line of the main file")
        } else if words.count != 2 || !(words[1].equals("2") || words[1].equals("2.0")) {
            diagnostics.error(place, "this version is not known; expected version 2")
        }
    }

    private func beginSetup(_ place: Place, _ words: [Slice]) {
        current = .skipped
        if words.count != 2 || !words[1].equalsIgnoringCase("setup") {
            diagnostics.error(place, "expected config setup")
        } else if hasSetup {
            diagnostics.error(place, "config setup is here a second time; its parameters belong in the first")
        } else {
            hasSetup = true
            current = .setup
        }
    }

    private func beginConn(_ place: Place, _ words: [Slice]) {
        current = .skipped
        guard words.count == 2 else {
            diagnostics.error(place, words.count < 2 ? "conn without a name" : "a conn has one name, without white space")
            return
        }
        if words[1].equalsIgnoringCase("%default") {
            // It applies to all conns, earlier ones included, as in Openswan, libreswan and strongSwan, unlike FreeS/WAN.
            let section = defaults ?? Section(name: "%default", place: place)
            defaults = section
            current = .conn(section)
            return
        }
        let name = words[1].name
        guard isName(name.bytes) else {
            diagnostics.error(
                place,
                "\(shown(name.bytes)) is no name for a conn; "
                    + "expected a letter or a digit, then letters, digits, dots, hyphens and underscores")
            return
        }
        if let first = find(name) {
            let text: Sentence = "conn \(name) is here a second time, after \(first.place); neither is used"
            diagnostics.error(place, text)
            first.spoil(place, text)
            return
        }
        guard sections.count < Limits.sections else {
            if !ranOutOfSections {
                diagnostics.error(place, "more than \(Limits.sections) conns; this one and those after it are not read")
            }
            ranOutOfSections = true
            return
        }
        let section = Section(name: name, place: place)
        sections.append(section)
        current = .conn(section)
    }

    // MARK: Indented lines

    private func readParameter(_ line: Slice) {
        switch current {
        case .skipped: return
        case .nothing:
            let first = line.words()[0]
            let isHead = Words("conn config include version").index(of: first.bytes) != nil
            diagnostics.error(
                line.place,
                isHead
                    ? "\(first.name) has white space before it; it must begin at the margin"
                    : "a parameter is outside any section; a conn NAME or config setup line is missing before it")
            return
        default: break
        }
        guard let equals = line.firstIndex(of: UInt8(ascii: "=")) else {
            let first = line.words()[0]
            let isHead = Words("conn config include").index(of: first.bytes) != nil
            complain(
                line.place,
                isHead
                    ? "\(first.name) has white space before it; it must begin at the margin"
                    : "expected name=value; there is no = in this line")
            return
        }
        let word = line[0..<equals].trimmed.name
        guard isName(word.bytes) else {
            complain(line.place, "expected name=value; \(shown(word.bytes)) is no name")
            return
        }
        let lower = word.lowercased
        if lower.hasPrefix("x-") || lower.hasPrefix("x_") { return }
        guard let value = unquoted(line[(equals + 1)..<line.count].trimmed, word) else { return }
        accept(word, value)
    }

    /// The value without its quotation marks; reports an error and returns `nil` when quotation marks or white space are misplaced.
    /// Braces enclose a list as quotation marks do, and are kept.
    private func unquoted(_ value: Slice, _ word: Name) -> Slice? {
        let quote = UInt8(ascii: "\"")
        var inner = value
        if value.count >= 2, value[0] == quote, value[value.count - 1] == quote {
            inner = value[1..<(value.count - 1)]
        } else if value.isBraced {
            inner = value
        } else if value.hasWhiteSpace, value.firstIndex(of: quote) == nil {
            complain(
                value.place,
                "the value of \(word) holds white space; "
                    + "put all of it between quotation marks: \(word)=\"...\"")
            return nil
        }
        if inner.firstIndex(of: quote) != nil {
            complain(value.place, "quotation marks belong around the whole value of \(word), and none inside")
            return nil
        }
        return inner
    }

    private func accept(_ word: Name, _ text: Slice) {
        var inSetup = false
        if case .setup = current { inSetup = true }
        switch Vocabulary.find(word, inSetup: inSetup) {
        case .rule(let rule, let side): accept(word, text, rule, side)
        case .misplaced where foreign(word, text, inSetup: inSetup): break
        case .misplaced:
            complain(
                text.place,
                inSetup
                    ? "\(word)= belongs in a conn, not into config setup"
                    : "\(word)= belongs in config setup, not into a conn")
        case .unknown where foreign(word, text, inSetup: inSetup): break
        case .unknown(let nearest):
            complain(text.place, "\(shown(word.bytes))= is not known" + (nearest.map { "; did you mean \($0)=?" } ?? ""), .unknown)
        }
    }

    /// Reports a parameter of another implementation; `false` for an unknown parameter.
    private func foreign(_ word: Name, _ text: Slice, inSetup: Bool) -> Bool {
        var found = ForeignParameters.find(word, text.bytes, inSetup: inSetup)
        if found == nil, let elsewhere = ForeignParameters.find(word, text.bytes, inSetup: !inSetup) {
            if !elsewhere.isHarmless {
                complain(
                    text.place,
                    inSetup
                        ? "\(word)= belongs in a conn, not into config setup"
                        : "\(word)= belongs in config setup, not into a conn")
                return true
            }
            found = elsewhere
        }
        guard let found else { return false }
        let complaint = say(found, word, text, ForeignParameters.rule)
        if !inSetup { add(Parameter(ForeignParameters.rule, nil, word, text, complaint)) }
        return true
    }

    /// Reports why a line is ignored or refused. For a refused one the text is returned, with its place.
    private func say(_ found: ForeignParameters.Finding, _ word: Name, _ text: Slice, _ rule: ParameterSyntax) -> Sentence? {
        let sentence: Sentence = "\(Parameter.label(rule, word, text))\(found.isHarmless ? " is ignored" : ""): \(found.reason)"
        diagnostics.add(Diagnostic(found.isHarmless ? .warning : .error, text.place, sentence, found.isHarmless ? .ignored : .leftOut))
        return found.isHarmless ? nil : "\(text.place): \(sentence)"
    }

    private func accept(_ word: Name, _ text: Slice, _ rule: ParameterSyntax, _ side: Side?) {
        if rule.key == .also || rule.key == .alsoFlip {
            insert(Section.Insertion(name: text.name, flips: rule.key == .alsoFlip, place: text.place))
        } else if rule.isSecret, !text.file.isRootsAlone {
            complain(text.place, "\(word) is a key, but this file is not safe: \(text.file.ownershipComplaint)")
        } else {
            do {
                try trial.read(rule, side, text)
            } catch {
                refuse(word, text, rule, side, error)
                return
            }
            let label = Parameter.label(rule, word, text)
            if let warning = trial.warning { diagnostics.warning(text.place, "\(label): \(warning)") }
            if rule.support != .works, !text.isEmpty, !text.equals(rule.standard) {
                diagnostics.warning(text.place, "\(label) has no meaning here and does nothing")
            }
            add(Parameter(rule, side, word, text, nil))
        }
    }

    /// Reports a value that cannot be read, unless it is one of another implementation, and keeps the error with the parameter.
    private func refuse(_ word: Name, _ text: Slice, _ rule: ParameterSyntax, _ side: Side?, _ error: Complaint) {
        // A key's octets are not copied; its name suffices.
        if let found = ForeignParameters.find(word, rule.isSecret ? [] : text.bytes, inSetup: rule.scope == .setup) {
            let complaint = say(found, word, text, rule)
            // An ignored value leaves the default.
            if complaint != nil { add(Parameter(rule, side, word, text, complaint)) }
            return
        }
        let sentence: Sentence = "\(Parameter.label(rule, word, text)): \(error.text)"
        diagnostics.error(text.place, sentence)
        add(Parameter(rule, side, word, text, "\(text.place): \(sentence)"))
    }

    private func insert(_ insertion: Section.Insertion) {
        guard case .conn(let section) = current else { return }
        if section === defaults {
            complain(insertion.place, "conn %default may hold no also= and no alsoflip=")
        } else if !isName(insertion.name.bytes) {
            complain(insertion.place, "also= names a conn; \(shown(insertion.name.bytes)) is no name for one")
        } else if section.insertions.count >= Limits.alsoDepth {
            complain(insertion.place, "more than \(Limits.alsoDepth) also= in one conn")
        } else {
            section.insertions.append(insertion)
        }
    }

    private func add(_ parameter: Parameter) {
        var existing = setup
        if case .conn(let section) = current { existing = section.parameters }
        for first in existing where first.rivals(parameter) {
            let alias: Sentence = first.word == parameter.word ? "" : " (as \(first.word)=)"
            complain(parameter.place, "\(parameter.word)= is here a second time, after line \(first.place.line)\(alias)")
            return
        }
        guard parameterCount < Limits.allParameters else {
            if parameterCount == Limits.allParameters {
                diagnostics.error(parameter.place, "more than \(Limits.allParameters) parameters; this one and those after it are not read")
                parameterCount += 1
            }
            if case .conn(let section) = current { section.isBad = true }
            return
        }
        parameterCount += 1
        guard existing.count < Limits.parameters else {
            complain(parameter.place, "more than \(Limits.parameters) parameters in one section")
            return
        }
        if case .conn(let section) = current { section.parameters.append(parameter) } else { setup.append(parameter) }
    }
}
