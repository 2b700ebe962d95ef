import Wire

/// The data plane's packet counters. DPD sends no probe while packets come in.
///
/// A data plane's owner subclasses it.
open class TrafficCounter {
    /// For subclasses.
    public init() {}

    /// The number of packets that an inbound SA has received. Every subclass overrides it: without a count DPD would always probe.
    open func packets(spi: UInt32, destination: Address) -> UInt64 { fatalError("TrafficCounter.packets is abstract") }
}
