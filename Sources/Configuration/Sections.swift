import Wire

/// A `conn` section as it stands in a file, its values read, nothing inherited yet.
struct Section {
    /// One `also=` or `alsoflip=`.
    struct Insertion {
        var name: Name
        var flips: Bool
        var place: Place
    }

    var name: Name
    var place: Place
    var parameters: [Parameter] = []
    var insertions: [Insertion] = []
    /// Set by errors that no single value stands for, such as an unknown parameter. Whoever would use it is left out.
    var isBad = false
    /// What was said of it, for who asks later.
    var complaints: [Sentence] = []
}

/// Reads ipsec.conf and its includes into sections.
struct SectionReader {
    private(set) var setup: [Parameter] = []
    private(set) var defaults: Section?
    private(set) var sections: [Section] = []
    var diagnostics = Diagnostics()
    private(set) var includes: Includes

    private let vocabulary = Vocabulary()
    private var open: [Name] = []
    private var current = Current.nothing
    private var hasSetup = false
    private var isAtStart = true
    private var ranOutOfSections = false

    /// Where indented lines go.
    private enum Current {
        case nothing
        /// A section whose head was wrong: its lines are passed over, since one complaint is enough.
        case skipped
        case setup
        case defaults
        case conn(Int)
    }

    init(_ source: FileSource) { includes = Includes(source) }

    /// Whether some `also=` names this section.
    func isServed(_ name: Name) -> Bool {
        for section in sections { for insertion in section.insertions where insertion.name == name { return true } }
        return false
    }

    /// Reads `path` as if nothing had included it.
    mutating func read(_ path: Name) {
        do {
            if let file = try includes.open(path) { read(file) }
        } catch {
            diagnostics.error(Place(path, 0), error.text)
        }
    }

