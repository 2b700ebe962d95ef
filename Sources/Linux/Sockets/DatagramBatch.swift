import CLinux
import Wire

/// Room for many datagrams, allocated once, which one system call fills or sends. The memory is zero at first, and only pages that
/// datagrams have used are resident.
@safe public final class DatagramBatch {
    /// Number of datagrams that fit.
    public let capacity: Int
    /// Octets of one slot.
    public let slotSize: Int
    /// Octets of each slot that a receive leaves free in front of the datagram.
    public let headroom: Int
    /// How many slots the last receive filled, or hold datagrams to send.
    public private(set) var count = 0

    private let bytes: UnsafeMutablePointer<UInt8>
    private let batch: OpaquePointer
    private var about = clinux_datagram()
    /// For each datagram to send: whether it can be sent together with the one before (UDP_SEGMENT).
    private var joins: [Bool]
    private var last: Sending?

    /// The common properties of datagrams that are sent together.
    private struct Sending {
        var peer: Endpoint
        var local: Address?
        var trafficClass: UInt8?
        var pieceLength: Int
        var octets: Int
        var pieces: Int
        /// Whether a shorter datagram was added: it is the last one.
        var isComplete: Bool
    }

    /// - Parameter capacity: 1 to 1024 datagrams.
    /// - Parameter slotSize: octets; some 450 more are spent on each slot's addresses.
    /// - Parameter headroom: octets of each slot that a receive leaves free in front of the datagram.
    public init(capacity: Int, slotSize: Int, headroom: Int = 0) {
        precondition(capacity > 0 && capacity <= 1024 && headroom >= 0 && slotSize > headroom)
        self.headroom = headroom
        joins = [Bool](repeating: false, count: capacity)
        self.capacity = capacity
        self.slotSize = slotSize
        unsafe batch = clinux_batch_create(UInt32(capacity), slotSize, headroom)
        unsafe bytes = clinux_batch_octets(batch)!.bindMemory(to: UInt8.self, capacity: capacity * slotSize)
    }

    deinit { unsafe clinux_batch_free(batch) }

    /// Octets in a filled or prepared slot.
    public func length(_ index: Int) -> Int {
        precondition(index >= 0 && index < count)
        return lengths(index)
    }

    private func lengths(_ index: Int) -> Int { min(unsafe clinux_batch_length(batch, UInt32(index)), slotSize - headroom) }

    /// Lends a whole slot of `slotSize` octets; `length` says how many of them, behind `headroom`, a receive filled.
    public func withSlot<R, E: Error>(_ index: Int, _ body: (inout MutableSpan<UInt8>) throws(E) -> R) throws(E) -> R {
        precondition(index >= 0 && index < capacity)
        var span = unsafe MutableSpan(_unsafeStart: bytes + index * slotSize, count: slotSize)
        return try body(&span)
    }

    /// Lends all slots, one after another: slot `index` begins at `index * slotSize`.
    public func withSlots<R, E: Error>(_ body: (inout MutableSpan<UInt8>) throws(E) -> R) throws(E) -> R {
        var span = unsafe MutableSpan(_unsafeStart: bytes, count: capacity * slotSize)
        return try body(&span)
    }

    /// Removes all datagrams.
    public func clear() { count = 0 }

    /// Adds the datagram in slot `count`, written through `withSlot(count)`, for `InternetSocket.send(_: DatagramBatch)`. There must be
    /// room: `count < capacity`. `from` and `trafficClass` are as in `InternetSocket.send`.
    /// - Parameter datagram: its range in the slot.
    public func append(_ datagram: Range<Int>, to peer: Endpoint, from local: Address? = nil, trafficClass: UInt8? = nil) {
        precondition(count < capacity && datagram.lowerBound >= 0 && datagram.upperBound <= slotSize)
        var to = clinux_address(peer)
        var from = clinux_address(local)
        unsafe clinux_batch_prepare(
            batch, UInt32(count), datagram.lowerBound, datagram.count, &to, &from, trafficClass.map { Int32($0) } ?? -1)
        joins[count] = join(datagram.count, peer, local, trafficClass)
        count += 1
    }

    /// Whether a datagram can be sent together with those before. If not, a new group begins with it.
    private func join(_ length: Int, _ peer: Endpoint, _ local: Address?, _ trafficClass: UInt8?) -> Bool {
        if var sending = last, count > 0, !sending.isComplete, sending.peer == peer, sending.local == local,
            sending.trafficClass == trafficClass, length <= sending.pieceLength, length > 0,
            sending.pieces < Self.joinedPieces, sending.octets + length <= Self.joinedOctets
        {
            sending.octets += length
            sending.pieces += 1
            sending.isComplete = length < sending.pieceLength
            last = sending
            return true
        }
        last = Sending(
            peer: peer, local: local, trafficClass: trafficClass, pieceLength: length, octets: length, pieces: 1,
            isComplete: false)
        return false
    }

