import Configuration
import Crypto
import DataPlane
import Linux
import Wire

/// SAs with keys of ipsec.conf.
extension Connections {
    /// Installs both SAs of a connection that is routed already.
    func bringUp(_ connection: Connection, by pair: ManualPair, now: UInt64) throws(PlaneError) {
        do throws(PlaneError) {
            try plane.installInbound(pair.inbound)
            try plane.installOutbound(pair.outbound, now: now)
        } catch {
            takeDown(pair)
            throw error
        }
        connection.enter(.carried(SAID(spi: pair.outbound.spi, destination: pair.outbound.destination)), at: wallTime)
        log.notice("is up with the keys of ipsec.conf", conn: connection.name)
    }

    /// Removes both SAs. The connection stays routed, and its traffic is dropped.
    func takeDown(_ connection: Connection) {
        guard let pair = connection.manual, connection.isUp else { return }
        takeDown(pair)
        connection.enter(.held, at: wallTime)
        log.notice("is down: its traffic is held until it is up again or unrouted", code: .connectionDown, conn: connection.name)
    }

    private func takeDown(_ pair: ManualPair) {
        for sa in [pair.inbound, pair.outbound] { plane.remove(spi: sa.spi, destination: sa.destination) }
    }
}
