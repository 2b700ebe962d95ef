import Foundation

/// An emulated machine whose kernel has ESP. It is booted once, plays every scene, and hands out their outcomes.
actor VirtualMachine {
    static let shared = VirtualMachine()
    private var playing: Task<[String: Outcome], any Error>?

    /// The outcome of one of `scenes`, which are played together when the first is asked for.
    func play(_ scenario: Scenario, among scenes: [Scenario]) async throws -> Outcome {
        let outcomes = playing ?? Task { try await Self.playAll(scenes) }
        playing = outcomes
        return try await outcomes.value[scenario.title] ?? .failed("the virtual machine told nothing of this scene")
    }

    private static func playAll(_ scenes: [Scenario]) async throws -> [String: Outcome] {
        // The guest sees this machine's files, but has a /tmp of its own.
        let folder = packageFolder.appending(path: ".build/vm")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let list = folder.appending(path: "scenes-\(ProcessInfo.processInfo.processIdentifier)")
        defer { try? FileManager.default.removeItem(at: list) }
        let lines = scenes.map { "\($0.title)\t\($0.words.joined(separator: " "))\n" }
        try Data(lines.joined().utf8).write(to: list)
        let scenario = packageFolder.appending(path: "Tests/lab/play.sh").path
        let (status, told) = try await run("Tests/lab/machine.sh", [scenario, "--batch", list.path], limit: 2800)
        return Outcome.each(of: scenes, status: status, told: told)
    }
}
