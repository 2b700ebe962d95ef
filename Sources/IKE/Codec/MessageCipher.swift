import Crypto
import Wire

/// The encryption of ISAKMP messages: CBC from the header on, each exchange's IV the last block of the message before
/// (RFC 2409 app. B).
final class MessageCipher {
    private let cipher: Cipher
    private let key: Secret
    private var blockLength: Int { cipher.blockLength }

    init(_ keys: Phase1Keys) {
        cipher = keys.cipher
        key = keys.cipherKey
    }

    /// A whole encrypted message, zeros behind its payloads up to the cipher's block. `iv` becomes its last block.
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

    /// The message in clear, header and padding included, and the IV of the answer; `nil` when its length is no multiple
    /// of the block. Whether it makes sense is for the caller to find out, and `iv` his to keep only if it does.
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

    /// The key schedule is made for each message: they are few, and an SA that stands is to be small.
    private func apply(_ direction: CBC.Direction, _ message: inout [UInt8], iv: [UInt8]) {
        let range = Header.length..<message.count
        var span = message.mutableSpan
        // The key is as long as the cipher's, the length is a multiple of the block, and the IV as long as one: there is
        // nothing that it could refuse.
        try? CBC(cipher, key: key, direction).apply(&span, range: range, iv: iv.span)
    }
}
