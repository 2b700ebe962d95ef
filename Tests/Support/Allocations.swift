import CountingMalloc

/// A test that counts allocations runs all twice and believes the second pass: the runtime of a debug build allocates what
/// it knows of a generic type at the type's first use, in whichever test that happens.
public let isWarmInPass = [false, true]

/// Octets that the calling thread allocates in `body` and does not free there. `body` is called three times and the least
/// is returned, for the same reason.
public func octetsHeld(by body: () throws -> Void) rethrows -> Int {
    func once() throws -> Int {
        let before = counting_malloc_held()
        try body()
        return Int(counting_malloc_held() - before)
    }
    return min(try once(), try once(), try once())
}
