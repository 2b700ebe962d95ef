import Testing

/// The traffic of a routed connection leaves encrypted or not at all, whatever happens to the daemon.
@Suite struct FailClosedTests {
    static let scenes = [
        Scenario("kill -9", "killed"),
        Scenario("kill -9, IPv6", "killed inner=6 outer=6"),
        Scenario("setup restart under load", "restarted"),
        Scenario("--down", "down_holds"),
        Scenario("setup stop leaves the kernel as found", "stopped"),
        Scenario("setup stop leaves the kernel as found, IPv6", "stopped inner=6 outer=6"),
        Scenario("somebody removes the device", "device_removed"),
        Scenario("a second daemon and a second stop", "started_twice"),
        Scenario("a second daemon and a stop from another run folder", "started_elsewhere"),
    ]

    @Test(arguments: scenes) func holds(_ scenario: Scenario) async throws {
        try await Laboratory.play(scenario).judge()
    }
}
