import Control
import DataPlane
import IKE
import Linux
import Wire

/// `ipsec metrics`: Prometheus' text format, which node_exporter's textfile collector and a scrape by HTTP read.
///
/// Counters of traffic belong to a pair of SAs and have its inbound SPI as a label, so that no counter decreases. A new
/// pair has new counters.
extension Connections {
    func showMetrics(to terminal: Terminal, now: UInt64) {
        let metrics = MetricsWriter(terminal)
        metrics.family("info", "gauge", "What carries the packets.")
        metrics.sample("info", "plane=\(JSON.text("\(plane.name)"))", 1)
        showConnections(metrics)
        showTraffic(metrics)
        showRefusals(metrics)
        showLimits(metrics, now: now)
        terminal.plain("# EOF")
    }

    private func showConnections(_ metrics: MetricsWriter) {
        metrics.family("connection_up", "gauge", "Whether SAs carry the traffic of the conn, or of one peer of a conn for any peer.")
        for connection in all {
            for instance in connection.instancesOrNone {
                let isUp = instance.map { !$0.states.isEmpty } ?? connection.isUp
                let network: Sentence = instance.map { "\($0.eroute.remoteSelector)" } ?? ""
                metrics.sample(
                    "connection_up", "connection=\(JSON.text("\(connection.name)")),instance=\"\(network)\"", isUp ? 1 : 0)
            }
        }
        metrics.family("connection_rekeyings_total", "counter", "Pairs of SAs that replaced another.")
        for connection in all where !connection.isTemplate {
            metrics.sample("connection_rekeyings_total", "connection=\(JSON.text("\(connection.name)"))", connection.rekeyings)
        }
    }

    private func showTraffic(_ metrics: MetricsWriter) {
        // The kernel is asked once for each pair.
        var pairs: [(labels: Sentence, traffic: TunnelTraffic)] = []
        forEachPair { pairs.append((labels($0), self.traffic($0))) }
        func traffic(_ name: StaticString, _ help: StaticString, _ value: (TunnelTraffic) -> UInt64) {
            metrics.family(name, "counter", help)
            for pair in pairs { metrics.sample(name, pair.labels, value(pair.traffic)) }
        }
        traffic("sa_received_packets_total", "ESP packets that a pair of SAs took.") { $0.received.packets }
        traffic("sa_received_bytes_total", "Octets that a pair of SAs took.") { $0.received.octets }
        traffic("sa_sent_packets_total", "ESP packets that a pair of SAs sent.") { $0.sent.packets }
        traffic("sa_sent_bytes_total", "Octets that a pair of SAs sent.") { $0.sent.octets }
        metrics.family("sa_refused_packets_total", "counter", "ESP packets that a pair of SAs refused.")
        for pair in pairs { metrics.refusals("sa_refused_packets_total", pair.labels + ",", pair.traffic.received.refused) }
    }

    private func showRefusals(_ metrics: MetricsWriter) {
        metrics.family("esp_refused_packets_total", "counter", "ESP packets that were refused, of all SAs and of none.")
        let refused = plane.refusedESP
        metrics.refusals("esp_refused_packets_total", "", refused)
        metrics.sample("esp_refused_packets_total", "cause=\"unknown_spi\"", refused.unknownSPI)
        let counters = engine.counters
        metrics.family("ike_refused_messages_total", "counter", "IKE messages that were refused.")
        metrics.sample("ike_refused_messages_total", "cause=\"malformed\"", counters.malformed)
        metrics.sample("ike_refused_messages_total", "cause=\"unknown_cookies\"", counters.unknownCookies)
        metrics.sample("ike_refused_messages_total", "cause=\"unauthenticated\"", counters.unauthenticated)
        metrics.sample("ike_refused_messages_total", "cause=\"over_limit\"", counters.overLimit)
    }

    private func showLimits(_ metrics: MetricsWriter, now: UInt64) {
        let bounds = engine.bounds
        metrics.gauge("states", "ISAKMP SAs and IPsec SAs.", UInt64(engine.status(now: now).count))
        metrics.gauge("states_limit", "The most of them.", UInt64(bounds.isakmpSAs + bounds.ipsecSAs))
        metrics.gauge("connections", "Loaded conns.", UInt64(all.count))
        metrics.gauge("connections_limit", "The most of them.", UInt64(bounds.connections))
        metrics.gauge("resident_memory_bytes", "Memory in use.", ThisProcess.residentMemory())
        metrics.gauge(
            "resident_memory_limit_bytes", "What no input can exceed.", UInt64(bounds.most(ownESP: plane.tunnelDevice != nil)))
    }

    private func labels(_ pair: PairStatus) -> Sentence {
        let name: Sentence = all.first { $0.id == pair.connection }.map { "\($0.name)" } ?? ""
        return "connection=\(JSON.text(name)),peer=\"\(pair.peer)\",spi=\"0x\(Text.hex(UInt64(pair.inboundSPI), digits: 8))\""
    }
}

/// Writes the lines of Prometheus' text format.
private struct MetricsWriter {
    private let terminal: Terminal
    init(_ terminal: Terminal) { self.terminal = terminal }

    func family(_ name: StaticString, _ type: StaticString, _ help: StaticString) {
        terminal.plain("# HELP cygnet_\(name) \(help)")
        terminal.plain("# TYPE cygnet_\(name) \(type)")
    }

    func sample(_ name: StaticString, _ labels: Sentence, _ value: UInt64) {
        terminal.plain(labels.isEmpty ? "cygnet_\(name) \(value)" : "cygnet_\(name){\(labels)} \(value)")
    }

    /// A family of one sample.
    func gauge(_ name: StaticString, _ help: StaticString, _ value: UInt64) {
        family(name, "gauge", help)
        sample(name, "", value)
    }

    /// A sample for each cause that both planes tell of an SA.
    func refusals(_ name: StaticString, _ labels: Sentence, _ refused: RefusedESP) {
        sample(name, labels + "cause=\"replayed\"", refused.replayed &+ refused.tooOld)
        sample(name, labels + "cause=\"integrity\"", refused.failedCheck)
        sample(name, labels + "cause=\"policy\"", refused.outsidePolicy)
        sample(name, labels + "cause=\"other\"", refused.malformed)
    }
}
