/// The numbers that identify the kernel's policies and states of this gateway's connections.
public enum RequestIDs {
    /// Upper half of this gateway's request IDs: "CY".
    public static let base: UInt32 = 0x4359_0000
    /// Whether a policy or state with this request ID is this gateway's.
    public static func isOurs(_ requestID: UInt32) -> Bool { requestID & 0xffff_0000 == base }
}
