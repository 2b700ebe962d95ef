/// An entry of an `SATable`. It knows whether it was removed, so callers need not search the table for it.
class SATableEntry {
    /// Whether it was removed from its table.
    fileprivate(set) final var isRemoved = false
}

/// A table of SAs or exchanges, the oldest first. Only the table adds and removes entries.
///
/// A loop iterates over the entries that existed when it began, except those that were removed meanwhile. So its body may add and remove
/// some.
struct SATable<Entry: SATableEntry>: RandomAccessCollection {
    private var entries: [Entry] = []

    var startIndex: Int { 0 }
    var endIndex: Int { entries.count }
    subscript(index: Int) -> Entry { entries[index] }

    func makeIterator() -> Iterator { Iterator(entries: entries[...]) }

    struct Iterator: IteratorProtocol {
        fileprivate var entries: ArraySlice<Entry>

        mutating func next() -> Entry? {
            while let entry = entries.popFirst() { if !entry.isRemoved { return entry } }
            return nil
        }
    }

    mutating func append(_ entry: Entry) { entries.append(entry) }

    /// Removes an entry, if it is still there.
    mutating func remove(_ entry: Entry) {
        guard let index = entries.firstIndex(where: { $0 === entry }) else { return }
        remove(at: index)
    }

    mutating func remove(at index: Int) { entries.remove(at: index).isRemoved = true }

    mutating func removeAll(where isDue: (Entry) -> Bool) {
        entries.removeAll { entry in
            let isGone = isDue(entry)
            if isGone { entry.isRemoved = true }
            return isGone
        }
    }
}
