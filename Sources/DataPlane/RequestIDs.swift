/// The numbers that tie the kernel's policies and states to our connections.
public enum RequestIDs {
    /// Upper half of every request ID of ours: "CY".
    public static let base: UInt32 = 0x4359_0000
    /// Whether a policy or state that bears it is ours.
    public static func isOurs(_ requestID: UInt32) -> Bool { requestID & 0xffff_0000 == base }
}
