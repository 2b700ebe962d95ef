# shellcheck shell=bash
# The examples of Board/examples, each played from its unchanged file. Sourced by `Tests/lab/play.sh`.

# example NAME WEST EAST: gives the gateways an example's file and its outer addresses. The Internet has routes to them.
example() {
    local node wire=1 address file
    for node in west east; do
        address=$2; [ $node = west ] || address=$3
        # The laboratory's own addresses may be those of the other side in the example: remove them.
        lab_ip internet addr flush dev $node
        lab_ip internet addr add 172.31.$wire.1/24 dev $node
        lab_ip internet addr add fe80::1/64 dev $node nodad
        lab_ip $node addr flush dev wan
        lab_ip $node addr add 172.31.$wire.2/24 dev wan
        lab_ip $node route add default via 172.31.$wire.1
        [ "$address" = any ] || { lab_ip $node addr add "$address/32" dev wan; lab_ip internet route add "$address/32" via 172.31.$wire.2; }
        wire=$((wire + 1))
        mkdir -p "$lab/$node/run"
        for file in "$lab_home/../../Board/examples/$1"/*; do (umask 077; cat "$file" >"$lab/$node/$(basename "$file")"); done
        (umask 077; echo ": PSK \"$(cat "$lab/secret")\"" >"$lab/$node/ipsec.secrets")
        # An example with certificates is checked when its files exist.
        [ "$1" = certificates ] || lab_ipsec $node checkconf || fail "$1 has a fault"
    done
}
# Both ends may initiate a conn at the same time: the test only checks that it is up.
both_up() { local name; begin west east; for name; do is_up west "$name"; is_up east "$name"; done; tell "up: $*"; }

# lives NODE ADDRESS GATEWAY PREFIX: a host in a network that its gateway is directly connected to.
lives() {
    local gateway=west; [ "$1" = sunset ] || gateway=east
    lab_ip $gateway addr add "$3/$4" dev lan
    lab_ip "$1" addr add "$2/$4" dev lan
}

# Both ends initiate. Until they agree on one of two tunnels, a packet may be lost.
reaches() { lab_wait 10 ping_to "$@" -W 1 >/dev/null || fail "pings from $1 to $2 are lost"; tell "pings from $1 to $2 pass ${*:4}"; }

scene_example_two_nets() {
    example two-nets 192.0.2.1 198.51.100.1
    another sunset 192.168.1.9; another sunrise 192.168.2.9; another sunrise 192.168.3.9
    both_up netA-netB netA-netC
    carries west netA-netB reaches sunset 192.168.2.9 2 -I 192.168.1.9
    carries west netA-netC reaches sunset 192.168.3.9 2 -I 192.168.1.9
}

scene_example_four_tunnels() {
    example four-tunnels 101.101.101.101 202.202.202.202
    another sunset 192.168.100.9; another sunrise 192.168.200.9
    both_up northnet-southnet northgate-southnet northnet-southgate northgate-southgate
    carries west northnet-southnet reaches sunset 192.168.200.9 2 -I 192.168.100.9
    carries west northgate-southnet reaches west 192.168.200.9 2 -I 101.101.101.101
    carries west northnet-southgate reaches sunset 202.202.202.202 2 -I 192.168.100.9
    carries west northgate-southgate reaches west 202.202.202.202 2 -I 101.101.101.101
}

scene_example_subnet_sizes() {
    example subnet-sizes 192.0.2.1 198.51.100.3
    another sunset 192.168.102.9; another sunrise 10.3.0.9
    begin west east
    up east any-of-the-four
    is_up west any-of-the-four
    carries west any-of-the-four reaches sunset 10.3.0.9 2 -I 192.168.102.9
}

scene_example_internet_as_subnet() {
    example internet-as-subnet 192.0.2.1 198.51.100.1
    lives sunset 192.168.1.9 192.168.1.1 24; another sunrise 203.0.113.9
    both_up west-internet
    carries west west-internet reaches sunset 203.0.113.9 2 -I 192.168.1.9
}

scene_example_extruded() {
    example extruded 203.0.113.4 198.51.100.7
    another sunset 192.0.2.17; lives sunrise 192.0.2.241 192.0.2.242 28
    both_up extruded
    carries east extruded reaches sunrise 192.0.2.17 2 -I 192.0.2.241
}

# The office has one secret and the road warrior another one. Each end has only its own.
scene_example_shared_secret() {
    example shared-secret 10.0.0.1 11.0.0.1
    printf '10.0.0.1 11.0.0.1 : PSK "the office"\n10.0.0.1 0.0.0.0 : PSK "on the road"\n' >"$lab/west/ipsec.secrets"
    head -n 1 "$lab/west/ipsec.secrets" >"$lab/east/ipsec.secrets"
    another sunset 192.168.1.9; another sunrise 192.168.2.9
    both_up office
    carries west office reaches sunset 192.168.2.9 2 -I 192.168.1.9
    lab_stop east >/dev/null; rm -rf "$lab/east/run"; mkdir "$lab/east/run"
    tail -n 1 "$lab/west/ipsec.secrets" >"$lab/east/ipsec.secrets"
    sed -i 's/right=0.0.0.0/right=%defaultroute/; s/auto=start/auto=ignore/' "$lab/east/ipsec.conf"
    lab_ip east addr del 11.0.0.1/32 dev wan
    begin east
    up east road
    reaches east 192.168.1.9 2
}

# renamed NODE NAME: gives its outer device the name that the example uses.
renamed() {
    local wire=1; [ "$1" = west ] || wire=2
    lab_ip "$1" link set wan down; lab_ip "$1" link set wan name "$2"; lab_ip "$1" link set "$2" up
    lab_ip "$1" route add default via 172.31.$wire.1
}

# East is Vancouver, New York and Amsterdam at once.
scene_example_boot_time() {
    local node city=2
    example boot-time 192.0.2.1 198.51.100.1
    another sunset 192.168.1.9
    for node in 192.168.2.9 192.168.3.9 192.168.4.9; do another sunrise $node; done
    for node in 198.51.100.2 198.51.100.3; do
        lab_ip east addr add $node/32 dev wan; lab_ip internet route add $node/32 via 172.31.2.2
    done
    renamed west eth0; renamed east eth0
    both_up reno-van reno-ny reno-ams
    for node in van ny ams; do
        carries west reno-$node reaches sunset 192.168.$city.9 2 -I 192.168.1.9
        city=$((city + 1))
    done
}

# The gateway's own packets go through the tunnel of its network. No option of ping chooses their source address.
scene_example_one_tunnel() {
    example one-tunnel 192.0.2.1 198.51.100.1
    lives sunset 192.168.1.9 192.168.1.1 24; lives sunrise 192.168.2.9 192.168.2.1 24
    lab_ip sunset route replace default via 192.168.1.1; lab_ip sunrise route replace default via 192.168.2.1
    both_up home-office
    carries west home-office reaches sunset 192.168.2.9 2
    carries west home-office reaches west 192.168.2.9 2
    carries east home-office reaches east 192.168.1.9 2
    carries west home-office reaches west 192.168.2.1 2
}

# The head office has the same file with left and right exchanged. Both ends have certificates two levels below the root, and all revocation lists.
scene_example_certificates() {
    local node there own
    auth=x509
    lab_keys
    example certificates any 198.51.100.1
    for node in west east; do
        there=$(lab_other $node)
        own=branch; [ $node = west ] || own=head-office
        lab_cygnet_keys $node >/dev/null
        mv "$lab/$node/ipsec.d/certs/$node.pem" "$lab/$node/ipsec.d/certs/$own.pem"
        sed -i "s/branch.pem/$own.pem/; s/O=Example, CN=head-office/O=Laboratory, CN=$there/" "$lab/$node/ipsec.conf"
    done
    sed -i 's/192.168.1.0/X/; s/192.168.2.0/192.168.1.0/; s/X/192.168.2.0/; s/right=198.*/right=%any/; s/%defaultroute/198.51.100.1/; s/auto=start/auto=add/' "$lab/east/ipsec.conf"
    for node in west east; do lab_ipsec $node checkconf || fail "certificates has a fault"; done
    another sunset 192.168.1.9; another sunrise 192.168.2.9
    begin east west
    is_up west head-office; is_up east head-office
    carries west head-office reaches sunset 192.168.2.9 2 -I 192.168.1.9
}

