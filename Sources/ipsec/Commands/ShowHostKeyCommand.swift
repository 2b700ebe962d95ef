import Configuration
import Crypto
import Daemon
import Host
import Linux
import Wire

/// `ipsec showhostkey`: the public half of this machine's RSA key, for a peer's ipsec.conf or for the DNS.
enum ShowHostKeyCommand {
    private enum Form { case key, left, right, txt }

    static func run(_ words: [Name]) -> Int32 {
        var form = Form.key
        var gateway: Name = ""
        var wanted: Name?
        var file: Name?
        var index = 0
        while index < words.count {
            let word = words[index]
            index += 1
            if word == "--left" {
                form = .left
            } else if word == "--right" {
                form = .right
            } else if word == "--key" {
                form = .key
            } else if index < words.count, word == "--txt" || word == "--id" || word == "--file" {
                if word == "--txt" { (form, gateway) = (.txt, words[index]) }
                if word == "--id" { wanted = words[index] }
                if word == "--file" { file = words[index] }
                index += 1
            } else {
                complain("showhostkey takes --left, --right, --key or --txt GATEWAY, and --id ID and --file FILE")
                return 2
            }
        }
        guard let options = Places.options() else { return 2 }
        let path = file ?? Name((options.configurationFolder / "ipsec.secrets").bytes)
        guard let key = find(path, wanted, options.configurationFolder / "ipsec.d/private") else { return 1 }
        return StandardStream.output.write(text(key, form, gateway).octets.span) ? 0 : 1
    }

    /// The first key, or the first one for `wanted`; `nil` when there is none, with the reason on standard error.
    private static func find(_ path: Name, _ wanted: Name?, _ folder: Path) -> RSAPublicKey? {
        let secrets = Secrets.load(path, from: DiskFiles())
        for diagnostic in secrets.diagnostics { complain("\(diagnostic)") }
        for entry in secrets.privateKeys {
            if let wanted, !entry.identities.contains(where: { Name($0.asConfigured.octets) == wanted }) { continue }
            switch entry.source {
            case .key(let key): return key.publicKey
            case .file(let name, let passphrase):
                let file = folder / Path(name.bytes)
                if let text = try? DiskFiles().read(Name(file.bytes), limit: 1 << 16).text,
                    let key = try? RSAPrivateKey(file: text, passphrase: passphrase)
                {
                    return key.publicKey
                }
                complain("\(file) cannot be read as an RSA key")
            }
        }
        complain("\(path) holds no RSA key\(wanted.map { " for \($0)" } ?? ""); 'ipsec newhostkey' makes one")
        return nil
    }

    private static func text(_ key: RSAPublicKey, _ form: Form, _ gateway: Name) -> Sentence {
        let host = KeyMaking.hostName
        let digits = Text.base64(key.rfc3110)
        switch form {
        case .left, .right:
            return "\t# RSA \(key.bitCount) bits   \(host)\n\t\(form == .left ? "left" : "right")rsasigkey=0s\(digits)\n"
        case .key:
            return "; RSA \(key.bitCount) bits   \(host)\n\(host).\tIN\tKEY\t0x4200 4 1 \(digits)\n"
        case .txt:
            // A string of a TXT record has at most 255 octets (RFC 1035 §3.3).
            var text: Sentence = "; RSA \(key.bitCount) bits   \(host)\n\tIN\tTXT\t\"X-IPsec-Server(10)=\(gateway)\""
            let octets = digits.octets
            for start in stride(from: 0, to: octets.count, by: 250) {
                text += " \"\(start == 0 ? " " : "")\(Sentence(octets: Array(octets[start..<min(start + 250, octets.count)])))\""
            }
            return text + "\n"
        }
    }
}
