# shellcheck shell=bash
# Scenes of the start that `config setup` describes: the destination of its messages, commands that hang, core dumps. Sourced by `Tests/lab/play.sh`.

# syslog_at NODE: messages to syslog there are written to $lab/NODE/syslog.
syslog_at() {
    mkdir -p "$lab/$1/dev"
    lab_in "$1" perl -MSocket -e 'socket(S, PF_UNIX, SOCK_DGRAM, 0) && bind(S, pack_sockaddr_un(shift)) or die; $| = 1;
        while (defined recv S, $x, 4096, 0) { print "$x\n" }' "$lab/$1/socket" >"$lab/$1/syslog" &
    lab_wait 10 test -S "$lab/$1/socket" || fail "nobody listens to syslog"
}
# with_syslog NODE COMMAND...: runs a command at a node whose /dev/log is that socket.
with_syslog() {
    local node=$1 dev=$lab/$1/dev; shift
    lab_in "$node" bash -c 'dev=$1; shift
        mount -t tmpfs dev "$dev"; mkdir "$dev/net"
        for name in null zero random urandom net/tun; do touch "$dev/$name"; mount --bind "/dev/$name" "$dev/$name"; done
        ln -s "$dev/../socket" "$dev/log"
        mount --rbind "$dev" /dev
        exec "$@"' - "$dev" "$@"
}
# background NODE: runs `ipsec setup start` as a router does; fails if that fails, and prints its output.
background() {
    with_syslog "$1" env IPSEC_CONFS="$lab/$1" IPSEC_RUNDIR="$lab/$1/run" "$binary" setup start 2>&1 || return 1
    tail -n 1 "$lab/$1/run/pluto.pid" >"$lab/$1/pid"
}
must_hold() { lab_wait 10 lab_said "$1" "$2" || fail "$1 holds nothing like /$2/: $(tail -n 20 "$1")"; tell "${1##*/}: $(grep -am1 -E -- "$2" "$1")"; }
must_not_hold() { ! grep -aE -- "$2" "$1" || fail "$1 holds /$2/"; }
ended() { lab_wait 10 lab_ended "$(cat "$lab/$1/pid")" || fail "the daemon at $1 does not end"; }

# Setup's own messages have the facility and the priority of syslog=; the others go where plutostderrlog= says, and the
# kinds of debugging add more of them, none with a secret. A core is dumped only into dumpdir=.
scene_messages() {
    local said log=$lab/west/pluto.log
    { shape_default; cat <<'CONF'
conn net
	leftsubnet=10.1.0.0/24
	rightsubnet=10.2.0.0/24
conn wrong
	auto=strat
CONF
    } | configure west
    { shape_default; printf 'conn net\n\tleftsubnet=10.1.0.0/24\n\trightsubnet=10.2.0.0/24\n'; } | configure east
    mkdir "$lab/cores"
    begin east
    syslog_at west
    sed -i "s|^config setup|&\n\tsyslog=local3.crit|" "$lab/west/ipsec.conf"
    said=$(background west) || fail "setup start fails: $said"
    grep -q 'auto=strat' <<<"$said" || fail "setup start does not say what is wrong: $said"
    must_hold "$lab/west/syslog" '^<154>pluto\[[0-9]+\]: error: .*auto=strat: .*\[configuration-error\]'
    must_hold "$lab/west/syslog" '^<154>pluto\[[0-9]+\]: .*\[started\]'
    up west net
    must_hold "$lab/west/syslog" '^<15[78]>pluto.*"net" STATE_QUICK_I2: .*\[ipsec-sa-established\]'
    must_not_hold "$lab/west/syslog" 'octets from|cookie|eroute'
    grep -E 'Max core file size +0 ' "/proc/$(cat "$lab/west/pid")/limits" || fail "a core may be dumped"
    lab_ipsec west setup stop >/dev/null; ended west
    must_hold "$lab/west/syslog" '^<154>pluto.*\[stopped\]'

    sed -i "s|^config setup|&\n\tplutostderrlog=$log\n\tplutodebug=all\n\tklipsdebug=all\n\tdumpdir=$lab/cores|" "$lab/west/ipsec.conf"
    said=$(background west) || fail "setup start fails: $said"
    up west net
    must_hold "$lab/west/syslog" "^<154>pluto.$(cat "$lab/west/pid").: .*\[started\]"
    must_not_hold "$lab/west/syslog" "pluto.$(cat "$lab/west/pid").: .*STATE_"
    must_hold "$log" '^20[0-9-]+ [0-9:]{8} "net" STATE_QUICK_I2: .*\[ipsec-sa-established\]'
    must_hold "$log" 'sends [0-9]+ octets from 192\.0\.2\.2:500 to 198\.51\.100\.2:500: Main Mode [0-9a-f]{16}:0{16} '
    must_hold "$log" '[0-9]+ octets from 198\.51\.100\.2:500 to 192\.0\.2\.2:500: Quick Mode .*, encrypted'
    must_hold "$log" '"net" eroute 10\.1\.0\.0/24 -> 10\.2\.0\.0/24 is routed'
    must_hold "$log" '"net" installs the SA 0x[0-9a-f]{8} to 198\.51\.100\.2'
    must_hold "$log" "vendor IDs"
    [ "$(stat -c %a "$log")" = 600 ] || fail "others may read the log"
    must_not_hold "$log" "$(lab_secret west)"
    # A daemon that crashes leaves a core only if dumpdir= is set; status reports the crash, and the next start takes over.
    kill -SEGV "$(cat "$lab/west/pid")"; ended west
    if [ "$(cat /proc/sys/kernel/core_pattern)" = core ]; then ls "$lab/cores/"core* >/dev/null || fail "there is no core"; tell "a core is there"; fi
    said=$(lab_ipsec west setup status) && fail "setup status finds nothing wrong after a crash"
    [ "${said%%$'\n'*}" = "IPsec stopped" ] || fail "setup status: $said"
    said=$(background west) || fail "setup start after a crash fails: $said"
    lab_ipsec west setup --status | grep "IPsec running" || fail "it does not run"
    lab_ipsec west setup --stop >/dev/null; ended west
    [ "$(lab_ipsec west setup status)" = "IPsec stopped" ] || fail "status after stop"
}

