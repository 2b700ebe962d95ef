# shellcheck shell=bash
# Scenes of connections that are routed and not up, and of conns without SAs (type=passthrough, drop, reject). Sourced by `Tests/lab/play.sh`.

# --route holds traffic. The first packet starts the negotiation and arrives. --down drops traffic; --unroute ends that. Pings run
# the whole time, and none leaves in the clear between two steps.
scene_on_demand() {
    local flood
    { shape_default; printf 'conn net\n\tleftsubnet=10.1.0.0/24\n\trightsubnet=10.2.0.0/24\n'; } | configure west east
    lab_capture
    begin west east
    lab_ipsec west auto --route net || fail "--route fails"
    [[ $(lab_ipsec west status) == *"waiting for traffic"* ]] || fail "it does not wait for traffic"
    # One packet, which is not repeated.
    passes sunset 10.2.0.2 1
    is_up west net; is_up east net
    carries west net passes sunset 10.2.0.2 2
    # The other direction: east is routed too, since it was up, and its packets start the next negotiation.
    lab_ipsec east auto --route net || fail "--route fails at east"
    lab_ipsec west auto --down net
    dies sunset 10.2.0.2
    lab_ipsec west auto --route net
    passes sunset 10.2.0.2 1
    is_up west net
    # Every step, while pings run.
    lab_in sunset ping -n -q -i 0.005 -p "$lab_pattern_hex" 10.2.0.2 >/dev/null & flood=$!
    lab_ipsec west auto --down net; lab_ipsec west auto --route net; is_up west net
    lab_ipsec west auto --down net; lab_ipsec west auto --up net; lab_ipsec west auto --replace net; lab_ipsec west auto --up net
    kill $flood; wait $flood 2>/dev/null || true
    # East answered from a tunnel that west had deleted: wait until east has deleted it too.
    passes sunset 10.2.0.2 1
    # East is also up, and would negotiate again for packets from its side.
    lab_ipsec west auto --down net; lab_ipsec east auto --down net; dies sunset 10.2.0.2
    only_esp --ike 30 --raw 14
    lab_ipsec west auto --unroute net; lab_ipsec east auto --unroute net
    lab_capture
    lab_ping sunset sunrise 1 -W 1 || true
    ! lab_check || fail "--unroute does not let go"
    tell "unrouted: it goes in the clear, as it was told"
}

# internet_beyond_east ADDRESS...: hosts of the Internet, to which east's conn routes all traffic. They have a route to west's network and answer west in
# the clear; the first one answers through east.
internet_beyond_east() {
    local address
    for address; do lab_ip internet addr add "$address/32" dev lo; done
    { shape_default; printf '\tleftsubnet=10.1.0.0/24\nconn all\n\trightsubnet=0.0.0.0/0\n'; } | configure east
    lab_ip internet route add 10.1.0.0/24 via "$(lab_address west 4)"
    lab_ip internet rule add from "$1" lookup 99; lab_ip internet route add default via "$(lab_address east 4)" table 99
}

# Conns without SAs inside one that covers everything: passthrough traffic goes in the clear, dropped traffic disappears, rejected
# traffic is answered, and the rest is encrypted.
scene_shunts() {
    local answer
    internet_beyond_east 203.0.113.9 203.0.113.77 203.0.113.130 203.0.113.200
    { shape_default; cat <<'CONF'
	leftsubnet=10.1.0.0/24
conn all
	rightsubnet=0.0.0.0/0
conn clear
	right=%any
	rightsubnet=203.0.113.128/26
	type=passthrough
	authby=never
	auto=route
conn nothing
	right=%any
	rightsubnet=203.0.113.64/26
	type=drop
	auto=route
conn refused
	right=%any
	rightsubnet=203.0.113.192/26
	type=reject
	auto=route
CONF
    } | configure west
    begin west east
    up west all; is_up east all
    carries west all passes sunset 203.0.113.9 2
    lab_capture
    passes sunset 203.0.113.130 2 -p 11
    dies sunset 203.0.113.77
    answer=$(lab_in sunset ping -n -c 2 -W 1 203.0.113.200 || true)
    [ "$plane" = xfrm ] || [[ $answer == *[Pp]rohibited* || $answer == *filtered* ]] || fail "no answer to what is rejected: $answer"
    carries west all passes sunset 203.0.113.9 2
    lab_capture_end
    local wire; wire=$(tcpdump -n -r "$lab/west.pcap" 2>/dev/null)
    [[ $wire == *203.0.113.130* ]] || fail "what is to pass does not go in the clear"
    [[ $wire != *203.0.113.9* && $wire != *203.0.113.77* && $wire != *203.0.113.200* ]] || fail "it shows: $wire"
    tell "the wire shows what is to pass and nothing else"
    # The passthrough conn carries the traffic in place of the tunnel as soon as the tunnel is unrouted.
    lab_ipsec west auto --unroute clear
    lab_ip internet rule add from 203.0.113.130 lookup 99
    lab_capture
    carries west all passes sunset 203.0.113.130 2
    west_is_clean --raw 4
}

