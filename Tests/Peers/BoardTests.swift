import Foundation
import Testing

/// Emulated routers booted from their flash images, driven over their serial lines, against strongSwan in another emulated
/// machine; and the packages, installed.
@Suite struct BoardTests {
    static let boards = ["virt-armv7", "malta-mipsel"]
    static let scenes = boards.flatMap { board in
        ["first_boot", "power_on", "power_cut", "firmware", "console", "page", "cards", "pppoe"].map { Scenario("\(board): \($0)", $0) }
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

/// Each board through all its scenes, the boards beside each other.
private actor Boards {
    static let shared = Boards()
    private var playing: [Task<[String: Outcome], any Error>] = []

    func play(_ scenario: Scenario, among scenes: [Scenario]) async throws -> Outcome {
        if playing.isEmpty {
            playing = BoardTests.boards.map { board in
                let own = scenes.filter { $0.title.hasPrefix(board) }
                return Task {
                    let (status, told) = try await run("Tests/Boards/play.tcl", [board], limit: 1500)
                    // The measurements are printed also if all tests passed.
                    print(told)
                    SceneTimes.add(board: board, told)
                    return Outcome.each(of: own, status: status, told: told)
                }
            }
        }
        for board in playing {
            if let outcome = try await board.value[scenario.title] { return outcome }
        }
        return .failed("nothing was told of this scene")
    }
}