    private mutating func read(_ file: SourceFile) {
        open.append(file.path)
        defer { open.removeLast() }
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

    /// An error in whatever section is being read.
    private mutating func complain(_ place: Place, _ text: Sentence) {
        diagnostics.error(place, text)
        switch current {
        case .conn(let index): spoil(&sections[index], place, text)
        case .defaults: if defaults != nil { spoil(&defaults!, place, text) }
        default: break
        }
    }

    private func spoil(_ section: inout Section, _ place: Place, _ text: Sentence) {
        section.isBad = true
        if section.complaints.count < Limits.reasons { section.complaints.append("\(place): \(text)") }
    }

    // MARK: Lines at the margin

    private mutating func readHead(_ line: Slice) {
        let words = line.words()
        let first = words[0].name
        if first == "conn" {
            beginConn(line.place, words)
        } else if first == "config" {
            beginSetup(line.place, words)
        } else if first == "include" {
            current = .nothing
            include(line.place, words)
        } else if first == "version" {
            readVersion(line.place, words)
        } else if line.firstIndex(of: UInt8(ascii: "=")) != nil {
            complain(line.place, "\(shown(line.words(separator: UInt8(ascii: "="))[0])) begins at the margin; "
                + "parameters of a section have white space before them")
        } else {
            let hint = Nearest.hint(to: first.bytes, among: ["conn", "config", "include", "version"])
            diagnostics.error(line.place, "\(shown(first.bytes)) begins no section; "
                + "expected conn NAME, config setup or include FILE\(hint)")
            current = .skipped
        }
    }

    private mutating func readVersion(_ place: Place, _ words: [Slice]) {
        current = .nothing
        if !isAtStart || open.count > 1 {
            diagnostics.error(place, "version must be the first line of the main file")
        } else if words.count != 2 || !(words[1].equals("2") || words[1].equals("2.0")) {
            diagnostics.error(place, "this version is not known; expected version 2")
        }
    }

    private mutating func include(_ place: Place, _ words: [Slice]) {
        guard words.count == 2 else {
            diagnostics.error(place, "include takes one file name, without white space; wildcards may stand in it")
            return
        }
        guard open.count < Limits.includeDepth else {
            diagnostics.error(place, "include is nested more than \(Limits.includeDepth) deep")
            return
        }
        do {
            let isPattern = PathPattern.hasWildcard(words[1].bytes)
            for path in try includes.files(matching: words[1]) {
                guard !open.contains(path) else {
                    diagnostics.error(place, "\(shown(path)) would include itself")
                    continue
                }
                do {
                    if let file = try includes.open(path, isOptional: isPattern) { read(file) }
                } catch {
                    diagnostics.error(place, "cannot include \(shown(path)): \(error.text)")
                }
            }
        } catch {
            diagnostics.error(place, "cannot include \(shown(words[1])): \(error.text)")
        }
        current = .nothing
    }

    private mutating func beginSetup(_ place: Place, _ words: [Slice]) {
        current = .skipped
        if words.count != 2 || !words[1].equals("setup") {
            diagnostics.error(place, "expected config setup")
        } else if hasSetup {
            diagnostics.error(place, "config setup is here a second time; its parameters belong into the first")
        } else {
            hasSetup = true
            current = .setup
        }
    }

    private mutating func beginConn(_ place: Place, _ words: [Slice]) {
        current = .skipped
        guard words.count == 2 else {
            diagnostics.error(place, words.count < 2 ? "conn without a name" : "a conn has one name, without white space")
            return
        }
        if words[1].equals("%default") {
            if defaults == nil { defaults = Section(name: "%default", place: place) }
            current = .defaults
            if !sections.isEmpty {
                complain(place, "conn %default comes after conn \(sections[0].name); it must stand before every other conn")
            }
            return
        }
        let name = words[1].name
        guard isName(name.bytes) else {
            diagnostics.error(place, "\(shown(name.bytes)) is no name for a conn; "
                + "expected a letter, then letters, digits, dots, hyphens and underscores")
            return
        }
        if let index = sections.firstIndex(where: { $0.name == name }) {
            let text: Sentence = "conn \(name) is here a second time, after \(sections[index].place); neither is used"
            diagnostics.error(place, text)
            spoil(&sections[index], place, text)
            return
        }
        guard sections.count < Limits.sections else {
            if !ranOutOfSections {
                diagnostics.error(place, "more than \(Limits.sections) conns; this one and those after it are not read")
            }
            ranOutOfSections = true
            return
        }
        sections.append(Section(name: name, place: place))
        current = .conn(sections.count - 1)
    }

    // MARK: Indented lines

    private mutating func readParameter(_ line: Slice) {
        switch current {
        case .skipped: return
        case .nothing:
            let first = line.words()[0]
            let isHead = first.equals("conn") || first.equals("config") || first.equals("include") || first.equals("version")
            diagnostics.error(line.place, isHead
                ? "\(first.name) has white space before it; it must begin at the margin"
                : "a parameter stands outside any section; a conn NAME or config setup line is missing before it")
            return
        default: break
        }
        guard let equals = line.firstIndex(of: UInt8(ascii: "=")) else {
            let first = line.words()[0]
            let isHead = first.equals("conn") || first.equals("config") || first.equals("include")
            complain(line.place, isHead ? "\(first.name) has white space before it; it must begin at the margin"
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

    /// The value without its quotation marks; complains and returns `nil` when they or white space stand wrong.
    private mutating func unquoted(_ value: Slice, _ word: Name) -> Slice? {
        let quote = UInt8(ascii: "\"")
        var inner = value
        if value.count >= 2, value[0] == quote, value[value.count - 1] == quote {
            inner = value[1..<(value.count - 1)]
        } else if value.hasWhiteSpace, value.firstIndex(of: quote) == nil {
            complain(value.place, "the value of \(word) holds white space; "
                + "put all of it between quotation marks: \(word)=\"...\"")
            return nil
        }
        if inner.firstIndex(of: quote) != nil {
            complain(value.place, "quotation marks belong around the whole value of \(word), and none inside")
            return nil
        }
        return inner
    }

    private mutating func accept(_ word: Name, _ text: Slice) {
        var inSetup = false
        if case .setup = current { inSetup = true }
        switch vocabulary.find(word, inSetup: inSetup) {
        case .rule(let rule, let side): accept(word, text, rule, side)
        case .misplaced:
            complain(text.place, inSetup ? "\(word)= belongs into a conn, not into config setup"
                : "\(word)= belongs into config setup, not into a conn")
        case .unknown(let nearest):
            complain(text.place, "\(shown(word.bytes))= is not known" + (nearest.map { "; did you mean \($0)=?" } ?? ""))
        }
    }

    private mutating func accept(_ word: Name, _ text: Slice, _ rule: Rule, _ side: Side?) {
        if rule.key == .also || rule.key == .alsoFlip {
            insert(Section.Insertion(name: text.name, flips: rule.key == .alsoFlip, place: text.place))
            return
        }
        let label: Sentence = rule.isSecret ? "\(word)" : "\(word)=\(shown(text))"
        var parameter = Parameter(key: rule.key, side: side, word: word, text: label, place: text.place, value: .unset)
        if rule.isSecret, !text.file.isRootsAlone {
            complain(text.place, "\(word) is a key, but this file is not safe: \(text.file.ownershipComplaint)")
        } else {
            var reader = ValueReader()
            do {
                parameter.value = try reader.read(text, as: rule)
            } catch {
                let sentence: Sentence = "\(label): \(error.text)"
                diagnostics.error(text.place, sentence)
                parameter.value = .bad(sentence)
            }
            if let warning = reader.warning { diagnostics.warning(text.place, "\(label): \(warning)") }
            if parameter.complaint == nil { remark(rule, text, label) }
        }
        add(parameter)
    }

    /// One line about a parameter that changes nothing.
    private mutating func remark(_ rule: Rule, _ text: Slice, _ label: Sentence) {
        guard !text.isEmpty, !text.equals(rule.idle) else { return }
        switch rule.effect {
        case .works: break
        case .notYet: diagnostics.warning(text.place, "\(label) does nothing yet")
        case .meaningless: diagnostics.warning(text.place, "\(label) has no meaning here and does nothing")
        }
    }

    private mutating func insert(_ insertion: Section.Insertion) {
        switch current {
        case .defaults: complain(insertion.place, "conn %default may hold no also= and no alsoflip=")
        case .conn(let index):
            guard isName(insertion.name.bytes) else {
                complain(insertion.place, "also= names a conn; \(shown(insertion.name.bytes)) is no name for one")
                return
            }
            guard sections[index].insertions.count < Limits.alsoDepth else {
                complain(insertion.place, "more than \(Limits.alsoDepth) also= in one conn")
                return
            }
            sections[index].insertions.append(insertion)
        default: break
        }
    }

    private mutating func add(_ parameter: Parameter) {
        let existing: [Parameter]
        switch current {
        case .setup: existing = setup
        case .defaults: existing = defaults?.parameters ?? []
        case .conn(let index): existing = sections[index].parameters
        case .nothing, .skipped: return
        }
        let isRepeatable = parameter.key == .ah || parameter.key == .endAH
        if !isRepeatable, let first = existing.first(where: { $0.key == parameter.key && $0.side == parameter.side }) {
            let alias: Sentence = first.word == parameter.word ? "" : " (as \(first.word)=)"
            complain(parameter.place, "\(parameter.word)= is here a second time, after line \(first.place.line)\(alias)")
            return
        }
        guard existing.count < Limits.parameters else {
            complain(parameter.place, "more than \(Limits.parameters) parameters in one section")
            return
        }
        switch current {
        case .setup: setup.append(parameter)
        case .defaults: defaults?.parameters.append(parameter)
        case .conn(let index): sections[index].parameters.append(parameter)
        case .nothing, .skipped: break
        }
    }
}
