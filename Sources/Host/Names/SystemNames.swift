import Linux
import Wire

/// Reads /etc/hosts and /etc/resolv.conf.
public enum SystemNames {
    /// Number of servers in resolv.conf that are used.
    private static let mostServers = 3

    /// The lines of a file, split into words, without comments. Without the file there are none.
    private static func lines(_ path: Path) throws(SystemError) -> [[Name]] {
        var lines: [[Name]] = []
        var text: [UInt8] = []
        do throws(SystemError) {
            text = try Files.read(path, limit: 65_536)
        } catch { if !error.isNoSuchFile { throw error } }
        for line in text.split(separator: UInt8(ascii: "\n")) {
            var words: [Name] = []
            for word in line.prefix(while: { $0 != UInt8(ascii: "#") }).split(whereSeparator: { $0 == 0x20 || $0 == 0x09 }) {
                words.append(Name(Array(word)))
            }
            lines.append(words)
        }
        return lines
    }

    /// The addresses of a name in /etc/hosts.
    public static func addresses(of name: Name, in file: Path = "/etc/hosts") throws(SystemError) -> [Address] {
        var found: [Address] = []
        let wanted = name.lowercased
        for words in try lines(file) where words.dropFirst().contains(where: { $0.lowercased == wanted }) {
            if let address = Address(words[0].bytes) { found.append(address) }
        }
        return found
    }

    /// The servers in /etc/resolv.conf; if there are none, this machine (resolv.conf(5)).
    static func servers(in file: Path = "/etc/resolv.conf") throws(SystemError) -> [Endpoint] {
        var servers: [Endpoint] = []
        for words in try lines(file) where words.count > 1 && words[0] == "nameserver" && servers.count < mostServers {
            if let address = Address(words[1].bytes) { servers.append(Endpoint(address, 53)) }
        }
        return servers.isEmpty ? [Endpoint(Address(ipv4: 0x7f00_0001), 53)] : servers
    }
}
