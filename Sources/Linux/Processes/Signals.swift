import CLinux
import Wire

/// Signals that a process wants to hear of, as something to read instead of an interruption.
public final class Signals {
    public enum Signal: Sendable { case hangUp, interrupt, terminate, child }

    private let descriptor: Descriptor

    /// For epoll.
    public var number: Int32 { descriptor.number }

    /// From now on these are told here and do nothing else; SIGPIPE is ignored altogether.
    public init(_ signals: [Signal]) throws(SystemError) {
        var mask = 0
        for signal in signals { mask |= signal.bit }
        descriptor = Descriptor(try check(clinux_signals(Int32(mask)), "signalfd"))
    }

    /// The next signal that came; `nil` when none did. Several of one kind may have become one.
    public func next() throws(SystemError) -> Signal? {
        guard let bit = try unlessBusy(clinux_next_signal(number), "signalfd") else { return nil }
        for signal in [Signal.hangUp, .interrupt, .terminate, .child] where signal.bit == bit { return signal }
        return nil
    }
}

extension Signals.Signal {
    fileprivate var bit: Int {
        switch self {
        case .hangUp: Int(CLINUX_HUP)
        case .interrupt: Int(CLINUX_INT)
        case .terminate: Int(CLINUX_TERM)
        case .child: Int(CLINUX_CHLD)
        }
    }
}
