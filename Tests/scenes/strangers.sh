# shellcheck shell=bash
# Scenes of the load that strangers cause, and of secrets that other users of the machine could see. Sourced by `Tests/lab/play.sh`.

# Repeated Main Mode in MODP-4096 from 55 addresses that answer. The packets of a tunnel, one every ten milliseconds, do not wait
# for it, and none is lost. A new peer with a cheaper group connects at the same time. The slowest ping is a figure; if `count` is set, on a
# machine that does nothing else, it may take at most so many milliseconds.
scene_dear_strangers() {
    local length=${seconds:-5} n flood worst pings since took
    for n in {1..55}; do echo "addr add 100.64.0.$n/32 dev lo"; done | lab_ip internet -batch -
    lab_ip east route replace 100.64.0.0/24 via 198.51.100.1
    { shape_default; cat <<CONF
conn net
	leftsubnet=10.1.0.0/24
	rightsubnet=10.2.0.0/24
CONF
    } | configure west east
    cat >>"$lab/east/ipsec.conf" <<CONF
conn anybody
	left=%any
	leftnexthop=
	right=198.51.100.2
	rightsubnet=10.2.0.0/24
	authby=secret
	ike=aes128-sha256-modp4096,aes128-sha256-modp2048
	auto=add
CONF
    configure internet <<CONF
conn newcomer
	left=198.51.100.1
	right=198.51.100.2
	rightsubnet=10.2.0.0/24
	authby=secret
	ike=aes128-sha256-modp2048
	keyingtries=%forever
	auto=add
CONF
    sed -i 's/ipsec0=wan/ipsec0=east/; s/netkey/klips/' "$lab/internet/ipsec.conf"
    begin east west
    lab_cygnet_start internet
    up west net
    passes sunset 10.2.0.2 3
    pings=$((length * 100))
    lab_in internet "$here/flood.pl" exchange "${rate:-200}" "$((length + 2))" 198.51.100.2 >"$lab/flood" 2>&1 & flood=$!
    lab_wait 10 grep -q sending "$lab/flood" || fail "the flood does not begin: $(cat "$lab/flood")"
    lab_in sunset ping -n -q -c "$pings" -i 0.01 -W 5 10.2.0.2 >"$lab/stream" 2>&1 || true
    worst=$(sed -n 's|^rtt [^=]*= [^/]*/[^/]*/\([0-9]*\)\..*|\1|p' "$lab/stream")
    since=${EPOCHREALTIME/[.,]/}
    lab_ipsec internet auto --up newcomer >"$lab/newcomer" || fail "nobody new comes in: $(cat "$lab/newcomer")"
    took=$(((${EPOCHREALTIME/[.,]/} - since) / 1000))
    wait $flood || fail "the flood: $(cat "$lab/flood")"
    tell "$(grep exchanges "$lab/flood")"
    figure strangers-worst-ping "${worst:-none}" ms
    figure strangers-newcomer "$took" ms
    [ "$(lost "$lab/stream" "$pings")" = 0 ] || fail "$(lost "$lab/stream" "$pings") pings were lost"
    [ -z "$count" ] || [ "${worst:-9999}" -le "$count" ] || fail "a ping took $worst ms"
    [ "$(awk '/^exchanges/ { print $4 }' "$lab/flood")" -gt "$length" ] || fail "strangers have no turn at all: $(cat "$lab/flood")"
    conn_is_up east net || fail "the tunnel is gone"
}

# Only root can inspect a command that holds a key, and such a command dumps no core. The test is a user who may inspect his own processes.
scene_hidden() {
    local folder="$lab/hidden" name
    mkdir -m 755 "$folder"; chmod 755 "$lab"
    cp "$binary" "$folder/ipsec"
    # The commands wait there until they were inspected, or compute a large prime number.
    mkfifo -m 666 "$folder/full" "$folder/typed"
    as_nobody() { ulimit -c unlimited; cd "$folder" || exit; exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
    # The files of a process in /proc belong to its user, or to root if the process is not dumpable.
    is_hidden() { [ "$(stat -c %u "/proc/$1/limits" 2>/dev/null)" = 0 ] && grep -q '^Uid:.65534.65534' "/proc/$1/status" && grep -qE '^Max core file size +0 ' "/proc/$1/limits"; }
    is_open() { [ "$(stat -c %u "/proc/$1/limits")" = 65534 ] && ! grep -qE '^Max core file size +0 ' "/proc/$1/limits"; }
    judge() {
        lab_wait 10 "$1" "$3" || fail "$2 is not as it must be: $(ls -l "/proc/$3/limits"; grep core "/proc/$3/limits")"
        tell "$2: $1"
        kill "$3"; wait "$3" 2>/dev/null || true
    }
    as_nobody sleep 20 & judge is_open "one that hides nothing" $!
    as_nobody ./ipsec rsasigkey 8192 >/dev/null 2>&1 & judge is_hidden rsasigkey $!
    as_nobody ./ipsec newhostkey --bits 8192 --output - >/dev/null 2>&1 & judge is_hidden newhostkey $!
    # This command is fast: it waits because the pipe for its output is full.
    exec 7<>"$folder/full"; head -c 65536 /dev/zero >&7
    as_nobody ./ipsec showhostkey --left >&7 2>&1 & judge is_hidden showhostkey $!
    exec 7>&-
    as_nobody ./ipsec console <>"$folder/typed" >/dev/null 2>&1 & judge is_hidden console $!
    # The daemon runs as root, so its files belong to root in any case.
    { shape_default; printf 'conn net\n\tleftsubnet=10.1.0.0/24\n\trightsubnet=10.2.0.0/24\n'; } | configure west
    begin west
    name=$(cat "$lab/west/pid")
    grep -qE '^Max core file size +0 +0 ' "/proc/$name/limits" || fail "the daemon may leave a core"
}

# Debian's unit for systemd: systemd-analyze accepts it, and its exposure is low.
scene_unit() {
    local folder="$lab/unit"
    command -v systemd-analyze >/dev/null || { echo "there is no systemd-analyze"; exit 77; }
    mkdir "$folder"
    "$here/../../Board/install" deb "$binary" "$folder"
    install -D /bin/sh "$folder/bin/sh"
    # Only the output about our unit counts.
    systemd-analyze verify --root="$folder" --man=no ipsec.service >"$lab/verify" 2>&1 || true
    ! grep -E 'ipsec\.service:[0-9]+:|ipsec\.service: (Command|Unknown)' "$lab/verify" || fail "systemd does not like it"
    systemd-analyze security --offline=true --threshold=35 --no-pager "$folder/lib/systemd/system/ipsec.service" >"$lab/security" 2>&1 ||
        fail "it is exposed too much: $(tail -n 2 "$lab/security")"
    tell "$(tail -n 1 "$lab/security")"
}
