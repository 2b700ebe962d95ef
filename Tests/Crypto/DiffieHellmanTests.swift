import Testing
import Vectors
import Wire

@testable import Crypto

private let modp: [Group] = [.modp1024, .modp1536, .modp2048, .modp3072, .modp4096, .modp6144, .modp8192]
private let all = modp + [.ecp256, .ecp384, .ecp521, .curve25519]

/// `value + change`, both octets in network order.
private func adding(_ change: Int, to value: [UInt8]) -> [UInt8] {
    var sum = value
    var carry = change
    for index in sum.indices.reversed() where carry != 0 {
        let digit = Int(sum[index]) + carry
        sum[index] = UInt8(truncatingIfNeeded: digit)
        carry = digit >> 8
    }
    return sum
}

private func padded(_ value: UInt8, _ group: Group) -> [UInt8] {
    [UInt8](repeating: 0, count: group.publicValueLength - 1) + [value]
}

@Suite struct Primes {
    /// RFC 2409 §6.2, written out.
    @Test func secondOakleyGroup() {
        #expect(
            MODPPrime.octets(.modp1024)
                == octets(
                    """
                    FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD
                    EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED
                    EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF
                    """))
    }

    /// SHA-256 of the others: from Python, by the formula, with its own digits of pi.
    @Test(
        arguments: [
            (.modp1536, "64fcc83ec403930bf18393dbc883ccaa1fbb08ac876f77f7aa99748ca945019b"),
            (.modp2048, "d66436f79bbd6b2e38c0ffbd079be904d2641415e2e67140e09448be9a60890e"),
            (.modp3072, "48cf8b092fbce4359d9871abf74f98e25b6163379eaa15cd9087e800c6d1c55c"),
            (.modp4096, "4ee95187682bcb230ad26a95205f6920e84708f6251b3894329b09ec23919e33"),
            (.modp6144, "d1bfe6d0925ce7e4da262b62861514a7755e35831e429f343e7b864848657efd"),
            (.modp8192, "39ab4feab950a3128fb71accb9fc3965d857012e081998a85996e3ea8b3c3bcf"),
        ] as [(Group, String)])
    func formula(_ group: Group, _ digest: String) {
        #expect(Text.hex(Hash.sha256(MODPPrime.octets(group))).text == digest)
    }
}

@Suite struct Exchanges {
    @Test(arguments: all)
    func bothSidesAgree(_ group: Group) throws {
        let random = SystemRandom()
        let one = try DiffieHellman(group, random: random)
        let other = try DiffieHellman(group, random: random)
        #expect(one.publicValue.count == group.publicValueLength)
        #expect(one.publicValue != other.publicValue)
        let secret = try one.sharedSecret(with: other.publicValue)
        #expect(secret.count == group.sharedSecretLength)
        #expect(secret.equals(try other.sharedSecret(with: one.publicValue)))
    }

    @Test(arguments: all)
    func lengthMustBeTheGroups(_ group: Group) throws {
        let side = try DiffieHellman(group, random: SystemRandom())
        let peer = try DiffieHellman(group, random: SystemRandom()).publicValue
        for wrong in [[], [4], Array(peer.dropLast()), peer + [0], [0] + peer, [4] + peer] {
            #expect(throws: CryptoError.badPublicValue) { try side.sharedSecret(with: wrong) }
        }
    }

    @Test(arguments: modp)
    func modpRange(_ group: Group) throws {
        let side = try DiffieHellman(group, random: SystemRandom())
        let prime = MODPPrime.octets(group)
        let ones = [UInt8](repeating: 0xff, count: prime.count)
        for wrong in [padded(0, group), padded(1, group), adding(-1, to: prime), prime, adding(1, to: prime), ones] {
            #expect(throws: CryptoError.badPublicValue) { try side.sharedSecret(with: wrong) }
        }
        // The outermost that are allowed. 2 gives our own public value.
        #expect(try side.sharedSecret(with: padded(2, group)).array == side.publicValue)
        _ = try side.sharedSecret(with: adding(-2, to: prime))
    }

    /// A secret that begins with zeros keeps them: 4 is 2 squared, so its power is short when the exponent is.
    @Test func modpSecretKeepsLeadingZeros() throws {
        let modp = try MODP(.modp1024)
        var secret = [UInt8](repeating: 0xee, count: 128)
        var span = secret.mutableSpan
        try modp.sharedSecret(Secret([3]), with: padded(4, .modp1024).span, into: &span)
        #expect(secret == padded(64, .modp1024))
    }

    @Test(arguments: [.ecp256, .ecp384, .ecp521] as [Group])
    func pointMustLieOnTheCurve(_ group: Group) throws {
        let side = try DiffieHellman(group, random: SystemRandom())
        let peer = try DiffieHellman(group, random: SystemRandom()).publicValue
        let half = peer.count / 2
        let other = adding(1, to: peer)
        let swapped = Array(peer[half...] + peer[..<half])
        let zeros = [UInt8](repeating: 0, count: peer.count)
        let ones = [UInt8](repeating: 0xff, count: peer.count)
        for wrong in [other, swapped, zeros, ones] {
            #expect(throws: CryptoError.badPublicValue) { try side.sharedSecret(with: wrong) }
        }
    }

    /// A coordinate past the prime names a point that another encoding names too: refused.
    @Test func coordinateMustBeReduced() throws {
        let side = try DiffieHellman(.ecp256, random: SystemRandom())
        // x = 0 has y = sqrt(b); x = p is the same point, wrongly written.
        let y = octets("66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4")
        let prime = octets("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff")
        _ = try side.sharedSecret(with: [UInt8](repeating: 0, count: 32) + y)
        #expect(throws: CryptoError.badPublicValue) { try side.sharedSecret(with: prime + y) }
    }

    /// The points of small order on Curve25519 and its twist, and what reduces to them: every secret would be zeros.
    @Test(arguments: [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b880",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f11d7",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    ])
    func curve25519SmallOrder(_ value: String) throws {
        let side = try DiffieHellman(.curve25519, random: SystemRandom())
        #expect(throws: CryptoError.badPublicValue) { try side.sharedSecret(with: octets(value)) }
    }

    /// RFC 7748 §5: values past the prime are taken, and mean what they reduce to. 2^255 - 10 is 9.
    @Test func curve25519UnreducedValue() throws {
        let side = try DiffieHellman(.curve25519, random: SystemRandom())
        let nine = [9] + [UInt8](repeating: 0, count: 31)
        let unreduced = [0xf6] + [UInt8](repeating: 0xff, count: 30) + [0x7f]
        #expect(try side.sharedSecret(with: nine).array == side.publicValue)
        #expect(try side.sharedSecret(with: unreduced).equals(side.sharedSecret(with: nine)))
    }

    /// Candidates past the order, and zero, are drawn again; a source that gives nothing else ends it.
    @Test func privateValueIsBelowTheOrder() throws {
        let published = octets("C88F01F510D9AC3F70A292DAA2316DE544E9AAB8AFE84049C62A9C57862D1433")
        let order = octets("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")
        let zeros = [UInt8](repeating: 0, count: 32)
        let plain = try DiffieHellman(.ecp256, random: ReplayedRandom(published))
        let redrawn = try DiffieHellman(.ecp256, random: ReplayedRandom(order + zeros + published))
        #expect(plain.publicValue == redrawn.publicValue)
        let useless = ReplayedRandom([UInt8](repeating: 0xff, count: 200 * 32))
        #expect(throws: CryptoError.failed) { try DiffieHellman(.ecp256, random: useless) }
    }
}
