import Crypto
import Testing
import Vectors

@Suite struct Secrets {
    @Test func holdsWhatItWasGiven() {
        let octets: [UInt8] = [1, 2, 3, 4, 5]
        let secret = Secret(octets)
        #expect(secret.count == 5)
        #expect(secret.array == octets)
        #expect(secret.slice(1..<3).array == [2, 3])
        #expect(secret.slice(5..<5).count == 0)
        #expect(Secret([]).array == [])
        #expect(Secret(count: 3).array == [0, 0, 0])
    }

    @Test func aSliceIsACopy() {
        let secret = Secret([1, 2, 3])
        let slice = secret.slice(0..<2)
        secret.withMutableBytes { $0[0] = 9 }
        #expect(slice.array == [1, 2])
        #expect(secret.array == [9, 2, 3])
    }

    @Test func equality() {
        let secret = Secret([1, 2, 3])
        #expect(secret.equals(secret))
        #expect(secret.equals(Secret([1, 2, 3])))
        #expect(!secret.equals(Secret([1, 2, 4])))
        #expect(!secret.equals(Secret([9, 2, 3])))
        #expect(!secret.equals(Secret([1, 2])))
        #expect(!secret.equals(Secret([1, 2, 3, 0])))
        #expect(Secret([]).equals(Secret(count: 0)))
    }
}

@Suite struct RandomSources {
    /// A repeated source gives the same everywhere, which makes IKE's tests deterministic.
    @Test func replay() {
        let random = ReplayedRandom([0xde, 0xad, 0xbe, 0xef])
        #expect(random.uint32() == 0xdead_beef)
        #expect(random.bytes(3) == [4, 5, 6])
        #expect(random.secret(2).array == [7, 8])
    }

    @Test func kernel() {
        #expect(SystemRandom.isReady)
        let random = SystemRandom()
        #expect(random.bytes(0) == [])
        // More than one call of getrandom returns at once.
        let many = random.bytes(1 << 17)
        #expect(many != random.bytes(1 << 17))
        // Every value turns up among so many: the chance that one does not is below 2^-700.
        #expect(Set(many).count == 256)
    }
}

@Suite struct MACs {
    @Test func verifyTakesPrefixesOnly() {
        let mac = HMAC(.sha1, key: Secret([1, 2, 3]))
        mac.update([4, 5, 6])
        let whole = mac.finish()
        for count in 1...20 {
            mac.update([4, 5, 6])
            #expect(mac.verify(Array(whole[..<count])))
            for bit in 0..<(count * 8) {
                var wrong = Array(whole[..<count])
                wrong[bit / 8] ^= 1 << UInt8(bit % 8)
                mac.update([4, 5, 6])
                #expect(!mac.verify(wrong))
            }
        }
        mac.update([4, 5, 6])
        #expect(!mac.verify([]), "nothing proves nothing")
        mac.update([4, 5, 6])
        #expect(!mac.verify(whole + [0]))
    }

    @Test func finishWritesWhereItIsTold() {
        let mac = HMAC(.md5, key: Secret([1]))
        let whole = mac.finish()
        var out = [UInt8](repeating: 0xee, count: 20)
        var span = out.mutableSpan
        mac.finish(into: &span, at: 4, count: 12)
        #expect(out == [UInt8](repeating: 0xee, count: 4) + whole[..<12] + [UInt8](repeating: 0xee, count: 4))
    }

    /// Keys as long as the block, one less and one more: where RFC 2104 begins to hash them.
    @Test(arguments: [Hash.md5, .sha1, .sha256, .sha384, .sha512])
    func keysAroundTheBlock(_ hash: Hash) {
        for count in [hash.blockLength - 1, hash.blockLength, hash.blockLength + 1] {
            let key = [UInt8](repeating: 0x61, count: count)
            let short =
                (count > hash.blockLength ? hash(key) : key)
                + [UInt8](repeating: 0, count: max(0, hash.blockLength - (count > hash.blockLength ? hash.length : count)))
            let inner = hash(short.map { $0 ^ 0x36 } + [1, 2])
            let mac = HMAC(hash, key: key.span)
            mac.update([1, 2])
            #expect(mac.finish() == hash(short.map { $0 ^ 0x5c } + inner))
        }
    }
}
