#!/bin/bash
# play.sh NAME [SETTING...]: plays one scene between two gateways in the laboratory (Tests/lab/lab.sh lists the settings), prints
# what happens, and exits with 0 if the scene passes, and with 77 and the reason if it cannot be played here.
# play.sh --batch FILE: plays many scenes, one a line: a title, a tab, and the words for `play.sh`. Prints `ok - TITLE` or
# `not ok - TITLE` for each, then `# took N s`, and the output of a failed one, after `# `. The first one that fails is played twice
# more; if it passes both times, it is `unsteady - TITLE`, with the output of the failure. Used inside the virtual machine.
# play.sh --unit-tests FILTER: runs the tests of `swift test` whose names match and that need a kernel with ESP.
set -euo pipefail
here=$(dirname "$(realpath "$0")")

if [ "${1:-}" = --batch ]; then
    told=$(mktemp) failed=0 replays=1
    # shellcheck disable=SC2086 # words are words
    play() { timeout 150 "$0" $words </dev/null 2>&1; }
    while IFS=$'\t' read -r title words; do
        SECONDS=0 outcome=ok
        play >"$told" || outcome='not ok'
        if [ "$outcome" != ok ] && [ $((replays--)) -gt 0 ] && play >/dev/null && play >/dev/null; then outcome=unsteady; fi
        [ "$outcome" != 'not ok' ] || failed=1
        printf '%s - %s\n# took %d s\n' "$outcome" "$title" $SECONDS
        [ "$outcome" = ok ] || sed 's/^/# /' "$told"
    done <"$2"
    rm -f "$told"
    exit $failed
fi

if [ "${1:-}" = --unit-tests ]; then
    told=$(SWIFT_BACKTRACE=enable=no "$here"/../../.build/debug/CygnetPackageTests.xctest --testing-library swift-testing --filter "$2" 2>&1) ||
        { echo "$told"; exit 1; }
    grep -q 'Test run with [1-9]' <<<"$told" && ! grep -q skipped <<<"$told" && exit 0
    echo "$told"; exit 1
fi

# shellcheck source-path=SCRIPTDIR
. "$here/lab.sh"
# shellcheck source-path=SCRIPTDIR
. "$here/browser.sh"

# MARK: Tools of the scenes

began=${EPOCHREALTIME/[.,]/}
tell() { printf '%6d ms  %s\n' $(((${EPOCHREALTIME/[.,]/} - began) / 1000)) "$*"; }
fail() { tell "FAILED: $*"; exit 1; }
# Waits until the log of a gateway has a line like REGEX.
must_log() { lab_wait 10 lab_said "$lab/$1/log" "$2" || fail "$1's log says nothing like /$2/"; tell "$1's log: $(grep -m1 -E -- "$2" "$lab/$1/log")"; }
must_say() { grep -qE -- "$2" <<<"$1" || fail "--up says nothing like /$2/"; tell "--up: $(grep -m1 -E -- "$2" <<<"$1")"; }
tunnel_up() {
    lab_start west; lab_start east
    tell "$(lab_own west kind) at west and $(lab_own east kind) at east are running"
    lab_initiate "${1:-west}" || fail "the tunnel does not come up"
    lab_settled west && lab_settled east || fail "only one end says that the tunnel is up"
}
pings_pass() {
    lab_ping sunset sunrise "${1:-3}" || fail "pings from sunset to sunrise are lost"
    lab_ping sunrise sunset 1 || fail "a ping from sunrise to sunset is lost"
}
# Sends pings that must neither arrive nor be readable on the wire.
pings_die() { lab_silent sunset "$(lab_address sunrise)" 3 || fail "$1: pings are answered"; tell "$1: pings get no answer"; }
# The messages of one negotiation that a capture must hold at least: those with certificates are in fragments, which it does not reassemble.
messages() { if [ "$auth" = x509 ]; then echo 7; else echo 9; fi; }
only_esp() { lab_check "$@" || fail "the wire shows what it must not, or lacks what it must hold"; }

# MARK: Scenes

# The tunnel comes up and carries pings in both directions, small ones and ones larger than the path MTU.
scene_tunnel() {
    lab_capture
    tunnel_up
    pings_pass
    # The first large one may be lost: it teaches the sender the MTU.
    lab_in sunset ping -n -q -c 4 -i 0.05 -W 2 -s 1440 -p "$lab_pattern_hex" "$(lab_address sunrise)" || fail "large pings are lost"
    only_esp --ike "$(messages)" "--$(lab_encapsulation)" 10
}

