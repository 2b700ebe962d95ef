import Crypto
import Wire

/// Octets from hexadecimal digits; blanks and line ends between them are passed over. Traps on anything else.
public func octets(_ hex: String) -> [UInt8] {
    guard let octets = Text.octets(hex: hex.utf8.filter { $0 != 0x20 && $0 != 0x0A }) else {
        fatalError("not hexadecimal")
    }
    return octets
}

/// Random octets that were written down before, and after them octets that count upwards.
public final class ReplayedRandom: RandomSource {
    private var octets: [UInt8]
    private var next = 0

    public init(_ octets: [UInt8]) { self.octets = octets }

    public override func fill(_ bytes: inout MutableSpan<UInt8>) {
        for index in bytes.indices {
            bytes[index] = next < octets.count ? octets[next] : UInt8(truncatingIfNeeded: next)
            next += 1
        }
    }
}

extension Report {
    /// Expects octets to be those that `hex` spells.
    public mutating func equal(_ got: [UInt8], _ hex: String, _ what: @autoclosure () -> String) {
        expect(got == octets(hex), "\(what()): \(Text.hex(got))")
    }

    public mutating func equal(_ got: Secret, _ hex: String, _ what: @autoclosure () -> String) {
        equal(got.array, hex, what())
    }
}

extension Secret {
    /// A copy, to compare.
    public var array: [UInt8] {
        var array: [UInt8] = []
        for index in bytes.indices { array.append(bytes[index]) }
        return array
    }
}

// Embedded Swift cannot print an enum's case.

public func name(_ hash: Hash) -> String {
    switch hash {
    case .md5: "MD5"
    case .sha1: "SHA-1"
    case .sha256: "SHA-256"
    case .sha384: "SHA-384"
    case .sha512: "SHA-512"
    }
}

public func name(_ cipher: Cipher) -> String {
    cipher == .tripleDESCBC ? "3DES-CBC" : "AES-\(cipher.isAEAD ? "GCM" : "CBC")-\(cipher.keyLength * 8)"
}

public func name(_ group: Group) -> String {
    switch group {
    case .ecp256: "ECP-256"
    case .ecp384: "ECP-384"
    case .ecp521: "ECP-521"
    case .curve25519: "Curve25519"
    default: "MODP-\(group.publicValueLength * 8)"
    }
}
