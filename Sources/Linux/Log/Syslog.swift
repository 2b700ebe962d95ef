import CLinux
import Wire

/// The system's log, by datagrams to /dev/log (RFC 3164). It never blocks: a line that the log does not accept is lost and counted.
public final class Syslog: LogDestination {
    /// Octets of one datagram (RFC 3164 §4.1); longer lines are cut.
    public static let lineLimit = 1_024

    /// Lines that the log did not accept.
    public private(set) var lost: UInt64 = 0

    private let path: Path
    /// 3 is daemon, 4 auth, 10 authpriv, 16 to 23 local0 to local7.
    public var facility: UInt8
    private let tag: [UInt8]
    private var descriptor: SharedDescriptor?

    /// `tag` stands before each line; `facility` 3 is "daemon" (RFC 5424 §6.2.1).
    public init(tag: Name, facility: UInt8 = 3, path: Path = "/dev/log") {
        self.tag = tag.bytes
        self.facility = facility
        self.path = path
        super.init()
    }

    /// Writes one line with its level's severity.
    public override func write(_ level: Log.Level, _ line: Sentence) { write(severity: level.rawValue, line) }

    /// Writes one line, which is made printable.
    /// - Parameter severity: 0 emergency to 7 debug.
    public func write(severity: UInt8, _ text: __owned Sentence) {
        // No time stamp: a log daemon that listens on /dev/log adds its own, in its own time zone.
        let head: Sentence = "<\(facility << 3 | severity & 7)>\(Name(tag))[\(ThisProcess.id)]: "
        var line = head.octets
        line += text.printable.octets.prefix(Self.lineLimit - line.count)
        // If the log daemon was restarted, it has another socket.
        for _ in 0..<2 {
            if descriptor == nil {
                let made = unsafe path.withCString { unsafe clinux_unix_connect($0, 1) }
                if made >= 0 { descriptor = SharedDescriptor(Descriptor(made)) }
            }
            guard let number = descriptor?.number else { break }
            let sent = unsafe line.withUnsafeBufferPointer { unsafe clinux_stream_send(number, $0.baseAddress, $0.count) }
            if sent >= 0 { return }
            if sent == -Int(EAGAIN) || sent == -Int(ENOBUFS) { break }
            descriptor = nil
        }
        lost += 1
    }
}
