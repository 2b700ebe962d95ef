import Testing

/// The page that shows the status, served by busybox's httpd and read by headless Chromium.
@Suite struct PageTests {
    static let scenes = [
        Scenario("recorded answers, hostile ones, none", "page_recorded"),
        Scenario("a real gateway", "page"),
    ]

    @Test(arguments: scenes) func page(_ scenario: Scenario) async throws {
        try await Laboratory.play(scenario).judge()
    }
}
