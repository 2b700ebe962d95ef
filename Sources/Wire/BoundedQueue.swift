/// A queue, first in and first out, that never holds more than a limit. It asks for its memory once, when it is made.
public struct BoundedQueue<Element> {
    private var places: [Element?]
    private var first = 0
    /// How many elements wait.
    public private(set) var count = 0

    /// `limit` is how many elements can wait, at least 1.
    public init(limit: Int) {
        precondition(limit > 0)
        places = [Element?](repeating: nil, count: limit)
    }

    /// Whether nothing waits.
    public var isEmpty: Bool { count == 0 }
    /// Whether `append` would refuse.
    public var isFull: Bool { count == places.count }

    /// Adds an element at the end.
    /// - Returns: false, and nothing is added, when the queue is full.
    @discardableResult
    public mutating func append(_ element: Element) -> Bool {
        if isFull { return false }
        places[(first + count) % places.count] = element
        count += 1
        return true
    }

    /// Removes the element that waits longest; `nil` when none waits.
    public mutating func takeFirst() -> Element? {
        if isEmpty { return nil }
        let element = places[first]
        places[first] = nil
        first = (first + 1) % places.count
        count -= 1
        return element
    }
}
