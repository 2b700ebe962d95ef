import Testing
import Vectors

@testable import Crypto

/// With the CPU's instructions and without them: the vectors judge whichever this machine takes, and these tests the other
/// one by it. On a CPU that has none they compare like with like.
@Suite struct Instructions {
    private let random = ReplayedRandom([])

    @Test(arguments: [Cipher.aesGCM128, .aesGCM192, .aesGCM256])
    func gcm(_ cipher: Cipher) throws {
        let key = random.bytes(cipher.keyLength)
        let salt = random.bytes(4)
        let one = try GCM(cipher, key: key.span, salt: salt.span, instructions: CPU.hasAES)
        let other = try GCM(cipher, key: key.span, salt: salt.span, instructions: false)
        for count in 0..<300 {
            let aad = 0..<(count % 33)
            let text = (aad.upperBound + 8)..<(aad.upperBound + 8 + count)
            var bytes = random.bytes(text.upperBound + 16)
            var copy = bytes
            var span = bytes.mutableSpan
            try one.seal(&span, aad: aad, ivAt: aad.upperBound, text: text)
            span = copy.mutableSpan
            try other.seal(&span, aad: aad, ivAt: aad.upperBound, text: text)
            #expect(bytes == copy, "\(count) octets")
            span = bytes.mutableSpan
            try other.open(&span, aad: aad, ivAt: aad.upperBound, text: text)
            span = copy.mutableSpan
            try one.open(&span, aad: aad, ivAt: aad.upperBound, text: text)
            #expect(bytes == copy, "\(count) octets")
        }
    }

    /// Keys of GHASH whose highest bit is set are shifted with a carry: both kinds, and single bits.
    @Test func ghash() {
        for bit in 0..<128 {
            for fill in [0, 0xff] as [UInt8] {
                var key = [UInt8](repeating: fill, count: 16)
                key[bit / 8] ^= 0x80 >> UInt8(bit % 8)
                let text = random.bytes(16 * 9)
                #expect(sum(key, text, instructions: CPU.hasAES) == sum(key, text, instructions: false), "bit \(bit)")
            }
        }
    }

    private func sum(_ key: [UInt8], _ text: [UInt8], instructions: Bool) -> [UInt8] {
        let hash = unsafe key.withUnsafeBufferPointer {
            unsafe GHASH(key: $0.baseAddress!, instructions: instructions)
        }
        defer { hash.release() }
        var sum = [UInt8](repeating: 0, count: 16)
        unsafe sum.withUnsafeMutableBufferPointer { sum in
            unsafe text.withUnsafeBufferPointer { text in
                unsafe hash.update(sum.baseAddress!, text.baseAddress!, blocks: text.count / 16)
            }
        }
        return sum
    }

    @Test(arguments: [Cipher.aesCBC128, .aesCBC192, .aesCBC256], [CBC.Direction.encrypt, .decrypt])
    func cbc(_ cipher: Cipher, _ direction: CBC.Direction) throws {
        let key = random.bytes(cipher.keyLength)
        let one = try CBC(cipher, key: key.span, direction, instructions: CPU.hasAES)
        let other = try CBC(cipher, key: key.span, direction, instructions: false)
        for blocks in 0..<40 {
            var bytes = random.bytes(5 + 16 + 16 * blocks + 3)
            var copy = bytes
            var span = bytes.mutableSpan
            try one.apply(&span, range: 21..<(21 + 16 * blocks), ivAt: 5)
            span = copy.mutableSpan
            try other.apply(&span, range: 21..<(21 + 16 * blocks), ivAt: 5)
            #expect(bytes == copy, "\(blocks) blocks")
        }
    }

    /// Pieces of every length, so that blocks begin in one piece and end in another.
    @Test(arguments: [Hash.sha1, .sha256])
    func hashes(_ hash: Hash) {
        let one = HashState(hash, instructions: CPU.hasSHA)
        let other = HashState(hash, instructions: false)
        defer { one.release() }
        defer { other.release() }
        for count in 0..<300 {
            let piece = random.bytes(count)
            let whole = HashState(hash, instructions: CPU.hasSHA)
            let plain = HashState(hash, instructions: false)
            whole.update(piece.span)
            plain.update(piece.span)
            one.update(piece.span)
            other.update(piece.span)
            #expect(result(whole) == result(plain), "\(count) octets")
            whole.release()
            plain.release()
            if count % 7 == 0 {
                #expect(result(one) == result(other), "up to \(count) octets")
                one.start()
                other.start()
            }
        }
    }

    private func result(_ state: HashState) -> [UInt8] {
        var octets = [UInt8](repeating: 0, count: 64)
        unsafe octets.withUnsafeMutableBufferPointer { unsafe state.finish($0.baseAddress!) }
        return Array(octets[..<state.hash.length])
    }
}
