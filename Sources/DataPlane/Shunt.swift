/// What becomes of packets that no SA is meant to carry.
public enum Shunt: UInt8 {
    /// They are for an SA, and held while there is none.
    case none
    /// They go in the clear.
    case passthrough
    /// They vanish.
    case drop
    /// They vanish, and their sender is told (in the kernel's own IPsec they only vanish).
    case reject
}