# Policy groups: each entry of a group's file is a connection. `--rereadgroups` applies the difference, and unchanged entries lose no packet.
scene_policy_groups() {
    local said spis
    internet_beyond_east 203.0.113.9 203.0.113.77 203.0.113.130
    { shape_default; cat <<'CONF'
	leftsubnet=10.1.0.0/24
conn all
	rightsubnet=0.0.0.0/0
conn clear
	right=%group
	type=passthrough
	authby=never
	auto=route
conn silent
	right=%group
	type=drop
	authby=never
	auto=route
CONF
    } | configure west
    mkdir -p "$lab/west/ipsec.d/policies"
    printf '# the provider\n203.0.113.128/26\n' >"$lab/west/ipsec.d/policies/clear"
    printf '203.0.113.64/26\n' >"$lab/west/ipsec.d/policies/silent"
    begin west east
    up west all; is_up east all
    lab_capture
    passes sunset 203.0.113.130 2 -p 11
    dies sunset 203.0.113.77
    carries west all passes sunset 203.0.113.9 2
    # One entry moves from one group to the other, one is deleted, and one is wrong.
    spis=$(lab_ipsec west spi | cut -d' ' -f1 | sort)
    lab_in sunset ping -n -q -c 60 -i 0.02 -W 5 -p "$lab_pattern_hex" 203.0.113.9 >"$lab/stream" & stream=$!
    printf '203.0.113.64/26\n' >"$lab/west/ipsec.d/policies/clear"
    printf '203.0.113.300/26\n' >"$lab/west/ipsec.d/policies/silent"
    said=$(lab_ipsec west auto --rereadgroups) && fail "a wrong entry does not matter: $said"
    grep -q 'policies/silent:1: ' <<<"$said" || fail "it is not said where the mistake is: $said"
    # Nothing is unrouted while a file has an error.
    dies sunset 203.0.113.77
    : >"$lab/west/ipsec.d/policies/silent"
    said=$(lab_ipsec west auto --rereadgroups) || fail "the groups are not read again: $said"
    tell "$said"
    passes sunset 203.0.113.77 2 -p 11
    wait $stream || true
    grep -q ' 60 received' "$lab/stream" || fail "the tunnel lost packets: $(cat "$lab/stream")"
    [ "$spis" = "$(lab_ipsec west spi | cut -d' ' -f1 | sort)" ] || fail "the tunnel was negotiated anew"
    lab_capture_end
    local wire; wire=$(tcpdump -n -r "$lab/west.pcap" 2>/dev/null)
    [[ $wire == *203.0.113.130* && $wire == *203.0.113.77* ]] || fail "what is to pass does not go in the clear"
    [[ $wire != *203.0.113.9:* && $wire != *203.0.113.9\ * ]] || fail "it shows: $wire"
    # Traffic of a deleted entry goes through the tunnel.
    lab_ip internet rule add from 203.0.113.130 lookup 99
    lab_capture
    carries west all passes sunset 203.0.113.130 2
    # All entries of a group, by the group's name.
    lab_ipsec west auto --unroute clear
    lab_ip internet rule add from 203.0.113.77 lookup 99
    carries west all passes sunset 203.0.113.77 2
    west_is_clean --raw 8
}

# Only one service of a host is protected; its other traffic goes in the clear. Transport mode, host to host.
scene_one_service() {
    { shape_default; cat <<'CONF'
conn service
	type=transport
	leftprotoport=tcp
	rightprotoport=tcp/7777
CONF
    } | configure west east
    lab_capture
    begin west east
    lab_ipsec west auto --route service
    passes west "$(lab_address east)" 1 -p 00
    lab_in east busybox nc -l -p 7777 -e /bin/cat & local server=$!
    listens() { [[ $(lab_in east ss -ltn) == *:7777* ]]; }
    lab_wait 5 listens || fail "nobody listens"
    # shellcheck disable=SC2016 # for the inner shell
    [ "$(lab_in west timeout 10 bash -c 'exec 3<>/dev/tcp/$0/7777; echo "cygnet in clear!" >&3; read -r answer <&3; echo "$answer"' \
        "$(lab_address east)")" = 'cygnet in clear!' ] || fail "the service does not answer"
    kill $server 2>/dev/null || true; wait $server 2>/dev/null || true
    is_up west service
    [ "$(sent west service)" -gt 2 ] || fail "the tunnel carried nothing"
    only_esp --ike 9 --raw 6
}

