import Testing

/// Tunnels that are up and carry no packets, or not all: the messages of status and log, and the traffic that still passes.
@Suite struct PathTests {
    static let paths = [
        ("bulk TCP through a hop that loses ICMP", "icmp_lost"),
        ("a router that drops ESP", "esp_dropped"),
        ("ends with different keys", "check_fails"),
    ]

    static let scenes = paths.map { Scenario($0.0, $0.1) }

    /// The same with the kernel's ESP, for the virtual machine.
    static let inKernel =
        paths.map { Scenario("\($0.0), XFRM", "\($0.1) plane=xfrm") } + [
            Scenario("a peer that cuts HMAC-SHA-256 to 96 bits, XFRM", "check_cut plane=xfrm"),
            Scenario("a peer that cuts HMAC-SHA-256 to 96 bits, TUN", "check_cut plane=xfrm west_plane=tun"),
        ]

    @Test(arguments: scenes) func path(_ scenario: Scenario) async throws {
        try await Laboratory.play(scenario).judge()
    }
}
