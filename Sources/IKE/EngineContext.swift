import Crypto
import Wire

/// One call of the engine: its inputs, and the actions that it collects.
struct EngineContext {
    let now: UInt64
    let random: RandomSource
    var actions: [Action] = []

    init(now: UInt64, random: RandomSource) {
        self.now = now
        self.random = random
    }

    // Not inlined: an action is large, and this is called from many places.

    mutating func say(
        _ connection: ConnectionID?, _ serial: UInt64?, _ code: Int, _ level: Progress.Level = .info, _ text: Sentence,
        _ message: MessageCode? = nil
    ) {
        actions.append(.say(Progress(connection: connection, serial: serial, code: code, level: level, text, message: message)))
    }

    mutating func remove(_ spi: UInt32, of destination: Address, _ connection: ConnectionID) {
        actions.append(.remove(spi: spi, destination: destination, connection))
    }

    /// A random number from 0 to `whole` - 1.
    func fraction(_ whole: UInt64) -> UInt64 { (whole >> 8) * UInt64(random.uint32() >> 24) }

    /// A random cookie, never 0.
    func cookie() -> UInt64 {
        var value: UInt64 = 0
        while value == 0 { value = random.bytes(8).reduce(0) { $0 << 8 | UInt64($1) } }
        return value
    }
}
