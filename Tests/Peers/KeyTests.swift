import Testing

/// RSA signatures in Main Mode, with raw keys and with certificates two levels below their root, over the TUN plane.
@Suite struct KeyTests {
    static let tunnels =
        TunnelTests.pairs.flatMap { pair in
            [("raw RSA keys", "auth=rsa"), ("certificates", "auth=x509")].map { words, setting in
                Scenario("\(pair.0), \(words)", "\(pair.1) \(setting)")
            }
        } + [
            Scenario("raw RSA keys by name through a NAT from any address", "tunnel auth=rsa nat=1 peer=any"),
            Scenario("certificates through a NAT from any address", "tunnel auth=x509 nat=1 peer=any"),
            Scenario("certificates, strongSwan through a NAT from any address", "tunnel auth=x509 nat=1 peer=any west_kind=strongswan"),
        ]

    /// Main Mode's messages with certificates have 3 to 4 KB, and the NAT drops every IP fragment.
    static let fragments = [
        Scenario("IKE fragments", "ike_fragments auth=x509 padding=3000 nat=1 peer=any"),
        Scenario("IKE fragments to strongSwan", "ike_fragments auth=x509 padding=3000 nat=1 peer=any east_kind=strongswan"),
        Scenario("IKE fragments from strongSwan", "ike_fragments auth=x509 padding=3000 nat=1 peer=any west_kind=strongswan"),
    ]

    @Test(arguments: fragments) func fragment(_ scenario: Scenario) async throws {
        try await Laboratory.play(scenario).judge()
    }

    @Test(arguments: tunnels) func tunnel(_ scenario: Scenario) async throws {
        try await Laboratory.play(scenario).judge()
    }

    static let refusals = [
        Scenario("another RSA key than the one that is known", "wrong_rsa_key auth=rsa"),
        Scenario("a revoked certificate", "revoked auth=x509 revoked=west"),
        Scenario("strongSwan with a revoked certificate", "revoked auth=x509 revoked=west west_kind=strongswan"),
        Scenario("keys and certificates are listed", "lists auth=x509"),
    ]

    @Test(arguments: refusals) func refusal(_ scenario: Scenario) async throws {
        try await Laboratory.play(scenario).judge()
    }
}
