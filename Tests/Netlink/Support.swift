import Crypto
import Netlink
import Testing
import Wire

func address(_ text: String) -> Address { Address(text)! }
func subnet(_ text: String, _ prefix: Int) -> Subnet { Subnet(address(text), prefix: prefix) }

/// The octets that a request sends, with the sequence number and the sender's port of the message it is compared with.
func octets(_ request: NetlinkRequest, like other: [UInt8]) -> [UInt8] {
    request.finish(sequence: 0)
    var octets = request.withBytes { (bytes) -> [UInt8] in
        var copy: [UInt8] = []
        for index in bytes.indices { copy.append(bytes[index]) }
        return copy
    }
    for index in 8..<16 { octets[index] = other[index] }
    return octets
}

/// A request taken apart: the octets before the attributes, and the attributes in the order of their octets, since their
/// order means nothing.
struct Parts: Equatable {
    var head: [UInt8]
    var attributes: [[UInt8]]

    init(_ message: [UInt8], head: Int) {
        self.head = Array(message[0..<head])
        attributes = []
        var at = head
        while at + 4 <= message.count {
            let length = Int(message[at]) | Int(message[at + 1]) << 8
            guard length >= 4, at + length <= message.count else { break }
            attributes.append(Array(message[at..<(at + length)]))
            at += (length + 3) / 4 * 4
        }
        attributes.sort { $0.lexicographicallyPrecedes($1) }
    }
}

/// Whether a request has the octets that another program sent.
/// - Parameter head: octets before the attributes, the netlink header's sixteen included.
func expectSame(_ request: NetlinkRequest, _ capture: [UInt8], head: Int, sourceLocation: SourceLocation = #_sourceLocation) {
    let ours = Parts(octets(request, like: capture), head: head)
    let theirs = Parts(capture, head: head)
    #expect(Text.hex(ours.head) == Text.hex(theirs.head), sourceLocation: sourceLocation)
    #expect(ours.attributes.map(Text.hex) == theirs.attributes.map(Text.hex), sourceLocation: sourceLocation)
}

/// The values that `read` makes of a datagram.
func values<Value>(
    _ datagram: [UInt8], _ read: (MessageHeader, Span<UInt8>) throws(WireError) -> Value?
) throws(WireError) -> [Value] {
    var values: [Value] = []
    try MessageHeader.read(datagram.span) { (header, body) throws(WireError) in
        if let value = try read(header, body) { values.append(value) }
    }
    return values
}

/// Cuts a datagram's last message at every octet, with and without mending its length: the first must be an error,
/// the second must not trap.
func expectTruncationsFail<Value: Equatable>(
    _ datagram: [UInt8], _ read: (MessageHeader, Span<UInt8>) throws(WireError) -> Value?,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let length = Int(datagram[0]) | Int(datagram[1]) << 8
    let message = Array(datagram[0..<length])
    for count in 1..<length {
        let cut = Array(message[0..<count])
        #expect((try? values(cut, read)) == nil, "cut to \(count) octets", sourceLocation: sourceLocation)
        guard count >= 16 else { continue }
        var mended = cut
        mended[0] = UInt8(count & 255)
        mended[1] = UInt8(count >> 8)
        _ = try? values(mended, read)
    }
    // And every octet damaged in turn.
    for index in 0..<length {
        for value in [0, 1, 0x7f, 0xff] as [UInt8] {
            var damaged = message
            damaged[index] = value
            _ = try? values(damaged, read)
        }
    }
}

func sa(
    _ spi: UInt32, _ source: String, _ destination: String, _ suite: ESPSuite, key: String, salt: String = "",
    integrity: String = "", mode: SecurityAssociation.Mode = .tunnel,
    encapsulation: SecurityAssociation.UDPPorts? = nil, inner: Address.Family? = nil, requestID: UInt32,
    window: Int
) -> SecurityAssociation {
    let everything = Selector(.everything(inner ?? address(source).family))
    var association = SecurityAssociation(
        spi: spi, source: address(source), destination: address(destination), mode: mode, suite: suite,
        encryptionKey: secret(key), salt: secret(salt), integrityKey: secret(integrity), encapsulation: encapsulation,
        sourceSelector: everything, destinationSelector: everything, requestID: requestID, replayWindow: window)
    // As ip(8) makes them: without end.
    association.packetsBeforeRekeying = .max
    association.octetsBeforeRekeying = .max
    return association
}

func secret(_ hex: String) -> Secret { Secret(Text.octets(hex: Array(hex.utf8))!) }
