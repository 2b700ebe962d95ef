import CLinux
import Crypto
import Linux
import Wire

/// Sends requests to one netlink family and reads their answers, one after another. The kernel answers synchronously, so that
/// no call really waits.
public final class NetlinkChannel {
    let socket: NetlinkSocket
    private var sequence: UInt32 = 0
    /// Wipes itself, because the kernel reports SAs with their keys.
    private let buffer = Secret(count: NetlinkChannel.datagramLimit)

    /// Octets of the buffer for one datagram. The kernel splits dumps to fit; a single message has a few KB at most.
    static let datagramLimit = 16_384
    /// Octets of the buffer for a notification, which is one message.
    static let notificationLimit = 8_192
    /// Nanoseconds to wait for an answer.
    private static let timeLimit: UInt64 = 2_000_000_000

    /// Opens a socket to one part of the kernel.
    public init(_ family: NetlinkSocket.Family) throws(SystemError) { socket = try NetlinkSocket(family) }

    /// Makes room for requests of up to two megabytes: a table with the rules of a thousand tunnels.
    public func expectLongRequests() { try? socket.setSendBuffer(2_000_000) }

    /// Sends a request and waits for its acknowledgement.
    public func perform(_ request: NetlinkRequest) throws(NetlinkError) {
        try carryOut(request) { (_, _) throws(WireError) in }
    }

    /// Sends a request that one message answers. `read` returns that message's value, or `nil` for another message.
    /// - Throws: EBADMSG when `read` returned no value.
    public func answer<Value>(
        _ request: NetlinkRequest, _ read: (MessageHeader, Span<UInt8>) throws(WireError) -> Value?
    ) throws(NetlinkError) -> Value {
        var value: Value?
        func ask() throws(NetlinkError) {
            try carryOut(request, answers: true) { (header, body) throws(WireError) in
                if value == nil { value = try read(header, body) }
            }
        }
        do throws(NetlinkError) {
            try ask()
        } catch {
            guard error.number == ENOBUFS else { throw error }
            try ask()
        }
        guard let value else { throw NetlinkError(EBADMSG, request.purpose) }
        return value
    }

    /// Reads a whole table of the kernel. `read` returns the value of each message, or `nil` to leave it out. The dump is repeated
    /// when the table changed meanwhile or messages were lost. At most `Limits.kernelEntries` values are returned.
    public func dump<Value>(
        _ request: NetlinkRequest, _ read: (MessageHeader, Span<UInt8>) throws(WireError) -> Value?
    ) throws(NetlinkError) -> [Value] {
        var tries = 0
        while true {
            var values: [Value] = []
            var interrupted = false
            tries += 1
            do throws(NetlinkError) {
                try carryOut(request, answers: true) { (header, body) throws(WireError) in
                    interrupted = interrupted || header.isInterrupted
                    if values.count < Limits.kernelEntries, let value = try read(header, body) { values.append(value) }
                }
            } catch {
                guard error.number == ENOBUFS, tries < 5 else { throw error }
                interrupted = true
            }
            // A table that changes all the time is returned as it is.
            if !interrupted || tries == 5 { return values }
        }
    }

    /// Sends a request and passes every message of the answer to `each`.
    private func carryOut(
        _ request: NetlinkRequest, answers: Bool = false,
        _ each: (MessageHeader, Span<UInt8>) throws(WireError) -> Void
    ) throws(NetlinkError) {
        sequence &+= 1
        request.finish(sequence: sequence)
        let buffer = self.buffer
        let deadline = Clock.monotonic() + Self.timeLimit
        var end = Completion.notYet
        do throws(SystemError) {
            try request.withBytes { (bytes) throws(SystemError) in try socket.send(bytes) }
            while end == .notYet {
                let count = try receive(until: deadline)
                do throws(WireError) {
                    try MessageHeader.read(buffer.bytes.extracting(0..<count)) { (header, body) throws(WireError) in
                        guard header.sequence == sequence, end == .notYet else { return }
                        end = try Self.take(header, body, answers, each)
                    }
                } catch { throw SystemError(EBADMSG, request.purpose) }
            }
        } catch { throw NetlinkError(error.number, request.purpose) }
        if case .failed(let number, let explanation) = end {
            throw NetlinkError(number, request.purpose, explanation: explanation)
        }
    }

    private enum Completion: Equatable {
        case notYet, done
        case failed(Int32, Sentence?)

        static func == (one: Completion, other: Completion) -> Bool {
            switch (one, other) {
            case (.notYet, .notYet), (.done, .done): true
            default: false
            }
        }
    }

    private static func take(
        _ header: MessageHeader, _ body: Span<UInt8>, _ answers: Bool,
        _ each: (MessageHeader, Span<UInt8>) throws(WireError) -> Void
    ) throws(WireError) -> Completion {
        switch header.type {
        case MessageHeader.error:
            let verdict = try Acknowledgement(header, body)
            return verdict.number == 0 ? .done : .failed(verdict.number, verdict.explanation)
        case MessageHeader.done:
            var reader = ByteReader(body)
            let number = Int32(bitPattern: try reader.native32())
            return number < 0 && number > -4096 ? .failed(-number, nil) : .done
        default:
            try each(header, body)
            // An answer of one message ends with itself, unless an acknowledgement was asked for as well.
            return answers && header.flags & 0x2 == 0 ? .done : .notYet
        }
    }

    /// Discards queued messages of an earlier request, which would leave no room for the next answer.
    private func drop() {
        for _ in 0..<Limits.kernelEntries {
            var received = NetlinkSocket.Received.nothing
            try? buffer.withMutableBytes { (span) throws(SystemError) in received = try socket.receive(into: &span) }
            if received == .nothing { return }
        }
    }

    private func receive(until deadline: UInt64) throws(SystemError) -> Int {
        while true {
            var received = NetlinkSocket.Received.nothing
            try buffer.withMutableBytes { (span) throws(SystemError) in received = try socket.receive(into: &span) }
            switch received {
            case .datagram(let count): return count
            case .overrun:
                drop()
                throw SystemError(ENOBUFS, "netlink receive")
            case .nothing: if try !socket.wait(until: deadline) { throw SystemError(ETIMEDOUT, "netlink receive") }
            }
        }
    }
}
