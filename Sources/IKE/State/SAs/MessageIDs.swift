import Wire

/// The message IDs that both ends have used within an ISAKMP SA. None is accepted twice: keys and first IV of an exchange are the
/// same in both directions, so a message of ours that is sent back to us would authenticate.
struct MessageIDs {
    private var used: [UInt32] = []

    /// Whether the limit is reached. Another ISAKMP SA is negotiated for what follows.
    var areUsedUp: Bool { used.count >= Limits.messageIDs }

    /// Whether it is time to negotiate another ISAKMP SA. The rest suffices for a busy peer meanwhile.
    var areRunningOut: Bool { used.count >= Limits.messageIDs / 4 * 3 }

    func contains(_ id: UInt32) -> Bool { used.contains(id) }

    mutating func insert(_ id: UInt32) {
        // One more is reserved for the Delete message.
        if used.count > Limits.messageIDs { used.removeFirst() }
        // Capacity grows in small steps, not by doubling: it counts for each SA.
        if used.count == used.capacity { used.reserveCapacity(used.count + 8) }
        used.append(id)
    }
}
