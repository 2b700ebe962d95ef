# shellcheck shell=bash
# Road warriors as L2TP clients: transport mode, UDP port 1701 of the server and any port of the client, also behind one NAT.
# Sourced by play.sh.

# answers NODE: UDP and TCP port 1701 there echo what they receive.
answers() {
    # shellcheck disable=SC2016 # for perl
    lab_in "$1" perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new(LocalPort => 1701, Proto => "udp") or die;
        while (defined($from = $s->recv($d, 65535))) { $s->send($d, 0, $from) }' &
    lab_in "$1" busybox nc -ll -p 1701 -e /bin/cat &
    is_there() { [ -n "$(lab_in "$1" ss -luHn 'sport = 1701')" ] && [ -n "$(lab_in "$1" ss -ltHn 'sport = 1701')" ]; }
    lab_wait 60 is_there "$1" || fail "nobody answers at $1"
}
# asks PROTOCOL NODE PORT [TRIES]: sends a line with secret content from that port to the server's 1701, and receives it back.
asks() {
    # shellcheck disable=SC2016 # for perl
    lab_in "$2" perl -MIO::Socket::INET -e '($proto, $port, $to, $line, $tries) = @ARGV;
        $s = IO::Socket::INET->new(Proto => $proto, LocalPort => $port, PeerHost => $to, PeerPort => 1701, ReuseAddr => 1, Timeout => 5) or exit 1;
        for (1..$tries) { $s->send($line); vec($r = "", fileno $s, 1) = 1; next unless select($r, undef, undef, 1); $s->recv($d, 999); exit($d ne $line) } exit 1' \
        "$1" "$3" "$(lab_address east 4)" "$lab_pattern" "${4:-5}"
}
is_answered() { asks "$@" || fail "$2 has no answer by $1 from port $3"; tell "$2 has its answer by $1 from port $3"; }

# client NODE PORT: a conn of an L2TP client, for Cygnet, or for strongSwan at west.
client() {
    local port=udp/$2; [ "$2" != 0 ] || port=udp
    if [ "$1" = west ] && [ "$(lab_own west kind)" = strongswan ]; then
        lab_strongswan_configure west
        cat >"$lab/west/swanctl.conf" <<CONF
connections { l2tp {
    version = 1
    local_addrs = $(lab_address west 4)
    remote_addrs = $(lab_address east 4)
    proposals = aes128-sha256-modp2048
    local { auth = psk }
    remote { auth = psk }
    children { net {
        mode = transport
        local_ts = dynamic[$port]
        remote_ts = dynamic[udp/1701]
        esp_proposals = aes128-sha256
    } }
} }
secrets { ike { secret = "$(cat "$lab/secret")" } }
CONF
        return
    fi
    configure "$1" <<CONF
conn l2tp
	type=transport
	left=%defaultroute
	leftprotoport=$port
	right=$(lab_address east 4)
	rightprotoport=17/1701
	authby=secret
	pfs=no
	keyingtries=1
	auto=add
CONF
    sed -i "s/ipsec0=wan/ipsec0=$([ "$1" = west ] && echo wan || echo lan)/" "$lab/$1/ipsec.conf"
}
comes_up() { if [ "$1" = west ] && [ "$(lab_own west kind)" = strongswan ]; then lab_strongswan_initiate "$1" >/dev/null || fail "strongSwan does not come up"; else up "$1" l2tp; fi; }
server_has() { [ "$(lab_ipsec east status | grep -cE '^    .*: up, ')" = "$1" ]; }

