import Linux
import Wire

/// The daemon's end of the control socket: one request line in, numbered lines and an exit code out.
///
/// Nothing here waits: requests gather as they come, answers leave as the other end reads.
final class ControlSocket {
    /// One `ipsec auto …` that waits for its answer.
    final class Client {
        let stream: UnixStream
        let terminal: Terminal
        fileprivate var request: [UInt8] = []
        fileprivate var wasAsked = false
        fileprivate var wantsToWrite = false

        init(_ stream: UnixStream, _ room: Terminal.Room) {
            self.stream = stream
            terminal = Terminal(room)
        }
    }

    let listener: UnixListener
    private let path: Path
    private let epoll: Epoll
    /// By token: a client's place keeps its number as long as it is connected.
    private var clients: [Client?] = []
    private let firstToken: UInt64
    private let room = Terminal.Room()

    init(_ path: Path, epoll: Epoll, firstToken: UInt64) throws(SystemError) {
        self.path = path
        self.epoll = epoll
        self.firstToken = firstToken
        Files.remove(path) // the pid file's lock says that nobody listens there
        listener = try UnixListener(path)
    }

    /// Takes whoever waits to be connected; past `Limits.controlClients` they are let go at once.
    func accept() {
        while let stream = (try? listener.accept()) ?? nil {
            let place = clients.firstIndex { $0 == nil } ?? clients.count
            guard place < Limits.controlClients else { continue }
            guard (try? stream.credentials())?.user == 0 else { continue }
            do throws(SystemError) {
                try epoll.add(stream.number, .read, token: firstToken + UInt64(place))
            } catch { continue }
            if place == clients.count { clients.append(nil) }
            clients[place] = Client(stream, room)
        }
    }

    /// Whether an event's token is one of the clients'.
    func owns(_ token: UInt64) -> Bool { token >= firstToken && token < firstToken + UInt64(Limits.controlClients) }

    /// Something to read or room to write. `handle` gets a request's words once the line is whole.
    func serve(_ token: UInt64, _ handle: ([Name], Terminal) -> Void) {
        let place = Int(token - firstToken)
        guard place < clients.count, let client = clients[place] else { return }
        guard read(client, handle) else { return drop(place) }
    }

    /// Reads what there is; false when the client is gone or talks nonsense.
    private func read(_ client: Client, _ handle: ([Name], Terminal) -> Void) -> Bool {
        var chunk = [UInt8](repeating: 0, count: 512)
        while true {
            var span = chunk.mutableSpan
            let count: Int
            do throws(SystemError) {
                guard let got = try client.stream.read(into: &span) else { return true }
                count = got
            } catch { return false }
            if count == 0 { return false } // gone: the negotiation it watched goes on without it
            if client.wasAsked { continue }
            client.request += chunk[0..<count]
            guard client.request.count <= Limits.controlRequest else { return false }
            guard let end = client.request.firstIndex(of: UInt8(ascii: "\n")) else { continue }
            client.wasAsked = true
            let words = client.request[..<end].split(separator: UInt8(ascii: " ")).map { Name(Array($0)) }
            handle(words, client.terminal)
        }
    }

    /// Writes whatever terminals have gathered, and lets go of those that are done. Once a turn of the event loop.
    func flush() {
        for place in clients.indices {
            guard let client = clients[place] else { continue }
            if !write(client) || (client.terminal.isFinished && client.terminal.pending.isEmpty) {
                drop(place)
                continue
            }
            let wants = !client.terminal.pending.isEmpty
            if wants != client.wantsToWrite {
                client.wantsToWrite = wants
                try? epoll.modify(
                    client.stream.number, wants ? [.read, .write] : .read, token: firstToken + UInt64(place))
            }
        }
    }

    /// Writes what there is room for; false when the client is gone, or so slow that it lost lines.
    private func write(_ client: Client) -> Bool {
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

    /// Writes what is left as far as clients take it at once, and takes the name away.
    func close() {
        flush()
        for place in clients.indices { drop(place) }
        Files.remove(path)
    }
}
