import Crypto
import ESP
import Linux
import Wire

@testable import DataPlane

/// A plane of paper that carries packets by real ESP.
final class ESPPlane: PaperPlane {
    /// What becomes of a packet that comes from the near network.
    enum Fate {
        case encrypted([UInt8], from: Address, to: Address)
        case held
        /// No eroute covers it.
        case inTheClear
    }

    private let random: RandomSource
    private var openers: [InboundSA] = []
    private var sealers: [(esp: OutboundSA, since: UInt64)] = []
    /// When an eroute's packets last asked for an SA, by request ID.
    private var askedAt: [UInt32: UInt64] = [:]
    private var unknownSPILimit = RateLimit(burst: Limits.unknownSPIBurst, interval: Limits.unknownSPIInterval)

    init(log: Log, random: RandomSource, kernel: PaperKernel = PaperKernel(), firstSPI: UInt32) {
        self.random = random
        super.init(log: log, kernel: kernel, firstSPI: firstSPI)
    }

    override func next(log: Log) -> PaperPlane { ESPPlane(log: log, random: random, kernel: kernel, firstSPI: lastSPI) }

    override func installInbound(_ sa: SecurityAssociation) throws(PlaneError) {
        try super.installInbound(sa)
        guard let esp = try? InboundSA(sa) else { throw PlaneError(reason: "no good keys") }
        openers.append(esp)
    }

    override func installOutbound(_ sa: SecurityAssociation, now: UInt64) throws(PlaneError) {
        try super.installOutbound(sa, now: now)
        guard let esp = try? OutboundSA(sa, random: random) else { throw PlaneError(reason: "no good keys") }
        sealers.append((esp, now))
    }

    override func remove(spi: UInt32, destination: Address) {
        super.remove(spi: spi, destination: destination)
        openers.removeAll { $0.sa.spi == spi && $0.sa.destination == destination }
        sealers.removeAll { $0.esp.sa.spi == spi && $0.esp.sa.destination == destination }
    }

    override func removeFromKernel() -> [Sentence] {
        (openers, sealers) = ([], [])
        return super.removeFromKernel()
    }

    override func traffic(spi: UInt32, destination: Address) -> Traffic? {
        if let esp = openers.first(where: { $0.sa.spi == spi && $0.sa.destination == destination }) { return Traffic(esp.usage) }
        return sealers.first { $0.esp.sa.spi == spi && $0.esp.sa.destination == destination }.map { Traffic($0.esp.usage) }
    }

    override func rearm(_ eroute: Eroute) { askedAt[eroute.requestID] = nil }

    /// Takes a packet from the near network.
    func carry(_ packet: [UInt8], from source: Address, to destination: Address, now: UInt64) -> Fate {
        let covering = routed.filter { $0.localSelector.subnet.contains(source) && $0.remoteSelector.subnet.contains(destination) }
        guard !covering.isEmpty else { return .inTheClear }
        // The newest, as both planes do.
        guard let (esp, _) = sealers.last(where: { sealer in covering.contains { $0.requestID == sealer.esp.sa.requestID } }) else {
            for eroute in covering where askedAt[eroute.requestID].map({ now >= $0 + Limits.acquireInterval }) ?? true {
                if tell(.acquire(requestID: eroute.requestID)) { askedAt[eroute.requestID] = now }
            }
            return .held
        }
        var buffer = [UInt8](repeating: 0, count: Layout.headroom + packet.count + Layout.tailroom)
        let place = Layout.headroom..<Layout.headroom + packet.count
        buffer.replaceSubrange(place, with: packet)
        var span = buffer.mutableSpan
        guard let sealed = try? esp.encapsulate(&span, packet: place) else { return .held }
        return .encrypted(Array(buffer[sealed.range]), from: esp.sa.source, to: esp.sa.destination)
    }

    /// The packet in an ESP packet that arrived; `nil` if it is refused.
    func open(_ octets: [UInt8], from source: Address, to local: Address, now: UInt64) -> [UInt8]? {
        let spi = octets[0..<4].reduce(0) { $0 << 8 | UInt32($1) }
        guard let esp = openers.first(where: { $0.sa.spi == spi && $0.sa.destination == local }) else {
            if unknownSPILimit.allows(now: now) { _ = tell(.unknownSPI(spi, peer: Endpoint(source, 0), local: local)) }
            return nil
        }
        var buffer = [UInt8](repeating: 0, count: Layout.inboundHeadroom) + octets
        let place = Layout.inboundHeadroom..<buffer.count
        var span = buffer.mutableSpan
        guard case .packet(let range)? = try? esp.decapsulate(&span, packet: place, outer: .init(source, local)) else { return nil }
        return Array(buffer[range])
    }

    /// The age of the oldest outbound SA, nanoseconds.
    func oldestAge(now: UInt64) -> UInt64 { sealers.map { now - $0.since }.max() ?? 0 }
}