# A file without a usable conn: the start reports it, also with a relative folder, and --up of the conn gives the reason. After
# the conn is corrected, the log has the output of its updown command, and verify accepts a peer on the same LAN.
scene_left_out() {
    local said
    { shape_default; printf 'conn net\n\tleftupdown="/bin/echo heard"\n\txauthby=file\n'; } | configure west
    syslog_at west
    said=$(cd "$lab" && with_syslog west env IPSEC_CONFS=west IPSEC_RUNDIR=west/run "$binary" setup start 2>&1) || fail "setup start fails: $said"
    tail -n 1 "$lab/west/run/pluto.pid" >"$lab/west/pid"
    grep -q 'nothing is protected' <<<"$said" || fail "setup start does not say that nothing is protected: $said"
    said=$(lab_ipsec west auto --up net) && fail "--up finds a conn that was left out"
    grep -q 'xauthby=file' <<<"$said" || fail "--up does not say why there is no conn: $said"
    sed -i '/xauthby/d' "$lab/west/ipsec.conf"
    lab_ipsec west auto --add net
    lab_ipsec west auto --route net
    must_hold "$lab/west/syslog" '"net" /bin/echo route-host: heard'
    lab_in west ip addr add 198.51.100.77/24 dev lo
    said=$(lab_ipsec west verify) || true
    if grep -qE '^conn net: .*\[WARNING\]' <<<"$said"; then fail "verify takes the peer for a network of this machine: $said"; fi
}

# Commands before and after the start that never end: the first one is killed after its time limit and the start goes on; nothing
# waits for the second one.
scene_hanging_commands() {
    local said since=$SECONDS
    { shape_default; printf 'conn net\n\tleftsubnet=10.1.0.0/24\n\trightsubnet=10.2.0.0/24\n'; } | configure west east
    sed -i 's|^config setup|&\n\tprepluto="/bin/sleep 1001"\n\tpostpluto="/bin/sleep 1002"|' "$lab/west/ipsec.conf"
    begin east
    syslog_at west
    said=$(background west) || fail "setup start fails: $said"
    tell "started after $((SECONDS - since)) s"
    [ $((SECONDS - since)) -ge 29 ] || fail "it did not wait"
    must_hold "$lab/west/syslog" '^<27>pluto.*prepluto: /bin/sleep .*\[command-killed\]'
    ! pgrep -f '^/bin/sleep 1001' --ns "$(cat "$lab/west/pid")" --nslist net || fail "it is not killed"
    lab_wait 5 pgrep -f '^/bin/sleep 1002' --ns "$(cat "$lab/west/pid")" --nslist net >/dev/null || fail "postpluto= is not run"
    up west net; is_up east net
    passes sunset 10.2.0.2 2
    lab_ipsec west setup stop >/dev/null; ended west
}

