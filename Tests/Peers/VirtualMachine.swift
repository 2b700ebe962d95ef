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
        let scenario = packageFolder.appending(path: "Tests/Peers/scenario").path
        let (status, told) = try await run("Tests/vm/run", [scenario, "--batch", list.path], limit: 1200)
        if status == 77 {
            let reason = told.trimmingCharacters(in: .whitespacesAndNewlines)
            return Dictionary(uniqueKeysWithValues: scenes.map { ($0.title, .impossible(reason)) })
        }
        return outcomes(of: told, scenes: scenes)
    }

    /// Reads `ok - TITLE` and `not ok - TITLE`, the latter with what was told behind `# `.
    private static func outcomes(of told: String, scenes: [Scenario]) -> [String: Outcome] {
        var outcomes: [String: Outcome] = [:]
        var failed: String?
        var story: [Substring] = []
        func finish() {
            if let failed { outcomes[failed] = .failed(story.joined(separator: "\n")) }
            failed = nil
            story = []
        }
        for line in told.split(separator: "\n", omittingEmptySubsequences: false) {
            if let title = line.removing(prefix: "ok - ") {
                finish()
                outcomes[title] = .passed
            } else if let title = line.removing(prefix: "not ok - ") {
                finish()
                failed = title
            } else {
                story.append(line.removing(prefix: "# ").map { Substring($0) } ?? line)
            }
        }
        finish()
        // A machine that died has told of the scenes before; the rest hear why.
        for scene in scenes where outcomes[scene.title] == nil {
            outcomes[scene.title] = .failed("not played: the virtual machine ended after this:\n\(told.suffix(2000))")
        }
        return outcomes
    }
}

extension Substring {
    fileprivate func removing(prefix: String) -> String? {
        hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
    }
}