    /// The kernel's UDP_MAX_SEGMENTS, and the longest IP packet.
    private static let joinedPieces = 64
    private static let joinedOctets = 65_000

    /// The end of the group that begins with slot `first`, inside `range`.
    fileprivate func joined(from first: Int, in range: Range<Int>) -> Int {
        var end = first + 1
        while end < range.upperBound, joins[end] { end += 1 }
        return end
    }

    /// As above, for a datagram at the slot's start.
    public func append(length: Int, to peer: Endpoint, from local: Address? = nil, trafficClass: UInt8? = nil) {
        append(0..<length, to: peer, from: local, trafficClass: trafficClass)
    }

    fileprivate func receive(_ number: Int32) -> Int {
        let got = unsafe clinux_batch_receive(number, batch)
        count = max(0, got)
        return got
    }

    fileprivate func send(_ number: Int32, _ range: Range<Int>) -> Int {
        unsafe clinux_batch_send(number, batch, UInt32(range.lowerBound), UInt32(range.count))
    }

    fileprivate func sendJoined(_ number: Int32, _ range: Range<Int>) -> Int {
        unsafe clinux_batch_send_joined(number, batch, UInt32(range.lowerBound), UInt32(range.count))
    }

    fileprivate func about(_ index: Int) -> (Int, clinux_datagram) {
        precondition(index >= 0 && index < count)
        unsafe clinux_batch_received(batch, UInt32(index), &about)
        return (lengths(index), about)
    }
}

extension InternetSocket {
    /// Receives as many datagrams as wait and fit. Returns their number. Allocates nothing.
    public func receive(_ batch: DatagramBatch) throws(SystemError) -> Int {
        for _ in 0..<16 {
            let got = batch.receive(number)
            if got >= 0 { return got }
            if got == -Int(EAGAIN) { return 0 }
            guard isSoft(Int32(-got)) else { throw SystemError(Int32(-got), "recvmmsg") }
        }
        return 0
    }

    /// The properties of the `index`th datagram of a batch received here.
    public func datagram(_ index: Int, of batch: DatagramBatch) -> Datagram {
        let (count, about) = batch.about(index)
        return datagram(count, about)
    }

    /// Sends the datagrams of the batch, and clears it. A datagram that the kernel refuses is skipped.
    /// - Returns: how many were sent.
    @discardableResult
    public func send(_ batch: DatagramBatch) -> Int {
        let sent = send(batch, 0..<batch.count)
        batch.clear()
        return sent
    }

    /// Sends some datagrams of the batch, and clears nothing: the others may be for another socket.
    /// - Returns: how many were sent.
    public func send(_ batch: DatagramBatch, _ range: Range<Int>) -> Int {
        precondition(range.lowerBound >= 0 && range.upperBound <= batch.count)
        guard sendsJoined else { return sendEach(batch, range) }
        var sent = 0
        var next = range.lowerBound
        while next < range.upperBound {
            // Groups are sent as one; single datagrams are sent together.
            var end = batch.joined(from: next, in: range)
            if end - next > 1 {
                sent += sendJoined(batch, next..<end)
            } else {
                while end < range.upperBound, batch.joined(from: end, in: range) == end + 1 { end += 1 }
                sent += sendEach(batch, next..<end)
            }
            next = end
        }
        return sent
    }

    /// Sends datagrams to one address with one system call.
    private func sendJoined(_ batch: DatagramBatch, _ range: Range<Int>) -> Int {
        let went = batch.sendJoined(number, range)
        if went >= 0 { return range.count }
        if went == -Int(EAGAIN) || went == -Int(ENOBUFS) { return 0 }
        // EIO: the outgoing device cannot compute checksums. It is not tried again.
        if went == -Int(EIO) { sendsJoined = false }
        return sendEach(batch, range)
    }

    private func sendEach(_ batch: DatagramBatch, _ range: Range<Int>) -> Int {
        var next = range.lowerBound
        var sent = 0
        while next < range.upperBound {
            let went = batch.send(number, next..<range.upperBound)
            if went > 0 {
                sent += went
                next += went
            } else if went == -Int(EAGAIN) || went == -Int(ENOBUFS) {
                break // no room: dropped, as a full link would
            } else if went != -Int(EINTR) {
                next += 1
            }
        }
        return sent
    }
}
