import Wire

/// The message IDs that both ends used within an ISAKMP SA. None is taken a second time: the keys and the first IV of an
/// exchange are the same in both directions, so that our own messages, sent back to us, would authenticate too.
struct MessageIDs {
    private var used: [UInt32] = []

    /// At the limit the ISAKMP SA has done its service: another one is negotiated for what comes.
    var areUsedUp: Bool { used.count >= Limits.messageIDs }

    /// Time to negotiate it, with as many left as a busy peer uses meanwhile.
    var areRunningOut: Bool { used.count >= Limits.messageIDs / 4 * 3 }

    func contains(_ id: UInt32) -> Bool { used.contains(id) }

    mutating func insert(_ id: UInt32) {
        // One more is for the message that says goodbye.
        if used.count > Limits.messageIDs { used.removeFirst() }
        // Not twice as many at once, as arrays grow: an SA costs what it uses.
        if used.count == used.capacity { used.reserveCapacity(used.count + 8) }
        used.append(id)
    }
}