# At boot there is no card. It is inserted, removed, and inserted in another slot: the tunnel follows.
scene_example_dynamic_interfaces() {
    example dynamic-interfaces any 192.0.2.1
    sed -i 's/ipsec0=eth1 ipsec1=ppp0/ipsec0=wan/; s/left=%defaultroute/left=%any/; s/auto=start/auto=add/' "$lab/east/ipsec.conf"
    another sunrise 192.168.1.9
    begin east west
    ! conn_is_up west office || fail "it is up without a card"
    renamed west eth1
    is_up west office; is_up east office
    carries west office reaches west 192.168.1.9 2
    lab_ip west link set eth1 down
    lab_ip west addr flush dev eth1
    lab_wait 10 lab_said "$lab/west/log" '\[address-lost\]' || fail "it is not noticed"
    lab_ip west link set eth1 up; lab_ip west addr add 172.31.1.7/24 dev eth1; lab_ip west route add default via 172.31.1.1
    lab_wait 20 ping_to west 192.168.1.9 2 -W 1 >/dev/null || fail "the tunnel does not come back"
    tell "and again with another address"
}

# The head office has the same file with right=%any.
scene_example_manager() {
    example manager any 192.0.2.1
    another sunrise 192.168.102.9; another sunrise 192.168.101.33; another sunrise 192.168.103.42
    sed -i 's/right=%defaultroute/right=%any/; s/auto=start/auto=add/' "$lab/east/ipsec.conf"
    begin east west
    is_up west all-of-marketing some-of-production one-machine-in-administration
    carries west all-of-marketing reaches west 192.168.102.9 2
    carries west some-of-production reaches west 192.168.101.33 2
    carries west one-machine-in-administration reaches west 192.168.103.42 2
}

