import Foundation
import Linux

/// A thread in a named namespace, which runs closures there.
public final class NamespaceThread: @unchecked Sendable {
    private let asked = DispatchSemaphore(value: 0)
    private let done = DispatchSemaphore(value: 0)
    private var deed: (() throws -> Void)?
    private var failure: (any Error)?
    private var entered = false

    public init(_ name: String) {
        let thread = Thread { [self] in
            entered = Namespace.enter(name)
            while true {
                asked.wait()
                guard let deed else { break }
                do { try deed() } catch { failure = error }
                done.signal()
            }
        }
        thread.stackSize = 8 << 20
        thread.start()
    }

    /// Does it there, and waits.
    public func run(_ body: @escaping () throws -> Void) throws {
        deed = { [self] in
            guard entered else { throw SystemError(1, "setns") }
            try body()
        }
        failure = nil
        asked.signal()
        done.wait()
        if let failure { throw failure }
    }

    public func finish() {
        deed = nil
        asked.signal()
    }
}
