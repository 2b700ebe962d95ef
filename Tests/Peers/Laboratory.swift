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
            let began = ContinuousClock.now
            result = try await run("Tests/lab/play.sh", scenario.words, limit: 120)
            SceneTimes.add(scenario.title, (ContinuousClock.now - began).components.seconds)
        } catch {
            await places.give()
            throw error
        }
        await places.give()
        return Outcome(status: result.status, told: result.told)
    }
}

/// The time that each scene took by itself, without the wait for a place or for the scenes before it. `Tests/run` names the file.
enum SceneTimes {
    static func add(_ title: String, _ seconds: Int64) {
        guard let path = ProcessInfo.processInfo.environment["CYGNET_SCENE_TIMES"],
            let file = FileHandle(forWritingAtPath: path)
        else { return }
        // Appended by one write each: scenes end beside each other.
        let line = Data("\(seconds)\t\(title)\n".utf8)
        lock.withLock {
            _ = try? file.seekToEnd()
            try? file.write(contentsOf: line)
        }
    }

    /// Adds the times that `play.sh --batch` told.
    static func add(batch told: String) {
        var title: Substring?
        for line in told.split(separator: "\n") {
            if let end = line.range(of: "ok - "), line.hasPrefix("ok") || line.hasPrefix("not ok") {
                title = line[end.upperBound...]
            } else if line.hasPrefix("# took "), let played = title, let seconds = Int64(line.split(separator: " ")[2]) {
                add(String(played), seconds)
                title = nil
            }
        }
    }

    /// Adds the times that `Boards/play.tcl` told: `# first_boot took 23 s`.
    static func add(board: String, _ told: String) {
        for line in told.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 5, words[0] == "#", words[2] == "took", words[4] == "s", let seconds = Int64(words[3]) {
                add("\(board): \(words[1])", seconds)
            }
        }
    }

    private static let lock = NSLock()
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
