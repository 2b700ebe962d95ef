import Control
import Glibc
import Linux
import Wire

@testable import Daemon

/// A whole daemon in a network namespace of its own, and what is said to its control socket: each line of the input comes
/// by a connection of its own, in pieces. `Tests/fuzz` makes the namespace and the folder.
func fuzzControl(_ octets: [UInt8]) {
    let daemon = FuzzedDaemon.only
    for line in octets.split(separator: 0x0a, maxSplits: 8) { daemon.ask(Array(line) + [0x0a]) }
    daemon.tidy()
}

private final class FuzzedDaemon {
    nonisolated(unsafe) static let only = FuzzedDaemon()

    private let daemon: Daemon
    private var gateway: Gateway { daemon.gateway }
    private let epoll: Epoll
    private let control: ControlSocket
    private let path: Path

    private init() {
        let folder = Path(ThisProcess.environment("CYGNET_FUZZ_FOLDER")!)
        do {
            daemon = try Daemon(DaemonOptions(configurationFolder: folder, runFolder: folder, isForeground: false))
            daemon.log.destination = DiscardedLog()
            path = folder / "fuzz.ctl"
            epoll = try Epoll()
            control = try ControlSocket(path, epoll: epoll, firstToken: 100)
        } catch { fatalError("no daemon: \(error)") }
        gateway.begin(now: 1)
    }

    func ask(_ request: [UInt8]) {
        guard let client = try? UnixStream(connectingTo: path) else { fatalError("the control socket takes nobody") }
        control.accept()
        let half = request.count / 2
        for part in [request[..<half], request[half...]] {
            _ = try? client.write(Array(part).span)
            control.serve(100)
            while let (request, terminal) = control.takeRequest() {
                gateway.perform(request, terminal: terminal, now: 1_000)
                // Ended here and there by `setup stop`: this daemon goes on.
                gateway.ending = nil
                daemon.carryOut(now: 1_000)
                daemon.handleAll(now: 1_000)
                gateway.ending = nil
            }
            control.flush()
        }
        var answer = [UInt8](repeating: 0, count: 4096)
        var span = answer.mutableSpan
        while let count = (try? client.read(into: &span)) ?? nil, count > 0 {}
        _ = shutdown(client.number, Int32(SHUT_WR))
        control.serve(100)
        control.flush()
    }

    /// So that one input does not depend on the one before.
    func tidy() {
        for connection in gateway.connections.all { gateway.connections.delete(connection, now: 1_000) }
        gateway.connections.advance(now: 1_000)
    }
}
