import Testing

/// Tunnels that must not come up: the right notification crosses the wire, and the side that can know the cause names it.
@Suite struct RefusalTests {
    static let causes = [
        ("a wrong secret", "wrong_secret"),
        ("no common IKE proposal", "no_common_ike_proposal"),
        ("no common ESP proposal", "no_common_esp_proposal"),
        ("wrong subnets", "wrong_subnets"),
    ]

    static let scenes = causes.flatMap { cause in
        [
            Scenario("\(cause.0), ours with ours", cause.1),
            Scenario("\(cause.0), ours to strongSwan", cause.1, "east_kind=strongswan"),
            Scenario("\(cause.0), strongSwan to ours", cause.1, "west_kind=strongswan"),
        ]
    }

    @Test(arguments: scenes) func refused(_ scenario: Scenario) async throws {
        try await Laboratory.play(scenario).judge()
    }
}