# The last try of a negotiation fails: failureshunt= decides about the traffic.
scene_failure_shunt() {
    { shape_default; cat <<'CONF'
	leftsubnet=10.1.0.0/24
	rightsubnet=10.2.0.0/24
conn net
	failureshunt=passthrough
CONF
    } | configure west
    lab_ip internet route add 10.2.0.0/24 via "$(lab_address east 4)"; lab_ip internet route add 10.1.0.0/24 via "$(lab_address west 4)"
    lab_capture
    begin west
    lab_ipsec west auto --route net
    dies sunset 10.2.0.2
    only_esp
    # No daemon listens at east's port 500, and the kernel there sends an ICMP error. It is not authenticated, so the attempt runs until its time limit.
    failed() { [[ $(lab_ipsec west status) == *"goes in the clear"* ]]; }
    lab_wait 60 failed || fail "it does not become passthrough"
    lab_valid_status west || fail "the status is none of version 1"
    [ "$(jq -r '.connections[0] | .state + " " + .last_error.code' "$lab/west/status.json")" = "shunted negotiation-failed" ] ||
        fail "the status says otherwise: $(cat "$lab/west/status.json")"
    passes sunset 10.2.0.2 1
    lab_ipsec west auto --route net
    dies sunset 10.2.0.2
}

# listens NODE: receives datagrams at port 7777 there, and writes the length of each into $lab/NODE/datagrams.
listens() {
    # shellcheck disable=SC2016 # for perl
    lab_in "$1" perl -MIO::Socket::IP -MSocket -e '$| = 1; $s = IO::Socket::IP->new(LocalHost => $ARGV[0], LocalPort => 7777, Type => SOCK_DGRAM) or die;
        while (defined $s->recv($d, 65535)) { print length $d, "\n" }' "$(lab_address "$1")" >"$lab/$1/datagrams" &
    is_there() { [ -n "$(lab_in "$1" ss -luHn 'sport = 7777')" ]; }
    lab_wait 10 is_there "$1" || fail "nobody listens at $1"
}
# datagram NODE ADDRESS LENGTH [SOURCE]: sends one datagram with secret content to port 7777 there.
datagram() {
    # shellcheck disable=SC2016 # for perl
    lab_in "$1" perl -MIO::Socket::IP -MSocket -e '$s = IO::Socket::IP->new(PeerHost => $ARGV[0], PeerPort => 7777, Type => SOCK_DGRAM, $ARGV[3] ? (LocalHost => $ARGV[3]) : ()) or die $@;
        defined $s->send(substr $ARGV[2] x ($ARGV[1] / 16 + 1), 0, $ARGV[1]) or die "send: $!\n"' "$2" "$3" "$lab_pattern" "${4:-}"
}
has_arrived() { grep -qx "$2" "$lab/$1/datagrams"; }
# arrives FROM LENGTH [SOURCE]: one datagram of that length from that node to sunrise.
arrives() { datagram "$1" "$(lab_address sunrise)" "$2" "${3:-}"; lab_wait 5 has_arrived sunrise "$2" || fail "a datagram of $2 octets from $1 does not arrive"; tell "a datagram of $2 octets from $1 arrives"; }

# Only one port is protected. Packets to it are sent in fragments, which do not all have the port: none leaves in the clear.
scene_fragments() {
    local to mine node; to=$(lab_address sunrise) mine=$(lab_address west-lan)
    service() {
        shape_default
        cat <<CONF
	leftsubnet=$(lab_net west)
	rightsubnet=$(lab_net east)
conn service
	leftprotoport=udp
	rightprotoport=udp/7777
CONF
    }
    service | configure west east
    lab_capture
    listens sunrise
    begin west east
    # Routed and not up: whole packets and fragments are held.
    lab_ipsec west auto --route service
    datagram sunset "$to" 3200
    arrives sunset 100
    is_up west service; is_up east service
    datagram sunset "$to" 3300
    datagram west "$to" 3400 "$mine"
    arrives west 110 "$mine"
    lab_ipsec west auto --down service
    datagram sunset "$to" 3500
    datagram west "$to" 3600 "$mine"
    only_esp --ike 9 --raw 2
    tell "whole or in fragments, forwarded or its own, nothing of it shows"
    # A stateful firewall reassembles fragments before they are forwarded: with the kernel's ESP they arrive.
    if [ "$plane" = xfrm ]; then
        for node in west east; do lab_in $node nft 'add table inet t; add chain inet t c { type filter hook prerouting priority 0; }; add rule inet t c ct state new accept'; done
        lab_capture
        lab_ipsec west auto --up service
        # IPv6 routers do not fragment: the first large packet teaches its sender the path MTU.
        [ "$inner" = 4 ] || { datagram sunset "$to" 3650; arrives sunset 120; }
        arrives sunset 3700
        arrives west 3800 "$mine"
        only_esp --raw 4
        for node in west east; do lab_in $node nft 'delete table inet t'; done
    fi
    # Traffic of no conn goes in the clear as before, also in fragments.
    for node in west east; do lab_ip internet "-$inner" route add "$(lab_net $node)" via "$(lab_address $node "$inner")"; done
    ping_to sunset "$to" 1 -s 3000 || ping_to sunset "$to" 1 -s 3000 || fail "large pings, which no conn covers, are lost"
    # A wider conn carries the fragments without a port, and all of them arrive.
    { service; echo "conn all"; } | configure west east
    for node in west east; do lab_ipsec $node auto --add all; lab_ipsec $node auto --replace service; done
    lab_capture
    up west all service; is_up east all service
    carries west all arrives sunset 3900
    only_esp --raw 3
}