# The same, initiated by the other side.
scene_tunnel_from_east() {
    lab_capture
    tunnel_up east
    pings_pass
    only_esp --ike "$(messages)" "--$(lab_encapsulation)" 8
}

# Without any gateway, pings must appear in the capture and make its check fail: this tests the check.
scene_plaintext_is_seen() {
    local verdict
    lab_capture
    lab_ping sunset sunrise 2 -W 1 || true
    verdict=$(lab_check) && fail "the check passed a capture with pings in the clear"
    grep -q "in clear, holding" <<<"$verdict" || fail "the check failed for another reason: $verdict"
    tell "$verdict"
}

# West initiates and must fail. The arguments are the patterns for each side's explanation.
must_fail() {
    local west=$1 east=$2 said
    lab_capture
    lab_start west; lab_start east
    said=$(lab_initiate west 2>&1) && fail "the tunnel came up: $said"
    echo "$said"
    if [ "$(lab_own west kind)" = cygnet ]; then must_say "$said" "$west"; fi
    if [ "$(lab_own east kind)" = cygnet ]; then must_log east "$east"; fi
    # --up routed the connection: its traffic is held. (strongSwan sends it in the clear.)
    if [ "$(lab_own west kind)$west_belief" = cygnet ]; then pings_die "no tunnel"; fi
    only_esp
}
# strongSwan's log shows which notification crossed the wire; it abbreviates the names of those it sends.
must_notify() {
    local node
    for node in west east; do
        if [ "$(lab_own $node kind)" = strongswan ]; then must_log $node "received ${1//-/_}|N\\($2\\)"; fi
    done
}
scene_wrong_secret() {
    west_secret=the-wrong-one
    must_fail '\[keys-differ\]' '\[keys-differ\]'
}
scene_wrong_rsa_key() {
    lab_keys
    # East is told that west has east's own key.
    east_knows=east
    must_fail '\[keys-differ\]' '\[keys-differ\]'
}
scene_revoked() {
    must_fail '\[keys-differ\]' 'CN=west".*\[certificate-revoked\]'
}
# The public parts of keys and certificates are shown, and they are read again on request.
scene_lists() {
    local said
    lab_start west
    said=$(for list in pubkeys certs cacerts crls; do lab_ipsec west auto --list$list; done)
    echo "$said"
    for what in '2048 RSA Key AwEAA.* of C=DE, O=Laboratory, CN=west, our own' "subject: 'C=DE, O=Laboratory, CN=west' west.pem" \
        "subject: 'C=DE, O=Laboratory, CN=Root'" "subject: 'C=DE, O=Laboratory, CN=middle'" 'also: @west' \
        "issuer: 'C=DE, O=Laboratory, CN=Root', 0 revoked"; do
        grep -qE -- "$what" <<<"$said" || fail "the lists say nothing like /$what/"
    done
    rm "$lab/west/ipsec.d/cacerts/middle.pem"
    lab_ipsec west auto --rereadall
    ! lab_ipsec west auto --listcacerts | grep middle || fail "the certificates are not read anew"
}
scene_no_common_ike_proposal() {
    west_ike=aes256-sha256-modp2048 east_ike=aes128-sha1-modp2048
    must_fail 'NO-PROPOSAL-CHOSEN' '\[no-proposal\]'
    must_notify NO-PROPOSAL-CHOSEN NO_PROP
}
scene_no_common_esp_proposal() {
    west_esp=aes256-sha256 east_esp=aes128-sha1
    must_fail 'NO-PROPOSAL-CHOSEN' '\[no-proposal\]'
    must_notify NO-PROPOSAL-CHOSEN NO_PROP
}
scene_wrong_subnets() {
    west_belief=10.9.0.0/24
    must_fail 'INVALID-ID-INFORMATION' '10\.9\.0\.0/24.*\[no-connection\]'
    must_notify INVALID-ID-INFORMATION INVAL_ID
}

