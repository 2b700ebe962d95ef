import Configuration
import Crypto
import DNS
import Daemon
import Host
import Linux
import Wire

/// `ipsec showhostkey`: the public half of this machine's RSA key, for a peer's ipsec.conf or for the DNS.
enum ShowHostKeyCommand {
    private enum Form { case key, left, right, txt, ipsecKey }

    static func run(_ words: [Name]) -> Int32 {
        var form = Form.key
        var gateway: Name?
        var precedence: UInt64 = 10
        var wanted: Name?
        var file: Name?
        var index = 0
        while index < words.count {
            let word = words[index]
            let value = index + 1 < words.count ? words[index + 1] : nil
            index += 2
            switch (word, value) {
            case ("--txt", let value?): (form, gateway) = (.txt, value)
            case ("--gateway", let value?): gateway = value
            case ("--id", let value?): wanted = value
            case ("--file", let value?): file = value
            case ("--precedence", let value?):
                guard let number = Text.decimal(value.bytes, limit: 255) else { return refuse() }
                precedence = number
            default:
                index -= 1
                switch word {
                case "--left": form = .left
                case "--right": form = .right
                case "--key": form = .key
                case "--ipseckey": form = .ipsecKey
                default: return refuse()
                }
            }
        }
        if let gateway, isNoGateway(gateway) {
            complain("'\(gateway)' is no gateway: expected an address, or @ and a host name")
            return 2
        }
        guard let options = Places.options() else { return 2 }
        let path = file ?? Name((options.configurationFolder / "ipsec.secrets").bytes)
        guard let key = find(path, wanted, options.configurationFolder / "ipsec.d/private") else { return 1 }
        return StandardStream.output.write(text(key, form, gateway, precedence).octets.span) ? 0 : 1
    }

    private static func refuse() -> Int32 {
        complain(
            "showhostkey takes --left, --right, --key, --txt GATEWAY or --ipseckey [--gateway GATEWAY] [--precedence 0-255], "
                + "and --id ID and --file FILE")
        return 2
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

    private static func isNoGateway(_ gateway: Name) -> Bool {
        if gateway.hasPrefix("@") {
            return DomainName(Name(Array(gateway.bytes.dropFirst()))) == nil || gateway.bytes.contains { $0 <= 0x20 }
        }
        return Address(gateway.bytes)?.isAny ?? true
    }

    private static func text(_ key: RSAPublicKey, _ form: Form, _ gateway: Name?, _ precedence: UInt64) -> Sentence {
        let host = KeyMaking.hostName
        let now = Clock.wall()
        let comment: Sentence = "RSA \(key.bitCount) bits   \(host)   \(Calendar.words(now)) \(Calendar.time(now))"
        let digits = Text.base64(key.rfc3110)
        switch form {
        case .left, .right:
            return "\t# \(comment)\n\t\(form == .left ? "left" : "right")rsasigkey=0s\(digits)\n"
        case .key:
            return "; \(comment)\n\(host).\tIN\tKEY\t0x4200 4 1 \(digits)\n"
        case .txt:
            // A string of a TXT record has at most 255 octets (RFC 1035 §3.3).
            let start: Sentence = "X-IPsec-Server(10)=\(gateway ?? "")"
            let rest: Sentence = " \(digits)"
            var text: Sentence = "; \(comment)\n\tIN\tTXT\t\"\(start)"
            if start.octets.count + rest.octets.count <= 255 { return text + "\(rest)\"\n" }
            text += "\""
            for place in stride(from: 0, to: rest.octets.count, by: 255) {
                text += " \"\(Sentence(octets: Array(rest.octets[place..<min(place + 255, rest.octets.count)])))\""
            }
            return text + "\n"
        case .ipsecKey:
            // RFC 4025 §2.3: 0 is no gateway, 1 an IPv4 address, 2 an IPv6 address, 3 a name.
            var kind: (type: Int, text: Sentence) = (0, ".")
            if let gateway, let address = Address(gateway.bytes) {
                kind = (address.family == .ipv4 ? 1 : 2, "\(address)")
            } else if let gateway, let name = DomainName(Name(Array(gateway.bytes.dropFirst()))) {
                kind = (3, "\(name)")
            }
            return "; \(comment)\n\tIN\tIPSECKEY\t( \(precedence) \(kind.type) 2 \(kind.text) \(digits) )\n"
        }
    }
}
