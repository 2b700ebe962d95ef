import Linux
import Wire

/// `ping HOST [from ADDRESS] [count N]`: ICMP echo requests from an address, which decides whether they take a tunnel.
enum Ping {
    private static let second: UInt64 = 1_000_000_000

    /// The exit code: 0 when at least one was answered.
    static func run(_ words: [Name], _ session: Session, _ keyboard: Keyboard?) -> Int32 {
        guard let host = words.first, let peer = Address(host.bytes) else {
            return session.refuse("ping takes an address: ping HOST [from ADDRESS] [count N]")
        }
        var source: Address?
        var count = 4
        var index = 1
        while index + 1 < words.count {
            if words[index] == "from", let address = Address(words[index + 1].bytes), address.family == peer.family {
                source = address
            } else if words[index] == "count", let number = Text.decimal(words[index + 1].bytes, limit: 65_535), number > 0 {
                count = Int(number)
            } else {
                break
            }
            index += 2
        }
        guard index == words.count else {
            return session.refuse("'\(words[index])': expected from ADDRESS, of the same IP version, or count N")
        }
        do throws(SystemError) {
            return ping(try EchoSocket(peer.family, from: source), peer, count, session, keyboard)
        } catch {
            if error.isPermission { return session.fail("ping is for root") }
            if error.isAddressNotAvailable { return session.fail("that is no address of this machine's") }
            return session.fail("\(error)")
        }
    }

    private static func ping(
        _ socket: EchoSocket, _ peer: Address, _ count: Int, _ session: Session, _ keyboard: Keyboard?
    ) -> Int32 {
        var answers = 0
        var sent = 0
        loop: while sent < count {
            sent += 1
            let began = Clock.monotonic()
            do throws(SystemError) {
                try socket.send(UInt16(sent), to: peer)
            } catch {
                session.say("\(sent): \(error.reason)")
            }
            // The next request leaves a second after this one; an answer that comes later is not waited for.
            var isAnswered = false
            while Clock.monotonic() < began + second, !(isAnswered && sent == count) {
                if wait(socket, keyboard, until: began + second) { break loop }
                while let number = socket.receive(from: peer) {
                    guard Int(number) == sent, !isAnswered else { continue }
                    isAnswered = true
                    answers += 1
                    session.say("\(sent): answer after \((Clock.monotonic() - began) / 1000) microseconds")
                }
            }
            if !isAnswered { session.say("\(sent): no answer") }
        }
        session.say("\(sent) sent, \(answers) answered")
        return answers > 0 ? 0 : 1
    }

    /// Waits for an answer; true when control C was typed.
    private static func wait(_ socket: EchoSocket, _ keyboard: Keyboard?, until deadline: UInt64) -> Bool {
        guard let keyboard else {
            socket.wait(until: deadline)
            return false
        }
        return keyboard.wait(for: socket.number, until: deadline) == .key && keyboard.takeInterrupt()
    }
}
