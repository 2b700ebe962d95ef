# shellcheck shell=bash
# Scenes of flow offload: packets that a flowtable forwards see no routes, no policies and no hook behind the first one; sourced by
# `Tests/lab/play.sh`. They need a kernel with nf_flow_table: the virtual machine's.

has_flowtables() {
    lab_in west nft -f - 2>/dev/null <<'PROBE' || { echo "This kernel has no flowtables: play it in the virtual machine."; exit 77; }
table inet probe {
    flowtable ft { hook ingress priority 0; devices = { lan, wan }; }
}
delete table inet probe
PROBE
}
# offload [LINE...]: west's firewall offloads every flow between the interfaces that $offloaded names, if $offloads is set; the
# lines are further chains.
offloads=yes offloaded='lan, wan'
offload() {
    local table="flowtable ft { hook ingress priority 0; devices = { $offloaded }; }" rule='meta l4proto { tcp, udp } flow add @ft'
    [ $offloads = yes ] || table='' rule=''
    lab_in west nft -f - <<RULES
flush ruleset
table inet fw4 {
    $table
    chain forward {
        type filter hook forward priority 0; policy accept;
        ct state established counter
        $rule
    }
    $*
}
RULES
}
# flow ROLE NODE ADDRESS: `echo` answers every datagram and every line at port 7007 of that address of the node; `ask` begins a UDP and
# a TCP flow to it. Each sends a word five times a second, TCP only after an answer to the last one. The number of
# answers is in $lab/NODE/udp and $lab/NODE/tcp.
flow() {
    echo 0 >"$lab/$2/udp"; echo 0 >"$lab/$2/tcp"
    lab_in "$2" perl "$lab_home/../scenes/flow.pl" "$1" "$3" "$lab_pattern" "$lab/$2" &
}
echoes() { lab_wait 60 test -e "$lab/$1/echoes" || fail "nobody echoes at $1"; }
# answered NODE udp|tcp: sets $answers to the number of answers.
answered() { read -r answers <"$lab/$1/$2"; }
more() { answered "$1" "$2"; [ "$answers" -ge "$3" ]; }
# flows_on NODE [N]: both flows of that node get N more answers.
flows_on() {
    local count=${2:-3} udp tcp
    answered "$1" udp; udp=$answers; answered "$1" tcp; tcp=$answers
    lab_wait 60 more "$1" udp $((udp + count)) || fail "the UDP flow of $1 stands still"
    lab_wait 60 more "$1" tcp $((tcp + count)) || fail "the TCP flow of $1 stands still"
    tell "both flows of $1 go on"
}
udp_on() { answered "$1" udp; lab_wait 60 more "$1" udp $((answers + 5)) || fail "the UDP flow of $1 stands still"; tell "the UDP flow of $1 goes on"; }
# flow_stands NODE: for two seconds the UDP flow gets no answer to its ten words; answers under way may come before.
flow_stands() {
    local before
    for _ in 1 2 3 4; do
        answered "$1" udp; before=$answers
        read -r -t 2 <> <(:) || true
        more "$1" udp $((before + 1)) || { tell "the UDP flow of $1 stands still"; return 0; }
    done
    fail "the UDP flow of $1 goes on"
}
# west_sends FILTER: fails if such a packet is on west's wire, in a capture that has ended.
west_sends_none() {
    local said; said=$(tcpdump -n -r "$lab/west.pcap" "ip and ($1) or pppoes and ip and ($1)" 2>/dev/null)
    [ -z "$said" ] || { head -n 5 <<<"$said"; fail "$(wc -l <<<"$said") packets in the clear: $1"; }
}

