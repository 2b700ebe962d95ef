import Wire

/// Packets that wait for an SA, in memory set dummy at the start. The first ones of an eroute are kept, since they open
/// connections; whatever does not fit is dropped, and its sender will send it again.
final class HeldPackets {
    private struct Place {
        var requestID: UInt32 = 0
        var length = 0
        var since: UInt64 = 0
        var order: UInt64 = 0
    }

    private var places: [Place]
    private var bytes: [UInt8]
    private let slotSize: Int
    private var kept: UInt64 = 0

    /// - Parameters:
    ///   - count: packets of all eroutes together.
    ///   - slotSize: octets of the longest packet kept.
    init(count: Int = Limits.heldPackets, slotSize: Int = Limits.heldPacketSize) {
        places = [Place](repeating: Place(), count: count)
        bytes = [UInt8](repeating: 0, count: count * slotSize)
        self.slotSize = slotSize
    }

    /// Keeps a copy of `packet`; false when there is no room for it, or its eroute has its share.
    func keep(_ packet: Span<UInt8>, requestID: UInt32, now: UInt64) -> Bool {
        guard packet.count <= slotSize, !packet.isEmpty, count(requestID: requestID, now: now) < Limits.heldPacketsPerEroute
        else { return false }
        for index in places.indices where isFree(index, now: now) {
            kept += 1
            places[index] = Place(requestID: requestID, length: packet.count, since: now, order: kept)
            let start = index * slotSize
            for offset in 0..<packet.count { bytes[start + offset] = packet[offset] }
            return true
        }
        return false
    }

    /// Nobody waits half a minute for an answer: such a packet makes room.
    private func isFree(_ index: Int, now: UInt64) -> Bool {
        places[index].length == 0 || now &- places[index].since > Limits.heldPacketAge
    }

    /// Copies the oldest packet that still waits for `requestID` to `buffer[offset...]`, lets go of it, and returns its
    /// length; `nil` when there is none left. `buffer` has room for any that was kept.
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

    /// Drops what waits for `requestID`.
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
