import CLinux
import Wire

/// What the kernel knows about a file.
public struct FileStatus: Hashable, Sendable {
    /// User who owns it; 0 is root.
    public let owner: UInt32
    /// Group that owns it; 0 is root's.
    public let group: UInt32
    /// Permission bits, 0o7777.
    public let mode: UInt32
    /// A regular file, not a device, socket or directory.
    public let isRegular: Bool
    /// A directory.
    public let isDirectory: Bool
    /// Octets.
    public let size: UInt64
    /// Last change of the contents, seconds since 1970 and nanoseconds.
    public let modified: Int64
    /// Nanoseconds of the last change, below 1,000,000,000.
    public let modifiedNanoseconds: UInt32
    /// Together with `inode` identifies the file.
    public let device: UInt64
    /// Together with `device` identifies the file.
    public let inode: UInt64

    init(_ status: clinux_status) {
        owner = status.owner
        group = status.group
        mode = status.mode & 0o7777
        isRegular = status.mode & 0o170000 == 0o100000
        isDirectory = status.mode & 0o170000 == 0o040000
        size = status.size
        modified = status.seconds
        modifiedNanoseconds = status.nanoseconds
        device = status.device
        inode = status.inode
    }
}

/// A file open for reading: its status and its contents are of the same file.
public struct OpenFile: ~Copyable {
    private let path: Path
    private let descriptor: Descriptor

    /// Opens a file for reading; symbolic links are followed.
    /// - Throws: `isNoSuchFile`, `isPermission` and what else `open` says.
    public init(_ path: Path) throws(SystemError) {
        self.path = path
        let opened = unsafe path.withCString { unsafe clinux_open_to_read($0) }
        descriptor = Descriptor(try check(opened, "open \(path)"))
    }

    /// The status of the file that was opened, whatever its name refers to now.
    public borrowing func status() throws(SystemError) -> FileStatus {
        var status = clinux_status()
        let path = self.path
        try check(unsafe clinux_status(descriptor.number, nil, &status), "fstat \(path)")
        return FileStatus(status)
    }

    /// Fills `bytes` from where the last read ended; returns fewer octets only at the end. Keeps no copy, so it suits secrets.
    public borrowing func read(into bytes: inout MutableSpan<UInt8>) throws(SystemError) -> Int {
        let path = self.path
        var filled = 0
        while filled < bytes.count {
            let got = unsafe bytes.withUnsafeMutableBufferPointer {
                unsafe clinux_read(descriptor.number, $0.baseAddress! + filled, $0.count - filled)
            }
            if got == -Int(EINTR) { continue }
            try check(got, "read \(path)")
            if got == 0 { break }
            filled += got
        }
        return filled
    }

    /// Reads the rest of the file.
    /// - Throws: EFBIG when that is more than `limit` octets.
    public borrowing func readAll(limit: Int) throws(SystemError) -> [UInt8] {
        let path = self.path
        // Files under /proc have size 0: grow by what is read.
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: min(limit + 1, 4096))
        while true {
            var span = chunk.mutableSpan
            let got = try read(into: &span)
            bytes += chunk[0..<got]
            guard bytes.count <= limit else { throw SystemError(EFBIG, "read \(path)") }
            if got < chunk.count { return bytes }
        }
    }
}

/// Whole files and directories.
public enum Files {
    /// Reads a whole file.
    /// - Throws: EFBIG when it has more than `limit` octets.
    public static func read(_ path: Path, limit: Int) throws(SystemError) -> [UInt8] {
        try OpenFile(path).readAll(limit: limit)
    }

    /// The status of a file; symbolic links are followed.
    public static func status(_ path: Path) throws(SystemError) -> FileStatus {
        var status = clinux_status()
        try check(unsafe path.withCString { unsafe clinux_status(-1, $0, &status) }, "stat \(path)")
        return FileStatus(status)
    }

    /// Whether the path leads to something; `false` also where that cannot be told.
    public static func exists(_ path: Path) -> Bool { (try? status(path)) != nil }

