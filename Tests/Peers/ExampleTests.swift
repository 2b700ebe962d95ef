import Testing

/// The worked examples in Board/examples, played from their files.
@Suite struct ExampleTests {
    static let scenes = [
        "two_nets", "four_tunnels", "subnet_sizes", "internet_as_subnet", "extruded", "shared_secret", "manager",
        "wireless_staff", "wireless_student", "samplesep", "tunnel_in_tunnel", "boot_time", "one_tunnel", "certificates",
        "dynamic_interfaces",
    ].map { Scenario("example \($0)", "example_\($0)") }

    @Test(arguments: scenes) func example(_ scenario: Scenario) async throws {
        try await Laboratory.play(scenario).judge()
    }
}
