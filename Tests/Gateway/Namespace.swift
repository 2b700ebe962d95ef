import Foundation
import Linux
import Testing

/// A network namespace of a test's own, which lives as long as the thread that works in it.
///
/// Sockets belong to the namespace they were opened in, and so does what a thread sees under /proc/sys/net: everything
/// that touches the kernel happens on that one thread.
enum Namespace {
    /// Whether tests may make namespaces, and the kernel has XFRM policies and TUN devices in them.
    static let isPossible = ThisProcess.user == 0

    /// Runs `body` alone in a new namespace with the loopback up, and passes on what it throws.
    static func run(_ body: @escaping @Sendable () throws -> Void) throws {
        nonisolated(unsafe) var failure: (any Error)?
        let done = DispatchSemaphore(value: 0)
        let thread = Thread {
            defer { done.signal() }
            do {
                guard unshareNetwork() == 0 else { throw SystemError(errno, "unshare") }
                try ip("link set lo up")
                try body()
            } catch { unsafe failure = error }
        }
        thread.stackSize = 8 << 20
        thread.start()
        done.wait()
        if let failure = unsafe failure { throw failure }
    }

    /// unshare(CLONE_NEWNET), which Swift's Glibc does not show.
    private static func unshareNetwork() -> Int32 {
        typealias Unshare = @convention(c) (Int32) -> Int32
        guard let symbol = unsafe dlsym(nil, "unshare") else { return -1 }
        return unsafe unsafeBitCast(symbol, to: Unshare.self)(0x4000_0000)
    }

    /// What `ip` printed; it is an error when it failed.
    @discardableResult
    static func ip(_ command: String) throws -> String {
        let words = command.split(separator: " ").map { Array($0.utf8) }
        let program: Path = Files.exists("/usr/sbin/ip") ? "/usr/sbin/ip" : "/sbin/ip"
        let child = try ChildProcess(program, arguments: words, environment: [], capturesOutput: true)
        var output: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while let pipe = child.output {
            _ = try pipe.wait(until: Clock.monotonic() + 30_000_000_000)
            var span = chunk.mutableSpan
            guard let count = try pipe.read(into: &span) else { continue }
            if count == 0 { break }
            output += chunk[0..<count]
        }
        let code = child.wait()
        let text = String(decoding: output, as: UTF8.self)
        struct Failed: Error { let text: String }
        if code != 0 { throw Failed(text: "ip \(command): \(text)") }
        return text
    }
}
