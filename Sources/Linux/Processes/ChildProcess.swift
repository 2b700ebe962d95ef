import CLinux
import Wire

/// A program that we started, such as an updown command. It runs without a shell, in a process group of its own, so that `kill` also ends
/// the processes that it started.
public final class ChildProcess {
    /// Process ID, which is also its process group's.
    public let id: Int32
    /// Its standard output and error; `nil` when they are not captured.
    public let output: SharedDescriptor?
    /// Exit code, or 128 and the signal that ended it; `nil` while it runs.
    public private(set) var exitCode: Int32?

    /// Starts a program.
    /// - Parameter program: path; nothing is searched.
    /// - Parameter arguments: without the program's own name, which is put in front.
    /// - Parameter environment: `NAME=value` each, and nothing else.
    /// - Parameter capturesOutput: otherwise it goes to /dev/null.
    public init(
        _ program: Path, arguments: [[UInt8]], environment: [[UInt8]], capturesOutput: Bool = false
    ) throws(SystemError) {
        let pipe: Pipe? = capturesOutput ? try Pipe() : nil
        var child: Int32 = 0
        var started = 0
        let ends = pipe?.split()
        unsafe withCStrings([program.bytes] + arguments) { argv in
            unsafe withCStrings(environment) { envp in
                started = unsafe program.withCString {
                    unsafe clinux_spawn($0, argv, envp, ends?.writing.number ?? -1, &child)
                }
            }
        }
        try check(started, "start \(program)")
        id = child
        output = ends?.reading
    }

    /// A process that `fork` made.
    public init(adopting id: Int32) {
        self.id = id
        output = nil
    }

    /// Checks whether it has ended, without blocking. Called for each child on SIGCHLD.
    @discardableResult
    public func reap() -> Int32? { collect(wait: 0) }

    /// Waits for its end. For commands; the daemon calls `reap`.
    @discardableResult
    public func wait() -> Int32? { collect(wait: 1) }

    private func collect(wait: Int32) -> Int32? {
        if exitCode == nil {
            var status: Int32 = 0
            let ended = unsafe clinux_bury(id, wait, &status)
            if ended > 0 { exitCode = status }
            if ended == -Int(ECHILD) { exitCode = 255 }
        }
        return exitCode
    }

    /// Sends SIGKILL to its process group. `reap` must still be called.
    public func kill() {
        if exitCode == nil { _ = clinux_kill(-id, Int32(CLINUX_KILL)) }
    }
}

/// A NULL-terminated array of C strings, as exec expects it.
func withCStrings(_ strings: [[UInt8]], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Void) {
    var pointers: [UnsafeMutablePointer<CChar>?] = unsafe []
    for string in strings {
        let copy = UnsafeMutablePointer<CChar>.allocate(capacity: string.count + 1)
        for (index, octet) in string.enumerated() { unsafe copy[index] = CChar(bitPattern: octet) }
        unsafe copy[string.count] = 0
        unsafe pointers.append(copy)
    }
    unsafe pointers.append(nil)
    unsafe pointers.withUnsafeBufferPointer { unsafe body($0.baseAddress!) }
    for index in unsafe pointers.indices { unsafe pointers[index]?.deallocate() }
}