# wireless HOST: the gateway at east and one of its hosts at west, with new keys.
wireless() {
    local node theirs ours
    auth=rsa
    lab_keys
    ours=$(cat "$lab/keys/west.rfc3110") theirs=$(cat "$lab/keys/east.rfc3110")
    example wireless-gateway any 192.0.2.1
    (umask 077; cat "$lab_home/../../Board/examples/wireless-host/ipsec.conf" >"$lab/west/ipsec.conf")
    [ "$1" = staff ] || sed -i "s/@staff/@$1/; s|0.0.0.0/0|192.168.1.5/32|" "$lab/west/ipsec.conf"
    for node in west east; do
        sed -i "s|rightrsasigkey=.*|rightrsasigkey=0s$theirs|; /leftid=@$1/{n; s|=.*|=0s$ours|}" "$lab/$node/ipsec.conf"
    done
    cp "$lab/keys/west.secrets" "$lab/west/ipsec.secrets"
    sed "s|^: RSA|@east &|" "$lab/keys/east.secrets" >"$lab/east/ipsec.secrets"
    another sunrise 203.0.113.9; another sunrise 192.168.1.5
    begin east west
    is_up west east; is_up east "$1"
}
scene_example_wireless_staff() {
    wireless staff
    carries west east reaches west 203.0.113.9 2
    carries west east reaches west 192.168.1.5 2
}
# It is granted only the traffic of its own conn, whatever it requests.
scene_example_wireless_student() {
    local said
    wireless student
    carries west east reaches west 192.168.1.5 2
    sed -i 's|192.168.1.5/32|0.0.0.0/0|; s/auto=start/&\n\tkeyingtries=1/' "$lab/west/ipsec.conf"
    lab_ipsec west auto --replace east
    said=$(lab_ipsec west auto --up east 2>&1) && fail "it gets everything: $said"
    grep INVALID-ID-INFORMATION <<<"$said" || fail "it is refused for another reason: $said"
}

