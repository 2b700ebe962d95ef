import CLinux
import Wire

/// A listening stream socket with a name in the file system, which its owner alone may connect to (mode 0600).
public final class UnixListener {
    private let descriptor: Descriptor

    /// For epoll.
    public var number: Int32 { descriptor.number }

    /// - Throws: `isAddressInUse` if the name exists, whether or not a process listens.
    public init(_ path: Path) throws(SystemError) {
        let made = unsafe path.withCString { unsafe clinux_unix_listen($0, 8) }
        descriptor = Descriptor(try check(made, "listen on \(path)"))
    }

    /// The next client; `nil` when none waits.
    public func accept() throws(SystemError) -> UnixStream? {
        let client = clinux_accept(number)
        if client == -Int(ECONNABORTED) { return nil }
        return try unlessBusy(client, "accept").map { UnixStream(Descriptor($0)) }
    }
}

/// One connection over a Unix socket.
public final class UnixStream {
    /// The process at the other end (SO_PEERCRED).
    public struct PeerCredentials: Hashable, Sendable {
        /// Process ID.
        public let process: Int32
        /// Effective user ID; 0 is root.
        public let user: UInt32
        /// Effective group ID.
        public let group: UInt32
    }

    private let descriptor: Descriptor

    init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }

    /// For epoll.
    public var number: Int32 { descriptor.number }

    /// - Throws: `isNoSuchFile`, or `isConnectionRefused` if the name exists and no process listens.
    public init(connectingTo path: Path) throws(SystemError) {
        let made = unsafe path.withCString { unsafe clinux_unix_connect($0, 0) }
        descriptor = Descriptor(try check(made, "connect to \(path)"))
    }

    /// The peer's process, as of the time when it connected.
    public func credentials() throws(SystemError) -> PeerCredentials {
        var credentials = clinux_credentials()
        try check(unsafe clinux_credentials(number, &credentials), "getsockopt SO_PEERCRED")
        return PeerCredentials(process: credentials.process, user: credentials.user, group: credentials.group)
    }

    /// Reads at most `bytes.count` octets. Returns 0 if the other side has closed, `nil` if nothing waits.
    public func read(into bytes: inout MutableSpan<UInt8>) throws(SystemError) -> Int? {
        try descriptor.read(into: &bytes)
    }

    /// Sends as much as there is room for. Returns the number of octets, `nil` if there is no room.
    public func write(_ bytes: Span<UInt8>) throws(SystemError) -> Int? {
        let sent = unsafe bytes.withUnsafeBufferPointer { unsafe clinux_stream_send(number, $0.baseAddress, $0.count) }
        return try unlessBusy(sent, "send")
    }

    /// For commands: waits for something to read, or for room to write. See `Descriptor.wait`.
    public func wait(toWrite: Bool = false, until deadline: UInt64) throws(SystemError) -> Bool {
        try descriptor.wait(toWrite: toWrite, until: deadline)
    }
}
