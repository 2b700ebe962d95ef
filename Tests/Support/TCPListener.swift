import Foundation
import Linux

/// A TCP server on 127.0.0.1, for tests that need one: Cygnet itself has only clients.
public final class TCPListener {
    private let descriptor: Int32

    public init(port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let bound = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard bound == 0, listen(descriptor, 4) == 0 else { throw SystemError(errno, "listen") }
    }

    deinit { close(descriptor) }

    /// The next client; waits for it, 5 seconds at most.
    public func accept() -> Stream? {
        var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard unsafe poll(&wanted, 1, 5_000) == 1 else { return nil }
        let client = Foundation.accept(descriptor, nil, nil)
        return Stream(descriptor: client)
    }

    /// One client's connection.
    public final class Stream {
        private let descriptor: Int32

        init(descriptor: Int32) { self.descriptor = descriptor }

        deinit { close(descriptor) }

        /// Waits for the next octets.
        public func read() -> [UInt8] {
            var buffer = [UInt8](repeating: 0, count: 4_096)
            let count = unsafe Foundation.read(descriptor, &buffer, buffer.count)
            return Array(buffer.prefix(max(count, 0)))
        }

        public func write(_ octets: [UInt8]) { _ = unsafe Foundation.write(descriptor, octets, octets.count) }
    }
}
