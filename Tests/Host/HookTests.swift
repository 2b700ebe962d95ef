import Foundation
import Linux
import TestSupport
import Testing
import Wire

@testable import Host

/// The queue and the processes, joined as the daemon joins them.
private final class QueuedHooks {
    private var queue: HookQueue
    private let hooks: Hooks
    var isIdle: Bool { queue.isIdle }

    init(log: Log) { (queue, hooks) = (HookQueue(log: log), Hooks(log: log)) }

    func run(_ words: [Name], for connection: Name, verb: Name, now: UInt64) {
        queue.add(words, for: connection, verb: verb, [])
        advance(now: now)
    }

    func advance(now: UInt64) {
        hooks.advance(now: now)
        queue.advance(now: now)
        repeat {
            while let end = hooks.next() { queue.ended(end) }
            let steps = queue.takeSteps(now: now)
            for step in steps { hooks.carryOut(step, now: now) }
            if steps.isEmpty { return }
        } while true
    }
}

/// Updown commands in processes of their own.
@Suite struct HookTests {
    /// Until `condition`, or half a minute.
    private func wait(_ hooks: QueuedHooks, _ condition: () -> Bool) -> Bool {
        let end = Clock.monotonic() + 30_000_000_000
        while Clock.monotonic() < end {
            hooks.advance(now: Clock.monotonic())
            if condition() { return true }
            usleep(2_000)
        }
        return false
    }

    @Test func thoseOfOneConnectionRunInOrder() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "cygnet-hooks-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let hooks = QueuedHooks(log: Log(DiscardedLog()))
        // mkdir fails unless its parent is there: only in this order does it work out.
        for path in ["a", "a/b", "a/b/c"] {
            hooks.run(["mkdir", Name("\(folder)/\(path)")], for: "net", verb: "up", now: Clock.monotonic())
        }
        #expect(wait(hooks) { hooks.isIdle })
        #expect(FileManager.default.fileExists(atPath: "\(folder)/a/b/c"))
    }

    @Test func oneThatTakesTooLongIsKilledAndTheNextRuns() {
        let kept = KeptLog()
        let hooks = QueuedHooks(log: kept.log)
        hooks.run(["/bin/sleep", "1000"], for: "net", verb: "up", now: Clock.monotonic())
        hooks.run(["/bin/true"], for: "net", verb: "down", now: Clock.monotonic())
        hooks.advance(now: Clock.monotonic())
        #expect(!hooks.isIdle)
        hooks.advance(now: Clock.monotonic() + Limits.hookTime)
        #expect(wait(hooks) { hooks.isIdle })
        #expect(kept.lines.contains { $0.hasSuffix("[command-killed]") })
    }

    /// On either output, and no more than there is room for.
    @Test func whatOnePrintsGoesToTheLog() {
        let kept = KeptLog()
        let hooks = QueuedHooks(log: kept.log)
        hooks.run(["/bin/sh", "-c", "echo one; echo two >&2; printf three"], for: "net", verb: "up", now: Clock.monotonic())
        #expect(wait(hooks) { hooks.isIdle })
        #expect(kept.lines == ["one", "two", "three"].map { "notice \"net\" /bin/sh up: \($0)" })
        hooks.run(["/bin/sh", "-c", "head -c 300000 /dev/zero | tr '\\0' x"], for: "net", verb: "up", now: Clock.monotonic())
        #expect(wait(hooks) { hooks.isIdle })
        #expect(kept.lines.count == 4 && kept.lines[3].hasSuffix("xxx") && kept.lines[3].utf8.count < Limits.hookOutput + 100)
    }

    @Test func whatCannotBeRunIsSaid() {
        let kept = KeptLog()
        let hooks = QueuedHooks(log: kept.log)
        hooks.run(["no-such-command-anywhere"], for: "net", verb: "up", now: 0)
        #expect(hooks.isIdle)
        #expect(kept.lines.contains { $0.hasPrefix("error \"net\"") && $0.hasSuffix("[command-failed]") })
    }
}
