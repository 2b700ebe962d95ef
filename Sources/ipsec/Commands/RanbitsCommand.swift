import Crypto
import Linux
import Wire

/// `ipsec ranbits`: random bits in hexadecimal, for those who make keys by hand.
enum RanbitsCommand {
    private static let most: UInt64 = 20_000

    static func run(_ words: [Name]) -> Int32 {
        var isContinuous = false
        var areBytes = false
        var number: UInt64?
        for word in words {
            switch word.bytes {
            // The kernel has one generator, which does not wait once it is initialised: there is no quicker one.
            case Name("--quick").bytes: break
            case Name("--continuous").bytes: isContinuous = true
            case Name("--bytes").bytes: areBytes = true
            default:
                guard number == nil, let value = Text.decimal(word.bytes, limit: most), value > 0 else { return refuse() }
                number = value
            }
        }
        guard let number else { return refuse() }
        let count = areBytes ? number : (number + 7) / 8
        guard count <= most / 8 else { return refuse() }
        var text: Sentence = "0x"
        for (index, octet) in SystemRandom().bytes(Int(count)).enumerated() {
            if index > 0, index % 4 == 0, !isContinuous { text += "_" }
            text += "\(Text.hex([octet]))"
        }
        text += "\n"
        return StandardStream.output.write(text.octets.span) ? 0 : 1
    }

    private static func refuse() -> Int32 {
        complain(
            "ranbits takes a number of bits up to \(most), or with --bytes of octets up to \(most / 8), "
                + "and --quick and --continuous")
        return 2
    }
}
