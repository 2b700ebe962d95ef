import Linux
import Wire

/// The daemon's end of the control socket: reads request lines, and writes numbered lines and an exit code.
///
/// Nothing here blocks. Requests are collected as they arrive, and replies are written as the client reads them.
final class ControlSocket {
    /// A client of the control socket.
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
    /// By token: a client keeps its index while it is connected.
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

    /// Accepts the clients that wait; those beyond `Limits.controlClients` are disconnected at once.
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

    /// Whether an event's token is that of a client.
    func owns(_ token: UInt64) -> Bool { token >= firstToken && token < firstToken + UInt64(Limits.controlClients) }

    /// Handles a client that is readable or writable. `handle` is called with the words of each complete request line.
    func serve(_ token: UInt64, _ handle: ([Name], Terminal) -> Void) {
        let place = Int(token - firstToken)
        guard place < clients.count, let client = clients[place] else { return }
        guard read(client, handle) else { return drop(place) }
    }

    /// Reads what has arrived. False if the client has disconnected or its request is invalid.
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

    /// Writes what terminals have collected, and disconnects those that are finished. Called once in each turn of the event loop.
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

    /// Writes what the client accepts. False if it has disconnected, or has lost lines because it reads too slowly.
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

    /// Writes what clients accept at once, and removes the socket.
    func close() {
        flush()
        for place in clients.indices { drop(place) }
        Files.remove(path)
    }
}
