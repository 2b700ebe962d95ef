import Testing
import Wire

@Suite struct BoundedQueueTests {
    @Test func firstInIsFirstOutAndNothingPassesTheLimit() {
        var queue = BoundedQueue<Int>(limit: 3)
        var next = 0
        var taken: [Int] = []
        // Its places are used again and again.
        for _ in 0..<5 {
            while queue.append(next) { next += 1 }
            #expect(queue.isFull && queue.count == 3)
            for _ in 0..<2 { taken.append(queue.takeFirst()!) }
            #expect(!queue.isFull)
        }
        while let one = queue.takeFirst() { taken.append(one) }
        #expect(taken == Array(0..<next) && queue.isEmpty)
    }
}
