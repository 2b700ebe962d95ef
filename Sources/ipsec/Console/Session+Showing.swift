import Configuration
import Control
import Daemon
import Host
import Linux
import Wire

/// `show`.
extension Session {
    func show(_ words: [Name]) -> Int32 {
        let topics = Grammar.showTopics
        guard let first = words.first, let topic = isTerminal ? Grammar.complete(first, among: topics) : first, topics.contains(topic),
            words.count == 1 || topic == "configuration" && words.count == 2
        else {
            var list: Sentence = ""
            for topic in topics { list += "\(list.isEmpty ? "" : ", ")\(topic)" }
            return refuse("show takes one of \(list)\(hint(words.first, topics))")
        }
        switch topic {
        case "configuration":
            let name = words.count > 1 ? words[1] : nil
            return edit { () throws(EditError) in
                if let name, !self.candidate.text.has(name) { return self.showElsewhere(name) }
                for line in self.candidate.text.lines(of: name) where !self.screen.line(line) { break }
                return 0
            }
        case "changes": return edit { () throws(EditError) in try self.showChanges() }
        case "secrets":
            let secrets = Secrets.load(Name((options.configurationFolder / "ipsec.secrets").bytes), from: DiskFiles())
            for diagnostic in secrets.diagnostics { complain("\(diagnostic)") }
            for line in secrets.summary where !screen.line(line) { break }
            return 0
        case "connections": return ask(.connections)
        default:
            // The other topics are spelled as their requests are.
            guard let request = try? Request([topic]) else { return refuse("show does not know \(topic)") }
            return ask(request)
        }
    }

    /// A conn of an included file, as Cygnet parsed it.
    private func showElsewhere(_ name: Name) -> Int32 {
        let configuration = candidate.read()
        guard let conn = configuration.connection(named: name) else {
            for line in configuration.explain(name) { complain("\(line)") }
            return 1
        }
        for line in conn.text(showsKeys: false).octets.split(separator: 0x0A) { say(Sentence(octets: Array(line))) }
        return 0
    }
}
