import Crypto
import Linux
import Wire

/// `ipsec newhostkey`: makes this machine's RSA key and writes it to ipsec.secrets.
enum NewHostKeyCommand {
    /// How many octets a file may have that a key is appended to.
    private static let longest = 1 << 20

    static func run(_ words: [Name]) -> Int32 {
        var output: Name?
        var host: Name?
        var bits: Int? = KeyMaking.usualBits
        var index = 0
        while index + 1 < words.count {
            let value = words[index + 1]
            switch words[index].bytes {
            case Name("--output").bytes: output = value
            case Name("--bits").bytes: bits = KeyMaking.bits(value)
            case Name("--hostname").bytes: host = value
            default: return refuse()
            }
            index += 2
        }
        guard index == words.count, let output, let bits else { return refuse() }
        return make(output, bits, host ?? KeyMaking.hostName)
    }

    private static func make(_ output: Name, _ bits: Int, _ host: Name) -> Int32 {
        let isPrinted = output == "-"
        let path = Path(output.bytes)
        var before: [UInt8] = []
        if !isPrinted, Files.exists(path) {
            do throws(SystemError) {
                before = try Files.read(path, limit: longest)
            } catch {
                complain("\(error)")
                return 1
            }
            complain("\(output) is there already: the key is added to it. If it holds another RSA key, take one out")
            if let last = before.last, last != UInt8(ascii: "\n") { before.append(UInt8(ascii: "\n")) }
        }
        guard let key = KeyMaking.make(bits) else { return 1 }
        let text: Sentence = ": RSA\t{\n\(KeyMaking.lines(key, host: host))\t}\n# do not change the indenting of that \"}\"\n"
        if isPrinted { return StandardStream.output.write(text.octets.span) ? 0 : 1 }
        do throws(SystemError) {
            try Files.write(path, (before + text.octets).span, mode: 0o600)
        } catch {
            complain("\(error)")
            return 1
        }
        return 0
    }

    private static func refuse() -> Int32 {
        complain("newhostkey takes --output FILE (- is standard output), --bits N (\(KeyMaking.bitsWords)) and --hostname NAME")
        return 2
    }
}
