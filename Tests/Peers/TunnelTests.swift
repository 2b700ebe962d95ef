import Testing

/// Tunnels over the TUN plane, from the binary that ships: every suite, every pair of gateways, with and without a NAT.
/// West begins; each scene pings both ways and judges captures of both outer wires.
@Suite struct TunnelTests {
    /// Which gateways play west and east.
    static let pairs = [
        ("ours with ours", "tunnel"),
        ("ours to strongSwan", "tunnel east_kind=strongswan"),
        ("strongSwan to ours", "tunnel west_kind=strongswan"),
    ]

    static let ikeSuites = [
        "aes128-sha1-modp2048", "aes256-sha256-modp3072", "aes192-sha384-ecp384", "aes256-sha512-curve25519",
        "aes128-sha256-ecp256", "3des-md5-modp1536",
    ]

    static let espSuites = ["aes128gcm16", "aes256gcm16", "aes256-sha256", "aes128-sha1", "3des-md5"]

    static func across(_ suites: [String], _ key: String, _ rest: String) -> [Scenario] {
        pairs.flatMap { pair in
            suites.map { Scenario("\(pair.0), \($0) \(rest)", "\(pair.1) \(key)=\($0) \(rest)") }
        }
    }

    @Test(arguments: across(ikeSuites, "ike", "pfs=yes")) func ike(_ scenario: Scenario) async throws {
        try await Laboratory.play(scenario).judge()
    }

    @Test(arguments: across(espSuites, "esp", "pfs=no")) func esp(_ scenario: Scenario) async throws {
        try await Laboratory.play(scenario).judge()
    }

    /// strongSwan's own ESP has none; its kernel's has, in the virtual machine.
    @Test(arguments: ["aes128gcm16-esn", "aes256-sha256-esn"]) func extendedSequenceNumbers(_ esp: String) async throws {
        try await Laboratory.play(Scenario("ours with ours, \(esp)", "extended nat=1 esp=\(esp)")).judge()
    }

    @Test(arguments: across(["aes128gcm16", "aes256-sha256", "3des-md5"], "esp", "nat=1"))
    func throughNAT(_ scenario: Scenario) async throws {
        try await Laboratory.play(scenario).judge()
    }

    static let addresses = pairs.flatMap { pair in
        [(4, 6), (6, 4), (6, 6)].map { inner, outer in
            Scenario("\(pair.0), IPv\(inner) in IPv\(outer)", "\(pair.1) inner=\(inner) outer=\(outer)")
        }
    }

    @Test(arguments: addresses) func addressFamilies(_ scenario: Scenario) async throws {
        try await Laboratory.play(scenario).judge()
    }

    static let arrangements = [
        Scenario("east begins, ours with ours", "tunnel_from_east"),
        Scenario("east begins, strongSwan to ours", "tunnel_from_east east_kind=strongswan"),
        Scenario("IPv6 in UDP over IPv6 through a NAT", "tunnel nat=1 inner=6 outer=6"),
        Scenario("identities by name", "tunnel ids=name"),
        Scenario("a peer at any address behind a NAT", "tunnel nat=1 peer=any"),
        Scenario("strongSwan from any address behind a NAT", "tunnel nat=1 peer=any west_kind=strongswan"),
        Scenario("no algorithms configured, ours with ours", "tunnel ike= esp="),
        Scenario("no algorithms configured, ours to strongSwan", "tunnel ike= esp= pfs=no east_kind=strongswan"),
        Scenario("no algorithms configured, strongSwan to ours", "tunnel ike= esp= pfs=no west_kind=strongswan"),
    ]

    @Test(arguments: arrangements) func arrangement(_ scenario: Scenario) async throws {
        try await Laboratory.play(scenario).judge()
    }
}
