import Crypto
import Wire

/// The data plane's answers to `installInbound` and `installOutbound`.
///
/// The responder sends QR1, and the initiator QI2, only after the inbound SA is installed. A pair is reported as established when
/// its outbound SA is installed, or while another pair of the connection still sends.
extension Engine {
    func inboundInstalled(_ exchange: QuickMode, _ context: inout EngineContext) {
        if exchange.isInitiator { sendQuickI2(exchange, &context) } else { sendQuickR1(exchange, &context) }
    }

    /// The responder already has its inbound SA, and retransmits QR1 until it is told that the exchange has failed.
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

    /// The peer may already send by the pair, and is told to delete it. The pair that it was to replace stays.
    func outboundRefused(_ pair: IPsecSA, _ context: inout EngineContext) {
        pair.outbound = .ended
        remove(pair, notifiesPeer: true, "it could not be installed", &context)
        _ = revivePredecessor(of: pair, &context)
        failed(pair.connection, "the data plane refused its SA", &context)
    }
}
