import CLinux
import Wire

/// Signals that are read from a descriptor (signalfd) instead of interrupting the process.
public final class Signals {
    /// SIGHUP, SIGINT, SIGTERM and SIGCHLD.
    public enum Signal: Sendable { case hangUp, interrupt, terminate, child }

    private let descriptor: Descriptor

    /// For epoll.
    public var number: Int32 { descriptor.number }

    /// Blocks these signals, which are read here from now on, and ignores SIGPIPE.
    public init(_ signals: [Signal]) throws(SystemError) {
        var mask = 0
        for signal in signals { mask |= signal.bit }
        descriptor = Descriptor(try check(clinux_signals(Int32(mask)), "signalfd"))
    }

    /// The next pending signal; `nil` when there is none. Several of one kind may be reported once.
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
