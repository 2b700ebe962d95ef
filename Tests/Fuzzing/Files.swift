import Configuration
import Crypto
import Wire

/// Files that exist only here: the input, cut at each octet 0xff, is /etc/ipsec.conf and what it may include.
private final class Memory: FileSource {
    private let files: [[UInt8]]

    init(_ octets: [UInt8]) {
        files = octets.split(separator: 0xff, maxSplits: 4, omittingEmptySubsequences: false).map { Array($0) }
    }

    override func read(_ path: Name, limit: Int) throws(FileError) -> FileContents {
        let names: [Name] = ["/etc/ipsec.conf", "/etc/ipsec.secrets"]
        let place: Int
        if names.contains(path) {
            place = 0
        } else if let last = path.bytes.last, last >= UInt8(ascii: "1"), last <= UInt8(ascii: "4") {
            place = Int(last - UInt8(ascii: "0"))
        } else {
            throw .notFound
        }
        guard place < files.count else { throw .notFound }
        if files[place].count > limit { throw .tooLarge }
        return FileContents(Secret(files[place]), owner: 0, mode: 0o600)
    }

    override func names(in folder: Name, limit: Int) throws(FileError) -> [Name] {
        [".", "..", "file1", "file2", "file3", "file4"]
    }
}

private let machine = Machine(
    addresses: [Address("192.0.2.1")!, Address("2001:db8::1")!],
    defaultRoutes: [.init(address: Address("192.0.2.1")!, gateway: Address("192.0.2.254"), interface: "eth0")])

/// ipsec.conf: read, shown again, and each conn given its ends on this machine.
func fuzzConfiguration(_ octets: [UInt8]) {
    let configuration = Configuration.load("/etc/ipsec.conf", from: Memory(octets))
    for diagnostic in configuration.diagnostics { _ = "\(diagnostic)" }
    _ = configuration.explain("net")
    var shown: Sentence = ""
    for connection in configuration.connections {
        shown += "conn \(connection.name)\n"
        shown += connection.text(showsKeys: true)
        _ = connection.text(showsKeys: false)
        _ = try? Orientation.of(connection, on: machine)
    }
    // The text that we show must be readable as a configuration.
    _ = Configuration.load("/etc/ipsec.conf", from: Memory(shown.octets))
}

/// ipsec.secrets: read, and asked for keys.
func fuzzSecrets(_ octets: [UInt8]) {
    let secrets = Secrets.load("/etc/ipsec.secrets", from: Memory(octets))
    for diagnostic in secrets.diagnostics { _ = "\(diagnostic)" }
    let here = Address("192.0.2.1")!
    let there = Address("192.0.2.2")!
    for local in [Identity.address(here), .fqdn("west"), .userFQDN("west@example.org")] {
        _ = secrets.presharedKey(local: .init(local, here), remote: .init(.address(there), there, name: "gate.example.org"))
        _ = secrets.presharedKey(local: .init(local, here), remote: .init(nil, nil))
        _ = secrets.privateKeys(local: local, localAddress: here)
    }
}
