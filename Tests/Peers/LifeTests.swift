import Testing

/// Tunnels that live: keys replaced under load, peers that die and come back; and, in their short forms, the scenes of
/// force that Tests/soak plays long. On the TUN plane.
@Suite struct LifeTests {
    static let scenes = [
        Scenario("rekeying, ours with ours", "rekeyed west_life=18"),
        Scenario("rekeying to strongSwan", "rekeyed west_life=18 east_kind=strongswan"),
        Scenario("rekeying from strongSwan", "rekeyed east_life=18 east_kind=strongswan"),
        Scenario("rekeying from both sides at once", "rekeyed life=18"),
        Scenario("the peer dies, ours with ours", "peer_dies west_dpd=restart"),
        Scenario("the peer dies, ours with strongSwan", "peer_dies west_dpd=restart east_kind=strongswan"),
        Scenario("the peer reboots and speaks first", "peer_reboots"),
        Scenario("we reboot, and the peer goes on by old SAs", "forgotten"),
        Scenario("we reboot, and strongSwan goes on by old SAs", "forgotten east_kind=strongswan"),
        Scenario("interfaces= and devices that are renamed", "named_interfaces"),
        Scenario("a line goes and comes back with another address", "line_changes"),
        Scenario("hooks, at every time and many at once", "hooks"),
        Scenario("what config setup says of the machine", "setup_words"),
        Scenario("a peer known by its host name alone", "peer_by_name"),
        Scenario("a peer that comes from the new address of its host name", "named_peer_comes"),
        Scenario("keys from the DNS, one of them replaced, and a silent server", "published_keys"),
        Scenario("strongSwan's key in an IPSECKEY record", "published_ipseckey auth=rsa ids=name east_kind=strongswan"),
        Scenario(
            "strongSwan begins, and its key is in an IPSECKEY record", "published_ipseckey_from_east auth=rsa ids=name east_kind=strongswan"
        ),
        Scenario("records as showhostkey prints them, and verify --host", "verified_host"),
        Scenario("a conn that strongSwan refuses beside one that stands", "one_refused east_kind=strongswan"),
        Scenario("strongSwan's group for PFS, rekeying too", "pfs_follows east_kind=strongswan ike=aes128-sha256-ecp256"),
        Scenario("strongSwan that answers no Main Mode", "initiator_only east_kind=strongswan ike=aes128-sha256-ecp256"),
        Scenario("many road warriors at once", "warriors count=100"),
        Scenario("a hundred tunnels rekeyed while pings run", "rekeyings count=50"),
        Scenario("floods", "floods seconds=3 rate=1000"),
        // On a quiet machine none is later than 50 ms.
        Scenario("dear Diffie-Hellman for strangers", "dear_strangers seconds=3"),
        Scenario("a line that flaps", "flaps count=4"),
        Scenario("killed at random moments", "killed_anywhere count=8"),
        Scenario("a daemon that sleeps for longer than its keys live", "daemon_sleeps"),
        Scenario("a full disk", "full_disk"),
        Scenario("more changes of addresses than there is room for word of", "words_lost"),
    ]

    @Test(arguments: scenes) func inNamespaces(_ scenario: Scenario) async throws {
        try await Laboratory.play(scenario).judge()
    }
}
