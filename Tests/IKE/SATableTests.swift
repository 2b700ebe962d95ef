import Testing

@testable import IKE

@Suite struct SATableTests {
    private final class Entry: SATableEntry {}

    @Test func aLoopPassesOverWhatItRemovesAndAdds() {
        var table = SATable<Entry>()
        let entries = (0..<5).map { _ in Entry() }
        for entry in entries { table.append(entry) }
        var visited: [Int] = []
        for entry in table {
            let index = entries.firstIndex { $0 === entry } ?? -1
            visited.append(index)
            if index == 1 {
                for other in [0, 1, 2, 4] { table.remove(entries[other]) }
                table.append(Entry())
            }
        }
        #expect(visited == [0, 1, 3])
        #expect(table.count == 2 && entries[4].isRemoved && !entries[3].isRemoved)
    }
}
