import Testing

/// Every shape of tunnel: which nets are joined, who the peer is, what lies inside what. Each scene pings through every
/// tunnel it has and judges the capture.
@Suite struct ShapeTests {
    static let shapes = [
        ("four tunnels between the same gateways", "four_tunnels"),
        ("several nets behind one peer, some inside others", "overlapping"),
        ("an extruded subnet: the Internet behind the tunnel", "extruded"),
        ("a tunnel inside a tunnel", "tunnel_in_tunnel"),
        ("two road warriors on one conn", "road_warriors"),
        ("a road warrior with a virtual address", "virtual_address"),
        ("routed, up by the first packet, down, unrouted", "on_demand"),
        ("conns that pass, drop and reject", "shunts"),
        ("policy groups", "policy_groups"),
        ("manual keys", "manual"),
        ("one service alone, in transport mode", "one_service"),
        ("updown commands", "updown"),
        ("a firewall that lets nothing through", "firewall"),
        ("a firewall of the old iptables", "firewall_iptables"),
        ("a flow whose address was translated before", "translated_before"),
        ("TCP's segment size, clamped both ways", "segment_size"),
        ("a peer inside the network behind it", "peer_inside"),
        ("a virtual address on the LAN of a gateway with one interface", "example_mobile"),
        ("one port alone, and fragments", "fragments"),
        ("one port alone, and fragments, IPv6", "fragments inner=6"),
        ("road warriors behind one NAT, of virtual_private=", "virtual_private nat=1"),
        ("leftsourceip=, hidetos=, overridemtu=, fragicmp=", "outside"),
        ("failureshunt=passthrough", "failure_shunt"),
        ("leftsubnets= and rightsubnets=: two by two", "subnets"),
        ("forceencaps=yes", "forceencaps"),
        ("encapsulation=yes, of the responder", "encapsulation_by_responder"),
        ("L2TP clients in transport mode", "l2tp"),
        ("L2TP clients behind one NAT", "l2tp nat=1"),
        ("a LAN exempt from a tunnel for everything", "lan_exempt"),
        ("lefthostaccess=", "host_access"),
    ]

    static let scenes =
        shapes.map { Scenario($0.0, $0.1) } + [
            Scenario("a hundred tunnels", "hundred"),
            Scenario("leftsubnets= and rightsubnets= to strongSwan", "subnets east_kind=strongswan"),
            Scenario("manualstart=", "manual_start"),
            Scenario("large packets, ESP in UDP", "large_packets nat=1"),
            Scenario("large packets, plain ESP", "large_packets"),
            Scenario("large packets, IPv6", "large_packets inner=6"),
            Scenario("a TUN device without offload", "large_packets_refused nat=1"),
            Scenario("IPv6 addresses go and are checked for duplicates", "addresses_change outer=6 inner=6"),
        ]

    /// The same with the kernel's ESP, for the virtual machine.
    static let inKernel =
        shapes.map { Scenario("\($0.0), XFRM", "\($0.1) plane=xfrm") } + [
            Scenario("a hundred tunnels, XFRM", "hundred plane=xfrm"),
            Scenario("manual keys with ip xfrm", "manual_kernel plane=xfrm"),
            Scenario("manual keys with ip xfrm, TUN", "manual_kernel"),
        ]

    @Test(arguments: scenes) func shape(_ scenario: Scenario) async throws {
        try await Laboratory.play(scenario).judge()
    }
}
