# shellcheck shell=bash
# Scenes of load: many peers, many rekeyings, floods, and links that flap. Sourced by `Tests/lab/play.sh`. They are short by default;
# Tests/soak plays them longer, by `count=` and `seconds=`. Each prints its figures as `figure NAME VALUE UNIT`.

figure() { tell "figure $*"; }
# The process that serves a node, of any implementation, and its resident memory in KB.
daemon_of() { cat "$lab/$1/pid"; }
resident() { awk '/^VmRSS/ { print $2 }' "/proc/$(daemon_of "$1")/status"; }
peak_of() { awk '/^VmHWM/ { print $2 }' "/proc/$(daemon_of "$1")/status"; }
stated() { lab_ipsec "$1" status | awk '/^Memory:/ { for (i = 1; i < NF; i++) if ($i == "most") print $(i + 1) }'; }
within_bound() { local most; [ "$(lab_own "$1" kind)" = cygnet ] || return 0; most=$(stated "$1"); [ "$(peak_of "$1")" -le "$most" ] || fail "$1 took $(peak_of "$1") KB, and said at most $most KB"; }
# lost FILE COUNT: how many of COUNT pings had no answer.
lost() { local got; got=$(grep -oE '[0-9]+ received' "$1" | cut -d' ' -f1); echo $(($2 - ${got:-0})); }

# A gateway that accepts every peer with the secret: Cygnet or strongSwan.
anybody_welcome() {
    if [ "$(lab_own east kind)" = cygnet ]; then
        configure east <<CONF
conn warriors
	left=%any
	right=198.51.100.2
	rightsubnet=10.2.0.0/24
	authby=secret
	ike=$ike
	esp=$esp
	pfs=no
	auto=add
CONF
        lab_cygnet_start east
    else
        pfs=no; lab_strongswan_configure east
        cat >"$lab/east/swanctl.conf" <<CONF
connections { road { version = 1
  local_addrs = 198.51.100.2
  remote_addrs = %any
  proposals = $ike
  local { auth = psk }
  remote { auth = psk }
  children { net { local_ts = 10.2.0.0/24
    esp_proposals = $esp } } } }
secrets { ike { secret = "$(cat "$lab/secret")" } }
CONF
        lab_strongswan_start east
    fi
}
# The address of road warrior number N.
warrior() { echo "172.16.$(($1 / 250)).$(($1 % 250 + 1))"; }
warriors_there() {
    local there
    # Its status is long, so the test does not read it repeatedly: that would load the machine.
    if [ "$(lab_own east kind)" = cygnet ] && [ "$(grep -cF '[ipsec-sa-established]' "$lab/east/log")" -lt "$1" ]; then return 1; fi
    if [ "$(lab_own east kind)" = cygnet ]; then there=$(lab_ipsec east status | grep -c '/32: up'); else there=$(lab_swanctl east --stats | awk '/IKE_SAs:/ { print $2 }'); fi
    [ "${there:-0}" -ge "$1" ]
}

