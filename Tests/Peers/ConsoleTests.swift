import Testing

/// The console of the binary that ships, driven through a pseudo-terminal, with real tunnels behind it.
@Suite struct ConsoleTests {
    static let scenes = [
        Scenario("from nothing to a tunnel with strongSwan by '?' alone", "console east_kind=strongswan"),
        Scenario("a commit, and the ways back from one", "console_commit"),
        Scenario("commands from scripts", "console_script"),
        Scenario("keys and dumb terminals", "console_terminal"),
        Scenario("keys are answered while a hundred tunnels are rekeyed", "console_speed"),
    ]

    @Test(arguments: scenes) func console(_ scenario: Scenario) async throws {
        try await Laboratory.play(scenario).judge()
    }
}