# After kill -9 the hosts lose their tunnel; nothing goes in the clear; a new daemon takes over the policies and routes, and the
# next packet establishes the tunnel again.
scene_killed() {
    lab_capture
    tunnel_up
    pings_pass
    kill -9 "$(cat "$lab/west/pid")"; lab_reap west
    # The kernel's own ESP goes on with its keys; ours ends with the daemon.
    [ "$(lab_own west plane)" = xfrm ] || pings_die "killed"
    lab_cygnet_start west
    tell "west runs again"
    lab_wait 10 lab_ping sunset sunrise 1 -W 1 || fail "traffic does not bring the tunnel up again"
    pings_pass
    only_esp --ike 18 "--$(lab_encapsulation)" 16
}

# Keys are replaced several times while packets flow: every packet arrives, and each pair of keys is used.
scene_rekeyed() {
    local said node
    rekeyed_twice() { [ "$(grep -cF '[ipsec-sa-established]' "$lab/$1/log")" -ge 3 ]; }
    lab_capture
    tunnel_up
    said=$(lab_in sunset ping -n -q -c 500 -i 0.05 -W 5 -p "$lab_pattern_hex" "$(lab_address sunrise)") || true
    tell "$(grep received <<<"$said")"
    [[ $said == *" 500 received"* && $said != *duplicates* ]] || fail "packets were lost"
    for node in west east; do
        [ "$(lab_own $node kind)" = cygnet ] || continue
        lab_wait 10 rekeyed_twice $node || fail "there were not two rekeyings"
        ! grep -F '[connection-down]' "$lab/$node/log" || fail "$node's tunnel was down"
    done
    only_esp --ike 15 "--$(lab_encapsulation)" 950
}

# Extended sequence numbers are negotiated, and the numbers pass 2^32 with no packet lost. With the kernel's ESP the SAs are installed
# again, with the same keys and a number shortly before 2^32.
scene_extended() {
    local node said edged=
    tunnel_up
    pings_pass
    for node in west east; do
        if [ "$(lab_own $node plane)" = tun ]; then
            said=$(lab_ipsec $node spi); [[ $said == *-esn* ]] || fail "$node's SAs have no extended sequence numbers: $said"
        else
            said=$(lab_ip "$node" xfrm state); [ "$(grep -c 'flag.* esn' <<<"$said")" = 2 ] || fail "$node's SAs have no extended sequence numbers: $said"
        fi
    done
    # The replay windows are full, so that they move by a large step.
    lab_in sunset ping -n -q -c 150 -i 0.005 -W 5 "$(lab_address sunrise)" >/dev/null || fail "pings are lost"
    for node in west east; do
        [ "$(lab_own $node plane)" = xfrm ] || continue
        near_the_edge $node
        edged+=" $node"
    done
    said=$(lab_in sunset ping -n -q -c 300 -i 0.01 -W 5 "$(lab_address sunrise)") || true
    tell "${edged:+past 2^32 at$edged: }$(grep received <<<"$said")"
    [[ $said == *" 300 received"* ]] || fail "packets were lost at 2^32"
    for node in $edged; do
        said=$(lab_ip "$node" xfrm state)
        grep -q 'oseq-hi 0x1' <<<"$said" || fail "$node has not passed 2^32: $said"
    done
}
near_the_edge() {
    lab_ip "$1" xfrm state | awk -v own="$(lab_address "$1")" '
        /^src/ { sends = $2 == own; algorithms = ""; ends = $0 }
        sends && /proto esp/ { spi = $4; reqid = $6 }
        sends && /^\t(auth-trunc|enc|aead)/ { algorithms = algorithms " " $0 }
        sends && /replay_window/ {
            print "xfrm state delete " ends " proto esp spi " spi
            print "xfrm state add " ends " proto esp spi " spi " reqid " reqid " mode tunnel flag af-unspec flag esn replay-window 32 replay-oseq 0xffffff80" algorithms
        }' >"$lab/$1/edge"
    grep -q add "$lab/$1/edge" || fail "$1 has no SA that sends: $(lab_ip "$1" xfrm state)"
    lab_ip "$1" -batch "$lab/$1/edge" || fail "the kernel does not take $(cat "$lab/$1/edge")"
}