# COUNT road warriors, all served by strongSwan, each with its own address and SAs: their memory, and whether packets
# reach each of them.
scene_warriors() {
    local n all=${count:-150} idle since
    lab_ip internet route add 172.16.0.0/16 via 192.0.2.2
    for ((n = 0; n < all; n++)); do echo "addr add $(warrior $n)/32 dev lo"; done | lab_ip west -batch -
    anybody_welcome
    idle=$(resident east)
    kind=strongswan west_kind=strongswan pfs=no lab_strongswan_configure west
    sed -i 's/retransmit_tries = 2/retransmit_tries = 6/' "$lab/west/strongswan.conf"
    {
        echo "connections {"
        for ((n = 0; n < all; n++)); do
            # On a slow processor the first attempt may exceed its time limit.
            echo "w$n { version = 1
keyingtries = 0
local_addrs = $(warrior $n)
remote_addrs = 198.51.100.2
proposals = $ike
local { auth = psk }
remote { auth = psk }
children { w$n { remote_ts = 10.2.0.0/24
esp_proposals = $esp
start_action = start } } }"
        done
        echo "}"
        echo "secrets { ike { secret = \"$(cat "$lab/secret")\" } }"
    } >"$lab/west/swanctl.conf"
    since=${EPOCHREALTIME/[.,]/}
    lab_strongswan_start west
    lab_wait "${seconds:-60}" warriors_there "$all" || fail "not all of $all warriors come in: $(lab_ipsec east status | tail -n 3)"
    figure warriors "$all" "in $(((${EPOCHREALTIME/[.,]/} - since) / 1000000)) s"
    # Some of them, from the first to the last, in both directions. (Routes of strongSwan's own ESP to a thousand peers are not tested.)
    [ "$(lab_own east kind)" != cygnet ] || for n in 0 $((all / 3)) $((all / 2)) $((all - 1)); do
        passes west 10.2.0.2 2 -I "$(warrior $n)"
        passes sunrise "$(warrior $n)" 1
    done
    figure warriors-idle "$idle" KB
    figure warriors-resident "$(resident east)" KB
    figure warriors-peak "$(peak_of east)" KB
    within_bound east
    [ "$(lab_own east kind)" != cygnet ] || [ "$(lab_ipsec east auto --status | grep -c 'STATE_QUICK_R2')" -ge "$all" ] || fail "auto --status does not show all of them"
}

# A hundred tunnels are rekeyed COUNT times in all while packets flow. No packet is lost, and memory does not grow after the first
# hundred rekeyings.
scene_rekeyings() {
    local all=${count:-400} n before after east_before west_pairs streams=() lost=0 half
    rekeyed() { [ "$(grep -cF '[ipsec-sa-established]' "$lab/west/log")" -ge "$1" ]; }
    for n in {1..100}; do echo "addr add 10.3.$n.1/32 dev lo"; done | lab_ip sunrise -batch -
    lab_ip east route add 10.3.0.0/16 via 10.2.0.2
    { shape_default; printf '\tleftsubnet=10.1.0.0/24\n\tpfs=no\n\tkeyingtries=%%forever\n'
      for n in {1..100}; do printf 'conn n%s\n\trightsubnet=10.3.%s.0/24\n' "$n" "$n"; done
    } | configure west east
    # Only west rekeys: each SA after five to ten of its twenty seconds.
    sed -i 's/auto=add/auto=start\n\tkeylife=20\n\trekeymargin=10\n\trekeyfuzz=50%/' "$lab/west/ipsec.conf"
    sed -i '/keyingtries=1/d' "$lab"/{west,east}/ipsec.conf
    begin east west
    lab_wait 60 rekeyed 100 || fail "not all of the hundred are up"
    lab_wait 60 rekeyed 200 || fail "they are not rekeyed"
    # Old pairs receive until they end: their number counts towards the memory.
    pairs() { lab_ipsec "$1" spi | grep -c 'dir=in '; }
    before=$(resident west) east_before=$(resident east) west_pairs=$(pairs west)
    for n in 1 50 100; do
        # Bursts of pings, each of which waits for its last answer: an interrupted ping counts packets under way as lost.
        ping_on() { until [ -e "$lab/enough" ]; do date +%T; lab_in sunset ping -n -q -c 100 -i 0.05 -W 10 "10.3.$1.1" || true; done >"$lab/stream$1"; }
        ping_on $n & streams+=("$!")
    done
    # Intermediate figures show whether memory grows or reaches a level.
    for n in {1..10}; do
        lab_wait "${seconds:-120}" rekeyed $((all * n / 10 + 200)) || break
        [ "$n" != 5 ] || half=$(resident west)
        [ "$n" = 10 ] || tell "after $((all * n / 10 + 100)): $(resident west) KB, $(resident east) KB"
    done
    rekeyed $((all + 200)) || fail "$(grep -cF '[ipsec-sa-established]' "$lab/west/log") rekeyings only"
    after=$(resident west) west_pairs+=" then $(pairs west)"
    : >"$lab/enough"
    wait "${streams[@]}"
    for n in 1 50 100; do
        tell "10.3.$n.1: $(awk '/received/ { sent += $1; got += $4 } END { print sent " sent, " got " received" }' "$lab/stream$n")"
        grep -B6 '[0-9] received' "$lab/stream$n" | awk '/^[0-9][0-9]:/ { when = $1 } /received/ && $1 != $4 { print "from " when " on " $1 - $4 " were lost" }'
        lost=$((lost + $(awk '/received/ { lost += $1 - $4 } END { print lost + 0 }' "$lab/stream$n")))
    done
    figure rekeyings "$(($(grep -cF '[ipsec-sa-established]' "$lab/west/log") - 100))" ""
    figure rekeyings-lost "$lost" packets
    figure rekeyings-resident-after-100 "$before" KB
    figure rekeyings-resident "$after" KB
    figure rekeyings-pairs "$west_pairs" "at west"
    figure rekeyings-responder "$east_before then $(resident east)" KB
    [ "$lost" = 0 ] || fail "$lost packets were lost"
    # Memory reaches a level a little higher than at first and stays there: the amount does not grow, but its peaks vary.
    [ "$after" -le $((before + before / 10 + 64)) ] || fail "memory grew from $before to $after KB"
    [ "$after" -le $((half + half / 50 + 32)) ] || fail "memory went on growing, from $half KB half way to $after"
    ! grep -F '[connection-down]' "$lab/west/log" || fail "a tunnel was down"
}

