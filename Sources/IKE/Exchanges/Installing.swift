import Crypto
import Wire

/// The data plane's answers to `installInbound` and `installOutbound`.
///
/// The responder sends QR1, and the initiator QI2, only when the inbound SA is installed. A pair is reported as established only
/// when it can carry packets: when its outbound SA is installed, or while another pair of the connection still sends.
extension Engine {
    func inboundInstalled(_ exchange: QuickMode, _ context: inout EngineContext) {
        if exchange.isInitiator { sendQuickI2(exchange, &context) } else { sendQuickR1(exchange, &context) }
    }

    /// The initiator's peer has its inbound SA already, and goes on sending QR1 until it hears that the exchange is over.
    func inboundRefused(_ exchange: QuickMode, _ context: inout EngineContext) {
        if exchange.isInitiator {
            inform(exchange.sa, [Deletion(.esp, [octets(spi: exchange.ownSPI)]).payload], &context)
        } else {
            notify(exchange.sa, Notification(.noProposalChosen, .esp, spi: octets(spi: exchange.peerSPI)), &context)
        }
        abandon(exchange, &context)
        failed(exchange.policy.id, "the data plane refused its SA", &context)
        if exchange.isInitiator { settleRefusals(exchange.sa, &context) }
    }

    func outboundInstalled(_ pair: IPsecSA, _ context: inout EngineContext) {
        pair.outbound = .installed
        announce(pair, &context)
    }

    /// The peer may send by the pair already, and is told. A pair that this one was to replace goes on.
    func outboundRefused(_ pair: IPsecSA, _ context: inout EngineContext) {
        pair.outbound = .ended
        remove(pair, notifiesPeer: true, "it could not be installed", &context)
        _ = revivePredecessor(of: pair, &context)
        failed(pair.connection, "the data plane refused its SA", &context)
    }
}