# Flows that were offloaded in the clear, one begun by each side, when their conn is routed: no further packet leaves in the clear,
# packets that arrive in the clear are dropped, and both flows go on in the tunnel. The administrator opens the firewall.
scene_offloaded() {
    has_flowtables
    flow echo sunset 10.1.0.2; flow echo sunrise 10.2.0.2
    # As on a line without neighbour discovery: a sender without a gateway is heard as well.
    lab_in internet sysctl -qw net.ipv4.conf.west.proxy_arp=1
    lab_ip internet route add 10.1.0.0/24 via "$(lab_address west 4)"; lab_ip internet route add 10.2.0.0/24 via "$(lab_address east 4)"
    { shape_default; printf 'conn net\n\tleftsubnet=10.1.0.0/24\n\trightsubnet=10.2.0.0/24\n'; } | configure west east
    offload
    echoes sunset; echoes sunrise
    flow ask sunset 10.2.0.2; flow ask sunrise 10.1.0.2
    # West's own sockets, whose source no conn covers.
    flow ask west 10.2.0.2
    flows_on west 1; flows_on sunset; flows_on sunrise
    begin west
    lab_ipsec west auto --route net || fail "--route fails"
    lab_capture
    # No held packet is on the line, and packets that arrive in the clear are not answered.
    flow_stands sunset; flow_stands sunrise
    [ "$(tcpdump -n -r "$lab/west.pcap" "src net 10.2.0.0/24 and udp" 2>/dev/null | wc -l)" -gt 5 ] || fail "nothing comes in the clear"
    begin east
    # The first attempt, which the traffic triggered, may just end.
    lab_ipsec west auto --up net || lab_ipsec west auto --up net || fail "net does not come up"
    is_up east net
    carries west net flows_on sunset 10
    flows_on sunrise
    # The firewall is reloaded and offloads again.
    offload
    flows_on sunset; flows_on sunrise
    # After --down the traffic is held; after --up the flows go on.
    lab_ipsec east auto --down net; lab_ipsec west auto --down net
    flow_stands sunset
    lab_ipsec west auto --up net || fail "net does not come up again"
    flows_on sunset; flows_on sunrise
    lab_capture_end
    west_sends_none "src net 10.1.0.0/24 or src host 192.0.2.2 and dst net 10.2.0.0/24"
    tell "west's wire shows nothing of it"
    lab_ipsec west auto --delete net; lab_ipsec east auto --delete net
    [[ $(lab_in west nft list ruleset) != *cygnet* ]] || fail "deleted, rules stay: $(lab_in west nft list ruleset)"
    flows_on sunset
}

# The Internet behind the tunnel: flows that were masqueraded before, and a firewall that the conn opens.
scene_offloaded_all() { internet_behind masquerade; }
# A flow whose address was translated before its conn was routed uses the tunnel afterwards, also without flow offload.
scene_translated_before() { offloads=no; internet_behind "snat ip to 192.0.2.2"; }
# internet_behind STATEMENT: west's firewall translates addresses by this statement.
internet_behind() {
    [ $offloads = no ] || has_flowtables
    lab_ip internet addr add 203.0.113.9/32 dev lo
    flow echo internet 203.0.113.9
    lab_in internet sysctl -qw net.ipv4.conf.west.proxy_arp=1
    { shape_default; printf 'conn all\n\tleftsubnet=10.1.0.0/24\n\trightsubnet=0.0.0.0/0\n\tleftfirewall=yes\n'; } | configure west
    { shape_default; printf 'conn all\n\tleftsubnet=10.1.0.0/24\n\trightsubnet=0.0.0.0/0\n'; } | configure east
    # Packets from the tunnel at east are answered through it; packets that west masquerades are answered directly.
    lab_ip internet route add 10.1.0.0/24 via "$(lab_address east 4)"
    offload 'chain post { type nat hook postrouting priority 100; oifname "wan" '"$1"'; }'
    echoes internet
    flow ask sunset 203.0.113.9
    flows_on sunset
    begin west
    lab_ipsec west auto --route all || fail "--route fails"
    lab_capture
    flow_stands sunset
    begin east
    # The first attempt, which the traffic triggered, may just end.
    lab_ipsec west auto --up all || lab_ipsec west auto --up all || fail "all does not come up"
    is_up east all
    carries west all passes sunset 203.0.113.9 2
    # The old TCP connection had west's own address, at which the other end expects it; the UDP flow goes on.
    udp_on sunset
    # The firewall is reloaded, and for a moment everything is masqueraded.
    offload 'chain post { type nat hook postrouting priority 100; oifname "wan" '"$1"'; }'
    udp_on sunset
    lab_ipsec west auto --down all
    flow_stands sunset
    lab_capture_end
    west_sends_none "src net 10.1.0.0/24 or src host 192.0.2.2 and dst net 203.0.113.0/24"
    tell "west's wire shows nothing of it"
}

