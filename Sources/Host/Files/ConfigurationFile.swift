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
    public func write(_ text: Secret, confirmedWithin seconds: UInt64?, now: UInt64) throws(SystemError) {
        if let seconds {
            // Of several unconfirmed files, the one before the first is known to work.
            let known = fallback?.text ?? ((try? read()) ?? nil)?.text ?? Secret(count: 0)
            let fallback = Fallback(deadline: now / 1_000_000_000 + seconds, boot: Self.boot, text: known)
            try Files.write(beside, fallback.file.bytes, mode: 0o600)
        }
        try put(text)
        if seconds == nil { _ = try confirm() }
    }

    private func put(_ text: Secret) throws(SystemError) {
        guard let status = try? Files.status(path) else { return try Files.write(path, text.bytes) }
        try Files.write(path, text.bytes, mode: status.mode, owner: (status.owner, status.group))
    }

    /// Confirms the present file. False if no file waited for it.
    public func confirm() throws(SystemError) -> Bool {
        guard Files.remove(beside) else { return false }
        try Files.synchronize(path.directory)
        return true
    }

    private var fallback: Fallback? {
        // Its first line is in addition to the limit of a file.
        guard let contents = try? DiskFiles().read(Name(beside.bytes), limit: Limits.fileSize + 200) else { return nil }
        return Fallback(file: contents.text)
    }

    /// Seconds from `now`, monotonic nanoseconds, until the former file is restored; 0 if it is due, `nil` if there is none.
    public func remaining(now: UInt64) -> UInt64? { fallback?.remaining(now: now / 1_000_000_000, boot: Self.boot) }

    /// Restores the former file if it is due. Returns whether it did.
    public func goBackIfDue(now: UInt64) throws(SystemError) -> Bool {
        guard let fallback, fallback.remaining(now: now / 1_000_000_000, boot: Self.boot) == 0 else { return false }
        try put(fallback.text)
        _ = try confirm()
        return true
    }

    private static var boot: Name {
        let bytes = (try? Files.read("/proc/sys/kernel/random/boot_id", limit: 256)) ?? []
        return Name(Array(bytes.prefix { $0 > 0x20 }))
    }
}