# The forms of interfaces=, and the addresses that each selects.
scene_interfaces() {
    local value said
    { shape_default; printf 'conn net\n\tleftsubnet=10.1.0.0/24\n\trightsubnet=10.2.0.0/24\n'; } | configure west east
    begin east
    for value in %none '' ipsec0=lan %defaultroute 'ipsec0=%defaultroute' '"ipsec0=lan ipsec1=wan"' '"ipsec0=lan ipsec3=%defaultroute"'; do
        sed -i "s/interfaces=.*/interfaces=$value/" "$lab/west/ipsec.conf"
        begin west
        case $value in
        *wan*|*%defaultroute*) up west net; is_up east net; passes sunset 10.2.0.2 1 ;;
        *)
            said=$(lab_ipsec west auto --add net) && fail "interfaces=$value: it has an end here: $said"
            grep -q '^033 "net": ' <<<"$said" || fail "interfaces=$value: $said"
            tell "interfaces=$value: $said" ;;
        esac
        [ "$value" != %defaultroute ] || [ "$(lab_in west ss -lunH 'sport = 500' | wc -l)" -gt 1 ] || fail "it does not listen everywhere"
        lab_stop west >/dev/null
        ! grep -q ipsec < <(lab_ip west -o link) || fail "interfaces=$value: a device stays"
    done
    sed -i 's/^config setup/&\n\tlisten=192.0.2.2/' "$lab/west/ipsec.conf"
    begin west
    [ "$(lab_in west ss -lunH | awk '{ print $4 }' | sort | tr '\n' ' ')" = "192.0.2.2:4500 192.0.2.2:500 " ] || fail "listen=: $(lab_in west ss -lunH)"
    up west net
}

