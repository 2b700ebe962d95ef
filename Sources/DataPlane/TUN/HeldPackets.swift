import Wire

/// Packets that wait for an SA, in memory that is allocated at the start. The first packets of an eroute are kept, since they open
/// connections. Packets that do not fit are dropped; their senders repeat them.
final class HeldPackets {
    private struct Slot {
        var requestID: UInt32 = 0
        var length = 0
        var since: UInt64 = 0
        var order: UInt64 = 0
    }

    private var places: [Slot]
    /// As long as the places that were ever used, so that the others take no memory. Its capacity is for all of them.
    private var bytes: [UInt8] = []
    private let slotSize: Int
    private var kept: UInt64 = 0

    /// - Parameters:
    ///   - count: packets of all eroutes together.
    ///   - slotSize: octets of the longest packet kept.
    init(count: Int = Limits.heldPackets, slotSize: Int = Limits.heldPacketSize) {
        places = [Slot](repeating: Slot(), count: count)
        bytes.reserveCapacity(count * slotSize)
        self.slotSize = slotSize
    }

    /// Keeps a copy of `packet`. False if there is no room, or its eroute has used its share.
    func keep(_ packet: Span<UInt8>, requestID: UInt32, now: UInt64) -> Bool {
        guard packet.count <= slotSize, !packet.isEmpty, count(requestID: requestID, now: now) < Limits.heldPacketsPerEroute
        else { return false }
        for index in places.indices where isFree(index, now: now) {
            kept += 1
            places[index] = Slot(requestID: requestID, length: packet.count, since: now, order: kept)
            let start = index * slotSize
            while bytes.count < start + slotSize { bytes.append(0) }
            for offset in 0..<packet.count { bytes[start + offset] = packet[offset] }
            return true
        }
        return false
    }

    /// Whether a place is free. A packet that is older than half a minute makes room.
    private func isFree(_ index: Int, now: UInt64) -> Bool {
        places[index].length == 0 || now &- places[index].since > Limits.heldPacketAge
    }

    /// Moves the oldest packet that waits for `requestID` to `buffer[offset...]` and returns its length; `nil` if there is none.
    /// `buffer` has room for the longest packet that may be kept.
    func take(requestID: UInt32, now: UInt64, into buffer: inout MutableSpan<UInt8>, at offset: Int) -> Int? {
        var oldest: Int?
        for index in places.indices where places[index].requestID == requestID && !isFree(index, now: now) {
            if let found = oldest, places[found].order < places[index].order { continue }
            oldest = index
        }
        guard let oldest else { return nil }
        let length = places[oldest].length
        for index in 0..<length { buffer[offset + index] = bytes[oldest * slotSize + index] }
        places[oldest].length = 0
        return length
    }

    /// Drops the packets that wait for `requestID`.
    func drop(requestID: UInt32) {
        for index in places.indices where places[index].requestID == requestID { places[index].length = 0 }
    }

    /// How many packets wait for `requestID`.
    private func count(requestID: UInt32, now: UInt64) -> Int {
        var count = 0
        for index in places.indices where places[index].requestID == requestID && !isFree(index, now: now) { count += 1 }
        return count
    }
}
