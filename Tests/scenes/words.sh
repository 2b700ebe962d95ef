# shellcheck shell=bash
# Scenes of parameters of Openswan, libreswan and strongSwan in ipsec.conf. Sourced by `Tests/lab/play.sh`.

# Starts east: Cygnet with the same file, or strongSwan with a child for each pair.
subnets_at_east() {
    local a b
    if [ "$(lab_own east kind)" = cygnet ]; then lab_cygnet_start east; return; fi
    lab_strongswan_configure east
    # libipsec needs an address of the gateway in each network.
    lab_ip east addr add 10.12.0.1/32 dev lo
    {
        echo "connections { peer { version = 1
local_addrs = $(lab_address east)
remote_addrs = $(lab_address west)
proposals = $ike
local { auth = psk }
remote { auth = psk }
children {"
        for a in 1 11; do for b in 2 12; do
            echo "c${a}x$b { local_ts = 10.$b.0.0/24
remote_ts = 10.$a.0.0/24
esp_proposals = $esp-${ike##*-} }"
        done; done
        echo "} } }
secrets { ike { secret = \"$(cat "$lab/secret")\" } }"
    } >"$lab/east/swanctl.conf"
    lab_strongswan_start east
}

# Two networks on each side are four tunnels, and the conn's name means all of them. When a reload numbers them anew, each of them
# still holds its traffic.
scene_subnets() {
    local pair stream said
    another sunset 10.11.0.2; another sunrise 10.12.0.2
    { shape_default; cat <<CONF
	ike=$ike
	esp=$esp
conn net
	leftsubnets={10.1.0.0/24 10.11.0.0/24}
	rightsubnets={10.2.0.0/24, 10.12.0.0/24}
CONF
    } | configure west east
    lab_capture
    subnets_at_east
    begin west
    said=$(lab_ipsec west auto --up net) || fail "net does not come up: $said"
    for pair in 1x1 1x2 2x1 2x2; do
        grep -q "\"net/$pair\" .*\[ipsec-sa-established\]" <<<"$said" || fail "--up says nothing of net/$pair: $said"
        conn_is_up west "net/$pair" || fail "net/$pair is not up when --up ends: $(lab_ipsec west status)"
    done
    [ "$(lab_own east kind)" != cygnet ] || is_up east net/1x1 net/1x2 net/2x1 net/2x2
    carries west net/1x1 passes sunset 10.2.0.2 2
    carries west net/1x2 passes sunset 10.12.0.2 2
    carries west net/2x1 passes sunset 10.2.0.2 2 -I 10.11.0.2
    carries west net/2x2 passes sunset 10.12.0.2 2 -I 10.11.0.2
    # One of them, by its own name.
    lab_ipsec west auto --down net/1x2
    dies sunset 10.12.0.2
    passes sunset 10.2.0.2 1
    # The order of the networks changes: each tunnel's traffic stays held.
    lab_in sunset ping -n -q -c 300 -i 0.01 -W 1 -p "$lab_pattern_hex" 10.2.0.2 >"$lab/stream" & stream=$!
    sed -i 's|{10.1.0.0/24 10.11.0.0/24}|{10.11.0.0/24 10.1.0.0/24}|' "$lab/west/ipsec.conf"
    said=$(lab_ipsec west setup reload) || fail "setup reload fails: $said"
    echo "$said"
    [ "$(grep -cF '[connection-replaced]' <<<"$said")" = 4 ] || fail "not all four are replaced: $said"
    wait $stream || true
    lab_ipsec west auto --up net || fail "net does not come up again"
    carries west net/2x1 passes sunset 10.2.0.2 2
    carries west net/2x2 passes sunset 10.12.0.2 2
    carries west net/1x1 passes sunset 10.2.0.2 2 -I 10.11.0.2
    # All of them at once.
    lab_ipsec west auto --replace net || fail "--replace net fails"
    lab_ipsec west auto --up net || fail "net does not come up after --replace"
    lab_ipsec west auto --down net || fail "--down net fails"
    dies sunset 10.2.0.2; dies sunset 10.12.0.2 -I 10.11.0.2
    only_esp --ike 9 "--$(if [ "$(lab_own east kind)" = cygnet ]; then lab_encapsulation; else echo udp; fi)" 20
    lab_ipsec west auto --delete net || fail "--delete net fails"
    [[ $(lab_ipsec west status) != *net/* ]] || fail "a pair is left: $(lab_ipsec west status)"
    said=$(lab_ipsec west auto --add net) || fail "--add net fails: $said"
    [ "$(grep -c '^002 .*"net/' <<<"$said")" = 4 ] || fail "--add net adds: $said"
    said=$(lab_ipsec west showconf net)
    [ "$(grep -c '^conn net/[12]x[12]$' <<<"$said")" = 4 ] || fail "showconf net shows: $said"
}

# encapsulated NODE: there is no NAT, and that gateway sends ESP in UDP: it makes its peer detect one.
encapsulated() {
    local node wire line=$2
    lab_capture
    lab_keys
    for node in west east; do
        "lab_$(lab_own $node kind)_configure" $node
        [ $node != "$1" ] || echo "	$line" >>"$lab/$node/ipsec.conf"
        "lab_$(lab_own $node kind)_start" $node
    done
    lab_initiate west || fail "the tunnel does not come up"
    pings_pass
    only_esp --ike 9 --udp 8
    for wire in west east; do
        [ -z "$(tcpdump -r "$lab/$wire.pcap" -n 'ip proto 50' 2>/dev/null)" ] || fail "plain ESP is on $wire's wire"
        [ "$(tcpdump -r "$lab/$wire.pcap" -n 'udp port 4500' 2>/dev/null | wc -l)" -ge 12 ] || fail "not all of it went by port 4500"
        [ "$(tcpdump -r "$lab/$wire.pcap" -n 'udp port 500' 2>/dev/null | wc -l)" = 4 ] || fail "more than four messages went by port 500"
    done
    tell "four messages by UDP 500, and all else by UDP 4500"
}
scene_forceencaps() { encapsulated west forceencaps=yes; }
scene_encapsulation_by_responder() { encapsulated east encapsulation=yes; }
