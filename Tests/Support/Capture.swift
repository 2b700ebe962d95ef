import Foundation
import Linux
import Wire

/// tcpdump on one device of the thread's own namespace.
public final class Capture {
    private let child: ChildProcess
    private var text = ""

    public init(_ device: String) throws {
        child = try ChildProcess(
            "/usr/bin/tcpdump", arguments: ["-n", "-v", "-l", "--immediate-mode", "-i", device].map { Array($0.utf8) },
            environment: [], capturesOutput: true)
        try read(until: "listening on")
    }

    deinit {
        child.kill()
        child.wait()
    }

    /// Sends a datagram, from the calling thread's namespace, that marks a capture's end.
    public static func mark(_ peer: Address) throws {
        let socket = try UDPSocket(peer.family)
        try socket.bypassPolicies()
        try socket.send([0].span, to: Endpoint(peer, 999))
    }

    /// Everything that passed before the mark.
    public func finish(_ peer: Address) throws -> String {
        try read(until: "\(peer).999")
        return text.components(separatedBy: "\(peer).999")[0]
    }

    private func read(until mark: String) throws {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let deadline = Clock.monotonic() + 30_000_000_000
        while !text.contains(mark) {
            guard let pipe = child.output, try pipe.wait(until: deadline) else { throw SystemError(110, "tcpdump") }
            var span = chunk.mutableSpan
            guard let count = try pipe.read(into: &span) else { continue }
            if count == 0 { throw SystemError(5, Sentence("tcpdump: " + text)) }
            text += String(decoding: chunk[0..<count], as: UTF8.self)
        }
    }
}
