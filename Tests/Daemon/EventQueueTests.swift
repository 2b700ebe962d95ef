import Testing
import Wire

@testable import Daemon

@Suite struct EventQueueTests {
    private let peer = Endpoint(Address("192.0.2.1")!, 500)

    /// Messages of strangers never take more memory than there is for them, and other events still find room.
    @Test func messagesAreBoundedInOctets() {
        var queue = EventQueue()
        let message = [UInt8](repeating: 0, count: Limits.ikeDatagram)
        let fitting = Limits.eventOctets / message.count
        func count() -> Int {
            var count = 0
            while queue.takeFirst() != nil { count += 1 }
            return count
        }
        // Taking an event makes room again.
        for _ in 0..<2 {
            for _ in 0..<fitting + 10 { _ = queue.appendIfRoom(.datagram(message, from: peer, to: peer)) }
            queue.append(.terminate)
            #expect(count() == fitting + 1)
        }
        for _ in 0..<Limits.events + 10 { _ = queue.appendIfRoom(.datagram([0], from: peer, to: peer)) }
        #expect(queue.isFull)
        // One that must not be lost finds the last place.
        queue.append(.terminate)
        #expect(count() == Limits.events)
    }
}
