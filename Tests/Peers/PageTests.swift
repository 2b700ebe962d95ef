import Testing

/// The page that shows the status, served by busybox's httpd and read by headless Chromium, and reports for other programs.
@Suite struct PageTests {
    static let scenes = [
        Scenario("recorded answers, hostile ones, none", "page_recorded"),
        Scenario("a real gateway", "page"),
        Scenario("status, watch, verify and metrics for programs", "reports"),
    ]

    @Test(arguments: scenes) func page(_ scenario: Scenario) async throws {
        try await Laboratory.play(scenario).judge()
    }
}