# East crashes: west detects it, holds its traffic, and has the tunnel again soon after east is back.
scene_peer_dies() {
    lab_capture
    tunnel_up
    pings_pass
    tell "east dies"
    kill -9 "$(cat "$lab/east/pid")"; lab_reap east 2>/dev/null
    lab_wait 20 lab_said "$lab/west/log" '\[peer-dead\]' || fail "west does not find out"
    must_log west '\[peer-dead\]'
    pings_die "dead"
    rm -rf "$lab/east/run"; lab_start east
    tell "east runs again"
    lab_wait 60 lab_ping sunset sunrise 1 -W 1 || fail "the tunnel does not come back"
    pings_pass
    only_esp --ike 20 "--$(lab_encapsulation)" 10
}

# East crashes, starts again and initiates: the tunnel is up after one exchange.
scene_peer_reboots() {
    lab_capture
    tunnel_up
    pings_pass
    kill -9 "$(cat "$lab/east/pid")"; lab_reap east 2>/dev/null
    rm -rf "$lab/east/run"; lab_start east
    lab_initiate east || fail "the tunnel does not come back"
    must_log west '\[peer-restarted\]'
    pings_pass
    only_esp --ike 18 "--$(lab_encapsulation)" 16
}

# A restart while packets flow: some are lost, none goes in the clear.
scene_restarted() {
    local flood
    lab_capture
    tunnel_up
    pings_pass
    lab_in sunset ping -n -q -i 0.01 -p "$lab_pattern_hex" "$(lab_address sunrise)" >/dev/null & flood=$!
    lab_ipsec west setup restart || fail "setup restart fails"
    lab_wait 10 lab_cygnet_ready west || fail "the daemon does not come back"
    tell "west runs again"
    lab_initiate west || fail "the tunnel does not come up again"
    pings_pass
    pkill -P $flood 2>/dev/null || true; kill $flood 2>/dev/null || true; wait $flood 2>/dev/null || true
    only_esp --ike 18 "--$(lab_encapsulation)" 16
}

# --down keeps the route, so no packet leaves; --unroute removes it.
scene_down_holds() {
    lab_capture
    tunnel_up
    pings_pass
    lab_ipsec west auto --down net || fail "--down fails"
    pings_die "down"
    lab_initiate west || fail "the tunnel does not come up again"
    pings_pass
    only_esp --ike 18 "--$(lab_encapsulation)" 16
}

# setup stop restores the kernel's former state, and says that traffic goes in the clear from now on.
scene_stopped() {
    local before said
    before=$(lab_snapshot west)
    lab_capture
    tunnel_up
    pings_pass
    only_esp --ike 9 "--$(lab_encapsulation)" 8
    said=$(lab_stop west 2>&1) || fail "setup stop fails: $said"
    tell "setup stop: $said"
    grep -qi "clear" <<<"$said" || fail "setup stop does not say that traffic now goes in the clear"
    diff <(echo "$before") <(lab_snapshot west) || fail "setup stop does not leave the kernel as it was found"
    tell "the kernel is as it was found"
}

# protostack= changes between a crash and the next start, and at a restart: the new plane holds the traffic of the old one, then carries it, and a
# stop removes everything.
scene_plane_changed() {
    local before said flood
    other_plane() { sed -i "s/protostack=.*/protostack=$1/" "$lab/west/ipsec.conf"; }
    has_plane() { [[ $(lab_ipsec west status 2>/dev/null) == *"$1"* ]]; }
    before=$(lab_snapshot west)
    lab_capture
    tunnel_up
    pings_pass
    for protostack in netkey klips; do
        other_plane $protostack
        kill -9 "$(cat "$lab/west/pid")"; lab_reap west
        lab_cygnet_start west
        lab_wait 10 has_plane $protostack || fail "protostack=$protostack is not what it becomes: $(lab_ipsec west status)"
        lab_wait 10 lab_ping sunset sunrise 1 -W 1 || fail "traffic does not bring the tunnel up again by $protostack"
        pings_pass
        tell "after a crash $protostack carries it"
    done
    lab_in sunset ping -n -q -i 0.01 -p "$lab_pattern_hex" "$(lab_address sunrise)" >/dev/null & flood=$!
    for protostack in netkey klips netkey; do
        other_plane $protostack
        lab_ipsec west setup restart || fail "setup restart fails"
        lab_wait 10 has_plane $protostack || fail "after the restart it is not $protostack"
        lab_initiate west || fail "the tunnel does not come up again by $protostack"
        pings_pass
        tell "after a restart $protostack carries it"
    done
    pkill -P $flood 2>/dev/null || true; kill $flood 2>/dev/null || true; wait $flood 2>/dev/null || true
    only_esp --ike 50 --raw 30
    for protostack in klips netkey; do
        other_plane $protostack
        lab_ipsec west setup restart || fail "setup restart fails"
        lab_wait 10 has_plane $protostack || fail "after the restart it is not $protostack"
        said=$(lab_ipsec west setup stop 2>&1) || fail "setup stop fails: $said"
        diff <(echo "$before") <(lab_snapshot west) || fail "setup stop leaves what the other plane had"
        tell "setup stop by $protostack: the kernel is as it was found"
        lab_cygnet_start west; lab_initiate west || fail "the tunnel does not come up again"
    done
    # A crash, another plane, and at once a stop: it works without a daemon.
    kill -9 "$(cat "$lab/west/pid")"; lab_reap west
    other_plane klips
    said=$(lab_ipsec west setup stop 2>&1) || true
    tell "setup stop after a crash: $said"
    diff <(echo "$before") <(lab_snapshot west) || fail "setup stop leaves what a crashed daemon of the other plane had"
}