scene_example_samplesep() {
    local said
    example samplesep 192.0.2.1 198.51.100.1
    another sunset 192.168.1.9; another sunrise 192.168.2.9
    begin west east
    lab_ipsec west manual --up samplesep; lab_ipsec east manual --up samplesep
    carries west samplesep reaches sunset 192.168.2.9 2 -I 192.168.1.9
    lab_ipsec west manual --down samplesep
    chmod 644 "$lab/west/ipsec.keys.conf"
    said=$(lab_ipsec west manual --up samplesep 2>&1) && fail "keys that everybody may read are used: $said"
    tell "$said"
    chmod 644 "$lab/west/ipsec.conf"; chmod 600 "$lab/west/ipsec.keys.conf"
    lab_ipsec west manual --up samplesep || fail "a file without keys need not be hidden"
    reaches sunset 192.168.2.9 2 -I 192.168.1.9
}

scene_example_tunnel_in_tunnel() {
    local node site=1
    example tunnel-in-tunnel 192.0.2.1 198.51.100.1
    for node in sunset sunrise; do
        lives $node 192.168.$site.2 192.168.$site.1 24
        lab_ip $node route replace default via 192.168.$site.1
        mkdir -p "$lab/$node/run"
        cp "$lab/west/ipsec.conf" "$lab/west/ipsec.secrets" "$lab/$node/"
        site=2
    done
    begin west east
    is_up west sites; is_up east sites
    begin sunset sunrise
    is_up sunset alice-bob; is_up sunrise alice-bob
    carries west sites carries sunset alice-bob reaches sunset 192.168.2.2 2 -I 192.168.1.2
}

# The gateway has one interface, in the LAN that it protects. The road warrior is elsewhere and has an address of that
# LAN. The gateway answers ARP for the address as long as it is routed.
scene_example_mobile() {
    example mobile any 1.0.0.2
    # The LAN: its router is 1.0.0.1, another host 1.0.0.9.
    lab_ip internet addr flush dev east
    lab_ip internet addr add 1.0.0.1/24 dev east; lab_ip internet addr add 1.0.0.9/24 dev east
    lab_ip east addr flush dev wan
    lab_ip east addr add 1.0.0.2/24 dev wan
    lab_ip east route add default via 1.0.0.1
    # The packets that end the captures go there.
    for node in west east; do lab_ip $node addr add "$(lab_address $node)/32" dev lo; done
    lab_ip internet route add "$(lab_address west)/32" via 172.31.1.2; lab_ip internet route add "$(lab_address east)/32" via 1.0.0.2
    # The road warrior's half of the file.
    sed -i 's/left=0.0.0.0/left=%defaultroute\n\tleftsourceip=1.0.0.3/' "$lab/west/ipsec.conf"
    lab_ip west addr add 1.0.0.3/32 dev lo
    lab_ipsec west checkconf || fail "the road warrior's half has a fault"
    lab_capture
    begin east west
    [ -z "$(answers_arp)" ] || fail "east answers ARP already: $(answers_arp)"
    up west mobile; is_up east mobile
    [[ $(answers_arp) == "1.0.0.3 dev wan"* ]] || fail "east does not answer ARP on its LAN: $(answers_arp)"
    # The road warrior's own packets have the virtual address as their source.
    carries west mobile reaches west 1.0.0.2 2
    carries west mobile reaches west 1.0.0.9 2
    carries east mobile reaches internet 1.0.0.3 2 -I 1.0.0.9
    lab_ipsec east auto --down mobile
    dies internet 1.0.0.3 -I 1.0.0.9
    lab_ipsec east auto --unroute mobile
    [ -z "$(answers_arp)" ] || fail "still answering ARP when unrouted: $(answers_arp)"
    west_is_clean --ike 9 --raw 10
}
