import Configuration
import Crypto
import Foundation
import Linux
import Testing
import Vectors
import Wire

@testable import Daemon
@testable import Host

/// A peer's keys in the DNS, in virtual time: the effect that asks for them, and the event that brings them.
@Suite struct PublishedKeysTests {
    static let keys = [Certificates.westKey, Certificates.eastKey].map {
        try! RSAPrivateKey(file: Array($0.utf8).span, passphrase: nil).publicKey
    }
    static func text(_ key: RSAPublicKey) -> String { "0s" + String(decoding: Text.base64(key.rfc3110).octets, as: UTF8.self) }

    private static func conn(_ left: Int, _ key: String) -> String {
        """
        conn net
            left=192.0.2.\(left)
            leftid=@\(left == 1 ? "west" : "east")
            leftsubnet=10.0.\(left).0/24
            right=192.0.2.\(3 - left)
            rightid=@\(left == 1 ? "east" : "west")
            rightsubnet=10.0.\(3 - left).0/24
            authby=rsasig
            rightrsasigkey=\(key)
            auto=route

        """
    }

    /// West takes east's key from where `source` says, east knows west's.
    private func pair(_ source: String) throws -> (PaperWire, PaperGateway, PaperGateway) {
        let wire = PaperWire()
        for (number, key) in [(1, source), (2, Self.text(Self.keys[0]))] {
            let gateway = try PaperGateway(
                Self.conn(number, key), Machine(addresses: [Address("192.0.2.\(number)")!]), seed: UInt64(number), now: wire.now)
            let folder = gateway.folder + "/ipsec.d/private"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            for (path, text) in [
                (folder + "/own.pem", number == 1 ? Certificates.westKey : Certificates.eastKey),
                (gateway.folder + "/ipsec.secrets", ": RSA own.pem\n"),
            ] {
                _ = FileManager.default.createFile(atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
            }
            gateway.see(.hangUp, now: wire.now)
            wire.gateways.append(gateway)
        }
        return (wire, wire.gateways[0], wire.gateways[1])
    }

    private func up(_ gateway: PaperGateway, _ wire: PaperWire) {
        let connection = gateway.gateway.connections.find("net")!
        gateway.gateway.connections.up(connection, now: wire.now, terminal: nil)
        gateway.advance(now: wire.now)
        wire.settle()
    }

    private func answer(_ gateway: PaperGateway, _ keys: [RSAPublicKey], _ wire: PaperWire) {
        let (identity, request) = gateway.searches.removeFirst()
        let problem: Sentence? = keys.isEmpty ? "the server says SERVFAIL" : nil
        gateway.see(.keysFound(KeySearch.Finding(identity, [request], keys: keys, problem: problem)), now: wire.now)
        wire.settle()
    }

    @Test func onDemand() throws {
        let (wire, west, east) = try pair("%dnsondemand")
        #expect(west.searches.isEmpty)
        up(west, wire)
        #expect(west.searches.map(\.identity) == [.fqdn("east")] && !west.isUp("net") && west.routed == ["net 10.0.2.0/24"])
        // Meanwhile nothing is sent again, and nothing is asked again.
        wire.wait(3)
        #expect(west.searches.count == 1)
        answer(west, [Self.keys[0], Self.keys[1]], wire)
        #expect(west.isUp("net") && east.isUp("net"))
    }

    /// Without the key there is no tunnel, and its traffic stays held.
    @Test(arguments: [[RSAPublicKey](), [keys[0]]]) func withoutTheKey(_ published: [RSAPublicKey]) throws {
        let (wire, west, _) = try pair("%dnsondemand")
        up(west, wire)
        for _ in 0..<60 {
            if !west.searches.isEmpty { answer(west, published, wire) }
            wire.wait(1)
        }
        #expect(!west.isUp("net") && west.routed == ["net 10.0.2.0/24"] && !west.plane.deeds.contains("outbound"))
    }

    /// The DNS is asked when the conn is added, and again in Main Mode only where it had no key then.
    @Test(arguments: [true, false]) func onLoad(_ isPublished: Bool) throws {
        let (wire, west, east) = try pair("%dnsonload")
        #expect(west.searches.map(\.request) == [.load])
        answer(west, isPublished ? [Self.keys[1]] : [], wire)
        up(west, wire)
        #expect(west.searches.isEmpty == isPublished && west.isUp("net") == isPublished)
        if !isPublished { answer(west, [Self.keys[1]], wire) }
        #expect(west.isUp("net") && east.isUp("net"))
    }

    /// A later search of the same ID that finds nothing takes no key away.
    @Test func loadedKeysStay() throws {
        let (wire, west, east) = try pair("%dnsonload")
        answer(west, [Self.keys[1]], wire)
        west.see(.keysFound(KeySearch.Finding(.fqdn("east"), [.load], keys: [], problem: "the server says SERVFAIL")), now: wire.now)
        up(west, wire)
        #expect(west.searches.isEmpty && west.isUp("net") && east.isUp("net"))
    }

    /// A peer whose address no connection names may use half of the places.
    @Test func strangers() throws {
        let (wire, west, _) = try pair("%dnsondemand")
        west.gateway.connections.all[0].policy.remote = nil
        west.gateway.connections.update(west.gateway.connections.all[0], west.gateway.connections.all[0].policy)
        up(wire.gateways[1], wire)
        guard case .exchange(_, let isStrangers)? = west.searches.first?.request else { throw SystemError(0, "no search") }
        #expect(isStrangers)
        answer(west, [Self.keys[1]], wire)
        #expect(wire.gateways[1].isUp("net"))
    }
}
