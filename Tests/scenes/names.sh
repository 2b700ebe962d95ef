# shellcheck shell=bash
# Keys in the DNS. unbound serves zones in the Internet, at 192.0.2.1; the gateways ask it.

# publish ZONE...: serves the zones whose records are in $lab/zones/ZONE.
publish() {
    local zone
    [ ! -s "$lab/unbound.pid" ] || { kill -9 "$(cat "$lab/unbound.pid")"; wait "$(cat "$lab/unbound.pid")" 2>/dev/null || true; }
    {
        printf 'server:\n interface: 192.0.2.1\n access-control: 0.0.0.0/0 allow\n do-daemonize: no\n chroot: ""\n username: ""\n pidfile: ""\n'
        printf ' use-syslog: no\n directory: "%s"\n module-config: "iterator"\n' "$lab/zones"
        # unbound has its own empty zones for the reverse map of addresses for documentation.
        printf ' local-zone: "%s." nodefault\n' "$@"
        printf 'remote-control:\n control-enable: no\n'
        for zone; do
            { printf '$ORIGIN %s.\n@ 60 IN SOA ns root 1 60 60 60 60\n@ IN NS ns\n' "$zone"; cat "$lab/zones/$zone"; } >"$lab/zones/$zone.served"
            printf 'auth-zone:\n name: "%s."\n zonefile: "%s"\n for-downstream: yes\n for-upstream: yes\n' "$zone" "$lab/zones/$zone.served"
        done
    } >"$lab/unbound.conf"
    ip netns exec "$lab_prefix-internet" unbound -c "$lab/unbound.conf" >"$lab/unbound.log" 2>&1 & echo $! >"$lab/unbound.pid" # not by lab_in: $! would be a shell
    answers() { lab_in internet dig +time=1 +tries=1 +short SOA "$1" @192.0.2.1 | grep root >/dev/null; }
    lab_wait 10 answers "$1" || fail "unbound does not serve $1: $(cat "$lab/unbound.log")"
}
# asks_dns NODE...: these gateways ask that server.
asks_dns() {
    local node
    mkdir -p "$lab/zones"
    for node; do
        mkdir -p "/etc/netns/$lab_prefix-$node"; echo "nameserver 192.0.2.1" >"/etc/netns/$lab_prefix-$node/resolv.conf"
        [ "$(lab_in "$node" cat /etc/resolv.conf)" = "nameserver 192.0.2.1" ] || { echo "this ip gives namespaces no resolv.conf of their own"; exit 77; }
    done
}
# mute, unmute: the server receives no questions, or all.
mute() { lab_in internet nft 'add table inet mute; add chain inet mute in { type filter hook input priority 0; }; add rule inet mute in meta l4proto { tcp, udp } th dport 53 drop'; }
unmute() { lab_in internet nft delete table inet mute; }
# record OWNER KEYFILE OPTION...: the record that showhostkey prints, with its owner.
record() { local owner=$1 file=$2; shift 2; echo "$owner$("$binary" showhostkey --file "$file" "$@" | sed -n '/IN/p')"; }

# `ipsec verify --host` looks for the records of a host and of its gateway; `showhostkey` prints them as unbound reads them.
scene_verified_host() {
    local said
    asks_dns west
    "$binary" newhostkey --output "$lab/key" --bits 2048 2>/dev/null
    { echo "gate IN A 198.51.100.2"; record gate "$lab/key" --txt @gate.example.org; record gate "$lab/key" --ipseckey; echo "lone IN A 198.51.100.3"; } >"$lab/zones/example.org"
    { record 2 "$lab/key" --txt 192.0.2.7; record 3 "$lab/key" --ipseckey --gateway 192.0.2.7 --precedence 20; } >"$lab/zones/100.51.198.in-addr.arpa"
    : >"$lab/zones/2.0.192.in-addr.arpa"
    publish example.org 100.51.198.in-addr.arpa 2.0.192.in-addr.arpa
    verify_host() { said=$(lab_ipsec west verify --host "$1" 2>"$lab/complaints"); }
    must_print() { printf '%-64s[%s]\n' "$@" | diff - <(cat <<<"$said") || fail "verify says otherwise: $(cat "$lab/complaints")"; }
    ! verify_host gate.example.org || fail "the record of 192.0.2.7 is missing, and verify succeeds: $said"
    must_print "Looking for TXT in forward map: gate.example.org" OK \
        "Looking for TXT in reverse map: 2.100.51.198.in-addr.arpa" OK "Looking for TXT in reverse map: 7.2.0.192.in-addr.arpa" MISSING
    ! verify_host lone.example.org || fail "lone has no record, and verify succeeds: $said"
    must_print "Looking for TXT in forward map: lone.example.org" MISSING "Looking for TXT in reverse map: 3.100.51.198.in-addr.arpa" MISSING
    said=$(lab_in west dig +short IPSECKEY gate.example.org @192.0.2.1)
    [[ $said == "10 0 2 . AwEAA"* ]] || fail "the record without a gateway is another: $said"
    said=$(lab_in west dig +short IPSECKEY 3.100.51.198.in-addr.arpa @192.0.2.1)
    [[ $said == "20 1 2 192.0.2.7 AwEAA"* ]] || fail "the record with a gateway is another: $said"
    record 7 "$lab/key" --txt 192.0.2.7 >"$lab/zones/2.0.192.in-addr.arpa"
    publish example.org 100.51.198.in-addr.arpa 2.0.192.in-addr.arpa
    verify_host 198.51.100.2 || fail "all records are there, and verify fails: $said $(cat "$lab/complaints")"
    must_print "Looking for TXT in reverse map: 2.100.51.198.in-addr.arpa" OK "Looking for TXT in reverse map: 7.2.0.192.in-addr.arpa" OK
    for said in gate.example.org @ 0.0.0.0 ""; do
        ! "$binary" showhostkey --file "$lab/key" --txt "$said" >/dev/null 2>&1 || fail "'$said' is no gateway"
    done
}

