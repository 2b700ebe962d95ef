import Foundation
import Linux
import Testing

let isRoot = ThisProcess.user == 0

/// A directory of the test's own, gone with it.
final class Scratch {
    let path: Path
    init() {
        var template = Array("/tmp/cygnet-test.XXXXXX".utf8CString)
        unsafe mkdtemp(&template)
        path = Path(template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) })
    }
    deinit { try? FileManager.default.removeItem(atPath: "\(path)") }
}

/// A moment `seconds` from now, for waits that must not hang.
func soon(_ seconds: UInt64 = 5) -> UInt64 { Clock.monotonic() + seconds * 1_000_000_000 }

/// Pages that this process has in memory.
func residentPages() -> Int {
    let fields = (try? Files.read("/proc/self/statm", limit: 256))?.split(separator: 32) ?? []
    return fields.count > 1 ? Int(String(decoding: fields[1], as: UTF8.self)) ?? 0 : 0
}

/// Waits until a descriptor can be read.
func readable(_ number: Int32) throws -> Bool {
    let epoll = try Epoll(capacity: 1)
    try epoll.add(number, .read, token: 1)
    return try epoll.wait(until: soon()) == 1
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// The octets that a read into a fresh buffer gives.
func reading<E: Error>(_ count: Int = 4096, _ body: (inout MutableSpan<UInt8>) throws(E) -> Int?) throws(E) -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: count)
    var span = buffer.mutableSpan
    guard let got = try body(&span) else { return nil }
    return Array(buffer[0..<got])
}
