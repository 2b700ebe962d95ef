import Crypto
import Linux
import Wire

/// Making an RSA key with somebody watching, and its form in ipsec.secrets.
enum KeyMaking {
    /// What FreeS/WAN made: not a power of two, so that nobody builds a machine for just this length.
    static let usualBits = 2192

    /// A number of bits, as a word of the command line says it; `nil` when keys of such a length are not made.
    static func bits(_ word: Name) -> Int? {
        guard let value = Text.decimal(word.bytes, limit: UInt64(RSAPublicKey.bits.upperBound)),
            Int(value) >= RSAPublicKey.bits.lowerBound, value % 16 == 0
        else { return nil }
        return Int(value)
    }

    static let bitsWords: Sentence =
        "a multiple of 16 from \(RSAPublicKey.bits.lowerBound) to \(RSAPublicKey.bits.upperBound)"

    /// Makes a key; dots on standard error show that it goes on. `nil`, and the reason said, when it did not come to be.
    /// Signals that would end the process are held back from here on: they can no longer leave half a file.
    static func make(_ bits: Int) -> RSAPrivateKey? {
        guard let signals = try? Signals([.interrupt, .terminate, .hangUp]) else {
            complain("cannot watch for signals")
            return nil
        }
        let began: Sentence = "making an RSA key of \(bits) bits, which takes a while "
        StandardStream.error.write(began.octets.span)
        if !SystemRandom.isReady { StandardStream.error.write("(first the kernel gathers random numbers) ") }
        var draws = 0
        do throws(CryptoError) {
            let key = try RSAPrivateKey.generate(bits: bits, random: SystemRandom()) {
                draws += 1
                if draws % 32 == 0 { StandardStream.error.write(".") }
                return ((try? signals.next()) ?? nil) == nil
            }
            StandardStream.error.write(" done\n")
            return key
        } catch {
            StandardStream.error.write("\n")
            complain(error == .unsupported ? "interrupted: no key was made" : "the key could not be made")
            return nil
        }
    }

    /// The name of this machine, for comments.
    static var hostName: Name {
        let bytes = (try? Files.read("/proc/sys/kernel/hostname", limit: 256)) ?? []
        return Name(Array(bytes.prefix { $0 > 0x20 && $0 < 0x7f }))
    }

    /// The lines that stand between the braces of an RSA entry in ipsec.secrets.
    static func lines(_ key: RSAPrivateKey, host: Name) -> Sentence {
        var text: Sentence = "\t# RSA \(key.publicKey.bitCount) bits   \(host)\n"
        text += "\t# for signatures only, UNSAFE FOR ENCRYPTION\n"
        text += "\t#pubkey=0s\(Text.base64(key.publicKey.rfc3110))\n"
        let names: [StaticString] = [
            "Modulus", "PublicExponent", "PrivateExponent", "Prime1", "Prime2", "Exponent1", "Exponent2", "Coefficient",
        ]
        for part in RSAPrivateKey.Part.allCases {
            if part == .privateExponent { text += "\t# everything after this point is secret\n" }
            text += "\t\(names[part.rawValue]): 0x"
            let number = key[part]
            for index in 0..<number.count { text += "\(Text.hex([number.bytes[index]]))" }
            text += "\n"
        }
        return text
    }
}