# An established tunnel loses no packet under floods of first messages, random datagrams, ESP of unknown SPIs and replays, and
# a new peer connects.
scene_floods() {
    local length=${seconds:-6} speed=${rate:-5000} kinds pids=() pings stream said since took before
    lab_ip internet route add blackhole 100.64.0.0/10
    lab_ip east route add blackhole 100.64.0.0/10 2>/dev/null || true
    { shape_default; cat <<CONF
conn net
	leftsubnet=10.1.0.0/24
	rightsubnet=10.2.0.0/24
CONF
    } | configure west east
    if [ "$(lab_own east kind)" = cygnet ]; then
        cat >>"$lab/east/ipsec.conf" <<CONF
conn anybody
	left=%any
	leftnexthop=
	right=198.51.100.2
	rightsubnet=10.2.0.0/24
	authby=secret
	auto=add
CONF
        lab_cygnet_start east
    else
        anybody_welcome
        printf 'connections { home { version = 1\n local_addrs = 198.51.100.2\n remote_addrs = 192.0.2.2\n local { auth = psk }\n remote { auth = psk }\n children { home { local_ts = 10.2.0.0/24\n remote_ts = 10.1.0.0/24\n } } } }\n' >>"$lab/east/swanctl.conf"
        lab_swanctl east --load-all --file "$lab/east/swanctl.conf" >/dev/null
    fi
    configure internet <<CONF
conn newcomer
	left=198.51.100.1
	right=198.51.100.2
	rightsubnet=10.2.0.0/24
	authby=secret
	keyingtries=%forever
	auto=add
CONF
    sed -i 's/ipsec0=wan/ipsec0=east/; s/netkey/klips/' "$lab/internet/ipsec.conf"
    lab_cygnet_start west; lab_cygnet_start internet
    up west net
    passes sunset 10.2.0.2 3
    before=$(resident east)
    figure floods-resident-before "$before" KB
    for kinds in ${flood:-first udp esp replay}; do
        said=$speed; [ "$kinds" != replay ] || said=20
        pings=$((length * 20))
        lab_in internet "$here/flood.pl" "$kinds" "$said" "$((length + 2))" 198.51.100.2 east >"$lab/flood-$kinds" 2>&1 & pids=($!)
        lab_wait 10 grep -q sending "$lab/flood-$kinds" || fail "the flood does not begin: $(cat "$lab/flood-$kinds")"
        lab_in sunset ping -n -q -c $pings -i 0.05 -W 5 10.2.0.2 >"$lab/stream" 2>&1 & stream=$!
        if [ "$kinds" = first ]; then
            since=${EPOCHREALTIME/[.,]/}
            lab_ipsec internet auto --up newcomer >"$lab/newcomer" || fail "nobody new comes in: $(cat "$lab/newcomer")"
            took=$(((${EPOCHREALTIME/[.,]/} - since) / 1000))
            figure floods-newcomer $took ms
        fi
        wait $stream || true
        said=$(lost "$lab/stream" $pings)
        figure "floods-$kinds-lost" "$said" "of $pings"
        figure "floods-$kinds-resident" "$(resident east)" KB
        wait "${pids[0]}" || fail "the flood: $(cat "$lab/flood-$kinds")"
        tell "$kinds: $(tail -n 1 "$lab/flood-$kinds")"
        [ "$said" = 0 ] || [ "$(lab_own east kind)" != cygnet ] || fail "$said packets were lost under $kinds"
    done
    within_bound east
    passes internet 10.2.0.2 2
    if [ "$(lab_own east kind)" = cygnet ]; then
        # Half-open exchanges expire; established SAs stay.
        conn_is_up east net || fail "the tunnel is gone at east"
        [ "$(grep -cF '[unauthenticated]' "$lab/east/log")" -lt $((length * 60 + 300)) ] || fail "the log grows with the flood: $(wc -l <"$lab/east/log") lines"
        figure floods-log "$(wc -l <"$lab/east/log")" lines
    fi
    figure floods-resident-after "$(resident east)" KB
}