# Two gateways whose keys are published as showhostkey prints them, beside a malformed record and a record of another host. One key is
# loaded with its conn. Then one key is replaced. Then the server is silent, and only connections that need a key wait.
scene_published_keys() {
    local node started waiting
    asks_dns west east
    { shape_default; cat <<'CONF'
conn net
	leftid=@west.example.org
	rightid=@east.example.org
	leftsubnet=10.1.0.0/24
	rightsubnet=10.2.0.0/24
	authby=rsasig
	leftrsasigkey=%dnsonload
	rightrsasigkey=%dnsondemand
conn plain
	leftsubnet=10.1.0.1/32
	rightsubnet=10.2.0.1/32
CONF
    } | configure west east
    for node in west east; do
        "$binary" newhostkey --output "$lab/$node/key" --bits 2048 2>/dev/null
        cat "$lab/$node/key" >>"$lab/$node/ipsec.secrets"
    done
    { record west "$lab/west/key" --txt @west.example.org; record east "$lab/east/key" --txt @east.example.org
        printf 'east IN TXT "v=spf1 -all"\neast IN TXT "X-IPsec-Server(ten)=@east.example.org"\n'; } >"$lab/zones/example.org"
    publish example.org
    lab_capture
    begin west east
    must_log east ' 1 .*@west\.example\.org.*\[keys-found\]'
    up west net
    is_up east net
    passes sunset 10.2.0.2 2
    must_log west 'east\.example\.org.*\[record-ignored\]'
    must_log west '@east\.example\.org.*\[key-search\]'

    # The old key and the new one are published; east has only the new one.
    up west plain
    lab_ipsec west auto --down net >/dev/null
    "$binary" newhostkey --output "$lab/east/new" --bits 2048 2>/dev/null
    record east "$lab/east/new" --txt @east.example.org >>"$lab/zones/example.org"
    publish example.org
    (umask 077; { echo ": PSK \"$(cat "$lab/secret")\""; cat "$lab/east/new"; } >"$lab/east/ipsec.secrets")
    lab_ipsec east auto --rereadsecrets >/dev/null
    up west net
    passes sunset 10.2.0.2 1

    # The server is silent: net's traffic is held, and plain comes up at once.
    lab_ipsec west auto --down net >/dev/null; lab_ipsec west auto --down plain >/dev/null
    mute
    lab_ipsec west auto --up net >"$lab/up" 2>&1 & waiting=$!
    lab_wait 10 lab_said "$lab/up" '\[key-search\]' || fail "west does not ask: $(cat "$lab/up")"
    started=${EPOCHREALTIME/[.,]/}
    up west plain
    [ $((${EPOCHREALTIME/[.,]/} - started)) -lt 2000000 ] || fail "plain waited for the DNS"
    ! lab_ended $waiting || fail "plain waited for the DNS, or net did not: $(cat "$lab/up")"
    dies sunset 10.2.0.2
    ! conn_is_up west net || fail "net is up without a key"
    unmute
    wait $waiting || fail "net does not come up when the server answers: $(cat "$lab/up")"
    passes sunset 10.2.0.2 1

    # The records are deleted: no key is accepted.
    lab_ipsec west auto --down net >/dev/null
    : >"$lab/zones/example.org"
    publish example.org
    lab_ipsec west auto --up net >"$lab/up" 2>&1 & waiting=$!
    must_log west '@east\.example\.org.*\[keys-not-found\]'
    dies sunset 10.2.0.2
    ! conn_is_up west net || fail "net is up, and its key is published no more"
    lab_ipsec west auto --down net >/dev/null
    wait $waiting && fail "--up succeeds without a key"
    only_esp --ike 40 --raw 6
}

# strongSwan's key in an IPSECKEY record, with four of other keys: the answer is long enough for TCP.
scene_published_ipseckey() { published_ipseckey west; }
scene_published_ipseckey_from_east() { published_ipseckey east; }
published_ipseckey() {
    local other
    asks_dns west
    lab_keys
    { echo "@ IN IPSECKEY ( 10 0 2 . $(cat "$lab/keys/east.rfc3110") )"
        for other in 1 2 3 4; do echo "@ IN IPSECKEY ( $other 0 2 . $(cat "$lab/keys/west.rfc3110") )"; done; } >"$lab/zones/east"
    publish east
    lab_cygnet_configure west
    sed -i 's/rightrsasigkey=.*/rightrsasigkey=%dnsondemand/' "$lab/west/ipsec.conf"
    lab_strongswan_configure east
    lab_capture
    lab_cygnet_start west; lab_strongswan_start east
    lab_initiate "$1" || fail "the tunnel does not come up"
    lab_settled west && lab_settled east || fail "only one end has a tunnel"
    must_log west '@east.*\[key-search\]'
    pings_pass
    only_esp --ike 9 --udp 6
}
