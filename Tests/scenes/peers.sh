# shellcheck shell=bash
# Scenes with peers that behave differently. Sourced by `Tests/lab/play.sh`. East is strongSwan if the setting east_kind says so.

# west_has: reads west's conns from standard input and writes its ipsec.conf with them, after the common part; east is not changed.
west_has() { { shape_default | sed 's/keyingtries=1/keyingtries=%forever/'; cat; } | configure west; }
start_peer() { lab_strongswan_configure east; lab_strongswan_start east; lab_cygnet_start west; tell "strongSwan at east and cygnet at west are running"; }
# steady COUNT: pings from sunset to sunrise, every tenth of a second, in the background.
steady() {
    lab_in sunset ping -n -q -c "$1" -i 0.1 -W 5 -p "$lab_pattern_hex" "$(lab_address sunrise)" >"$lab/steady" 2>&1 & echo $! >"$lab/steady.pid"
}
steady_passed() {
    wait "$(cat "$lab/steady.pid")" || true
    tell "$(grep received "$lab/steady")"
    grep -q "^$1 packets transmitted, $1 received" "$lab/steady" || fail "packets were lost"
}

# Two conns with one peer, which has only one of them: it refuses the other one repeatedly, and the first one loses no packet.
scene_one_refused() {
    local said since
    west_has <<CONF
	ike=$ike
	esp=$esp
conn good
	leftsubnet=10.1.0.0/24
	rightsubnet=10.2.0.0/24
conn unknown
	leftsubnet=10.1.0.0/24
	rightsubnet=10.9.0.0/24
CONF
    lab_capture
    start_peer
    up west good
    steady 157
    since=${EPOCHREALTIME/[.,]/}
    said=$(lab_ipsec west auto --up unknown) && fail "--up of what the peer does not know succeeds"
    must_say "$said" '"unknown" .*(NO-PROPOSAL-CHOSEN|INVALID-ID-INFORMATION).*\[peer-refuses\]'
    [ $(((${EPOCHREALTIME/[.,]/} - since) / 1000000)) -lt 5 ] || fail "the refusal takes $(((${EPOCHREALTIME/[.,]/} - since) / 1000000)) s"
    steady_passed 157
    refused_thrice() { [ "$(grep -c '"unknown" .*\[peer-refuses\]' "$lab/west/log")" -ge 3 ]; }
    lab_wait 20 refused_thrice || fail "it was not refused three times"
    ! grep '"good" .*\[peer-refuses\]' "$lab/west/log" || fail "the wrong conn is named"
    ! grep -E '\[(isakmp-sa-deleted|connection-down)\]' "$lab/west/log" || fail "what stood was ended"
    [ "$(lab_swanctl east --list-sas | grep -c ESTABLISHED)" = 1 ] || fail "east has another ISAKMP SA"
    only_esp --ike 9 --udp 300
}

