import Configuration
import Control
import Crypto
import Daemon
import Host
import Linux
import Wire

/// Edits ipsec.conf. Changes are kept in the candidate until they are committed.
extension Session {
    func edit(_ body: () throws(EditError) -> Int32) -> Int32 {
        do throws(EditError) {
            try candidate.refresh()
            return try body()
        } catch { return fail(error.reason) }
    }

    func change(_ verb: Name, _ words: [Name]) throws(EditError) -> Int32 {
        switch verb {
        case "edit", "delete":
            guard words.count == 1 else { return refuse("\(verb) takes the name of a conn, %default or %setup") }
            return verb == "edit" ? try begin(words[0]) : try delete(words[0])
        case "end":
            if candidate.isChanged { try candidate.keep(nil, "") } else { _ = candidate.discard() }
            return 0
        case "discard":
            let wasChanged = candidate.isChanged
            _ = candidate.discard()
            if !wasChanged { say("nothing was changed") }
            return 0
        case "compare": return try showChanges()
        case "check": return check()
        default: break
        }
        let section = candidate.section
        guard !section.isEmpty else { return refuse("nothing is being edited: 'edit NAME' begins") }
        return verb == "unset" ? try unset(words, section) : try set(words, section)
    }

    private func unset(_ words: [Name], _ section: Name) throws(EditError) -> Int32 {
        guard words.count == 1 else { return refuse("unset takes the name of a parameter") }
        guard let text = candidate.text.unsetting(words[0], in: section) else {
            let names = Parameters.all(inSetup: section == ConfigurationText.setup)
            return fail("\(section) has no parameter \(words[0])\(names.contains(words[0]) ? "" : hint(words[0], names))")
        }
        try candidate.keep(text, section)
        return 0
    }

    private func begin(_ name: Name) throws(EditError) -> Int32 {
        if !candidate.text.has(name) {
            if let conn = candidate.read().connections(of: name).first {
                if conn.section != name, candidate.text.has(conn.section) {
                    return fail("\(name) is one pair of the subnets of conn \(conn.section): 'edit \(conn.section)'")
                }
                return fail("conn \(name) is in an included file, at \(conn.place): the console edits only \(candidate.file.path)")
            }
            try candidate.keep(try candidate.text.adding(name), name)
            say("\(name == ConfigurationText.setup ? "config setup" : "conn \(name)" as Sentence) is new")
        } else {
            try candidate.keep(nil, name)
        }
        return 0
    }

    private func delete(_ name: Name) throws(EditError) -> Int32 {
        guard let text = candidate.text.removing(name) else {
            return fail("there is no conn \(name) in \(candidate.file.path)\(hint(name, connNames))")
        }
        try candidate.keep(text, candidate.section == name ? "" : candidate.section)
        return 0
    }

    /// `set NAME=VALUE …`, or `set NAME VALUE`. The value of a key may be left out: it is asked for, unseen.
    private func set(_ words: [Name], _ section: Name) throws(EditError) -> Int32 {
        guard let first = words.first else { return refuse("set takes NAME=VALUE") }
        if !first.bytes.contains(UInt8(ascii: "=")) {
            if words.count == 1, Parameters.isKey(first) {
                guard let key = askHidden("\(first): ") else { return 1 }
                return try put(first, key, section)
            }
            guard words.count == 2 else { return refuse("set takes NAME=VALUE; a value with blanks needs quotation marks") }
            return try put(first, Secret(words[1].bytes), section)
        }
        var code: Int32 = 0
        for word in words {
            guard let equals = word.bytes.firstIndex(of: UInt8(ascii: "=")) else {
                return refuse("'\(word)' is no NAME=VALUE; a value with blanks needs quotation marks")
            }
            code = max(code, try put(Name(Array(word.bytes[..<equals])), Secret(Array(word.bytes[(equals + 1)...])), section))
        }
        return code
    }

    private func put(_ name: Name, _ value: Secret, _ section: Name) throws(EditError) -> Int32 {
        try candidate.keep(try candidate.text.setting(name, to: value, in: section), section)
        return tellFaults(name, section)
    }

    /// Reports what is wrong with a new value. The value is kept; a commit refuses it.
    private func tellFaults(_ name: Name, _ section: Name) -> Int32 {
        var code: Int32 = 0
        for fault in ConfigurationText.faults(of: name, in: candidate.text, section) {
            complain(fault.severity == .error ? fault.text : "warning: \(fault.text)")
            if fault.severity == .error { code = 1 }
        }
        return code
    }

    // MARK: A block of ipsec.conf

