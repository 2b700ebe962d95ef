import Crypto
import Wire

/// The encryption of ISAKMP messages (RFC 2409 app. B): CBC of everything behind the header. The IV of a message is the last cipher
/// block of the previous message of its exchange.
final class MessageCipher {
    private let cipher: Cipher
    private let key: Secret
    private var blockLength: Int { cipher.blockLength }

    init(_ keys: Phase1Keys) {
        cipher = keys.cipher
        key = keys.cipherKey
    }

    /// The whole encrypted message, padded with zeros to the cipher's block size. `iv` becomes its last block.
    func seal(_ header: Header, _ payloads: [OutgoingPayload], iv: inout [UInt8]) -> [UInt8] {
        var header = header
        header.flags.insert(.encryption)
        header.nextPayload = payloads.first?.type ?? .none
        var body = ByteWriter(capacity: 256)
        body.append(payloads.octets)
        body.pad(to: blockLength)
        header.messageLength = UInt32(Header.length + body.count)
        var writer = ByteWriter(capacity: Header.length + body.count)
        header.write(to: &writer)
        writer.append(body.bytes)
        var message = writer.bytes
        apply(.encrypt, &message, iv: iv)
        iv = Array(message.suffix(blockLength))
        return message
    }

    /// The whole decrypted message with its padding, and the next IV; `nil` if the length is not a multiple of the block size. The
    /// caller keeps the IV only if the message is authentic.
    func open(_ datagram: Span<UInt8>, iv: [UInt8]) -> (message: [UInt8], nextIV: [UInt8])? {
        let length = datagram.count - Header.length
        guard length > 0, length % blockLength == 0 else { return nil }
        var message: [UInt8] = []
        message.reserveCapacity(datagram.count)
        for index in datagram.indices { message.append(datagram[index]) }
        let nextIV = Array(message.suffix(blockLength))
        apply(.decrypt, &message, iv: iv)
        return (message, nextIV)
    }

    /// The key schedule is computed for each message: messages are few, and SAs are to be small.
    private func apply(_ direction: CBC.Direction, _ message: inout [UInt8], iv: [UInt8]) {
        let range = Header.length..<message.count
        var span = message.mutableSpan
        // Key, IV and length have the sizes that the cipher requires, so it cannot fail.
        try? CBC(cipher, key: key, direction).apply(&span, range: range, iv: iv.span)
    }
}
