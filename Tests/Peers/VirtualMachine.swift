import Foundation

/// Emulated machines whose kernel has ESP. Each has one processor: two are booted, play the scenes in turn, and hand out their outcomes.
actor VirtualMachine {
    static let shared = VirtualMachine()
    /// As many as the machine has processors to give, which is two where `Tests/run` is to take 45 minutes.
    private static let count = 2
    private var playing: [Task<[String: Outcome], any Error>] = []

    /// The outcome of one of `scenes`, which are played together when the first is asked for.
    func play(_ scenario: Scenario, among scenes: [Scenario]) async throws -> Outcome {
        if playing.isEmpty {
            playing = (0..<Self.count).map { number in
                // Neighbours in the list are alike, and take about the same time.
                let own = scenes.enumerated().filter { $0.offset % Self.count == number }.map(\.element)
                return Task { try await Self.playAll(own, number) }
            }
        }
        guard let index = scenes.firstIndex(where: { $0.title == scenario.title }) else {
            return .failed("the scene is not in the list")
        }
        let outcomes = try await playing[index % Self.count].value
        return outcomes[scenario.title] ?? .failed("the virtual machine told nothing of this scene")
    }

    private static func playAll(_ scenes: [Scenario], _ number: Int) async throws -> [String: Outcome] {
        // The guest sees this machine's files, but has its own /tmp.
        let folder = packageFolder.appending(path: ".build/vm")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let list = folder.appending(path: "scenes-\(ProcessInfo.processInfo.processIdentifier)-\(number)")
        defer { try? FileManager.default.removeItem(at: list) }
        let lines = scenes.map { "\($0.title)\t\($0.words.joined(separator: " "))\n" }
        try Data(lines.joined().utf8).write(to: list)
        let scenario = packageFolder.appending(path: "Tests/lab/play.sh").path
        let (status, told) = try await run("Tests/lab/machine.sh", [scenario, "--batch", list.path], limit: 2800)
        SceneTimes.add(batch: told)
        return Outcome.each(of: scenes, status: status, told: told)
    }
}