# The peer accepts only the second of west's suites, and its group for PFS: also when west rekeys.
scene_pfs_follows() {
    west_has <<CONF
	ike=aes256-sha256-modp3072,$ike
	esp=$esp
	keylife=12
	rekeymargin=5
	rekeyfuzz=0%
conn net
	leftsubnet=10.1.0.0/24
	rightsubnet=10.2.0.0/24
CONF
    lab_capture
    start_peer
    up west net
    steady 160
    steady_passed 160
    rekeyed_twice() { [ "$(grep -c "PFS ${ike##*-}.*\[ipsec-sa-established\]" "$lab/west/log")" -ge 3 ]; }
    lab_wait 10 rekeyed_twice || fail "there were not two rekeyings: $(lab_ipsec west auto --status)"
    only_esp --ike 15 --udp 300
}

# West knows east by its name. East moves while the tunnel is up, and initiates from its new address. West looks the name
# up again, does not wait for DPD, and sends nothing in the clear in between.
scene_named_peer_comes() {
    local since
    echo 198.51.100.2 >"$lab/address"
    lab_name_server 192.0.2.1 "$lab/address"
    mkdir -p "/etc/netns/$lab_prefix-west"; echo "nameserver 192.0.2.1" >"/etc/netns/$lab_prefix-west/resolv.conf"
    [ "$(lab_in west cat /etc/resolv.conf)" = "nameserver 192.0.2.1" ] || { echo "this ip gives namespaces no resolv.conf of their own"; exit 77; }
    { shape_default; cat <<'CONF'
conn net
	leftid=@west
	rightid=@east
	leftsubnet=10.1.0.0/24
	rightsubnet=10.2.0.0/24
CONF
    } | sed 's/keyingtries=1/keyingtries=%forever/' | configure west east
    sed -i 's/right=198.51.100.2/right=east.example.org/; s/rightnexthop=.*/rightnexthop=%direct/; s/auto=add/auto=route/' "$lab/west/ipsec.conf"
    sed -i 's/right=198.51.100.2/right=%defaultroute/; s/rightnexthop=.*/rightnexthop=%defaultroute/; s/auto=add/auto=start/' "$lab/east/ipsec.conf"
    lab_capture
    begin west
    begin east
    is_up west net
    passes sunset 10.2.0.2 2
    # East moves without notifying its peer.
    lab_ip east route del default; lab_ip east addr flush dev wan; lab_ip east addr add 198.51.100.77/24 dev wan
    lab_ip east route add default via 198.51.100.1
    echo 198.51.100.77 >"$lab/address"
    since=${EPOCHREALTIME/[.,]/}
    again() { [[ $(lab_ipsec west auto --status) == *"...198.51.100.77"* ]] && lab_ping sunset sunrise 1 -W 1; }
    lab_wait 40 again || fail "west does not take east at its new address: $(tail -n 5 "$lab/west/log")"
    tell "west took east $(((${EPOCHREALTIME/[.,]/} - since) / 1000000)) s after it moved"
    passes sunset 10.2.0.2 2
    passes sunrise 10.1.0.2 1
    only_esp --ike 18 --raw 10
    kill "$(cat "$lab/dns.pid")"; wait "$(cat "$lab/dns.pid")" 2>/dev/null || true
}

# begins_itself: strongSwan initiates while west's own Main Mode is unanswered; one ISAKMP SA and one pair of SAs remain.
begins_itself() {
    tries() { [[ $(lab_ipsec west status) == *"net: negotiating"* ]]; }
    lab_wait 10 tries || fail "west does not try: $(lab_ipsec west status)"
    dies sunset 10.2.0.2
    lab_initiate east >/dev/null || fail "strongSwan does not come up"
    is_up west net
    passes sunset 10.2.0.2 2
    passes sunrise 10.1.0.2 1
    [ "$(lab_ipsec west auto --status | grep -cE 'STATE_MAIN')" = 1 ] || fail "west has more than one ISAKMP SA, or an attempt: $(lab_ipsec west auto --status)"
    [ "$(lab_ipsec west auto --status | grep -cE 'STATE_QUICK')" = 1 ] || fail "west has more than one pair: $(lab_ipsec west auto --status)"
}

# The peer answers no Main Mode and initiates itself: with auto=start west tries, and ends its attempt when the peer initiates.
scene_initiator_only() {
    local waiting
    west_has <<CONF
	ike=$ike
	esp=$esp
conn net
	leftsubnet=10.1.0.0/24
	rightsubnet=10.2.0.0/24
CONF
    sed -i 's/auto=add/auto=start/' "$lab/west/ipsec.conf"
    lab_strongswan_configure east
    sed -i 's/^charon {/&\n  initiator_only = yes/' "$lab/east/strongswan.conf"
    lab_capture
    lab_strongswan_start east
    begin west
    begins_itself
    # Ended at both ends, and requested again: --up succeeds when the peer initiates.
    lab_ipsec west auto --down net || fail "--down fails"
    gone() { [[ $(lab_swanctl east --list-sas) != *ESTABLISHED* ]]; }
    lab_wait 10 gone || fail "strongSwan keeps its SAs"
    lab_ipsec west auto --up net >"$lab/up" & waiting=$!
    begins_itself
    wait $waiting || fail "--up fails: $(cat "$lab/up")"
    tell "--up: $(tail -n 1 "$lab/up")"
    steady 30
    steady_passed 30
    ! grep -E '\[(isakmp-sa-deleted|ipsec-sa-deleted|connection-down)\]' <(tail -n 5 "$lab/west/log") || fail "what stood was ended"
    only_esp --ike 18 --udp 60
}