    /// Replaces a file atomically, through a temporary file in the same directory. The new contents survive a power cut once it
    /// returns.
    public static func write(
        _ path: Path, _ bytes: Span<UInt8>, mode: UInt32 = 0o644, owner: (user: UInt32, group: UInt32)? = nil
    ) throws(SystemError) {
        let temporary = Path(path.bytes + (".new\(ThisProcess.id)" as Sentence).octets)
        remove(temporary)
        let made = unsafe temporary.withCString { unsafe clinux_create($0, mode) }
        let descriptor = Descriptor(try check(made, "create \(temporary)"))
        do throws(SystemError) {
            try writeAll(descriptor, bytes, path)
            // The umask applied to the creation.
            try check(clinux_fchmod(descriptor.number, mode), "fchmod \(temporary)")
            if let owner { try check(clinux_fchown(descriptor.number, owner.user, owner.group), "fchown \(temporary)") }
            try check(clinux_fsync(descriptor.number), "fsync \(temporary)")
            let renamed = unsafe temporary.withCString { from in
                unsafe path.withCString { unsafe clinux_rename(from, $0) }
            }
            try check(renamed, "rename to \(path)")
        } catch {
            remove(temporary)
            throw error
        }
        try synchronize(path.directory)
    }

    /// Synchronises a directory, so that its present names survive a power cut.
    public static func synchronize(_ directory: Path) throws(SystemError) {
        try check(unsafe directory.withCString { unsafe clinux_fsync_directory($0) }, "fsync \(directory)")
    }

    /// The target of a path whose last component is a symbolic link; otherwise the path itself.
    public static func resolved(_ path: Path) -> Path {
        var path = path
        var target = [CChar](repeating: 0, count: 1024)
        // A longer chain is a loop, and opening it fails.
        for _ in 0..<16 {
            let count = unsafe target.withUnsafeMutableBufferPointer { out in
                unsafe path.withCString { unsafe clinux_read_link($0, out.baseAddress, out.count) }
            }
            guard count > 0, count < target.count else { break }
            path = path.directory / Path(target[..<count].map { UInt8(bitPattern: $0) })
        }
        return path
    }

    /// Writes into an existing file, as /proc and /sys require.
    public static func overwrite(_ path: Path, _ bytes: Span<UInt8>) throws(SystemError) {
        let opened = unsafe path.withCString { unsafe clinux_open_to_write($0) }
        try writeAll(Descriptor(try check(opened, "open \(path)")), bytes, path)
    }

    /// Appends to a file, which is created with mode 0600. A file that would grow above `limit` octets is first renamed to
    /// `PATH.old`.
    public static func append(_ path: Path, _ bytes: Span<UInt8>, limit: UInt64) throws(SystemError) {
        if let status = try? status(path), status.isRegular, status.size + UInt64(bytes.count) > limit {
            _ = unsafe path.withCString { from in
                unsafe Path(path.bytes + (".old" as StaticString).octets).withCString { unsafe clinux_rename(from, $0) }
            }
        }
        let opened = unsafe path.withCString { unsafe clinux_open_to_append($0, 0o600) }
        try writeAll(Descriptor(try check(opened, "open \(path)")), bytes, path)
    }

    static func writeAll(
        _ descriptor: borrowing Descriptor, _ bytes: Span<UInt8>, _ path: Path
    ) throws(SystemError) {
        var sent = 0
        while sent < bytes.count {
            let went = unsafe bytes.withUnsafeBufferPointer {
                unsafe clinux_write(descriptor.number, $0.baseAddress! + sent, $0.count - sent)
            }
            if went == -Int(EINTR) { continue }
            sent += try check(went, "write \(path)")
        }
    }

    /// Removes a file or a socket's name. False when that failed or there was none.
    @discardableResult
    public static func remove(_ path: Path) -> Bool { unsafe path.withCString { unsafe clinux_unlink($0) } >= 0 }

    /// Creates a directory, whose parent must exist. An existing directory is no error, whatever its mode.
    public static func makeDirectory(_ path: Path, mode: UInt32 = 0o755) throws(SystemError) {
        let made = unsafe path.withCString { unsafe clinux_mkdir($0, mode) }
        if made == -Int(EEXIST), (try? status(path))?.isDirectory == true { return }
        try check(made, "mkdir \(path)")
    }

    /// The names in a directory, sorted by octets, without `.` and `..`.
    public static func list(_ path: Path) throws(SystemError) -> [Path] {
        guard let directory = unsafe path.withCString({ unsafe clinux_open_directory($0) }) else {
            throw SystemError(clinux_errno(), "opendir \(path)")
        }
        defer { unsafe clinux_close_directory(directory) }
        var names: [Path] = []
        while let name = unsafe clinux_next_name(directory) {
            let bytes = unsafe octets(of: name)
            if bytes == [0x2E] || bytes == [0x2E, 0x2E] { continue }
            // The library's own sort would be 2 KB for lists that are short.
            var index = names.count
            while index > 0, bytes.lexicographicallyPrecedes(names[index - 1].bytes) { index -= 1 }
            names.insert(Path(bytes), at: index)
        }
        return names
    }
}
