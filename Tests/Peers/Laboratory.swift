import Foundation

/// This machine's own network namespaces, where the TUN plane is tried.
enum Laboratory {
    /// Twice as many scenes at once as there are processors: they wait more than they work, but far more of them would
    /// make each other miss their deadlines.
    private static let count = 2 * ProcessInfo.processInfo.activeProcessorCount
    private static let places = Places(count)
    /// Held by the scene that takes all places.
    private static let alone = Places(1)

    static func play(_ scenario: Scenario) async throws -> Outcome {
        await places.take()
        var outcome: Outcome
        do {
            let began = ContinuousClock.now
            outcome = try await playOnce(scenario)
            SceneTimes.add(scenario.title, (ContinuousClock.now - began).components.seconds)
        } catch {
            await places.give()
            throw error
        }
        await places.give()
        if case .failed(let told) = outcome, await UnsteadyScenes.mayReplay(), try await passesAlone(scenario) {
            UnsteadyScenes.add(scenario.title, told)
            outcome = .passed
        }
        return outcome
    }

    private static func playOnce(_ scenario: Scenario) async throws -> Outcome {
        let result = try await run("Tests/lab/play.sh", scenario.words, limit: 120)
        return Outcome(status: result.status, told: result.told)
    }

    /// Plays a scene twice with no other scene beside it. Clocks of the programs in it are real: on a machine that is busy with other
    /// scenes, a deadline may be missed that is met by itself.
    private static func passesAlone(_ scenario: Scenario) async throws -> Bool {
        await alone.take()
        for _ in 0..<count { await places.take() }
        let result: Result<Bool, any Error>
        do {
            if case .passed = try await playOnce(scenario), case .passed = try await playOnce(scenario) {
                result = .success(true)
            } else {
                result = .success(false)
            }
        } catch { result = .failure(error) }
        for _ in 0..<count { await places.give() }
        await alone.give()
        return try result.get()
    }
}

/// Scenes that failed beside others and passed twice alone. They count as passed, and `Tests/run`, which names the file, prints them with
/// the output of the failure. At most two in a run: more are failures of the program or of the machine.
enum UnsteadyScenes {
    static func mayReplay() async -> Bool { await replays.takeOne() }

    private actor Replays {
        private var left = 2

        func takeOne() -> Bool {
            left -= 1
            return left >= 0
        }
    }

    static func add(_ title: String, _ told: String) {
        guard let path = ProcessInfo.processInfo.environment["CYGNET_UNSTEADY_SCENES"],
            let file = FileHandle(forWritingAtPath: path)
        else { return }
        let lines = told.split(separator: "\n").map { "    \($0)\n" }
        lock.withLock {
            _ = try? file.seekToEnd()
            try? file.write(contentsOf: Data("- \(title)\n\(lines.joined())".utf8))
        }
    }

    private static let lock = NSLock()
    private static let replays = Replays()
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
            if let end = line.range(of: " - "), !line.hasPrefix("#") {
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
