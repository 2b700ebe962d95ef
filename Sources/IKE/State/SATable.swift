/// What stands in an `SATable`. An entry that was removed knows it, so whoever still holds one does not search the table.
class SATableEntry {
    /// Whether it was in a table and is no more.
    fileprivate(set) final var isRemoved = false
}

/// The SAs, or the exchanges, that the engine has: the oldest first. Only a table adds and removes entries.
///
/// Iteration goes over what was there when it began, so its body may add and remove.
struct SATable<Entry: SATableEntry>: RandomAccessCollection {
    private var entries: [Entry] = []

    var startIndex: Int { 0 }
    var endIndex: Int { entries.count }
    subscript(index: Int) -> Entry { entries[index] }

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
