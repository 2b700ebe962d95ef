import CLinux
import Wire

/// The file that holds the daemon's process ID. Its lock proves that the daemon lives: the kernel releases it when the process
/// ends, however it ends. A stale file, or a process ID that has been reused, does not mislead.
public final class PIDFile {
    /// The result of `claim`.
    public enum Claim {
        /// The lock is ours; `write` the process ID once it is known.
        case claimed(PIDFile)
        /// Another process holds the lock; its ID, or 0 when it has not written it yet.
        case held(by: Int32)
    }

    /// The path that was claimed.
    public let path: Path
    private let descriptor: Descriptor

    private init(_ path: Path, _ descriptor: consuming Descriptor) {
        self.path = path
        self.descriptor = descriptor
    }

    /// Creates and locks the file, or takes over a stale one. After a fork both processes hold the lock.
    public static func claim(_ path: Path) throws(SystemError) -> Claim {
        while true {
            let opened = unsafe path.withCString { unsafe clinux_open_shared($0, 0o644) }
            let descriptor = Descriptor(try check(opened, "open \(path)"))
            let locked = clinux_lock(descriptor.number)
            if locked == -Int(EAGAIN) || locked == -Int(EACCES) { return .held(by: contents(descriptor)) }
            try check(locked, "lock \(path)")
            // Its former owner may have removed the file between our open and our lock.
            var ours = clinux_status()
            try check(unsafe clinux_status(descriptor.number, nil, &ours), "fstat \(path)")
            guard let named = try? Files.status(path), named.inode == ours.inode, named.device == ours.device else {
                continue
            }
            return .claimed(PIDFile(path, descriptor))
        }
    }

    /// The process that holds the lock; `nil` when none does, whatever the file contains.
    public static func holder(_ path: Path) -> Int32? {
        let opened = unsafe path.withCString { unsafe clinux_open_to_read($0) }
        guard opened >= 0 else { return nil }
        let descriptor = Descriptor(opened)
        return clinux_is_locked(descriptor.number) > 0 ? contents(descriptor) : nil
    }

    /// Writes the process's number as the only line of the file.
    public func write(_ process: Int32) throws(SystemError) {
        try check(clinux_truncate(descriptor.number), "truncate \(path)")
        try check(clinux_seek_start(descriptor.number), "seek \(path)")
        let text = ("\(process)\n" as Sentence).octets
        try Files.writeAll(descriptor, text.span, path)
    }

    /// Removes the file. The lock ends with this object.
    public func release() { Files.remove(path) }

    private static func contents(_ descriptor: borrowing Descriptor) -> Int32 {
        guard clinux_seek_start(descriptor.number) >= 0 else { return 0 }
        var digits = [UInt8](repeating: 0, count: 16)
        var span = digits.mutableSpan
        let count = ((try? descriptor.read(into: &span)) ?? nil) ?? 0
        return Int32(Text.decimal(digits[0..<count].prefix { $0 >= 0x30 && $0 <= 0x39 }, limit: 0x7fff_ffff) ?? 0)
    }
}