# ipsec.conf and ipsec.secrets have changed: an unchanged conn loses no packet and keeps its SAs; the changes are applied to the others.
scene_reloaded() {
    local said spis stream what
    another sunrise 10.4.0.2; another sunrise 10.5.0.2; another sunrise 10.6.0.2
    { shape_default; cat <<'CONF'
	leftsubnet=10.1.0.0/24
conn net
	rightsubnet=10.2.0.0/24
conn wider
	rightsubnet=10.4.0.0/24
conn gone
	rightsubnet=10.5.0.0/24
CONF
    } | configure west east
    said=$(lab_ipsec west setup reload 2>&1) && fail "it succeeds where nothing runs: $said"
    grep -q "IPsec is not running" <<<"$said" || fail "it does not say that nothing runs: $said"
    lab_capture
    begin west east
    up west net wider gone; is_up east net wider gone
    spis=$(lab_ipsec west spi | grep 'conn="net"' | cut -d' ' -f1 | sort)
    lab_in sunset ping -n -q -c 500 -i 0.02 -W 5 -p "$lab_pattern_hex" 10.2.0.2 >"$lab/stream" & stream=$!
    # The new conn is the first one to need the new secret. There is also a conn with an error.
    local new='conn new\n\trightsubnet=10.6.0.0/24\n\tleftid=@w\n\trightid=@e\n'
    # shellcheck disable=SC2059 # it is a format
    printf "$new" >>"$lab/east/ipsec.conf"
    for said in west east; do echo '192.0.2.2 198.51.100.2 : PSK "read with the rest"' >>"$lab/$said/ipsec.secrets"; done
    lab_ipsec east auto --rereadsecrets
    sed -i 's|10.4.0.0/24|10.4.0.0/16|' "$lab/east/ipsec.conf"
    lab_ipsec east setup reload || fail "setup reload fails at east"
    sed -i '/^conn gone/,$d; s|10.4.0.0/24|10.4.0.0/16|' "$lab/west/ipsec.conf"
    cp "$lab/west/ipsec.conf" "$lab/whole.conf"
    printf '%b' "$new"'conn wrong\n\tauto=strat\n' >>"$lab/west/ipsec.conf"
    said=$(lab_ipsec west setup reload) && fail "setup reload says nothing of a mistake: $said"
    echo "$said"
    for what in '^003 .*auto=strat' '^002 "wider" .*\[connection-replaced\]' '^033 "gone" .*\[configuration-error\]' '^002 "new" .*\[connection-added\]' '^002 .*: 1$'; do
        grep -qE -- "$what" <<<"$said" || fail "it does not say: $what"
    done
    # A missing file, or half a file, unroutes nothing.
    mv "$lab/west/ipsec.conf" "$lab/west/away"
    said=$(lab_ipsec west setup reload 2>&1) && fail "setup reload succeeds without ipsec.conf: $said"
    sed 's/^conn net/con net/' "$lab/west/away" >"$lab/west/ipsec.conf"
    said=$(lab_ipsec west setup reload 2>&1) && fail "setup reload takes half a file: $said"
    conn_is_up west net || fail "what could not be read was let go: $said"
    kill -0 $stream || fail "the stream ended too early to prove anything"
    up west new wider; is_up east new wider
    carries west new passes sunset 10.6.0.2 2
    carries west wider passes sunset 10.4.0.2 2
    wait $stream || true
    [ "$(lost "$lab/stream" 500)" = 0 ] || fail "what did not change lost packets: $(cat "$lab/stream")"
    [ "$spis" = "$(lab_ipsec west spi | grep 'conn="net"' | cut -d' ' -f1 | sort)" ] || fail "what did not change was negotiated anew"
    only_esp --ike 9 --raw 1000
    cp "$lab/whole.conf" "$lab/west/ipsec.conf"; printf '%b' "$new" >>"$lab/west/ipsec.conf"
    said=$(lab_ipsec west setup reload) || fail "setup reload fails: $said"
    grep -q '^002 "gone" .*\[connection-deleted\]' <<<"$said" || fail "what is gone stays: $said"
    said=$(lab_ipsec west auto --up gone 2>&1) && fail "what is gone comes up: $said"
    # A new conn that has an error, or cannot be added, makes the reload fail with a reason; one that waits for its address does not.
    cp "$lab/west/ipsec.conf" "$lab/whole.conf"
    reload_with() { cp "$lab/whole.conf" "$lab/west/ipsec.conf"; printf '%b' "$1" >>"$lab/west/ipsec.conf"; said=$(lab_ipsec west setup reload); }
    reload_with 'conn wrong\n\tauto=strat\n' && fail "a new conn with a mistake does not matter: $said"
    grep -q '^003 .*auto=strat' <<<"$said" || fail "it does not say what is wrong: $said"
    reload_with 'conn odd\n\ttype=passthrough\n\tright=%any\n' && fail "a new conn that cannot be made does not matter: $said"
    grep -q '^033 "odd" ' <<<"$said" || fail "it does not say why it cannot be made: $said"
    reload_with 'conn later\n\tleft=192.0.2.77\n\trightsubnet=10.7.0.0/24\n' || fail "a conn that waits for its address fails the reload: $said"
    grep -q '^003 "later" ' <<<"$said" || fail "it does not say that it waits: $said"
    cp "$lab/whole.conf" "$lab/west/ipsec.conf"
    # A change of config setup takes effect after a restart, and the reload says so.
    sed -i 's/^config setup/&\n\tuniqueids=no/' "$lab/west/ipsec.conf"
    said=$(lab_ipsec west setup reload) || fail "setup reload fails: $said"
    grep -q "^003 .*'ipsec setup restart'" <<<"$said" || fail "it does not say what takes a restart: $said"
}

