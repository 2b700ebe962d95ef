import Configuration
import Crypto
import Testing
import Wire

/// Files that exist only here.
final class Memory: FileSource {
    var files: [String: (text: [UInt8], owner: UInt32, mode: UInt32)] = [:]
    var forbidden: Set<String> = []

    init(_ files: [String: String] = [:], owner: UInt32 = 0, mode: UInt32 = 0o600) {
        for (path, text) in files { self.files[path] = (Array(text.utf8), owner, mode) }
    }

    override func read(_ path: Name, limit: Int) throws(FileError) -> FileContents {
        if forbidden.contains("\(path)") { throw .failed("Permission denied") }
        guard let file = files["\(path)"] else { throw .notFound }
        if file.text.count > limit { throw .tooLarge }
        return FileContents(Secret(file.text), owner: file.owner, mode: file.mode)
    }

    override func names(in folder: Name, limit: Int) throws(FileError) -> [Name] {
        let prefix = folder == "/" ? "/" : "\(folder)/"
        let names = Set(files.keys.filter { $0.hasPrefix(prefix) }.map { $0.dropFirst(prefix.count).split(separator: "/")[0] })
        if names.isEmpty { throw .notFound }
        return ([".", ".."] + names.sorted().reversed()).map { Name("\($0)") }
    }
}

/// Reads `text` as /etc/ipsec.conf.
func load(_ text: String, _ others: [String: String] = [:]) -> Configuration {
    var files = others
    files["/etc/ipsec.conf"] = text
    return Configuration.load("/etc/ipsec.conf", from: Memory(files))
}

/// The one conn of a text that has no faults; records an issue where it has.
func conn(_ parameters: String, name: Name = "net", in setup: String = "") -> ConnectionDescription? {
    let configuration = load(setup + "\nconn net\n" + indented(parameters))
    #expect(configuration.diagnostics.map { "\($0)" } == [])
    return configuration.connection(named: name)
}

/// The complaints about one conn with these parameters, without `/etc/ipsec.conf:`.
func complaints(_ parameters: String) -> [String] { told("conn net\n" + indented(parameters)) }

func told(_ text: String, _ others: [String: String] = [:]) -> [String] {
    load(text, others).diagnostics.map { "\($0)".replacingPrefix("/etc/ipsec.conf:", with: "") }
}

private func indented(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { "    \($0)\n" }.joined()
}

extension String {
    /// With the first `part` replaced.
    func replacingOccurrence(_ part: String, with other: String) -> String {
        guard let range = firstRange(of: part) else { return self }
        return self[..<range.lowerBound] + other + self[range.upperBound...]
    }

    func replacingPrefix(_ prefix: String, with other: String) -> String {
        hasPrefix(prefix) ? other + dropFirst(prefix.count) : self
    }
}

/// Two hosts and a secret: as little as a conn can say.
let least = "left=192.0.2.1\nright=192.0.2.2\nauthby=secret\n"
