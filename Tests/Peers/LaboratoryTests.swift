import Testing

/// The laboratory itself, tested with other implementations: a good tunnel passes its check, and a bad one fails.
@Suite struct LaboratoryTests {
    static let scenes = [
        Scenario("eroute, spi, look, verify and barf", "looked_at"),
        Scenario("pings in the clear are seen", "plaintext_is_seen"),
        Scenario("IPv6 pings in the clear are seen", "plaintext_is_seen inner=6"),
        Scenario("strongSwan with strongSwan", "tunnel kind=strongswan"),
        Scenario("strongSwan with strongSwan through a NAT", "tunnel kind=strongswan nat=1"),
        Scenario("strongSwan with strongSwan, a wrong secret", "wrong_secret kind=strongswan"),
    ]

    @Test(arguments: scenes) func inNamespaces(_ scenario: Scenario) async throws {
        try await Laboratory.play(scenario).judge()
    }
}
