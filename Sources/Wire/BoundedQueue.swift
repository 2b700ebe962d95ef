/// A first-in, first-out queue of bounded length. It allocates its memory once, when it is created.
public struct BoundedQueue<Element> {
    private var places: [Element?]
    private var first = 0
    /// The number of elements.
    public private(set) var count = 0

    /// An empty queue of at most `limit` elements; `limit` is at least 1.
    public init(limit: Int) {
        precondition(limit > 0)
        places = [Element?](repeating: nil, count: limit)
    }

    /// Whether the queue has no elements.
    public var isEmpty: Bool { count == 0 }
    /// Whether the queue has `limit` elements.
    public var isFull: Bool { count == places.count }

    /// Adds an element at the end.
    /// - Returns: false if the queue is full; then the element is not added.
    @discardableResult
    public mutating func append(_ element: Element) -> Bool {
        if isFull { return false }
        places[(first + count) % places.count] = element
        count += 1
        return true
    }

    /// Removes and returns the oldest element; `nil` if the queue is empty.
    public mutating func takeFirst() -> Element? {
        if isEmpty { return nil }
        let element = places[first]
        places[first] = nil
        first = (first + 1) % places.count
        count -= 1
        return element
    }
}
