import Linux
import Wire

/// The client of the control socket: one connection, one request, its answer.
public struct ControlClient {
    /// What there is of the answer.
    public enum Step: Equatable {
        case reply(Reply)
        /// Nothing has come yet: `wait`.
        case nothing
        /// The daemon closed.
        case ended
    }

    private let stream: UnixStream
    private var reader = ReplyReader()
    private var hasEnded = false

    /// Connects and sends the request.
    public init(asking request: Request, at path: Path) throws(ControlFailure) {
        let line: [UInt8]
        do throws(RequestError) {
            line = try request.line()
        } catch { throw .request(error) }
        do throws(SystemError) {
            stream = try UnixStream(connectingTo: path)
            _ = try stream.write(line.span)
        } catch { throw ControlFailure(error) }
    }

    /// For epoll.
    public var number: Int32 { stream.number }

    /// Waits until more has come; false when `deadline` (monotonic nanoseconds) passed.
    public func wait(until deadline: UInt64) throws(ControlFailure) -> Bool {
        do throws(SystemError) {
            return try stream.wait(until: deadline)
        } catch { throw ControlFailure(error) }
    }

    /// The next line of the answer, if it is there.
    public mutating func next() throws(ControlFailure) -> Step {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            do throws(ReplyError) {
                if let reply = try reader.next() { return .reply(reply) }
            } catch { throw .reply(error) }
            if hasEnded { return .ended }
            do throws(SystemError) {
                var span = buffer.mutableSpan
                guard let count = try stream.read(into: &span) else { return .nothing }
                hasEnded = count == 0
                reader.append(buffer[0..<count])
            } catch { throw ControlFailure(error) }
        }
    }
}

/// Why the daemon could not be asked, or its answer not be read.
public enum ControlFailure: Error {
    /// The request cannot be written as a line.
    case request(RequestError)
    /// Nobody listens.
    case notRunning
    /// Only root may ask.
    case notPermitted
    case reply(ReplyError)
    case system(SystemError)

    init(_ error: SystemError) {
        self = error.isNoSuchFile || error.isConnectionRefused ? .notRunning : error.isPermission ? .notPermitted : .system(error)
    }
}