# The usual configuration, for a client with or without a NAT, then for a second client behind the same NAT. The last one requests the port
# of the first one.
scene_l2tp() {
    local said seen wire
    configure east <<CONF
	virtual_private=%v4:192.168.0.0/16,%v4:10.0.0.0/8,%v4:!10.2.0.0/24
conn l2tp
	type=transport
	left=$(lab_address east 4)
	leftprotoport=17/1701
	right=%any
	rightprotoport=17/%any
	rightsubnet=vhost:%no,%priv
	authby=secret
	pfs=no
	auto=add
	leftupdown=$lab/told
conn tcp
	type=transport
	left=$(lab_address east 4)
	leftprotoport=6/1701
	right=%any
	rightprotoport=6/%any
	rightsubnet=vhost:%no,%priv
	authby=secret
	pfs=no
	auto=add
CONF
    # shellcheck disable=SC2016 # for the inner shell
    printf '#!/bin/sh\nenv | grep ^PLUTO >>%s\n' "$lab/environment" >"$lab/told"; chmod +x "$lab/told"
    client west 1701
    client sunset 1702
    seen=$(lab_address west 4); [ "$nat" = 0 ] || seen=$(lab_address east-gateway 4)
    lab_ip internet route add 10.1.0.0/24 via "$(lab_address west 4)"
    lab_capture
    begin east sunset
    if [ "$(lab_own west kind)" = strongswan ]; then lab_strongswan_start west; else begin west; fi
    answers east
    comes_up west
    lab_wait 10 server_has 1 || fail "east has no client: $(lab_ipsec east status)"
    is_answered udp west 1701
    said=$(lab_ipsec east status)
    tell "$(grep -m1 -E '^    .*: up, ' <<<"$said")"
    grep -qF "    $seen/32:17/1701: up, $(lab_address west 4)" <<<"$said" || fail "status does not say who is there: $said"
    grep -qF "%any===vhost:%no,%priv:17/%any" <<<"$said" || fail "status does not show the bounds: $said"
    grep -qx "PLUTO_PEER_ID=$(lab_address west 4)" "$lab/environment" || fail "the updown command is not told who is there: $(cat "$lab/environment")"
    # A second client with another port: behind west, and so behind the same NAT if there is one.
    comes_up sunset
    lab_wait 10 server_has 2 || fail "east does not have both clients: $(lab_ipsec east status)"
    is_answered udp sunset 1702
    is_answered udp west 1701
    # The same port again: refused if the address is the same, and the first client's tunnel stays.
    client sunset 1701
    lab_ipsec sunset auto --replace l2tp >/dev/null
    if [ "$nat" = 1 ]; then
        said=$(lab_ipsec sunset auto --up l2tp 2>&1) && fail "a second client gets the first one's port: $said"
        grep -q INVALID-ID-INFORMATION <<<"$said" || fail "it is refused for another reason: $said"
        must_log east "$seen/32:17/1701 .*\[address-taken\]"
        is_answered udp west 1701
    else
        up sunset l2tp
        is_answered udp sunset 1701
    fi
    # TCP, from any port that the kernel chooses.
    sed -i "s/leftprotoport=.*/leftprotoport=6/; s/rightprotoport=.*/rightprotoport=6\/1701/" "$lab/sunset/ipsec.conf"
    lab_ipsec sunset auto --replace l2tp >/dev/null
    up sunset l2tp
    tcp_there() { [[ $(lab_ipsec east status) == *"/32:6/0: up, "* ]]; }
    lab_wait 10 tcp_there || fail "east has no TCP client: $(lab_ipsec east status)"
    is_answered tcp sunset 0
    lab_capture_end
    for wire in west east; do
        "$lab_home/capture-check.sh" --pattern "$lab_pattern" "$([ "$nat" = 1 ] && echo --udp || echo --raw)" 6 "$lab/$wire.pcap" 10.2.0.{1,2} ||
            fail "$wire's wire shows what it must not, or lacks what it must hold"
    done
}

