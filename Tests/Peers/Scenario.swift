import Foundation
import Testing

/// One scene of Tests/lab/play.sh: two gateways, their settings, and the expected result.
struct Scenario: Sendable, CustomTestStringConvertible {
    /// Unique among those of one batch.
    let title: String
    /// The scene and its settings, as the script takes them.
    let words: [String]

    init(_ title: String, _ words: String...) {
        self.title = title
        self.words = words.flatMap { $0.split(separator: " ").map(String.init) }
    }

    var testDescription: String { title }
}

/// The result of a scene, and its output.
enum Outcome: Sendable {
    case passed
    case failed(String)
    /// It cannot be played on this machine, for this reason.
    case impossible(String)

    /// Passes, fails, or skips the test; where every test must run, a skip fails.
    func judge() throws {
        switch self {
        case .passed: break
        case .failed(let told): Issue.record("\(told)")
        case .impossible(let reason):
            guard ProcessInfo.processInfo.environment["CYGNET_TESTS_MUST_RUN"] != "1" else {
                Issue.record("cannot run here: \(reason)")
                return
            }
            try Test.cancel("\(reason)")
        }
    }
}

extension Outcome {
    /// How one scene ended whose script exited with `status`.
    init(status: Int32, told: String) {
        switch status {
        case 0: self = .passed
        case 77: self = .impossible(told.trimmingCharacters(in: .whitespacesAndNewlines))
        default: self = .failed(told)
        }
    }

    /// How each of `scenes` ended that were played together: reads `ok - TITLE`, `not ok - TITLE` and `unsteady - TITLE`, the latter two
    /// with what was told behind `# `.
    static func each(of scenes: [Scenario], status: Int32, told: String) -> [String: Outcome] {
        if status == 77 {
            let outcome = Outcome(status: status, told: told)
            return Dictionary(uniqueKeysWithValues: scenes.map { ($0.title, outcome) })
        }
        var outcomes: [String: Outcome] = [:]
        var failed: String?
        var unsteady: String?
        var story: [Substring] = []
        func finish() {
            if let failed { outcomes[failed] = .failed(story.joined(separator: "\n")) }
            if let unsteady { UnsteadyScenes.add(unsteady, story.joined(separator: "\n")) }
            failed = nil
            unsteady = nil
            story = []
        }
        for line in told.split(separator: "\n", omittingEmptySubsequences: false) {
            if let title = line.removing(prefix: "ok - ") {
                finish()
                outcomes[title] = .passed
            } else if let title = line.removing(prefix: "not ok - ") {
                finish()
                failed = title
            } else if let title = line.removing(prefix: "unsteady - ") {
                finish()
                outcomes[title] = .passed
                unsteady = title
            } else {
                story.append(line.removing(prefix: "# ").map { Substring($0) } ?? line)
            }
        }
        finish()
        // A machine that died has told of the scenes before; the rest hear why.
        for scene in scenes where outcomes[scene.title] == nil {
            outcomes[scene.title] = .failed("not played: the machine ended after this:\n\(told.suffix(2000))")
        }
        return outcomes
    }
}

extension Substring {
    fileprivate func removing(prefix: String) -> String? {
        hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
    }
}

/// The folder that holds Package.swift.
let packageFolder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

/// Runs a program to its end, killed after `limit` seconds, and returns its exit status and its output.
func run(_ program: String, _ arguments: [String], limit: Int) async throws -> (status: Int32, told: String) {
    let told = FileManager.default.temporaryDirectory.appending(path: "cygnet-told-\(UUID().uuidString)")
    try Data().write(to: told)
    defer { try? FileManager.default.removeItem(at: told) }
    let output = try FileHandle(forWritingTo: told)
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/timeout")
    process.arguments = ["--kill-after=30", "\(limit)", packageFolder.appending(path: program).path] + arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = output
    try await withCheckedThrowingContinuation { (waiting: CheckedContinuation<Void, any Error>) in
        process.terminationHandler = { _ in waiting.resume() }
        do { try withSignalsUnblocked { try process.run() } } catch { waiting.resume(throwing: error) }
    }
    try output.close()
    let text = String(decoding: try Data(contentsOf: told), as: UTF8.self)
    return (process.terminationStatus, process.terminationStatus == 124 ? text + "\nstopped after \(limit) s" : text)
}

/// A child inherits which signals its starter's thread blocks, and the threads that tests run on block most: without
/// this, no scene could end what it started.
private func withSignalsUnblocked(_ start: () throws -> Void) rethrows {
    var none = sigset_t()
    var before = sigset_t()
    unsafe sigemptyset(&none)
    unsafe pthread_sigmask(SIG_SETMASK, &none, &before)
    defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
    try start()
}
