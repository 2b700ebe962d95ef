import Crypto
import Linux
import Wire

/// `ipsec rsasigkey`: makes an RSA key and prints it, for ipsec.secrets or as PEM.
enum RSASigKeyCommand {
    static func run(_ words: [Name]) -> Int32 {
        var isPEM = false
        var bits: Int?
        var host: Name?
        var index = 0
        while index < words.count {
            let word = words[index]
            index += 1
            switch word {
            case "--verbose": break // the dots show the progress
            case "--pem": isPEM = true
            case "--hostname" where index < words.count:
                host = words[index]
                index += 1
            default:
                guard bits == nil, let number = KeyMaking.bits(word) else { return refuse() }
                bits = number
            }
        }
        guard let bits else { return refuse() }
        guard let key = KeyMaking.make(bits) else { return 1 }
        let text = isPEM ? PEM.write("RSA PRIVATE KEY", key.der) : KeyMaking.lines(key, host: host ?? KeyMaking.hostName)
        return StandardStream.output.write(text.octets.span) ? 0 : 1
    }

    private static func refuse() -> Int32 {
        complain("rsasigkey takes the number of bits, \(KeyMaking.bitsWords), and --pem, --hostname NAME, --verbose")
        return 2
    }
}
