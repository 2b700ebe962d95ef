import CLinux
import Wire

/// The terminal on standard input and output, usually a serial line.
public enum TerminalLine {
    /// Whether both are terminals.
    public static var exists: Bool { clinux_has_terminal() != 0 }

    /// Switches to raw input (each key at once, no echo), or back to the former settings.
    public static func setRaw(_ isRaw: Bool) { _ = clinux_terminal_raw(isRaw ? 1 : 0) }

    /// Size in characters; 0 if it is unknown, as on a serial line.
    public static var size: (columns: Int, lines: Int) {
        var columns: Int32 = 0
        var lines: Int32 = 0
        unsafe clinux_terminal_size(&columns, &lines)
        return (Int(columns), Int(lines))
    }

    /// Runs a program on this terminal, waits for it and returns its exit code. `arguments` begin with the program's own name.
    public static func run(_ program: Path, _ arguments: [[UInt8]]) throws(SystemError) -> Int32 {
        var code = 0
        unsafe withCStrings(arguments) { argv in
            code = unsafe program.withCString { unsafe clinux_run($0, argv) }
        }
        return Int32(try check(code, "start \(program)"))
    }
}

/// Standard input: a terminal, a pipe or a file.
public enum StandardInput {
    /// The file descriptor, for epoll, which accepts no regular file.
    public static let number: Int32 = 0

    /// Waits for input and returns the octets read; 0 at the end.
    public static func read(into bytes: inout MutableSpan<UInt8>) -> Int {
        while true {
            let got = unsafe bytes.withUnsafeMutableBufferPointer { unsafe clinux_read(number, $0.baseAddress, $0.count) }
            if got == -Int(EAGAIN) {
                _ = clinux_poll(number, 0, -1)
            } else if got != -Int(EINTR) {
                return max(0, got)
            }
        }
    }
}
