# shellcheck shell=bash
# Scenes of tunnels of every shape. Sourced by `Tests/lab/play.sh`. Each writes the ipsec.conf that both gateways read, as an administrator would.

# configure NODE...: gives ipsec.conf on standard input to some nodes, with the secret they share. `%plane` becomes the data
# plane's name.
configure() {
    local node text stack=auto
    case $plane in tun) stack=klips ;; xfrm) stack=netkey ;; esac
    text=$(cat)
    for node; do
        mkdir -p "$lab/$node/run"
        {
            echo "config setup"
            echo "	interfaces=\"ipsec0=wan\""
            echo "	protostack=$stack"
            echo "$text"
        } >"$lab/$node/ipsec.conf"
        (umask 077; echo ": PSK \"$(cat "$lab/secret")\"" >"$lab/$node/ipsec.secrets")
    done
}
# The conns' common part: both ends, the secret, and one attempt.
shape_default() {
    cat <<CONF
conn %default
	left=$(lab_address west 4)
	leftnexthop=$(lab_address west-gateway 4)
	right=$(lab_address east 4)
	rightnexthop=$(lab_address east-gateway 4)
	authby=secret
	keyingtries=1
	auto=add
CONF
}
begin() { local node; for node; do lab_cygnet_start "$node"; done; tell "running at $*"; }
up() { local name node=$1; shift; for name; do lab_ipsec "$node" auto --up "$name" || fail "$name does not come up"; done; }
conn_is_up() { [[ $'\n'$(lab_ipsec "$1" status) == *$'\n'"$2: up"* ]]; }
# is_up NODE NAME...: waits until the conns are up. An IKEv1 responder has a tunnel only after the last message, and the initiator is not told.
is_up() { local name node=$1; shift; for name; do lab_wait 10 conn_is_up "$node" "$name" || fail "$node has no $name"; done; }
# ping_to NODE ADDRESS COUNT [OPTION...]: from a node to an address; fails unless every ping was answered.
ping_to() { local said; said=$(lab_ping_address "$@") || { echo "$said"; return 1; }; }
passes() { ping_to "$@" || fail "pings from $1 to $2 are lost"; tell "pings from $1 to $2 pass ${*:4}"; }
dies() { local node=$1 to=$2; shift 2; lab_silent "$node" "$to" 2 "$@" || fail "pings from $node to $to are answered"; tell "pings from $node to $to die"; }
# sent NODE NAME: how many packets a conn has sent. awk reads all input: a writer whose reader has ended would fail.
sent() { lab_ipsec "$1" status | awk -v name="$2:" '$1 == name { found = 1; next } found && /sent/ { print $2; found = 0 } /^[^ ]/ { found = 0 }'; }
# carries NODE NAME: COMMAND...: the command's packets go through that conn only.
carries() {
    local node=$1 name=$2 before after; shift 2
    before=$(sent "$node" "$name"); "$@"; after=$(sent "$node" "$name")
    [ "${after:-0}" -gt "${before:-0}" ] || { lab_ipsec "$node" status; fail "$name did not carry it"; }
}
# another NODE ADDRESS: gives a host one more address, to which its gateway has a route.
another() {
    local gateway=west; [ "$1" = sunset ] || gateway=east
    lab_ip "$1" addr add "$2/32" dev lo
    lab_ip $gateway route add "$2/32" via "$(lab_address "$1" 4)"
}

# Four tunnels at once between two gateways; each carries only its own traffic.
scene_four_tunnels() {
    { shape_default; cat <<'CONF'
conn net-net
	leftsubnet=10.1.0.0/24
	rightsubnet=10.2.0.0/24
conn gate-net
	rightsubnet=10.2.0.0/24
conn net-gate
	leftsubnet=10.1.0.0/24
conn gate-gate
CONF
    } | configure west east
    lab_capture
    begin west east
    up west net-net gate-net net-gate gate-gate
    is_up east net-net gate-net net-gate gate-gate
    local west east; west=$(lab_address west) east=$(lab_address east)
    carries west net-net passes sunset 10.2.0.2 3
    carries west gate-net passes west 10.2.0.2 3 -I "$west"
    carries west net-gate passes sunset "$east" 3
    carries west gate-gate passes west "$east" 3
    carries east net-net passes sunrise 10.1.0.2 1
    carries east gate-gate passes east "$west" 1
    carries east gate-net passes sunrise "$west" 1
    only_esp --ike 9 --raw 30
}