# pppoe: west's line becomes PPPoE; west is 203.0.113.10 and the Internet's end 203.0.113.1. The Ethernet below keeps its address, like that
# of a modem. As on an OpenWrt router, it and the LAN's Ethernet are ports of bridges.
pppoe() {
    local settings=$lab/ppp
    mkdir "$settings"; : >"$settings/options"; printf 'noauth\nnodefaultroute\n' >"$settings/server"
    # Both read these files in /etc/ppp, and not those of the test machine.
    lab_in internet unshare -m bash -c "mount --bind $settings /etc/ppp
        exec pppoe-server -F -I west -k -L 203.0.113.1 -R 203.0.113.10 -N 1 -O $settings/server" >"$lab/internet/pppoe" 2>&1 &
    lab_ip west route del default
    lab_ip west link add dsl0 type bridge; lab_ip west link set wan master dsl0; lab_ip west link set dsl0 up
    lab_ip west link add br-lan type bridge; lab_ip west link set br-lan up; lab_ip west addr flush dev lan; lab_ip west link set lan master br-lan
    lab_ip west addr add 10.1.0.1/24 dev br-lan
    lab_in west unshare -m bash -c "mount --bind $settings /etc/ppp
        exec pppd plugin rp-pppoe.so dsl0 nodetach noauth noipdefault defaultroute persist maxfail 0 holdoff 1" >"$lab/west/pppd" 2>&1 &
    dialled() { [[ $(lab_ip west route show default) == *ppp0* && $(lab_ip internet addr show ppp0 2>&1) == *203.0.113.10* ]]; }
    lab_wait 60 dialled || fail "the line is not dialled: $(tail -n 5 "$lab/internet/pppoe" "$lab/west/pppd")"
    tell "PPPoE: $(lab_ip west -o -4 addr show ppp0 | sed 's/.*inet \(.*\) scope.*/\1/')"
}

# The same over PPPoE. A flowtable makes its frames itself, and so bypasses the ppp device and its hooks.
scene_offloaded_pppoe() {
    has_flowtables
    pppoe
    flow echo sunset 10.1.0.2; flow echo sunrise 10.2.0.2
    lab_ip internet route add 10.1.0.0/24 via 203.0.113.10; lab_ip internet route add 10.2.0.0/24 via "$(lab_address east 4)"
    { shape_default; printf 'conn net\n\tleftsubnet=10.1.0.0/24\n\trightsubnet=10.2.0.0/24\n'; } | configure west east
    sed -i "s/ipsec0=wan/ipsec0=ppp0/" "$lab/west/ipsec.conf"
    sed -i "s/left=.*/left=203.0.113.10/; s/leftnexthop=.*/leftnexthop=203.0.113.1/" "$lab/west/ipsec.conf" "$lab/east/ipsec.conf"
    offloaded='lan, wan, ppp0' offload
    echoes sunset; echoes sunrise
    flow ask sunset 10.2.0.2; flow ask sunrise 10.1.0.2
    flows_on sunset; flows_on sunrise
    # All four are offloaded.
    are_offloaded() { [ "$(lab_in west grep -c OFFLOAD /proc/net/nf_conntrack)" = 4 ]; }
    lab_wait 20 are_offloaded || fail "flows over PPPoE are not offloaded: $(lab_in west cat /proc/net/nf_conntrack)"
    begin west
    lab_ipsec west auto --route net || fail "--route fails"
    lab_capture
    flow_stands sunset; flow_stands sunrise
    lab_in west nft list ruleset >"$lab/ruleset" 2>&1 || fail "nft cannot list the rules: $(cat "$lab/ruleset")"
    grep -q "@ll,96,16 0x8864.* drop" "$lab/ruleset" || fail "no rule is for PPPoE: $(cat "$lab/ruleset")"
    [ "$(tcpdump -n -r "$lab/west.pcap" "pppoes and src net 10.2.0.0/24 and udp" 2>/dev/null | wc -l)" -gt 5 ] || fail "nothing comes in the clear"
    begin east
    # The first attempt, which the traffic triggered, may just end.
    lab_ipsec west auto --up net || lab_ipsec west auto --up net || fail "net does not come up"
    is_up east net
    carries west net flows_on sunset 10
    flows_on sunrise
    # The firewall is reloaded, and its flowtable does not have the Ethernet below the ppp device.
    offloaded='lan, ppp0' offload
    flows_on sunset; flows_on sunrise
    lab_ipsec east auto --down net; lab_ipsec west auto --down net
    flow_stands sunset
    lab_capture_end
    west_sends_none "src net 10.1.0.0/24"
    tell "west's wire shows nothing of it"
}
