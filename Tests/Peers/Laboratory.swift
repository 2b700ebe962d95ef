import Foundation

/// This machine's own network namespaces, where the TUN plane is tried.
enum Laboratory {
    /// Twice as many scenes at once as there are processors: they wait more than they work, but far more of them would
    /// make each other miss their deadlines.
    private static let places = Places(2 * ProcessInfo.processInfo.activeProcessorCount)

    static func play(_ scenario: Scenario) async throws -> Outcome {
        await places.take()
        let result: (status: Int32, told: String)
        do {
            result = try await run("Tests/lab/play.sh", scenario.words, limit: 120)
        } catch {
            await places.give()
            throw error
        }
        await places.give()
        return Outcome(status: result.status, told: result.told)
    }
}

/// A limited number of places, taken and given back.
private actor Places {
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ count: Int) { free = max(count, 1) }

    func take() async {
        guard free == 0 else {
            free -= 1
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    func give() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }
}
