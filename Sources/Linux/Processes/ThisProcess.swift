import CLinux
import Wire

/// The process we are: its arguments, its environment, its limits, and its end.
public enum ThisProcess {
    public static var id: Int32 { clinux_process() }
    /// Effective user; 0 is root.
    public static var user: UInt32 { clinux_user() }

    /// argv, the program's own name first. Embedded Swift has no `CommandLine`.
    public static func arguments() -> [Name] {
        guard let bytes = try? Files.read("/proc/self/cmdline", limit: 1 << 20) else { return [] }
        var arguments = bytes.split(separator: 0, omittingEmptySubsequences: false).map { Name(Array($0)) }
        if bytes.last == 0 { arguments.removeLast() }
        return arguments
    }

    /// The value of an environment variable; `nil` when it is not set.
    public static func environment(_ name: Path) -> [UInt8]? {
        let value = unsafe name.withCString { unsafe clinux_getenv($0) }
        guard let value = unsafe value else { return nil }
        return unsafe octets(of: value)
    }

    /// Ends the process at once, running no clean-up of C's or Swift's.
    public static func exit(_ code: Int32) -> Never { clinux_exit(code) }

    /// No core dump, whatever happens: it would hold keys.
    public static func forbidCoreDumps() throws(SystemError) { try check(clinux_no_core(), "setrlimit RLIMIT_CORE") }

    /// What the process holds is not for others: no core dump, no debugger and no look into its memory, but for one who may look
    /// into every process's (CAP_SYS_PTRACE). Every command begins with it. A command that it runs is itself again.
    public static func hideMemory() { clinux_hide_memory() }

    /// Core dumps into this folder, as large as the hard limit allows.
    public static func allowCoreDumps(in folder: Path) throws(SystemError) {
        try check(unsafe folder.withCString { unsafe clinux_allow_core($0) }, "allow core dumps in \(folder)")
    }

    /// Octets of memory that the process really occupies; 0 when /proc cannot tell.
    public static func residentMemory() -> UInt64 {
        guard let bytes = try? Files.read("/proc/self/statm", limit: 256) else { return 0 }
        let fields = bytes.split(separator: UInt8(ascii: " "))
        guard fields.count > 1, let pages = Text.decimal(fields[1]) else { return 0 }
        return pages * UInt64(clinux_page_size())
    }

    /// A process's two halves after `forkDaemon`.
    public enum Side {
        /// The one that was started: the daemon's process and what it will report.
        case parent(child: Int32, report: SharedDescriptor)
        /// The daemon, in a session of its own; what it writes into `report` the parent reads, until it is let go.
        case daemon(report: SharedDescriptor)
    }

    /// Splits into a parent that can wait for news and a daemon that has left the terminal. The daemon's standard
    /// input, output and error go to /dev/null; it lies in `/`, so paths must be absolute.
    public static func forkDaemon() throws(SystemError) -> Side {
        let pipe = try Pipe()
        let child = try check(clinux_fork(), "fork")
        let ends = pipe.split()
        guard child == 0 else { return .parent(child: Int32(child), report: ends.reading) }
        try check(clinux_detach(), "setsid")
        return .daemon(report: ends.writing)
    }
}

extension Pipe {
    /// Both ends in classes, so that either can be let go of alone.
    consuming func split() -> (reading: SharedDescriptor, writing: SharedDescriptor) {
        (SharedDescriptor(reading), SharedDescriptor(writing))
    }
}

extension SharedDescriptor {
    /// See `Descriptor.read`.
    public func read(into bytes: inout MutableSpan<UInt8>) throws(SystemError) -> Int? { try descriptor.read(into: &bytes) }
    /// See `Descriptor.write`.
    public func write(_ bytes: Span<UInt8>) throws(SystemError) -> Int? { try descriptor.write(bytes) }
    /// See `Descriptor.wait`.
    public func wait(toWrite: Bool = false, until deadline: UInt64) throws(SystemError) -> Bool {
        try descriptor.wait(toWrite: toWrite, until: deadline)
    }
}
