import CLinux
import Wire

/// The file that says which process is the daemon. Its lock, which the kernel lifts when the process ends however it
/// ends, is what proves that the daemon lives: a stale file, or a number that another process got since, fools nobody.
public final class PIDFile {
    public enum Claim {
        /// Nobody else had it; write the process's number into it once that is known.
        case claimed(PIDFile)
        /// Another process holds it. 0 when it has not written its number yet.
        case held(by: Int32)
    }

    public let path: Path
    private let descriptor: Descriptor

    private init(_ path: Path, _ descriptor: consuming Descriptor) {
        self.path = path
        self.descriptor = descriptor
    }

    /// Makes the file, or takes over a stale one. A fork keeps the claim in both processes until both end.
    public static func claim(_ path: Path) throws(SystemError) -> Claim {
        while true {
            let opened = unsafe path.withCString { unsafe clinux_open_shared($0, 0o644) }
            let descriptor = Descriptor(try check(opened, "open \(path)"))
            let locked = clinux_lock(descriptor.number)
            if locked == -Int(EAGAIN) || locked == -Int(EACCES) { return .held(by: contents(descriptor)) }
            try check(locked, "lock \(path)")
            // Between open and lock its former owner may have removed it: then we hold a file without a name.
            var ours = clinux_status()
            try check(unsafe clinux_status(descriptor.number, nil, &ours), "fstat \(path)")
            guard let named = try? Files.status(path), named.inode == ours.inode, named.device == ours.device else {
                continue
            }
            return .claimed(PIDFile(path, descriptor))
        }
    }

    /// The process that holds the file; `nil` when none does, whatever stands in it.
    public static func holder(_ path: Path) -> Int32? {
        let opened = unsafe path.withCString { unsafe clinux_open_to_read($0) }
        guard opened >= 0 else { return nil }
        let descriptor = Descriptor(opened)
        return clinux_is_locked(descriptor.number) > 0 ? contents(descriptor) : nil
    }

    public func write(_ process: Int32) throws(SystemError) {
        try check(clinux_truncate(descriptor.number), "truncate \(path)")
        try check(clinux_seek_start(descriptor.number), "seek \(path)")
        let text = ("\(process)\n" as Sentence).octets
        try Files.writeAll(descriptor, text.span, path)
    }

    /// Removes the file and ends the claim.
    public func release() { Files.remove(path) }

    private static func contents(_ descriptor: borrowing Descriptor) -> Int32 {
        guard clinux_seek_start(descriptor.number) >= 0 else { return 0 }
        var digits = [UInt8](repeating: 0, count: 16)
        var span = digits.mutableSpan
        let count = ((try? descriptor.read(into: &span)) ?? nil) ?? 0
        return Int32(Text.decimal(digits[0..<count].prefix { $0 >= 0x30 && $0 <= 0x39 }, limit: 0x7fff_ffff) ?? 0)
    }
}
