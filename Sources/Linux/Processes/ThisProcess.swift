import CLinux
import Wire

/// The running process: its arguments, environment, limits and exit.
public enum ThisProcess {
    /// Process ID.
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

    /// Forbids core dumps, which would hold keys.
    public static func forbidCoreDumps() throws(SystemError) { try check(clinux_no_core(), "setrlimit RLIMIT_CORE") }

    /// Makes the process not dumpable (PR_SET_DUMPABLE): no core dump, and no debugger or /proc/PID/mem for others without
    /// CAP_SYS_PTRACE. Every command begins with it. Programs that it runs are not affected.
    public static func hideMemory() { clinux_hide_memory() }

    /// Allows core dumps of any size within the hard limit, and makes `folder` the working directory that they are written to.
    public static func allowCoreDumps(in folder: Path) throws(SystemError) {
        try check(unsafe folder.withCString { unsafe clinux_allow_core($0) }, "allow core dumps in \(folder)")
    }

    /// Octets of resident memory; 0 without /proc.
    public static func residentMemory() -> UInt64 {
        guard let bytes = try? Files.read("/proc/self/statm", limit: 256) else { return 0 }
        let fields = bytes.split(separator: UInt8(ascii: " "))
        guard fields.count > 1, let pages = Text.decimal(fields[1]) else { return 0 }
        return pages * UInt64(clinux_page_size())
    }

    /// A process's two halves after `forkDaemon`.
    public enum Half {
        /// The process that was started, with the daemon's process ID and the pipe that the daemon reports through.
        case parent(child: Int32, report: SharedDescriptor)
        /// The daemon, in a session of its own. The parent reads what it writes into `report`, until that is closed.
        case daemon(report: SharedDescriptor)
    }

    /// Forks into a parent, which can wait for the daemon's report, and a daemon in a new session. The daemon's standard input,
    /// output and error are /dev/null; its working directory is `/`, so that paths must be absolute.
    public static func forkDaemon() throws(SystemError) -> Half {
        let pipe = try Pipe()
        let child = try check(clinux_fork(), "fork")
        let ends = pipe.split()
        guard child == 0 else { return .parent(child: Int32(child), report: ends.reading) }
        try check(clinux_detach(), "setsid")
        return .daemon(report: ends.writing)
    }
}

extension Pipe {
    /// Both ends in classes, so that each can be closed alone.
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