# A LAN that stays outside a tunnel for all traffic, by a conn with the LAN at both ends.
scene_lan_exempt() {
    { shape_default; cat <<'CONF'
conn all
	leftsubnet=10.1.0.0/16
	rightsubnet=0.0.0.0/0
conn lan
	type=passthrough
	left=%defaultroute
	leftsubnet=10.1.0.0/16
	right=0.0.0.0
	rightsubnet=10.1.0.0/16
	auto=route
CONF
    } | configure west
    # Another part of the same LAN, behind another router: the gateway is not directly connected to it.
    lab_ip sunset addr add 10.1.9.1/32 dev lo
    lab_ip west route add 10.1.9.0/24 via "$(lab_address sunset 4)"
    begin west
    lab_ipsec west auto --route all || fail "it cannot be routed"
    dies sunset 203.0.113.9
    passes west 10.1.9.1 2 -I "$(lab_address west-lan 4)"
    passes sunset "$(lab_address west-lan 4)" 2
    lab_ipsec west auto --delete lan
    dies west 10.1.9.1 -I "$(lab_address west-lan 4)"
}

# IPv6 addresses are added, removed, and checked for duplicates while the gateway sends: nothing fails, and it says why it waits.
scene_addresses_change() {
    lab_capture
    tunnel_up
    for _ in 1 2 3; do
        lab_ip west addr del "$(lab_address west 6)/64" dev wan
        lab_ipsec west auto --down net >/dev/null
        lab_ip west addr add "$(lab_address west 6)/64" dev wan
        lab_ipsec west auto --up --asynchronous net >/dev/null 2>&1 || true
    done
    lab_wait 30 lab_ping sunset sunrise 1 -W 1 || fail "the tunnel does not come back"
    ! grep "Invalid argument" "$lab/west/log" || fail "it sends from addresses that it does not have"
}

# A firewall that drops all input: leftfirewall=yes opens forwarding, lefthostaccess=yes also the gateway itself, only for
# packets from the tunnel.
scene_host_access() {
    local before
    lab_in west nft -f - <<'RULES'
table inet guard {
    chain input { type filter hook input priority filter; policy drop; udp dport { 500, 4500 } accept; meta l4proto esp accept; ct state established accept; icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept; }
    chain forward { type filter hook forward priority filter; policy drop; }
    chain output { type filter hook output priority filter; policy drop; udp dport { 500, 4500 } accept; meta l4proto esp accept; ct state established accept; }
}
RULES
    before=$(lab_in west nft list ruleset)
    lab_in west nft 'add table inet behind; add chain inet behind input { type filter hook input priority 10; }; add rule inet behind input ip saddr 10.2.0.9 counter'
    net_conn() { shape_default; printf 'conn net\n\tleftsubnet=10.1.0.0/24\n\trightsubnet=10.2.0.0/24\n\tleftfirewall=yes\n\t%s\n' "$1"; }
    net_conn lefthostaccess=no | configure west east
    lab_capture
    begin west east
    up west net; is_up east net
    passes sunset 10.2.0.2 2
    dies sunrise "$(lab_address west-lan 4)"
    dies west 10.2.0.2 -I "$(lab_address west-lan 4)"
    net_conn lefthostaccess=yes | configure west
    lab_ipsec west auto --replace net || fail "it cannot be replaced"
    up west net
    passes sunrise "$(lab_address west-lan 4)" 2
    passes west 10.2.0.2 2 -I "$(lab_address west-lan 4)"
    # Not for packets in the clear with a source of the remote network.
    lab_ip internet addr add 10.2.0.9/32 dev lo; lab_ip internet route add 10.1.0.0/24 via "$(lab_address west 4)"
    lab_silent internet "$(lab_address west-lan 4)" 2 -I 10.2.0.9 || fail "the gateway answers in the clear"
    [[ $(lab_in west nft list table inet behind) == *'counter packets 0 '* ]] || fail "the gateway takes from the wire what only the tunnel may bring"
    lab_in west nft delete table inet behind
    lab_stop west >/dev/null
    diff <(echo "$before") <(lab_in west nft list ruleset) || fail "the firewall is not as it was"
}
