import Testing

/// Tunnels where the kernel has ESP, in a virtual machine: our XFRM plane with strongSwan's, and with our own TUN plane.
@Suite struct KernelTests {
    static let pairs = [
        ("XFRM with XFRM", "tunnel plane=xfrm"),
        ("XFRM to strongSwan", "tunnel plane=xfrm east_kind=strongswan"),
        ("strongSwan to XFRM", "tunnel plane=xfrm west_kind=strongswan"),
        ("TUN to XFRM", "tunnel plane=xfrm west_plane=tun"),
        ("XFRM to TUN", "tunnel plane=xfrm east_plane=tun"),
    ]

    static let tunnels = pairs.flatMap { pair in
        [
            Scenario("\(pair.0), IPv4", pair.1),
            Scenario("\(pair.0), IPv4 in UDP", pair.1, "nat=1 esp=aes256-sha256"),
            Scenario("\(pair.0), IPv6", pair.1, "inner=6 outer=6 esp=aes128-sha1"),
        ]
    }

    static let scenes =
        [
            Scenario("strongSwan with strongSwan, kernel ESP", "tunnel plane=xfrm kind=strongswan"),
            Scenario("protostack=auto takes the kernel's ESP", "tunnel plane=auto"),
            Scenario("IPv6 in UDP over IPv6 through a NAT", "tunnel plane=xfrm nat=1 inner=6 outer=6"),
            Scenario("3des-md5 with strongSwan", "tunnel plane=xfrm east_kind=strongswan esp=3des-md5"),
            Scenario("kill -9, XFRM", "killed plane=xfrm"),
            Scenario("setup restart under load, XFRM", "restarted plane=xfrm"),
            Scenario("--down, XFRM", "down_holds plane=xfrm"),
            Scenario("setup stop leaves the kernel as found, XFRM", "stopped plane=xfrm"),
            Scenario("a line goes and comes back with another address, XFRM", "line_changes plane=xfrm"),
            Scenario("eroute, spi, look, verify and barf, XFRM", "looked_at plane=xfrm"),
            Scenario("killed at random moments, XFRM", "killed_anywhere count=4 plane=xfrm"),
            Scenario("the machine's clock is set", "clock_set"),
            Scenario("the machine's clock is set, XFRM", "clock_set plane=xfrm"),
            Scenario("a clock that begins in 1970, certificates", "clock_1970 plane=xfrm auth=x509"),
            Scenario("somebody empties the kernel's IPsec", "flushed plane=xfrm"),
            Scenario("word of a packet that waits is lost", "acquire_lost plane=xfrm"),
            Scenario("protostack= changed", "plane_changed plane=xfrm west_plane=tun"),
            Scenario("a second daemon and a stop from another run folder, XFRM", "started_elsewhere plane=xfrm"),
            Scenario("extended sequence numbers, XFRM to strongSwan", "extended plane=xfrm east_kind=strongswan esp=aes128gcm16-esn"),
            Scenario("extended sequence numbers, strongSwan to XFRM", "extended plane=xfrm west_kind=strongswan esp=aes256-sha256-esn"),
            Scenario(
                "extended sequence numbers, TUN to strongSwan",
                "extended plane=xfrm west_plane=tun east_kind=strongswan esp=aes256-sha256-esn"),
            Scenario(
                "extended sequence numbers, strongSwan to TUN",
                "extended plane=xfrm east_plane=tun west_kind=strongswan esp=aes128gcm16-esn"),
            Scenario(
                "strongSwan offers extended sequence numbers, we say nothing of them",
                "extended plane=xfrm west_kind=strongswan west_esp=aes128gcm16-esn esp="),
            Scenario("forceencaps=yes to strongSwan", "forceencaps plane=xfrm east_kind=strongswan"),
            Scenario("encapsulation=yes, of the responder, from strongSwan", "encapsulation_by_responder plane=xfrm west_kind=strongswan"),
            Scenario("libreswan with libreswan", "tunnel plane=xfrm kind=libreswan"),
            Scenario("to libreswan", "tunnel plane=xfrm east_kind=libreswan"),
            Scenario("libreswan with libreswan, raw keys", "tunnel plane=xfrm kind=libreswan auth=rsa"),
            Scenario("to libreswan, raw keys", "tunnel plane=xfrm east_kind=libreswan auth=rsa"),
            Scenario("from libreswan, raw keys", "tunnel plane=xfrm west_kind=libreswan auth=rsa"),
            Scenario("to libreswan, certificates", "tunnel plane=xfrm east_kind=libreswan auth=x509"),
            Scenario("from libreswan, certificates", "tunnel plane=xfrm west_kind=libreswan auth=x509"),
            Scenario("IKE fragments to libreswan", "ike_fragments plane=xfrm auth=x509 padding=3000 nat=1 peer=any east_kind=libreswan"),
            Scenario("IKE fragments from libreswan", "ike_fragments plane=xfrm auth=x509 padding=3000 nat=1 peer=any west_kind=libreswan"),
            Scenario("from libreswan", "tunnel plane=xfrm west_kind=libreswan"),
            Scenario("to libreswan through a NAT", "tunnel plane=xfrm nat=1 east_kind=libreswan esp=aes256-sha256"),
            Scenario("libreswan and its own defaults", "tunnel plane=xfrm west_kind=libreswan ike= esp="),
            Scenario("from nothing to a tunnel by the console, XFRM", "console plane=xfrm east_kind=strongswan"),
            Scenario("strongSwan as an L2TP client, XFRM", "l2tp plane=xfrm west_kind=strongswan"),
            Scenario("strongSwan as an L2TP client behind a NAT, XFRM", "l2tp plane=xfrm west_kind=strongswan nat=1"),
            Scenario("strongSwan as an L2TP client behind a NAT, TUN", "l2tp plane=tun west_plane=xfrm west_kind=strongswan nat=1"),
            Scenario("flows that were offloaded before", "offloaded"),
            Scenario("flows that were offloaded before, XFRM", "offloaded plane=xfrm"),
            Scenario("flows that were offloaded before, over PPPoE", "offloaded_pppoe"),
            Scenario("flows that were offloaded before, over PPPoE, XFRM", "offloaded_pppoe plane=xfrm"),
            Scenario("offloaded and masqueraded, then behind the tunnel", "offloaded_all"),
            Scenario("offloaded and masqueraded, then behind the tunnel, XFRM", "offloaded_all plane=xfrm"),
            Scenario("the tests of KernelESPTests", "--unit-tests KernelESPTests"),
        ] + tunnels + ShapeTests.inKernel + PathTests.inKernel

    @Test(arguments: scenes) func inVirtualMachine(_ scenario: Scenario) async throws {
        try await VirtualMachine.shared.play(scenario, among: Self.scenes).judge()
    }
}
