import Wire

/// What was carried by the SAs that stand, as the data plane counts it. DPD asks nothing while packets come in.
///
/// Subclassed by whoever has a plane.
open class TrafficCounter {
    /// For subclasses.
    public init() {}

    /// Packets that came in by an SA since it was made.
    open func packets(spi: UInt32, destination: Address) -> UInt64 { 0 }
}
