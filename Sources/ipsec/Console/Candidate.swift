import Configuration
import Crypto
import Daemon
import Host
import Linux
import Wire

/// The edited ipsec.conf, kept in the run folder until it is committed or discarded: the next command continues it, and a console
/// that dies loses nothing. A reboot loses it.
final class Candidate {
    let file: ConfigurationFile
    private let kept: Path
    private let folder: Path
    private let path: Name
    /// The conn that is being edited; empty for none.
    private(set) var section: Name = ""
    private(set) var text = ConfigurationText(Secret(count: 0))
    /// A file is kept: an edited text, or only the section being edited.
    private(set) var exists = false
    /// The text differs from ipsec.conf.
    private(set) var isChanged = false
    /// Identifies the ipsec.conf that the text was made from.
    private var stamp: Sentence = ""
    /// The status of the kept file when it was last read.
    private var status: FileStatus?

    init(_ options: DaemonOptions) {
        file = ConfigurationFile(in: options.configurationFolder)
        kept = options.runFolder / "ipsec.conf.candidate"
        folder = options.runFolder
        path = Name((options.configurationFolder / "ipsec.conf").bytes)
    }

    /// A stamp that fits any ipsec.conf.
    private static let unchanged: Sentence = "="

    /// The status of the file at a path; `nil` if there is none.
    private static func status(_ path: Path) throws(FileError) -> FileStatus? {
        do throws(SystemError) {
            return try Files.status(path)
        } catch {
            if error.isNoSuchFile { return nil }
            throw .failed(error.reason)
        }
    }

    /// Identifies the file at a path; `-` if there is none.
    private static func stamp(_ path: Path) throws(FileError) -> Sentence {
        guard let status = try status(path) else { return "-" }
        return "\(status.inode)/\(status.modified)/\(UInt64(status.modifiedNanoseconds))/\(status.size)"
    }

    /// Reads the kept file again if another console has written it.
    func refresh() throws(EditError) {
        do throws(FileError) {
            let now = try Self.status(kept)
            if let now, now == status, isChanged { return }
            if now != nil {
                try readKept()
            } else {
                text = try base()
                exists = false
                isChanged = false
                stamp = try Self.stamp(file.path)
                if !section.isEmpty, !text.has(section) { section = "" }
            }
            status = now
        } catch { throw EditError("\(path): \(error.reason)") }
    }

    /// The first line has the section's name and the stamp; the text follows if it is changed.
    private func readKept() throws(FileError) {
        let whole = try DiskFiles().read(Name(kept.bytes), limit: Limits.fileSize + 512).text
        var head: [UInt8] = []
        let bytes = whole.bytes
        while head.count < bytes.count, bytes[head.count] != 0x0A { head.append(bytes[head.count]) }
        guard head.count < bytes.count else { throw .failed("the file is incomplete; use 'discard'") }
        let words = head.split(separator: 0x20, omittingEmptySubsequences: false).map { Array($0) }
        section = Name(words[0])
        stamp = Sentence(octets: words.last ?? [])
        exists = true
        isChanged = stamp != Self.unchanged
        if isChanged {
            text = ConfigurationText(whole.slice((head.count + 1)..<whole.count))
        } else {
            stamp = try Self.stamp(file.path)
            text = try base()
        }
    }

    /// Writes a changed text and the section being edited.
    func keep(_ changed: ConfigurationText?, _ section: Name) throws(EditError) {
        guard (changed ?? text).text.count <= Limits.fileSize else { throw EditError("\(path): \(FileError.tooLarge.reason)") }
        if let changed { text = changed }
        self.section = section
        exists = true
        do throws(FileError) { isChanged = !(try base().equals(text)) } catch { throw EditError("\(path): \(error.reason)") }
        let head: Sentence = "\(section) \(isChanged ? stamp : Self.unchanged)\n"
        let octets = self.text.text
        let whole = Secret(head.octets.span, octets.bytes, [UInt8]().span)
        do throws(SystemError) {
            try Files.makeDirectory(folder, mode: 0o700)
            try Files.write(kept, whole.bytes, mode: 0o600)
        } catch { throw EditError("\(error)") }
        status = try? Files.status(kept)
    }

    /// Continues to edit a section after a commit.
    func resume(_ section: Name) { self.section = section }

    /// Removes the kept file; false if there was none.
    func discard() -> Bool {
        exists = false
        isChanged = false
        section = ""
        return Files.remove(kept)
    }

    /// The lines that differ from ipsec.conf.
    func changes() throws(EditError) -> [Sentence] {
        guard isChanged else { return [] }
        do throws(FileError) {
            return text.changes(from: try base())
        } catch { throw EditError("\(path): \(error.reason)") }
    }

    private func base() throws(FileError) -> ConfigurationText { ConfigurationText(try file.read()?.text ?? Secret(count: 0)) }

    /// ipsec.conf was changed since the text was made from it.
    func isStale() throws(EditError) -> Bool {
        guard exists else { return false }
        do throws(FileError) {
            let present = try Self.stamp(file.path)
            return stamp != present
        } catch { throw EditError("\(path): \(error.reason)") }
    }

    /// The edited ipsec.conf, parsed with the files that it includes.
    func read() -> Configuration {
        guard exists else { return Configuration.load(path, from: DiskFiles()) }
        let status = try? Files.status(file.path)
        let contents = FileContents(text.text, owner: status?.owner ?? 0, mode: status?.mode ?? 0o644)
        return Configuration.load(path, from: Overlay(path, contents, over: DiskFiles()))
    }

    /// Errors that the ipsec.conf on disk does not have.
    func newErrors() -> [Diagnostic] {
        let known = Configuration.load(path, from: DiskFiles()).diagnostics
        return read().diagnostics.filter { error in
            error.severity == .error && !known.contains { $0.severity == .error && $0.text == error.text }
        }
    }
}
