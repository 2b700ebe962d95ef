import Configuration
import Crypto
import Linux
import Wire

/// The gateway's ipsec.conf on the disk, and the one beside it that a 'commit confirm' goes back to.
///
/// Whoever wrote the new one need not live to go back: the daemon does it when the time is up, and the start of the daemon does
/// it when the time is up by then or the machine has been started anew.
public struct ConfigurationFile {
    /// Where it is; of a link, where it leads.
    public let path: Path
    private let beside: Path

    /// The ipsec.conf in `folder`.
    public init(in folder: Path) {
        // A new file takes the old one's place, and not that of a link to it.
        path = Files.resolved(folder / "ipsec.conf")
        beside = Path(path.bytes + (".before" as StaticString).octets)
    }

    /// `nil` where there is none.
    public func read() throws(FileError) -> FileContents? {
        try DiskFiles().readIfThere(Name(path.bytes))
    }

    /// Writes a new one, whole or not at all. The old one's owner and mode stay.
    /// - Parameter seconds: goes back to what there is after so long, unless confirmed. `nil` stays, and confirms what was
    ///   written before.
    public func write(_ text: Secret, confirmedWithin seconds: UInt64?) throws(SystemError) {
        if let seconds {
            // What was there before the first of several is what is known to work.
            let known = fallback?.text ?? ((try? read()) ?? nil)?.text ?? Secret(count: 0)
            let fallback = Fallback(deadline: Self.now + seconds, boot: Self.boot, text: known)
            try Files.write(beside, fallback.file.bytes, mode: 0o600)
        }
        try put(text)
        if seconds == nil { _ = try confirm() }
    }

    private func put(_ text: Secret) throws(SystemError) {
        guard let status = try? Files.status(path) else { return try Files.write(path, text.bytes) }
        try Files.write(path, text.bytes, mode: status.mode, owner: (status.owner, status.group))
    }

    /// What there is stays. False where nothing waited for that.
    public func confirm() throws(SystemError) -> Bool {
        guard Files.remove(beside) else { return false }
        try Files.settle(path.directory)
        return true
    }

    private var fallback: Fallback? {
        // The line at its head comes on top of what a file may have.
        guard let contents = try? DiskFiles().read(Name(beside.bytes), limit: Limits.fileSize + 200) else { return nil }
        return Fallback(file: contents.text)
    }

    /// Seconds until it goes back; 0 when it is time, `nil` when it never will.
    public var remaining: UInt64? { fallback?.remaining(now: Self.now, boot: Self.boot) }

    /// Puts the old one back if it is time; whether it did.
    public func goBackIfDue() throws(SystemError) -> Bool {
        guard let fallback, fallback.remaining(now: Self.now, boot: Self.boot) == 0 else { return false }
        try put(fallback.text)
        _ = try confirm()
        return true
    }

    private static var now: UInt64 { Clock.monotonic() / 1_000_000_000 }

    private static var boot: Name {
        let bytes = (try? Files.read("/proc/sys/kernel/random/boot_id", limit: 256)) ?? []
        return Name(Array(bytes.prefix { $0 > 0x20 }))
    }
}
