import Crypto
import Linux
import Wire

/// Makes an RSA key, with progress on standard error, and writes its form in ipsec.secrets.
enum KeyMaking {
    /// FreeS/WAN's length. It is no power of two, so that hardware built for common lengths does not fit.
    static let usualBits = 2192

    /// Parses a number of bits; `nil` for a length that Cygnet does not make.
    static func bits(_ word: Name) -> Int? {
        guard let value = Text.decimal(word.bytes, limit: UInt64(RSAPublicKey.bits.upperBound)),
            Int(value) >= RSAPublicKey.bits.lowerBound, value % 16 == 0
        else { return nil }
        return Int(value)
    }

    static let bitsWords: Sentence =
        "a multiple of 16 from \(RSAPublicKey.bits.lowerBound) to \(RSAPublicKey.bits.upperBound)"

    /// Makes a key and prints dots on standard error while it computes; `nil` when it fails, with the reason on standard error.
    /// Signals that would end the process are blocked from here on, so that they cannot leave half a file.
    static func make(_ bits: Int) -> RSAPrivateKey? {
        guard let signals = try? Signals([.interrupt, .terminate, .hangUp]) else {
            complain("cannot watch for signals")
            return nil
        }
        let began: Sentence = "making an RSA key of \(bits) bits, which takes a while "
        StandardStream.error.write(began.octets.span)
        if !SystemRandom.isReady { StandardStream.error.write("(first the kernel gathers random numbers) ") }
        do throws(CryptoError) {
            let generation = try RSAGeneration(bits: bits, random: SystemRandom())
            var steps = 0
            while ((try? signals.next()) ?? nil) == nil {
                if let key = try generation.step() {
                    StandardStream.error.write(" done\n")
                    return key
                }
                steps += 1
                if steps % 32 == 0 { StandardStream.error.write(".") }
            }
            refuse("interrupted: no key was made")
        } catch { refuse("the key could not be made") }
        return nil
    }

    /// Ends the line of dots with the reason why no key was made.
    private static func refuse(_ reason: StaticString) {
        StandardStream.error.write("\n")
        complain("\(reason)")
    }

    /// This machine's name, for comments in what is printed.
    static var hostName: Name {
        let bytes = (try? Files.read("/proc/sys/kernel/hostname", limit: 256)) ?? []
        return Name(Array(bytes.prefix { $0 > 0x20 && $0 < 0x7f }))
    }

    /// The lines between the braces of an RSA entry in ipsec.secrets.
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
