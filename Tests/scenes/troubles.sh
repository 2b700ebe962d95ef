# shellcheck shell=bash
# Scenes of trouble: a daemon that is killed at any moment or stopped for long, a clock that is set, a full disk, and messages of the
# kernel that are lost. Sourced by `Tests/lab/play.sh`.

# Networks behind both gateways; west initiates, with keys that live LIFE seconds, with any number of tries.
net_by_itself() {
    { shape_default; cat <<CONF
conn net
	leftsubnet=10.1.0.0/24
	rightsubnet=10.2.0.0/24
	leftid=@west
	rightid=@east
	keylife=$1
	rekeymargin=$(($1 / 3))
	rekeyfuzz=50%
CONF
    } | configure west east
    sed -i 's/keyingtries=1/keyingtries=%forever/' "$lab"/{west,east}/ipsec.conf
    sed -i 's/auto=add/auto=start/' "$lab/west/ipsec.conf"
}
now_us() { echo "${EPOCHREALTIME/[.,]/}"; }
# wait_until TIME: microseconds of the clock.
wait_until() { while [ "$(now_us)" -lt "$1" ]; do read -r -t 0.01 <> <(:) || true; done; }
west_pid() { local pid=; read -r pid 2>/dev/null <"$lab/west/run/pluto.pid" && [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null && echo "$pid"; }
# The daemon at west is killed at TIME, or when it has started after that.
kill_west_at() {
    local pid
    wait_until "$1"
    until pid=$(west_pid) && kill -9 "$pid"; do [ "$(now_us)" -lt $(($1 + 3000000)) ] || return 1; done
    lab_wait 5 lab_ended "$pid" || true
}

# Killed at random moments: while it starts, negotiates, rekeys, restarts, follows its interfaces. No packet leaves in the
# clear, and the next start establishes the tunnel again without a command.
scene_killed_anywhere() {
    local rounds=${count:-8} chosen=${seed:-$((RANDOM * 32768 + RANDOM))} n what flood doing worst=0 took at
    tell "seed $chosen: once more by seed=$chosen"
    RANDOM=$chosen
    while_starting() { kill_west_at "$(now_us)"; lab_spawn west env IPSEC_CONFS="$lab/west" IPSEC_RUNDIR="$lab/west/run" "$binary" setup start --nofork >>"$lab/west/log" 2>&1; }
    while_negotiating() { lab_ipsec west auto --down net; lab_ipsec west auto --up net; }
    while_replacing() { lab_ipsec west auto --replace net; lab_ipsec west auto --up net; }
    while_restarting() { lab_ipsec west setup restart; }
    while_moving() { line_down; lab_ipsec west hotplug --down wan; line_up 192.0.2.2; lab_ipsec west hotplug --up wan; }
    while_idle() { :; }
    local deeds=(starting negotiating replacing restarting moving idle)
    net_by_itself 6
    lab_capture
    begin west east
    lab_wait 20 conn_is_up west net || fail "the tunnel does not come up"
    passes sunset 10.2.0.2 3
    lab_in sunset ping -n -q -i 0.01 -p "$lab_pattern_hex" 10.2.0.2 >/dev/null 2>&1 & flood=$!
    for ((n = 1; n <= rounds; n++)); do
        what=${deeds[RANDOM % ${#deeds[@]}]} at=$((RANDOM * 32768 + RANDOM))
        # Half of them within the first tenth of a second, in which most of the start happens.
        [ $((at % 2)) = 0 ] && at=$((at % 100000)) || at=$((at % 1500000))
        at=$(($(now_us) + at))
        "while_$what" >>"$lab/deeds" 2>&1 & doing=$!
        kill_west_at $at || fail "round $n ($what): there is no daemon to be killed"
        wait $doing || true
        tell "round $n: killed while $what"
        # A command that was under way may go on without the daemon: a restart starts a new one.
        if west_pid >/dev/null; then lab_wait 10 lab_cygnet_ready west; else lab_cygnet_start west; fi
        took=$(now_us)
        lab_wait 30 lab_in sunset ping -n -q -c 1 -W 0.2 -p "$lab_pattern_hex" 10.2.0.2 >/dev/null || fail "round $n ($what): the tunnel does not come back"
        took=$((($(now_us) - took) / 1000)); [ $took -le $worst ] || worst=$took
    done
    pkill -P $flood 2>/dev/null || true; kill $flood 2>/dev/null || true; wait $flood 2>/dev/null || true
    figure kills "$rounds" "seed $chosen"
    figure kills-recovery-worst "$worst" ms
    only_esp --ike $((9 * rounds)) --raw $((10 * rounds))
    lab_ipsec west setup stop
}

# The daemon is stopped for longer than its keys live, as on a machine that sleeps, while packets wait: none of them is sent with
# an expired key, and the tunnel comes up again without a command.
scene_daemon_sleeps() {
    local pid old woke late
    net_by_itself 15
    sed -i 's/auto=start/auto=start\n\tdpddelay=3\n\tdpdtimeout=9\n\tdpdaction=restart/' "$lab/west/ipsec.conf"
    lab_capture
    begin west east
    lab_wait 20 conn_is_up west net || fail "the tunnel does not come up"
    passes sunset 10.2.0.2 3
    pid=$(daemon_of west)
    old=$(lab_ipsec west spi | grep 'dir=out' | grep -oE '0x[0-9a-f]{8}')
    [ "$(wc -w <<<"$old")" = 1 ] || fail "which is its SA? $(lab_ipsec west spi)"
    # Both are stopped, so that neither rekeys with the other.
    kill -STOP "$pid" "$(daemon_of east)"
    # For twenty seconds no daemon handles packets.
    lab_in sunset ping -n -q -c 20 -i 1 -W 1 -p "$lab_pattern_hex" 10.2.0.2 >/dev/null || true
    woke=$EPOCHREALTIME
    kill -CONT "$pid" "$(daemon_of east)"
    lab_wait 20 lab_in sunset ping -n -q -c 1 -W 0.2 -p "$lab_pattern_hex" 10.2.0.2 >/dev/null || fail "the tunnel does not come back"
    tell "back $((($(now_us) - ${woke/[.,]/}) / 1000)) ms after it woke"
    passes sunset 10.2.0.2 3
    ! grep -F '[peer-dead]' "$lab/west/log" || fail "while it slept nobody was silent"
    only_esp --ike 18 --raw 10
    late=$(tcpdump -r "$lab/west.pcap" -n -tt 'ip proto 50 and src host 192.0.2.2' 2>/dev/null | awk -v woke="$woke" -v old="spi=$old," '$1 > woke && index($0, old) && ++n <= 3')
    [ -z "$late" ] || fail "packets left by a key whose life was over: $late"
    [ "$(tcpdump -r "$lab/west.pcap" -n 'ip proto 50 and src host 192.0.2.2' 2>/dev/null | grep -c "spi=$old,")" -ge 3 ] || fail "the capture does not know $old"
}

# The machine's clock is set by years while keys are replaced: no tunnel is affected.
scene_clock_set() {
    local when real
    [ -n "${RESULTS:-}" ] || { echo "This sets the machine's clock: play it in the virtual machine."; exit 77; }
    real=$(date +%s)
    net_by_itself 20
    lab_capture
    begin west east
    lab_wait 60 conn_is_up west net || fail "the tunnel does not come up"
    passes sunset 10.2.0.2 3
    for when in "2040-01-01" "1971-01-01" "2036-02-29" "@$real"; do
        # Once right after rekeying: the kernel checks the new lifetimes a second later.
        lab_ipsec west auto --replace net >/dev/null && lab_ipsec west auto --up net >/dev/null || fail "the tunnel does not come up"
        date -s "$when" >/dev/null
        lab_in sunset ping -n -q -c 400 -i 0.03 -W 5 -p "$lab_pattern_hex" 10.2.0.2 >"$lab/stream" || true
        tell "$(date -u +%F): $(grep received "$lab/stream")"
        [ "$(lost "$lab/stream" 400)" = 0 ] || fail "packets were lost when the clock was set"
    done
    only_esp --ike 9 --raw 500
}

# A router without a battery starts in 1970: certificates are checked against the day of the build, and the tunnel stays when the
# clock is set.
scene_clock_1970() {
    local real built
    [ -n "${RESULTS:-}" ] || { echo "This sets the machine's clock: play it in the virtual machine."; exit 77; }
    real=$(date +%s)
    built=${SOURCE_DATE_EPOCH:-$(git -C "$here/../.." log -1 --format=%ct)}
    # Certificates that are valid for thirty days around that day.
    date -s "@$((built - 10 * 86400))" >/dev/null
    lab_keys
    # Not the first day: the kernel accepts no time before its own start.
    date -s "1970-01-02" >/dev/null
    lab_capture
    tunnel_up
    pings_pass
    must_log west '\[clock-not-set\]'
    lab_ipsec west verify >"$lab/said" || true
    grep -qE '^the clock is set +\[FAILED\]' "$lab/said" || fail "verify does not say that the clock is not set: $(cat "$lab/said")"
    date -s "@$real" >/dev/null
    pings_pass
    only_esp --ike "$(messages)" --raw 10
}

# A full disk, before the start or later: the daemon starts, reports it, works on, and leaves no incomplete file.
small_disk() { mount -t tmpfs -o size=16k,mode=755 small "$1"; echo "$1" >>"$lab/mounts"; }
fill_disk() { dd if=/dev/zero of="$1/filler" bs=1k count=64 2>/dev/null && fail "the disk is not full"; return 0; }
scene_full_disk() {
    local said before
    { shape_default; printf 'conn net\n\tleftsubnet=10.1.0.0/24\n\trightsubnet=10.2.0.0/24\n'; } | configure west east
    mkdir -p "$lab/west/small"
    small_disk "$lab/west/run"; small_disk "$lab/west/small"
    fill_disk "$lab/west/run"
    # Its log is on a full disk as well.
    : >"$lab/west/small/log"; fill_disk "$lab/west/small"
    ln -s small/log "$lab/west/log"
    lab_capture
    begin west east
    up west net; is_up east net
    passes sunset 10.2.0.2 3
    for said in "setup status" status "auto --status" look eroute spi barf verify; do
        # shellcheck disable=SC2086 # words are words
        lab_ipsec west $said >"$lab/said" || [ "$said" = verify ] || fail "ipsec $said fails: $(cat "$lab/said")"
        [ -s "$lab/said" ] || fail "ipsec $said says nothing"
    done
    grep -q '^net: up' <(lab_ipsec west status) || fail "status does not say that net is up"
    # Keys: written completely or not at all.
    cp "$lab/west/ipsec.secrets" "$lab/before"
    rm -f "$lab/west/small/filler"; cp -p "$lab/west/ipsec.secrets" "$lab/west/small/"; fill_disk "$lab/west/small"
    before=$(ls -A "$lab/west/small")
    said=$(lab_in west env IPSEC_CONFS="$lab/west/small" IPSEC_RUNDIR="$lab/west/run" "$binary" newhostkey --output "$lab/west/small/ipsec.secrets" --bits 1024 2>&1) &&
        fail "newhostkey succeeds on a full disk: $said"
    tell "newhostkey: $(tail -n 1 <<<"$said")"
    grep -q 'No space left' <<<"$said" || fail "newhostkey does not say why"
    cmp "$lab/before" "$lab/west/small/ipsec.secrets" || fail "newhostkey has left half a file"
    [ "$before" = "$(ls -A "$lab/west/small")" ] || fail "newhostkey has left files: $(ls -A "$lab/west/small")"
    passes sunset 10.2.0.2 2
    lab_ipsec west setup restart || fail "setup restart fails on a full disk"
    lab_wait 10 lab_cygnet_ready west || fail "the daemon does not come back"
    up west net
    passes sunset 10.2.0.2 2
    lab_ipsec west setup stop >/dev/null || fail "setup stop fails on a full disk"
    only_esp --ike 18 --raw 10
}

# drops KIND: how many netlink messages of this kind to the daemon at west were lost.
drops() { lab_in west awk -v kind="$1" -v pid="$(daemon_of west)" 'NR > 1 && $2 == kind && $3 != 0 { sum += $9 } END { print sum + 0 }' /proc/net/netlink; }

# More changes of addresses than the socket's buffer holds: the daemon reads the state itself and misses no change.
scene_words_lost() {
    local n pid before
    net_by_itself 3600
    sed -i 's/left=192.0.2.2/left=%defaultroute/; /leftnexthop/d' "$lab/west/ipsec.conf"
    sed -i 's/left=192.0.2.2/left=%any/; /leftnexthop/d' "$lab/east/ipsec.conf"
    lab_capture
    begin west east
    lab_wait 20 conn_is_up west net || fail "the tunnel does not come up"
    passes sunset 10.2.0.2 2
    pid=$(daemon_of west) before=$(drops 0)
    kill -STOP "$pid"
    {
        for n in {1..1500}; do printf 'addr add 10.77.%d.%d/32 dev lo\naddr del 10.77.%d.%d/32 dev lo\n' $((n / 200)) $((n % 200)) $((n / 200)) $((n % 200)); done
        # The change that matters comes last, when the buffer is full.
        printf 'route del default via 192.0.2.1\naddr flush dev wan\naddr add 192.0.2.77/24 dev wan\nroute add default via 192.0.2.1\n'
    } | lab_ip west -batch -
    [ "$(drops 0)" -gt "$before" ] || fail "nothing was lost, so nothing is proved: $(lab_in west cat /proc/net/netlink)"
    tell "$(($(drops 0) - before)) messages were lost"
    kill -CONT "$pid"
    lab_wait 20 follows 192.0.2.77 || fail "net does not follow: $(lab_ipsec west auto --status)"
    lab_wait 20 lab_in sunset ping -n -q -c 1 -W 0.2 -p "$lab_pattern_hex" 10.2.0.2 >/dev/null || fail "the tunnel does not come back"
    passes sunset 10.2.0.2 2
    only_esp --ike 18 --raw 6
}

# Another program flushes the kernel's states and policies, once at a road warrior and once at the gateway that cannot reach it. The next packet
# reveals lost states. Lost policies are noticed at once: without them the traffic would go in the clear.
scene_flushed() {
    local side host far before
    policies_of() { lab_ip "$1" xfrm policy | sort; }
    are_back() { [ "$(policies_of "$1")" = "$before" ]; }
    net_by_itself 3600
    sed -i 's/left=192.0.2.2/left=%any/; /leftnexthop/d' "$lab/east/ipsec.conf"
    lab_capture
    begin west east
    lab_wait 20 conn_is_up west net || fail "the tunnel does not come up"
    passes sunset 10.2.0.2 2
    for side in "west sunset 10.2.0.2" "east sunrise 10.1.0.2"; do
        read -r side host far <<<"$side"
        lab_ip "$side" xfrm state flush
        lab_wait 20 lab_in "$host" ping -n -q -c 1 -W 0.2 -p "$lab_pattern_hex" "$far" >/dev/null || fail "the tunnel does not come back"
        must_log "$side" '\[sa-lost\]'
        passes sunset 10.2.0.2 2
        before=$(policies_of "$side")
        lab_ip "$side" xfrm policy flush
        lab_wait 10 are_back "$side" || fail "the policies do not come back: $(policies_of "$side")"
        must_log "$side" '\[policies-restored\]'
        passes sunset 10.2.0.2 2
        lab_ip "$side" xfrm policy delete dir fwd src "${far%.*}.0/24" dst "$(lab_address "$host" | sed 's/[0-9]*$/0/')/24"
        lab_wait 10 are_back "$side" || fail "the policy does not come back: $(policies_of "$side")"
    done
    lab_ipsec west auto --down net
    dies sunset 10.2.0.2
    only_esp --ike 12 --raw 16
}

# The kernel's message that a packet waits for an SA is lost, and the daemon finds it out.
scene_acquire_lost() {
    local n pid before
    net_by_itself 3600
    sed -i 's/auto=start/auto=route/' "$lab/west/ipsec.conf"
    lab_capture
    begin west east
    # Another program's policy, with another peer for each packet: each one requests an SA.
    lab_ip west route add 10.99.0.0/16 via 192.0.2.1
    lab_ip west xfrm policy add src 192.0.2.2 dst 10.99.0.0/16 dir out tmpl proto esp mode transport reqid 7
    pid=$(daemon_of west) before=$(drops 6)
    kill -STOP "$pid"
    lab_in west bash -c 'for ((n = 0; n < 1200; n++)); do echo >/dev/udp/10.99.$((n / 200)).$((n % 200 + 1))/9; done' 2>/dev/null || true
    # One packet, which is not repeated.
    lab_in sunset ping -n -q -c 1 -W 1 -p "$lab_pattern_hex" 10.2.0.2 >/dev/null || true
    [ "$(drops 6)" -gt "$before" ] || fail "nothing was lost, so nothing is proved: $(lab_in west cat /proc/net/netlink)"
    tell "$(($(drops 6) - before)) messages were lost"
    kill -CONT "$pid"
    lab_wait 20 conn_is_up west net || fail "nobody has found out that a packet waits: $(tail -n 3 "$lab/west/log")"
    must_log west '\[events-lost\]'
    passes sunset 10.2.0.2 2
    lab_ip west xfrm policy delete src 192.0.2.2 dst 10.99.0.0/16 dir out
    lab_ip west route del 10.99.0.0/16 via 192.0.2.1
    only_esp --ike 9 --raw 4
}