# Several networks behind one peer, some of them nested: the most specific tunnel carries a packet.
scene_overlapping() {
    another sunrise 192.168.102.5; another sunrise 192.168.101.33; another sunrise 192.168.103.42; another sunrise 192.168.103.43
    { shape_default; cat <<'CONF'
	leftsubnet=10.1.0.0/24
conn all
	rightsubnet=192.168.100.0/22
conn department
	rightsubnet=192.168.102.0/24
conn machines
	rightsubnet=192.168.101.32/29
conn one
	rightsubnet=192.168.103.42/32
conn other
	rightsubnet=10.2.0.0/24
CONF
    } | configure west east
    lab_capture
    begin west east
    up west one all machines department other
    is_up east all department machines one other
    carries west department passes sunset 192.168.102.5 2
    carries west machines passes sunset 192.168.101.33 2
    carries west one passes sunset 192.168.103.42 2
    carries west all passes sunset 192.168.103.43 2
    carries west other passes sunset 10.2.0.2 2
    # Traffic of a tunnel that is down is held, and the wider tunnel does not carry it.
    lab_ipsec west auto --down one
    dies sunset 192.168.103.42
    passes sunset 192.168.103.43 1
    lab_ipsec west auto --unroute one
    only_esp --ike 9 --raw 20
}

# west_is_clean [OPTION...]: checks only west's wire, for scenes in which east forwards packets from the tunnel in the clear on purpose.
west_is_clean() {
    lab_capture_end
    "$lab_home/capture-check.sh" --pattern "$lab_pattern" "$@" "$lab/west.pcap" 10.1.0.{1,2} 10.2.0.{1,2} 203.0.113.9 ||
        fail "west's wire shows what it must not, or lacks what it must hold"
}

# The Internet behind the tunnel: an extruded subnet. The gateways' own IKE and ESP, and west's LAN, stay outside.
scene_extruded() {
    lab_ip internet addr add 203.0.113.9/32 dev lo
    # The friend's network at our place: the Internet has a route to it by east.
    lab_ip internet route add 10.1.0.0/24 via "$(lab_address east 4)"
    { shape_default; cat <<'CONF'
conn extruded
	leftsubnet=10.1.0.0/24
	rightsubnet=0.0.0.0/0
CONF
    } | configure west east
    lab_capture
    begin west east
    up west extruded
    is_up east extruded
    carries west extruded passes sunset 203.0.113.9 3
    carries west extruded passes sunset 10.2.0.2 3
    carries west extruded passes west 203.0.113.9 1 -I 10.1.0.1
    passes west 10.1.0.2 2 -I 10.1.0.1
    passes sunset 10.1.0.1 2
    # A directly connected network, between west and the Internet, is not reached through the tunnel.
    lab_in west ping -n -q -c 1 -W 5 -I "$(lab_address west)" "$(lab_address west-gateway)" || fail "the network outside west is not reached any more"
    passes sunrise 10.1.0.2 1
    lab_ipsec west auto --down extruded
    dies sunset 203.0.113.9
    passes sunset 10.1.0.1 1
    west_is_clean --ike 9 --raw 14
}

# A tunnel between two hosts, inside the tunnel between their sites.
scene_tunnel_in_tunnel() {
    { shape_default; echo "conn sites"; echo "	leftsubnet=10.1.0.0/24"; echo "	rightsubnet=10.2.0.0/24"; } | configure west east
    configure sunset sunrise <<'CONF'
conn hosts
	left=10.1.0.2
	right=10.2.0.2
	authby=secret
	keyingtries=1
	auto=add
CONF
    sed -i 's/ipsec0=wan/ipsec0=lan/' "$lab/sunset/ipsec.conf" "$lab/sunrise/ipsec.conf"
    lab_capture
    begin west east sunset sunrise
    up west sites; is_up east sites
    up sunset hosts; is_up sunrise hosts
    carries west sites carries sunset hosts passes sunset 10.2.0.2 3
    # Large packets: each tunnel adds its overhead.
    ping_to sunset 10.2.0.2 4 -s 1440 || ping_to sunset 10.2.0.2 2 -s 1440 || fail "large pings are lost"
    passes sunrise 10.1.0.2 1
    only_esp --ike 9 --raw 14
}

