import Crypto
import Wire

/// A netlink message to the kernel while it is built: header (struct nlmsghdr), the request's own fixed part, attributes.
///
/// Its octets are in a `Secret`, because a message that installs an SA holds keys: they are wiped when the request is released,
/// and whenever the buffer is replaced by a larger one.
public final class NetlinkRequest {
    /// The header's flags (linux/netlink.h).
    public struct Flags: OptionSet, Sendable {
        /// NLM_F_….
        public let rawValue: UInt16
        /// Any set of NLM_F_… bits.
        public init(rawValue: UInt16) { self.rawValue = rawValue }
        /// Send an acknowledgement (NLM_F_ACK).
        public static let acknowledge = Flags(rawValue: 0x004)
        /// Return the whole table, one message an entry (NLM_F_DUMP).
        public static let dump = Flags(rawValue: 0x300)
        /// Replace what is there (NLM_F_REPLACE).
        public static let replace = Flags(rawValue: 0x100)
        /// Fail when it exists already (NLM_F_EXCL).
        public static let exclusive = Flags(rawValue: 0x200)
        /// Create it if it is not there (NLM_F_CREATE).
        public static let create = Flags(rawValue: 0x400)
        /// Add it at the end of the list (NLM_F_APPEND).
        public static let append = Flags(rawValue: 0x800)
    }

    /// What the request is for, to follow "cannot".
    public let purpose: Sentence
    private var storage = Secret(count: 512)
    private var count = 0
    /// Offset of each message: some requests consist of several.
    private var starts: [Int] = [0]

    /// - Parameter type: the message's number, such as `RTM_NEWROUTE`'s 24.
    init(_ type: UInt16, _ flags: Flags, to purpose: Sentence) {
        self.purpose = purpose
        native32(0)
        native16(type)
        native16(flags.rawValue | 1) // NLM_F_REQUEST
        native32(0)
        native32(0)
    }

    /// Fills in the lengths and the sequence number, which identifies the kernel's answer.
    public func finish(sequence: UInt32) {
        for (index, start) in starts.enumerated() {
            patchNative32(UInt32((index + 1 < starts.count ? starts[index + 1] : count) - start), at: start)
            patchNative32(sequence, at: start + 8)
        }
    }

    /// Begins another message of the same request.
    func next(_ type: UInt16, _ flags: Flags) {
        starts.append(count)
        native32(0)
        native16(type)
        native16(flags.rawValue | 1)
        native32(0)
        native32(0)
    }

    /// Passes the octets written so far to `body`.
    public func withBytes<Value, E: Error>(_ body: (Span<UInt8>) throws(E) -> Value) throws(E) -> Value {
        let storage = self.storage
        return try body(storage.bytes.extracting(0..<count))
    }

    func uint8(_ value: UInt8) {
        if count == storage.count { grow() }
        let at = count
        storage.withMutableBytes { $0[at] = value }
        count += 1
    }

    func uint16(_ value: UInt16) {
        uint8(UInt8(value >> 8))
        uint8(UInt8(truncatingIfNeeded: value))
    }

    func uint32(_ value: UInt32) {
        uint16(UInt16(value >> 16))
        uint16(UInt16(truncatingIfNeeded: value))
    }

    func uint64(_ value: UInt64) {
        uint32(UInt32(value >> 32))
        uint32(UInt32(truncatingIfNeeded: value))
    }

    func native16(_ value: UInt16) { uint16(value.bigEndian) }
    func native32(_ value: UInt32) { uint32(value.bigEndian) }
    func native64(_ value: UInt64) { uint64(value.bigEndian) }

    func zeros(_ count: Int) { for _ in 0..<count { uint8(0) } }

    func append(_ octets: Span<UInt8>) { for index in octets.indices { uint8(octets[index]) } }
    func append(_ octets: [UInt8]) { for octet in octets { uint8(octet) } }

    /// Four or sixteen octets.
    func address(_ address: Address) {
        if address.family == .ipv6 {
            uint64(address.high)
            uint64(address.low)
        } else {
            uint32(UInt32(truncatingIfNeeded: address.low))
        }
    }

    /// Writes an attribute (struct nlattr) whose payload `body` writes, with its length and padding.
    func attribute(_ type: UInt16, _ body: () -> Void) {
        let start = count
        native16(0)
        native16(type)
        body()
        patchNative16(UInt16(count - start), at: start)
        zeros((4 - count % 4) % 4)
    }

    func attribute(_ type: UInt16, native32 value: UInt32) { attribute(type) { native32(value) } }
    func attribute(_ type: UInt16, _ address: Address) { attribute(type) { self.address(address) } }
    /// Text with its final zero.
    func attribute(_ type: UInt16, _ name: Name) {
        attribute(type) {
            append(name.bytes)
            uint8(0)
        }
    }

    private func patchNative32(_ value: UInt32, at offset: Int) {
        let value = value.bigEndian
        patch(UInt8(value >> 24), at: offset)
        patch(UInt8(truncatingIfNeeded: value >> 16), at: offset + 1)
        patch(UInt8(truncatingIfNeeded: value >> 8), at: offset + 2)
        patch(UInt8(truncatingIfNeeded: value), at: offset + 3)
    }

    private func patchNative16(_ value: UInt16, at offset: Int) {
        let value = value.bigEndian
        patch(UInt8(value >> 8), at: offset)
        patch(UInt8(truncatingIfNeeded: value), at: offset + 1)
    }

    private func patch(_ value: UInt8, at offset: Int) { storage.withMutableBytes { $0[offset] = value } }

    private func grow() {
        let larger = Secret(count: storage.count * 2)
        larger.withMutableBytes { for index in 0..<count { $0[index] = storage.bytes[index] } }
        storage = larger
    }
}