# The commands that make and show keys: their forms, files and modes, an interruption, and that OpenSSL reads the keys.
scene_key_commands() {
    local said file=$lab/west/ipsec.secrets pid public code
    keys() { said=$(lab_ipsec west "$@" 2>"$lab/west/errors"); }
    shows() { grep -qE -- "$1" <<<"$said" || fail "nothing like /$1/: $said"; }
    for words in "ranbits 128;^0x[0-9a-f]{8}(_[0-9a-f]{8}){3}\$" "ranbits --quick --continuous 100;^0x[0-9a-f]{26}\$" \
        "ranbits --bytes 6;^0x[0-9a-f]{8}_[0-9a-f]{4}\$"; do
        # shellcheck disable=SC2086 # words are words
        keys ${words%%;*} || fail "${words%%;*} fails"
        shows "${words#*;}"
    done
    keys ranbits 20000 && [ ${#said} -gt 5000 ] || fail "20000 bits are too many"
    ! keys ranbits 20001 || fail "20001 bits are not"

    # The command shows progress, and leaves no file if it is interrupted.
    "$binary" newhostkey --output "$file" --bits 8192 2>"$lab/west/errors" & pid=$!
    lab_wait 30 lab_said "$lab/west/errors" 'takes a while \.' || fail "nothing shows that it works: $(cat "$lab/west/errors")"
    kill -INT $pid
    # It ends by itself: a signal that ends it would give 130.
    wait $pid && code=0 || code=$?
    [ $code = 1 ] || fail "an interrupted newhostkey exits $code: $(cat "$lab/west/errors")"
    [ -z "$(find "$lab/west" -name 'ipsec.secrets*')" ] || fail "a file is left: $(ls "$lab/west")"
    tell "interrupted: nothing left"

    # The existing text is kept, and no other user may read the file afterwards.
    echo '10.0.0.1 : PSK "kept"' >"$file"; chmod 644 "$file"
    keys newhostkey --output "$file" --bits 2048 --hostname gate.example || fail "newhostkey: $(cat "$lab/west/errors")"
    grep -q 'is there already: the key is added' "$lab/west/errors" || fail "no warning: $(cat "$lab/west/errors")"
    grep -qx '10.0.0.1 : PSK "kept"' "$file" && [ "$(stat -c %a "$file")" = 600 ] || fail "the file is not as it was, or others may read it"
    keys showhostkey --left && shows '^	leftrsasigkey=0sAw[A-Za-z0-9+/=]+$'; public=${said##*=0s}
    keys showhostkey --right && [ "${said##*rightrsasigkey=0s}" = "$public" ] || fail "--right shows another key"
    keys showhostkey && shows "IN	KEY	0x4200 4 1 ${public//+/.}\$"
    keys showhostkey --txt 192.0.2.11 && shows '^	IN	TXT	"X-IPsec-Server\(10\)=192\.0\.2\.11" " Aw'
    [ "$(sed -n 's/.*=192.0.2.11" "//p' <<<"$said" | tr -d '" ')" = "$public" ] || fail "the record holds another key: $said"
    [ "$(grep -oE '"[^"]*"' <<<"$said" | awk '{ print length }' | sort -n | tail -1)" -le 257 ] || fail "a string of the record is too long"
    # The key of one ID among several, and a key in a file of OpenSSL's.
    { echo '@east : RSA {'; keys rsasigkey --verbose 1024; echo "$said"; echo '	}'; } >>"$file"
    keys showhostkey --left --id @east && shows '1024 bits'
    ! keys showhostkey --left --id @north || fail "there is a key for nobody"
    keys rsasigkey 2192 --pem || fail "rsasigkey fails"
    mkdir -p "$lab/west/ipsec.d/private"
    (umask 077; echo "$said" >"$lab/west/ipsec.d/private/gate.pem"; echo ': RSA gate.pem' >"$lab/west/pem.secrets")
    openssl rsa -in "$lab/west/ipsec.d/private/gate.pem" -check -noout | grep "RSA key ok" || fail "OpenSSL does not take the key"
    keys showhostkey --left --file "$lab/west/pem.secrets" && shows '2192 bits'
    [ "$(sed -n 's/.*=0s//p' <<<"$said" | base64 -d | xxd -p -c 4096 | cut -c9- | tr a-f A-F)" = "$(openssl rsa -in "$lab/west/ipsec.d/private/gate.pem" -noout -modulus | sed 's/.*=//')" ] ||
        fail "showhostkey shows another key than OpenSSL"
}

# A newer revocation list is read without a command, as crlcheckinterval= says.
scene_revoked_later() {
    lab_start west
    lab_cygnet_configure east
    sed -i 's/^config setup/&\n\tcrlcheckinterval=1/' "$lab/east/ipsec.conf"
    lab_cygnet_start east
    lab_initiate west || fail "the tunnel does not come up"
    lab_ipsec west auto --down net >/dev/null
    revoked=west; lab_revoke
    cp "$lab/keys/middle.crl" "$lab/east/ipsec.d/crls/"
    knows() { [[ $(lab_ipsec east auto --listcrls) == *"CN=middle', 1 revoked"* ]]; }
    lab_wait 10 knows || fail "the list is not read: $(lab_ipsec east auto --listcrls)"
    lab_ipsec west auto --up net --asynchronous
    must_log east 'CN=west".*\[certificate-revoked\]'
    ! conn_is_up west net || fail "who is revoked comes in"
}