    /// A line of a section in ipsec.conf's own form.
    func paste(_ line: [UInt8], _ name: Name) throws(EditError) -> Int32 {
        let section = candidate.section
        guard !section.isEmpty else {
            return refuse("a parameter is outside any section; expected conn NAME, config setup or 'edit NAME' before it")
        }
        var end = line.count
        while end > 0, line[end - 1] <= 0x20 { end -= 1 }
        try candidate.keep(try candidate.text.putting(Secret(Array(line[..<end])), in: section), section)
        return name.isEmpty ? 0 : tellFaults(name, section)
    }

    /// An unindented line of ipsec.conf: `conn NAME`, `config setup`, `include FILE`, `version 2`.
    func paste(section line: [UInt8]) -> Int32 {
        let words = Grammar.words(Array(line.prefix { $0 != UInt8(ascii: "#") }))
        let first = words[0].lowercased
        if first == "version" { return 0 }
        return edit { () throws(EditError) in
            guard words.count == 2 else { return self.refuse("expected conn NAME, config setup or include FILE") }
            if first == "conn" { return try self.begin(words[1]) }
            if first == "config" {
                return words[1].lowercased == "setup" ? try self.begin(ConfigurationText.setup) : self.refuse("expected config setup")
            }
            try self.candidate.keep(self.candidate.text.appending(line + [0x0A]), "")
            return 0
        }
    }

    // MARK: compare, check

    func showChanges() throws(EditError) -> Int32 {
        let changes = try candidate.changes()
        if changes.isEmpty { say("nothing is changed") }
        for line in changes where !screen.line(line) { break }
        return 0
    }

    /// Reports every mistake of the edited ipsec.conf.
    private func check() -> Int32 {
        let configuration = candidate.read()
        var errors = 0
        for diagnostic in configuration.diagnostics {
            if diagnostic.severity == .error { errors += 1 }
            complain("\(diagnostic)")
        }
        say("\(configuration.connections.count) conns to use, \(errors) errors" as Sentence)
        return errors == 0 ? 0 : 1
    }

    // MARK: commit

    func commit(_ verb: Name, _ words: [Name]) throws(EditError) -> Int32 {
        var seconds: UInt64?
        if let first = words.first {
            guard first == "confirm", words.count == 2, let time = Self.seconds(words[1].bytes) else {
                return refuse("expected 'commit', or 'commit confirm MINUTES' (1 to 1440)")
            }
            seconds = time
        }
        if verb == "confirm" || !candidate.isChanged && seconds == nil { return confirm(verb) }
        guard candidate.isChanged else { return fail("nothing is changed") }
        if try candidate.isStale() {
            return fail(
                "\(candidate.file.path) was changed by another program: 'show changes' compares with its present "
                    + "text; 'discard', and edit again")
        }
        let errors = candidate.newErrors()
        for error in errors { complain("\(error)") }
        guard errors.isEmpty else { return fail("nothing was committed: correct the errors, or 'discard'") }
        let section = candidate.section
        do throws(FileError) {
            try candidate.file.write(candidate.text.text, confirmedWithin: seconds, now: Clock.monotonic())
        } catch { return fail("\(candidate.file.path) is unchanged: \(error.reason)") }
        _ = candidate.discard()
        try candidate.refresh()
        if candidate.text.has(section) { candidate.resume(section) }
        if let seconds {
            let time: Sentence = seconds % 60 == 0 ? "\(seconds / 60) minutes" : "\(seconds) seconds"
            say("the former ipsec.conf is restored in \(time) unless you 'confirm'")
        }
        return putInForce()
    }

    private func confirm(_ verb: Name) -> Int32 {
        do throws(FileError) {
            let wasWaiting = try candidate.file.confirm()
            if wasWaiting {
                say("confirmed")
                return putInForce()
            }
        } catch { return fail(error.reason) }
        if verb == "confirm" { return fail("nothing waits to be confirmed") }
        say("nothing is changed")
        return 0
    }

    /// Has the daemon read ipsec.conf again.
    private func putInForce() -> Int32 {
        guard PIDFile.holder(options.pidFile) != nil else {
            say("IPsec is not running: 'setup start' puts it in force")
            return 0
        }
        return ask(.reload)
    }

    /// A time in seconds, of a number of minutes, or of seconds with an `s`; `nil` if it is out of range.
    private static func seconds(_ word: [UInt8]) -> UInt64? {
        let unit: UInt64 = word.last == UInt8(ascii: "s") ? 1 : 60
        let count = Text.decimal(unit == 1 ? word.dropLast() : word[...], limit: 86_400) ?? 0
        return count > 0 && count * unit <= 86_400 ? count * unit : nil
    }
}
