import Foundation
import Testing

/// Emulated routers booted from their flash images, driven over their serial lines, against strongSwan in another emulated
/// machine; and the packages, installed.
@Suite struct BoardTests {
    static let boards = ["virt-armv7", "malta-mipsel"]
    static let scenes = boards.flatMap { board in
        ["first_boot", "power_on", "power_cut", "firmware", "console", "cards", "pppoe"].map { Scenario("\(board): \($0)", $0) }
    }

    @Test(arguments: scenes) func onBoard(_ scenario: Scenario) async throws {
        try await Boards.shared.play(scenario, among: Self.scenes).judge()
    }

    @Test func packages() async throws {
        let (status, told) = try await run("Tests/Boards/packages.sh", [], limit: 300)
        try Outcome(status: status, told: told).judge()
    }

    @Test func imageThatIsTooLarge() async throws {
        let (status, told) = try await run("Tests/Boards/too-large.sh", [], limit: 300)
        try Outcome(status: status, told: told).judge()
    }
}

/// One board after the other, each through all its scenes.
private actor Boards {
    static let shared = Boards()
    private var playing: Task<[String: Outcome], any Error>?

    func play(_ scenario: Scenario, among scenes: [Scenario]) async throws -> Outcome {
        let outcomes =
            playing
            ?? Task {
                let (status, told) = try await run("Tests/Boards/play.tcl", [BoardTests.boards.joined(separator: ",")], limit: 1500)
                // What was measured is of interest when all went well, too.
                print(told)
                return Outcome.each(of: scenes, status: status, told: told)
            }
        playing = outcomes
        return try await outcomes.value[scenario.title] ?? .failed("nothing was told of this scene")
    }
}