# eroute, spi, look, verify and barf show the state, and barf shows no secret.
scene_looked_at() {
    local said secret comment=Xq7-written-in-the-wrong-place
    shows() { said=$(lab_ipsec west "$1") || fail "ipsec $1 fails: $said"; grep -qE -- "$2" <<<"$said" || fail "ipsec $1 shows nothing like /$2/: $said"; tell "ipsec $1: $(grep -m1 -E -- "$2" <<<"$said")"; }
    verdict() { local code=0; said=$(lab_ipsec west verify 2>&1) || code=$?; [ "$code" = "$1" ] || fail "ipsec verify exits $code: $said"; grep -qE -- "$2" <<<"$said" || fail "ipsec verify says nothing like /$2/: $said"; tell "ipsec verify: $(grep -m1 -E -- "$2" <<<"$said")"; }
    tunnel_up
    pings_pass
    shows eroute "^[1-9][0-9]* +10\.1\.0\.0/24 +-> 10\.2\.0\.0/24 +=> esp0x[0-9a-f]{8}@198\.51\.100\.2$"
    shows spi "@192\.0\.2\.2 .*: dir=in  src=198\.51\.100\.2 mode=tunnel .*conn=\"net\" bytes=[1-9][0-9]* packets=[1-9]"
    shows spi "@198\.51\.100\.2 .*: dir=out src=192\.0\.2\.2 mode=tunnel .*conn=\"net\" bytes=[1-9][0-9]* packets=[1-9]"
    shows look "^rule 172: look into table 17241 \(IPsec's\)$"
    if [ "$plane" = xfrm ]; then shows look "^policy 10\.1\.0\.0/24 -> 10\.2\.0\.0/24 by ESP$"; else shows look "^route 10\.2\.0\.0/24 dev ipsec0"; fi
    verdict 0 "IPsec is running and answers +\[OK\]"
    ! grep -q FAILED <<<"$said" || fail "ipsec verify finds something wrong: $said"
    lab_in west sysctl -qw net.ipv4.ip_forward=0
    verdict 1 "IPv4 packets are forwarded +\[FAILED\]"
    lab_in west sysctl -qw net.ipv4.ip_forward=1
    lab_in west nft 'add table inet f; add chain inet f in { type filter hook input priority 0; policy drop; }; add rule inet f in udp dport 500 accept; add rule inet f in icmp type echo-reply accept'
    verdict 1 "no rule names UDP 4500, protocol 50"
    lab_in west nft 'add rule inet f in udp dport 4500 accept; add rule inet f in meta l4proto esp accept'
    verdict 0 "chain f in lets IKE and ESP in +\[OK\]"
    lab_in west nft 'delete table inet f'
    lab_in west ip rule add priority 10 lookup 99
    verdict 1 "rule 10 looks into table 99 first"
    lab_in west ip rule del priority 10
    verdict 0 "no routing rule|IPsec is running"
    # The Ethernet under PPPoE has no address; the ppp device has.
    lab_ip west link add dsl0 type veth peer name dsl1; lab_ip west link set dsl0 up
    lab_ip west tuntap add dev ppp0 mode tun; lab_ip west addr add 203.0.113.5 peer 203.0.113.6 dev ppp0; lab_ip west link set ppp0 up
    sed -i 's/interfaces="ipsec0=wan/& ipsec1=dsl0/' "$lab/west/ipsec.conf"
    verdict 1 "interfaces=: dsl0 can carry a tunnel +\[FAILED\]"
    grep -qE '^    .*\bppp\b' <<<"$said" || fail "it does not say what to do: $said"
    sed -i 's/ ipsec1=dsl0//' "$lab/west/ipsec.conf"
    lab_ip west link del dsl0; lab_ip west link del ppp0
    lab_ipsec west auto --down net >/dev/null
    shows eroute "=> %hold$"
    lab_ipsec west auto --route net >/dev/null
    shows eroute "=> %trap$"
    printf '\n# %s\nconn wrong\n\t%s=1\n: PSK "%s"\n' "$comment" "$comment" "$comment" >>"$lab/west/ipsec.conf"
    printf '\n: PSK %s\n' "$comment" >>"$lab/west/ipsec.secrets"
    secret=$(lab_secret west)
    shows barf "^\"?conn net"
    for word in "$secret" "$comment"; do ! grep -qF -- "$word" <<<"$said" || fail "barf shows '$word': $(grep -F -- "$word" <<<"$said")"; done
    grep -qF '[isakmp-sa-established]' <<<"$said" || fail "barf lacks the log: $said"
    grep -q '^	interfaces="ipsec0=wan"$' <<<"$said" || fail "barf lacks config setup"
    grep -q "PSK \[not shown\]" <<<"$said" || fail "barf lacks the list of secrets"
    lab_stop west >/dev/null
    said=$(lab_ipsec west look 2>&1) && fail "look exits 0 without a daemon"
    grep -q "^route " <<<"$said" || fail "look shows no routes without a daemon: $said"
}

