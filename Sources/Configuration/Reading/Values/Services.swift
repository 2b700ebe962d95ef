import Crypto
import Wire

/// Names of protocols and services, for `leftprotoport=`.
final class Services {
    private let source: FileSource
    /// /etc/services, read when a service is not built in.
    private var file: SourceFile?
    private var wasRead = false

    init(_ source: FileSource) { self.source = source }

    /// Built-in services, for boards without /etc/services, with IANA's names and numbers.
    private static let known: StaticString = """
        ftp=21 ssh=22 telnet=23 smtp=25 domain=53 tftp=69 http=80 kerberos=88 pop3=110 sunrpc=111 ntp=123 imap=143 snmp=161 \
        snmptrap=162 bgp=179 ldap=389 https=443 microsoft-ds=445 isakmp=500 syslog=514 submission=587 ipp=631 ldaps=636 imaps=993 \
        pop3s=995 openvpn=1194 l2f=1701 l2tp=1701 radius=1812 radius-acct=1813 nfs=2049 mysql=3306 ms-wbt-server=3389 \
        ipsec-nat-t=4500 sip=5060 postgresql=5432
        """

    private static let protocols: [(StaticString, UInt8)] = [
        ("icmp", 1), ("ipip", 4), ("tcp", 6), ("udp", 17), ("ipv6", 41), ("gre", 47), ("esp", 50), ("ah", 51),
        ("ipv6-icmp", 58), ("icmpv6", 58), ("ospf", 89), ("l2tp", 115), ("sctp", 132),
    ]

    /// `tcp/22`, `tcp/ssh`, `17/1701`, `17/%any`, `gre`
    func protocolPort(_ bytes: [UInt8]) throws(Complaint) -> (ipProtocol: UInt8, port: UInt16) {
        let parts = split(bytes, at: "/")
        guard parts.count <= 2 else { throw Complaint("expected protocol/port, such as tcp/22, 17/1701 or 17/%any") }
        var number: UInt8?
        if isWord(parts[0][...], "%any") { number = 0 }
        if let value = Text.decimal(parts[0], limit: 255) { number = UInt8(value) }
        for (word, value) in Self.protocols where isWord(parts[0][...], word) { number = value }
        guard let number else {
            throw Complaint("\(shown(parts[0])) is not a known protocol; expected tcp, udp, icmp or a number")
        }
        guard parts.count == 2, !isWord(parts[1][...], "%any") else { return (number, 0) }
        guard let port = Text.decimal(parts[1], limit: 65_535).map({ UInt16($0) }) ?? port(parts[1], number) else {
            throw Complaint("\(shown(parts[1])) is neither a port nor a known service; expected a number from 0 to 65535, or %any")
        }
        guard port == 0 || [6, 17, 33, 132, 136].contains(number) else {
            throw Complaint("protocol \(number) has no ports; leave out /\(port)")
        }
        return (number, port)
    }

    /// The port of a service of this protocol, in whatever case its name is written.
    private func port(_ name: [UInt8], _ ipProtocol: UInt8) -> UInt16? {
        guard let first = name.first, isLetter(first) || isDigit(first) else { return nil }
        let name = Name(name).lowercased
        for entry in split(Self.known.octets, at: " ") {
            let parts = split(entry, at: "=")
            if parts[0] == name.bytes { return Text.decimal(parts[1], limit: 65_535).map { UInt16($0) } }
        }
        return lookUp(name, ipProtocol)
    }

    /// `name  port/protocol  alias…` (services(5)).
    private func lookUp(_ name: Name, _ ipProtocol: UInt8) -> UInt16? {
        if !wasRead {
            wasRead = true
            if let contents = try? source.read("/etc/services", limit: Limits.fileSize) { file = SourceFile("/etc/services", contents) }
        }
        guard let file else { return nil }
        var lines = LineReader(file)
        while let line = lines.next() {
            let words = line.content.words()
            guard words.count >= 2, words.contains(where: { $0.name.lowercased == name }), words[1].name.lowercased != name else {
                continue
            }
            let parts = split(words[1].bytes, at: "/")
            guard parts.count == 2, let port = Text.decimal(parts[0], limit: 65_535) else { continue }
            for (word, value) in Self.protocols where value == ipProtocol && isWord(parts[1][...], word) { return UInt16(port) }
        }
        return nil
    }
}
