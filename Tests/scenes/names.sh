# shellcheck shell=bash
# Keys in the DNS. unbound serves zones in the Internet, at 192.0.2.1; the gateways ask it.

# publish ZONE...: serves the zones whose records are in $lab/zones/ZONE.
publish() {
    local zone
    [ ! -s "$lab/unbound.pid" ] || { kill -9 "$(cat "$lab/unbound.pid")"; wait "$(cat "$lab/unbound.pid")" 2>/dev/null || true; }
    {
        printf 'server:\n interface: 192.0.2.1\n access-control: 0.0.0.0/0 allow\n do-daemonize: no\n chroot: ""\n username: ""\n pidfile: ""\n'
        printf ' use-syslog: no\n directory: "%s"\n module-config: "iterator"\n' "$lab/zones"
        # unbound has empty zones of its own for the reverse map of addresses for documentation.
        printf ' local-zone: "%s." nodefault\n' "$@"
        printf 'remote-control:\n control-enable: no\n'
        for zone; do
            { printf '$ORIGIN %s.\n@ 60 IN SOA ns root 1 60 60 60 60\n@ IN NS ns\n' "$zone"; cat "$lab/zones/$zone"; } >"$lab/zones/$zone.served"
            printf 'auth-zone:\n name: "%s."\n zonefile: "%s"\n for-downstream: yes\n for-upstream: yes\n' "$zone" "$lab/zones/$zone.served"
        done
    } >"$lab/unbound.conf"
    ip netns exec "$lab_prefix-internet" unbound -c "$lab/unbound.conf" >"$lab/unbound.log" 2>&1 & echo $! >"$lab/unbound.pid" # not by lab_in: $! would be a shell
    answers() { lab_in internet dig +time=1 +tries=1 +short SOA "$1" @192.0.2.1 | grep -q root; }
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