# A second ipsec daemon in the same folder, and a stop without a daemon: a message and exit status 1.
scene_started_twice() {
    local said
    lab_start west
    said=$(lab_ipsec west setup start 2>&1) && fail "a second start succeeds: $said"
    tell "second start: $said"
    lab_ipsec west setup status || fail "setup status fails while running"
    lab_stop west
    said=$(lab_ipsec west setup stop 2>&1) && fail "a second stop succeeds: $said"
    tell "second stop: $said"
}

# Another program deletes the TUN device: it is created again, and nothing goes in the clear in between.
scene_device_removed() {
    lab_capture
    tunnel_up
    pings_pass
    lab_ip west link del ipsec0
    lab_wait 10 lab_ping sunset sunrise 1 -W 1 || fail "traffic does not find its tunnel again"
    pings_pass
    must_log west 'ipsec0.*\[device-restored\]'
    only_esp --ike 9 "--$(lab_encapsulation)" 16
}

# Another run folder, as another user of the machine would have it: neither a start nor a stop with it disturbs the daemon
# whose policies are in the kernel.
scene_started_elsewhere() {
    local said elsewhere=$lab/west/elsewhere
    mkdir "$elsewhere"
    lab_capture
    tunnel_up
    pings_pass
    for deed in start stop; do
        said=$(lab_in west env IPSEC_CONFS="$lab/west" IPSEC_RUNDIR="$elsewhere" "$binary" setup $deed 2>&1) &&
            fail "setup $deed succeeds: $said"
        tell "setup $deed from elsewhere: $said"
        grep -q "UDP port 500 is taken" <<<"$said" || fail "setup $deed does not say what is in its way"
        pings_pass
    done
    only_esp --ike 9 "--$(lab_encapsulation)" 20
}

# Reads every file of Tests/scenes.
for scenes in "$here"/../scenes/*.sh; do
    # shellcheck source=/dev/null
    . "$scenes"
done

name=${1:-}; shift || true
declare -F "scene_$name" >/dev/null || { echo "scenario: no such scene: '$name'" >&2; exit 2; }
lab_set "$@"
missing=$(lab_possible) || { echo "$missing"; exit 77; }
# If a scene fails, the gateways' logs are printed before the laboratory is removed.
lab_farewell() {
    while read -r mounted; do umount -l "$mounted"; done < <(cat "$lab/mounts" 2>/dev/null)
    [ "$1" != 0 ] || return 0
    local node
    for node in west east; do
        echo "--- $node's log"
        tail -n 60 "$lab/$node/log" 2>/dev/null || true
    done
}
lab_up
tell "$name $*"
"scene_$name"
tell "as it must be"
