import Control
import Crypto
import DataPlane
import IKE
import Wire

/// `ipsec eroute` and `ipsec spi`: eroutes and SAs in force, in lines like FreeS/WAN's.
extension Connections {
    /// The console's `show counters`.
    func showCounters(to terminal: Terminal) {
        showEroutes(to: terminal)
        showAssociations(to: terminal)
        terminal.plain(refusedMessages)
    }

    func showEroutes(to terminal: Terminal) {
        for connection in all where connection.isRouted {
            if !connection.isTemplate { show(connection.eroute, of: connection, connection.outbound?.spi, terminal) }
            for instance in connection.instances {
                let outbound = instance.states.last { $0.destination == instance.eroute.remote }
                show(instance.eroute, of: connection, outbound?.spi, terminal)
            }
        }
    }

    /// `1867  192.168.100.0/24   -> 192.168.200.0/24   => esp0x9e3b4e2f@202.202.202.202`
    private func show(_ eroute: Eroute, of connection: Connection, _ spi: UInt32?, _ terminal: Terminal) {
        var packets: UInt64 = 0
        let way: Sentence
        if connection.shunt != .none {
            way = "\(connection.shunt.erouteWord)"
        } else if let spi, let peer = eroute.remote ?? connection.outbound?.destination {
            packets = plane.traffic(spi: spi, destination: peer)?.packets ?? 0
            way = "esp0x\(Text.hex(UInt64(spi), digits: 8))@\(peer)"
        } else {
            way = connection.wanted == .nothing ? "%hold" : "%trap"
        }
        let line: Sentence =
            "\(Self.padded("\(packets)", 10)) \(Self.padded("\(eroute.localSelector)", 18)) -> "
            + "\(Self.padded("\(eroute.remoteSelector)", 18)) => \(way)"
        terminal.plain(line)
    }

    /// The plane's SAs, or why they cannot be read:
    /// `esp0x9e3b4e2f@202.202.202.202 aes128-sha256: dir=out src=101.101.101.101 mode=tunnel conn="north" bytes=84 packets=1`
    func showAssociations(to terminal: Terminal) {
        do throws(PlaneError) {
            show(try plane.associations, terminal)
        } catch { terminal.line(33, error.reason) }
    }

    private func show(_ associations: [AssociationStatus], _ terminal: Terminal) {
        for sa in associations {
            let owner = all.first { connection in
                connection.policy.requestID == sa.requestID
                    || connection.instances.contains { $0.eroute.requestID == sa.requestID }
            }
            var line: Sentence = "esp0x\(Text.hex(UInt64(sa.spi), digits: 8))@\(sa.destination) \(sa.suite): "
            line += "dir=\(sa.isInbound ? "in " : "out") src=\(sa.source) mode=\(sa.isTunnel ? "tunnel" : "transport")"
            if let udp = sa.encapsulation { line += " udp=\(udp.sourcePort)->\(udp.destinationPort)" }
            if let owner { line += " conn=\"\(owner.name)\"" }
            terminal.plain(line + " bytes=\(sa.usage.octets) packets=\(sa.usage.packets)")
        }
    }

    private static func padded(_ text: __owned Sentence, _ width: Int) -> Sentence {
        Sentence(octets: text.octets + [UInt8](repeating: 0x20, count: max(0, width - text.octets.count)))
    }
}

extension Shunt {
    /// One end of an eroute.
    var erouteWord: StaticString {
        switch self {
        case .none: "%trap"
        case .passthrough: "%pass"
        case .drop: "%drop"
        case .reject: "%reject"
        }
    }
}
