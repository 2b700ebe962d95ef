/// What happens to packets that no SA carries.
public enum Shunt: UInt8 {
    /// They need an SA, and are held while there is none.
    case none
    /// They leave in the clear.
    case passthrough
    /// They are dropped.
    case drop
    /// They are dropped, and the sender receives an ICMP error (not with the kernel's IPsec).
    case reject
}
