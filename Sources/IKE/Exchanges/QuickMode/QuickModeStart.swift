import Crypto
import Wire

/// The first step of Quick Mode as initiator.
extension Engine {
    /// Requests an SPI. QI1 follows when the data plane answers.
    func startQuickMode(
        _ connection: KeyingState, _ sa: ISAKMPSA, for traffic: TrafficSelectors? = nil, asked: [Selector] = [],
        _ context: inout EngineContext
    ) {
        let policy = connection.policy
        let exchange = QuickMode(
            serial: nextSerial(), isInitiator: true, messageID: newMessageID(sa, context), sa, connection.sharedPolicy,
            token: nextToken(), localSelector: traffic?.local ?? policy.localSelector,
            remoteSelector: traffic?.remote ?? policy.remoteSelector,
            .initiatorNeedsSPI, expires: context.now + Limits.spiTime)
        exchange.asked = asked
        quickModes.append(exchange)
        context.actions.append(.needSPI(exchange.spiRequest))
    }
}