# A hundred tunnels between two gateways: all come up, and each carries a ping.
scene_hundred() {
    local n
    for n in {1..100}; do
        echo "addr add 10.3.$n.1/32 dev lo"
    done | lab_ip sunrise -batch -
    lab_ip east route add 10.3.0.0/16 via 10.2.0.2
    { shape_default; echo "	leftsubnet=10.1.0.0/24"; echo "	pfs=no"
      for n in {1..100}; do printf 'conn n%s\n\trightsubnet=10.3.%s.0/24\n' "$n" "$n"; done
    } | configure west east
    sed -i 's/auto=add/auto=start/; s/keyingtries=1/keyingtries=3/' "$lab/west/ipsec.conf"
    lab_capture
    begin east west
    hundred_up() { [ "$(lab_ipsec "$1" status | grep -c '^n[0-9]*: up')" = 100 ]; }
    lab_wait 60 hundred_up west || { lab_ipsec west status; fail "not all of the hundred are up at west"; }
    lab_wait 10 hundred_up east || fail "not all of the hundred are up at east"
    tell "a hundred are up"
    for n in {1..100}; do echo "10.3.$n.1"; done >"$lab/hundred"
    lab_in sunset bash -c "while read -r to; do ping -n -q -c 2 -i 0.2 -W 5 -p $lab_pattern_hex \$to >/dev/null || echo \$to & done <'$lab/hundred'; wait" >"$lab/lost"
    [ ! -s "$lab/lost" ] || fail "no answer from $(tr '\n' ' ' <"$lab/lost")"
    [ "$(lab_ipsec west status | grep -cE '^    sent [1-9]')" = 100 ] || fail "not every tunnel carried a packet"
    tell "west takes $(awk '/VmRSS/ { print $2, $3 }' "/proc/$(lab_ipsec west setup status | grep -oE '[0-9]+' | tail -1)/status" 2>/dev/null)"
    only_esp --ike 9 --raw 200
}

# Two road warriors on one conn for any peer: each has its own tunnel. One leaves, and its traffic is held; the other one stays.
scene_road_warriors() {
    configure east <<CONF
conn warriors
	left=%any
	right=$(lab_address east 4)
	rightsubnet=10.2.0.0/24
	authby=secret
	auto=add
CONF
    configure west internet <<CONF
conn home
	left=$(lab_address west 4)
	right=$(lab_address east 4)
	rightsubnet=10.2.0.0/24
	authby=secret
	keyingtries=1
	auto=add
CONF
    sed -i "s/left=.*/left=%defaultroute/" "$lab/west/ipsec.conf"
    sed -i "s/left=.*/left=$(lab_address east-gateway 4)/; s/ipsec0=wan/ipsec0=east/" "$lab/internet/ipsec.conf"
    # The gateway in the middle uses klips: with the kernel's ESP a capture would show decrypted packets again.
    sed -i 's/netkey/klips/' "$lab/internet/ipsec.conf"
    lab_capture
    begin east west internet
    lab_ipsec east auto --route warriors && fail "a conn without a peer is routed"
    up west home; up internet home
    both_there() { [ "$(lab_ipsec east status | grep -c '/32: up')" = 2 ]; }
    lab_wait 10 both_there || fail "east does not have both warriors"
    carries west home passes west 10.2.0.2 3
    carries internet home passes internet 10.2.0.2 3
    passes sunrise "$(lab_address west)" 1
    passes sunrise "$(lab_address east-gateway)" 1
    lab_ipsec west auto --down home
    one_there() { [ "$(lab_ipsec east status | grep -c '/32: up')" = 1 ]; }
    lab_wait 10 one_there || fail "east does not notice that one warrior left"
    dies sunrise "$(lab_address west)"
    passes sunrise "$(lab_address east-gateway)" 1
    up west home
    lab_wait 10 both_there || fail "east does not take the warrior back"
    passes sunrise "$(lab_address west)" 1
    only_esp --raw 10
}

# answers_arp: the addresses that east answers ARP for.
answers_arp() { lab_ip east neigh show proxy; }
# A road warrior with an address of the far LAN: the gateway there answers ARP for it while it is routed.
scene_virtual_address() {
    lab_ip west addr add 10.2.0.77/32 dev lo
    { shape_default; cat <<'CONF'
conn mobile
	leftsubnet=10.2.0.77/32
	rightsubnet=10.2.0.0/24
CONF
    } | configure east west
    sed -i 's/left=[0-9].*/left=%any/; /leftnexthop/d' "$lab/east/ipsec.conf"
    lab_capture
    begin east west
    [ -z "$(answers_arp)" ] || fail "east answers ARP already: $(answers_arp)"
    up west mobile; is_up east mobile
    [ "$plane" = xfrm ] || lab_valid_status east || fail "the status of a conn with an instance is none of version 1"
    carries west mobile passes west 10.2.0.2 2 -I 10.2.0.77
    carries west mobile passes sunrise 10.2.0.77 2
    tell "$(answers_arp)"
    lab_ipsec west auto --down mobile
    conn_is_down() { ! conn_is_up east mobile; }
    lab_wait 10 conn_is_down || fail "east does not notice"
    dies sunrise 10.2.0.77
    [ -n "$(answers_arp)" ] || fail "no longer answering, while routed"
    lab_ipsec east auto --unroute mobile
    [ -z "$(answers_arp)" ] || fail "still answering ARP when unrouted: $(answers_arp)"
    up west mobile; is_up east mobile
    passes sunrise 10.2.0.77 1
    lab_stop east
    [ -z "$(answers_arp)" ] || fail "still answering ARP after setup stop: $(answers_arp)"
    only_esp --raw 8
}

