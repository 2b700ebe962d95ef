import Configuration
import Crypto
import Linux
import Wire

/// The gateway's ipsec.conf on disk, and the former file that an unconfirmed 'commit confirm' restores.
///
/// The daemon restores the former file when the time is up, whether or not the console still runs. A starting daemon does so if the
/// time is up or the machine has been rebooted.
public struct ConfigurationFile {
    /// Its path; for a link, the path of its target.
    public let path: Path
    private let beside: Path

    /// The ipsec.conf in `folder`.
    public init(in folder: Path) {
        // A new file replaces the old one, not a link to it.
        path = Files.resolved(folder / "ipsec.conf")
        beside = Path(path.bytes + (".before" as StaticString).octets)
    }

    /// `nil` where there is none.
    public func read() throws(FileError) -> FileContents? {
        try DiskFiles().readIfThere(Name(path.bytes))
    }

    /// Replaces the file atomically. Owner and mode are kept.
    /// - Parameter seconds: time after which the present file is restored unless the new one is confirmed; `nil` confirms the new
    ///   file and any earlier one.
    /// - Parameter now: monotonic nanoseconds.
    /// - Throws: if the file that may have to be restored cannot be read. Then nothing is changed.
    public func write(_ text: Secret, confirmedWithin seconds: UInt64?, now: UInt64) throws(FileError) {
        if let seconds {
            // Of several unconfirmed files, the one before the first is known to work.
            var known = try fallback()?.text
            if known == nil { known = try read()?.text }
            let fallback = Fallback(deadline: now / 1_000_000_000 + seconds, boot: Self.boot, text: known ?? Secret(count: 0))
            try change { () throws(SystemError) in try Files.write(beside, fallback.file.bytes, mode: 0o600) }
        }
        try put(text)
        if seconds == nil { _ = try confirm() }
    }

    private func change(_ body: () throws(SystemError) -> Void) throws(FileError) {
        do throws(SystemError) { try body() } catch { throw .failed("\(error)") }
    }

    private func put(_ text: Secret) throws(FileError) {
        try change { () throws(SystemError) in
            let status: FileStatus
            do throws(SystemError) {
                status = try Files.status(path)
            } catch {
                guard error.isNoSuchFile else { throw error }
                return try Files.write(path, text.bytes)
            }
            try Files.write(path, text.bytes, mode: status.mode, owner: (status.owner, status.group))
        }
    }

    /// Confirms the present file. False if no file waited for it.
    public func confirm() throws(FileError) -> Bool {
        guard Files.remove(beside) else { return false }
        try change { () throws(SystemError) in try Files.synchronize(path.directory) }
        return true
    }

    /// The file that is restored; `nil` if there is none. A file of another form is not Cygnet's.
    private func fallback() throws(FileError) -> Fallback? {
        do throws(FileError) {
            // Its first line is in addition to the limit of a file.
            return Fallback(file: try DiskFiles().read(Name(beside.bytes), limit: Limits.fileSize + 200).text)
        } catch {
            guard case .failed(let reason) = error else { return nil }
            throw .failed("\(beside): \(reason)")
        }
    }

    /// Seconds from `now`, monotonic nanoseconds, until the former file is restored; 0 if it is due, `nil` if there is none.
    public func remaining(now: UInt64) throws(FileError) -> UInt64? {
        try fallback()?.remaining(now: now / 1_000_000_000, boot: Self.boot)
    }

    /// Restores the former file if it is due. Returns whether it did.
    public func goBackIfDue(now: UInt64) throws(FileError) -> Bool {
        guard let fallback = try fallback(), fallback.remaining(now: now / 1_000_000_000, boot: Self.boot) == 0 else { return false }
        try put(fallback.text)
        _ = try confirm()
        return true
    }

    private static var boot: Name {
        // Without /proc no restart is noticed; the time still counts.
        let bytes = (try? Files.read("/proc/sys/kernel/random/boot_id", limit: 256)) ?? []
        return Name(Array(bytes.prefix { $0 > 0x20 }))
    }
}
