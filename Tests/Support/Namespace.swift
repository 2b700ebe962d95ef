import Foundation
import Linux
import Wire

/// A network namespace of a test's own, which lives as long as the thread that works in it.
///
/// Sockets belong to the namespace they were opened in, and so does what a thread sees under /proc/sys/net: everything
/// that touches the kernel happens on that one thread.
public enum Namespace {
    /// Whether tests may make namespaces, and the kernel has XFRM policies and TUN devices in them.
    public static let isPossible = ThisProcess.user == 0

    /// Whether the kernel knows XFRM policies at all.
    public static let hasPolicies = Files.exists("/proc/sys/net/core/xfrm_larval_drop")

    /// Runs `body` in a new namespace with the loopback up, and rethrows its errors.
    public static func run(_ body: @escaping @Sendable () throws -> Void) throws {
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

    /// setns into a namespace that has a name.
    public static func enter(_ name: String) -> Bool {
        typealias Setns = @convention(c) (Int32, Int32) -> Int32
        guard let symbol = unsafe dlsym(nil, "setns") else { return false }
        let descriptor = unsafe open("/run/netns/\(name)", O_RDONLY | O_CLOEXEC)
        defer { close(descriptor) }
        return unsafe unsafeBitCast(symbol, to: Setns.self)(descriptor, 0x4000_0000) == 0
    }

    /// Runs `body` without CAP_NET_ADMIN, so that the kernel refuses what needs it. Only this thread lacks it.
    public static func withoutPrivilege<Result>(_ body: () throws -> Result) throws -> Result {
        let all = try setCapabilities { $0 }
        defer { _ = try? setCapabilities { _ in all } }
        _ = try setCapabilities { $0 & ~(1 << 12) } // CAP_NET_ADMIN
        return try body()
    }

    /// Changes this thread's effective capabilities of the numbers below 32, and returns the new ones. Swift's Glibc does not show capset.
    private static func setCapabilities(_ change: (UInt32) -> UInt32) throws -> UInt32 {
        typealias Call = @convention(c) (UnsafeMutableRawPointer, UnsafeMutableRawPointer) -> Int32
        guard let get = unsafe dlsym(nil, "capget"), let set = unsafe dlsym(nil, "capset") else { throw SystemError(ENOSYS, "capset") }
        var header: [UInt32] = [0x2008_0522, 0] // _LINUX_CAPABILITY_VERSION_3, this thread
        // Effective, permitted and inheritable ones below 32, and the same from 32 on.
        var sets: [UInt32] = [0, 0, 0, 0, 0, 0]
        guard unsafe unsafeBitCast(get, to: Call.self)(&header, &sets) == 0 else { throw SystemError(errno, "capget") }
        sets[0] = change(sets[0])
        guard unsafe unsafeBitCast(set, to: Call.self)(&header, &sets) == 0 else { throw SystemError(errno, "capset") }
        return sets[0]
    }

    /// The output of `ip`; an error if it failed.
    @discardableResult
    public static func ip(_ command: String) throws -> String {
        try run(Files.exists("/usr/sbin/ip") ? "/usr/sbin/ip" : "/sbin/ip", command)
    }

    /// The same of `nft`; a command is all its arguments.
    @discardableResult
    public static func nft(_ command: String) throws -> String { try run("/usr/sbin/nft", command) }

    private static func run(_ program: Path, _ command: String) throws -> String {
        let words = command.split(separator: " ").map { Array($0.utf8) }
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
        if code != 0 { throw Failed(text: "\(command): \(text)") }
        return text
    }

    /// Makes two pairs of wired devices, eth0 with eth1 and lan0 with lan1, and waits until they are up: a link tells IPv6
    /// so up to a second late, and routes would come while a test looks.
    public static func makeWires() throws {
        for wire in ["eth", "lan"] {
            try ip("link add \(wire)0 type veth peer name \(wire)1")
            for name in ["\(wire)0", "\(wire)1"] {
                // No address of the kernel's own making.
                try ip("link set \(name) addrgenmode none")
                try ip("link set \(name) up")
            }
        }
        for name in ["eth0", "eth1", "lan0", "lan1"] { try wait("-o link show \(name)", "state UP") }
    }

    /// Makes the wires of a gateway: eth0 with 192.0.2.1 and a default route, and lan0 with 10.0.1.254.
    public static func makeGateway() throws {
        try makeWires()
        try ip("addr add 192.0.2.1/24 dev eth0")
        try ip("addr add 10.0.1.254/24 dev lan0")
        try ip("route add default via 192.0.2.254")
    }

    /// Gives a device an IPv6 address, and waits for its route in the local table, which comes a moment later.
    public static func addAddress(_ address: String, _ name: String) throws {
        try ip("addr add \(address)/64 dev \(name) nodad")
        try wait("-6 route show table local", "local \(address) ")
    }

    private static func wait(_ command: String, _ text: String) throws {
        struct NeverShown: Error { let text: String }
        let deadline = Clock.monotonic() + 10_000_000_000
        while try !ip(command).contains(text) {
            if Clock.monotonic() > deadline { throw NeverShown(text: "ip \(command): no \(text)") }
        }
    }
}