# The peer is inside the network that is reached through it, as in the wireless office of FreeS/WAN's examples.
scene_peer_inside() {
    lab_ip west addr add 198.51.100.77/32 dev lo
    { shape_default; cat <<'CONF'
conn mobile
	leftsubnet=198.51.100.77/32
	rightsubnet=198.51.100.0/24
CONF
    } | configure east west
    sed -i 's/left=[0-9].*/left=%any/; /leftnexthop/d' "$lab/east/ipsec.conf"
    lab_capture
    begin east west
    up west mobile; is_up east mobile
    carries west mobile passes west "$(lab_address east)" 2 -I 198.51.100.77
    carries west mobile passes west "$(lab_address east-gateway)" 2 -I 198.51.100.77
    # A host of that network reaches the road warrior: east answers ARP for it there.
    lab_ip internet route add 198.51.100.77/32 dev east
    carries west mobile passes internet 198.51.100.77 2
    west_is_clean --ike 9 --raw 12
}

# Road warriors behind one NAT that choose their own addresses: within bounds, and each a different one.
scene_virtual_private() {
    local said what wire
    configure east <<CONF
	virtual_private=%v4:192.168.0.0/16,%v4:10.0.0.0/8,%v4:!10.2.0.0/24
conn road
	left=%any
	leftsubnet=vhost:%no,%priv
	right=$(lab_address east 4)
	rightsubnet=10.2.0.0/24
	authby=secret
	auto=add
CONF
    configure west sunset <<CONF
conn home
	left=%defaultroute
	right=$(lab_address east 4)
	rightsubnet=10.2.0.0/24
	authby=secret
	keyingtries=1
	auto=add
CONF
    sed -i 's/ipsec0=wan/ipsec0=lan/' "$lab/sunset/ipsec.conf"
    lab_ip internet route add 10.1.0.0/24 via "$(lab_address west 4)"
    lab_capture
    begin east west sunset
    up west home; up sunset home
    both_there() { [ "$(lab_ipsec east status | grep -c '/32: up')" = 2 ]; }
    lab_wait 10 both_there || fail "east does not have both warriors: $(lab_ipsec east status)"
    carries west home passes west 10.2.0.2 2
    carries sunset home passes sunset 10.2.0.2 2
    passes sunrise "$(lab_address west)" 2
    passes sunrise 10.1.0.2 2
    # A peer requests an address outside the bounds, a whole network, and the address of another peer.
    asks() {
        sed -i "/leftsubnet\|leftid/d; s|left=%defaultroute|&\n\tleftsubnet=$1\n\tleftid=@other|" "$lab/sunset/ipsec.conf"
        lab_ipsec sunset auto --replace home
        lab_ipsec sunset auto --up home 2>&1
    }
    lab_ip sunset addr add "$(lab_address west)/32" dev lo
    for what in 172.16.0.9/32 10.2.0.7/32 10.1.0.0/24 "$(lab_address west)/32"; do
        said=$(asks "$what") && fail "it gets $what: $said"
        grep -q INVALID-ID-INFORMATION <<<"$said" || fail "it is refused for another reason: $said"
    done
    must_log east "10\.2\.0\.0/24 .*172\.16\.0\.9/32.*\[no-connection\]"
    must_log east "$(lab_address west)/32 .*\[address-taken\]"
    passes sunrise "$(lab_address west)" 2
    carries west home passes west 10.2.0.2 1
    # After the first one has left, the other one is granted the address.
    lab_ipsec west auto --down home
    one_gone() { [[ $(lab_ipsec east status) == *"$(lab_address west)/32: gone"* ]]; }
    lab_wait 10 one_gone || fail "east does not notice that a warrior left"
    dies sunrise "$(lab_address west)"
    up sunset home
    is_back() { [[ $(lab_ipsec east status) == *"$(lab_address west)/32: up"* ]]; }
    lab_wait 10 is_back || fail "east does not have the other one: $(lab_ipsec east status)"
    carries sunset home passes sunset 10.2.0.2 2 -I "$(lab_address west)"
    passes sunrise "$(lab_address west)" 2
    # Here sunset's own address is an outer address.
    lab_capture_end
    for wire in west east; do
        "$lab_home/capture-check.sh" --pattern "$lab_pattern" --udp 12 "$lab/$wire.pcap" 10.2.0.{1,2} || fail "$wire's wire shows what it must not, or lacks what it must hold"
    done
}
