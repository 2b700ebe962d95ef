import Linux
import Wire

/// The daemon's end of the control socket: one request line in, replies and an exit code out.
///
/// Nothing here waits. Requests gather until the event loop takes them; replies leave as the client reads.
public final class ControlSocket {
    /// A command that waits for its answer.
    private final class Caller {
        let stream: UnixStream
        let terminal: Terminal
        var request: [UInt8] = []
        var wasAsked = false
        var wantsToWrite = false

        init(_ stream: UnixStream, _ backlog: Terminal.Backlog) {
            self.stream = stream
            terminal = Terminal(backlog)
        }
    }

    private let listener: UnixListener
    /// Requests that are not taken yet: at most one for each client.
    private var requests: [(request: Request, terminal: Terminal)] = []
    private let path: Path
    private let epoll: Epoll
    /// By token: a client's place keeps its number as long as it is connected.
    private var clients: [Caller?] = []
    private let firstToken: UInt64
    private let backlog: Terminal.Backlog

    /// Replaces whatever has this name: the pid file's lock proves that no other daemon listens there.
    /// - Parameters:
    ///   - firstToken: the epoll tokens from this one on, `Limits.controlClients` of them, are the clients'.
    ///   - bounds: how long replies may be.
    public init(_ path: Path, epoll: Epoll, firstToken: UInt64, bounds: Bounds = Bounds()) throws(SystemError) {
        backlog = Terminal.Backlog(bounds)
        self.path = path
        self.epoll = epoll
        self.firstToken = firstToken
        Files.remove(path)
        listener = try UnixListener(path)
    }

    /// The listener, for epoll: `accept` when it is readable.
    public var number: Int32 { listener.number }

    /// Accepts the clients that wait. A client that is not root's is disconnected; one that cannot be served hears why.
    public func accept() {
        // A client that cannot be accepted now waits; epoll reports the listener again.
        while let stream = (try? listener.accept()) ?? nil {
            let place = clients.firstIndex { $0 == nil } ?? clients.count
            guard (try? stream.credentials())?.user == 0 else { continue }
            let client = Caller(stream, backlog)
            guard place < Limits.controlClients else {
                turnAway(client, "the daemon serves \(Limits.controlClients) commands already: try again later")
                continue
            }
            do throws(SystemError) {
                try epoll.add(stream.number, .read, token: firstToken + UInt64(place))
            } catch {
                turnAway(client, "the daemon cannot serve another command: \(error.reason)")
                continue
            }
            if place == clients.count { clients.append(nil) }
            clients[place] = client
        }
    }

    /// Answers a client that is not served, and lets go of it. The answer fits into the socket's empty buffer.
    private func turnAway(_ client: Caller, _ reason: __owned Sentence) {
        client.terminal.line(1, reason)
        client.terminal.finish(1)
        _ = write(client)
        client.terminal.abandon()
    }

    /// Reads a client's octets.
    public func serve(_ token: UInt64) {
        let place = Int(token - firstToken)
        guard place < clients.count, let client = clients[place] else { return }
        guard read(client) else { return drop(place) }
    }

    /// The oldest request that was not taken yet, with the terminal that its answer goes to.
    public func takeRequest() -> (request: Request, terminal: Terminal)? { requests.isEmpty ? nil : requests.removeFirst() }

    /// Reads what was received; false if the client has disconnected or its line is too long. A line that is no request is refused here.
    private func read(_ client: Caller) -> Bool {
        var chunk = [UInt8](repeating: 0, count: 512)
        while true {
            var span = chunk.mutableSpan
            let count: Int
            do throws(SystemError) {
                guard let got = try client.stream.read(into: &span) else { return true }
                count = got
            } catch { return false }
            if count == 0 { return false } // the negotiation that it watched goes on without it
            if client.wasAsked { continue }
            client.request += chunk[0..<count]
            guard client.request.count <= Limits.controlRequest else { return false }
            guard let end = client.request.firstIndex(of: UInt8(ascii: "\n")) else { continue }
            client.wasAsked = true
            do throws(RequestError) {
                requests.append((try Request(line: client.request[..<end]), client.terminal))
            } catch { client.terminal.refuse(error.reason) }
        }
    }

    /// Writes what the terminals have gathered, and disconnects those that are finished. Once a turn of the event loop.
    public func flush() {
        for place in clients.indices {
            guard let client = clients[place] else { continue }
            if !write(client) || (client.terminal.isFinished && client.terminal.pending.isEmpty) {
                drop(place)
                continue
            }
            let wants = !client.terminal.pending.isEmpty
            if wants != client.wantsToWrite {
                client.wantsToWrite = wants
                do throws(SystemError) {
                    try epoll.modify(
                        client.stream.number, wants ? [.read, .write] : .read, token: firstToken + UInt64(place))
                } catch { drop(place) }
            }
        }
    }

    /// Writes as much as there is room for; false if the client has disconnected, or has lost lines.
    private func write(_ client: Caller) -> Bool {
        while !client.terminal.pending.isEmpty {
            let pending = client.terminal.pending
            do throws(SystemError) {
                guard let count = try client.stream.write(pending.span) else { break }
                client.terminal.wrote(count)
            } catch { return false }
        }
        return !client.terminal.overflowed
    }

    private func drop(_ place: Int) {
        guard let client = clients[place] else { return }
        epoll.remove(client.stream.number)
        client.terminal.abandon()
        clients[place] = nil
    }

    /// Writes what the clients take at once, disconnects them and removes the socket's name.
    public func close() {
        flush()
        for place in clients.indices { drop(place) }
        Files.remove(path)
    }
}