# West's line goes down and returns with another address, once a second: the tunnel is up again each time, and nothing leaves in the clear.
scene_flaps() {
    local rounds=${count:-8} n since worst=0 took before all=0
    line_down() { lab_ip west route del default via 192.0.2.1 2>/dev/null || true; lab_ip west addr flush dev wan; lab_ip west link set wan down; }
    { shape_default; cat <<'CONF'
conn net
	leftid=@west
	rightid=@east
	leftsubnet=10.1.0.0/24
	rightsubnet=10.2.0.0/24
CONF
    } | configure west east
    sed -i 's/left=192.0.2.2/left=%defaultroute/; /leftnexthop/d; s/keyingtries=1/keyingtries=%forever/' "$lab/west/ipsec.conf"
    sed -i 's/left=192.0.2.2/left=%any/; /leftnexthop/d' "$lab/east/ipsec.conf"
    lab_capture
    begin west east
    up west net
    passes sunset 10.2.0.2 3
    before=$(resident west)
    for ((n = 1; n <= rounds; n++)); do
        line_down
        since=${EPOCHREALTIME/[.,]/}
        line_up "192.0.2.$((10 + n % 200))"
        lab_wait 20 lab_in sunset ping -n -q -c 1 -W 0.2 -p "$lab_pattern_hex" 10.2.0.2 >/dev/null || fail "after flap $n the tunnel does not come back"
        took=$(((${EPOCHREALTIME/[.,]/} - since) / 1000)); all=$((all + took))
        [ $took -le $worst ] || worst=$took
        while [ $((${EPOCHREALTIME/[.,]/} - since)) -lt 1000000 ]; do read -r -t 0.02 <> <(:) || true; done
    done
    # Then a hundred changes in a row, faster than a negotiation.
    for n in {1..20}; do line_down; line_up 192.0.2.2; done
    lab_wait 20 lab_ping sunset sunrise 1 -W 1 || fail "after many flaps at once the tunnel does not come back"
    figure flaps-recovery-mean $((all / rounds)) ms
    figure flaps-recovery-worst $worst ms
    figure flaps-resident "$before then $(resident west)" KB
    within_bound west
    only_esp --ike 9 --raw $((2 * rounds))
}
