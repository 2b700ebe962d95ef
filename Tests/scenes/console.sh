# shellcheck shell=bash
# Scenes of the console. expect types on a pseudo-terminal. Sourced by `Tests/lab/play.sh`.

# at_console NODE SCRIPT [ARGUMENT...]: starts the console at a node under expect, and runs a procedure of Tests/lab/console.tcl.
at_console() {
    local node=$1 script=$2; shift 2
    command -v expect >/dev/null || fail "expect is missing: Tests/setup installs it"
    lab_in "$node" env IPSEC_CONFS="$lab/$node" IPSEC_RUNDIR="$lab/$node/run" TERM=dumb \
        expect "$here/console.tcl" "$script" "$binary" "$@" >"$lab/$node/console" 2>&1 ||
        { cat -v "$lab/$node/console"; fail "the console at $node does not do as $script expects"; }
    tell "$(tail -n 1 "$lab/$node/console")"
}
# A gateway without any configuration.
bare() { mkdir -p "$lab/$1/run"; rm -f "$lab/$1/ipsec.conf" "$lab/$1/ipsec.secrets"; }
# The parameters of the tunnel for west.
west_facts() {
    echo "$(lab_address west) $(lab_net west) $(lab_address east) $(lab_net east) $(lab_secret west) $(lab_own west plane) $ike $esp"
}

# From an empty configuration to pings. The test types only words that `?` offered before.
scene_console() {
    lab_start east
    bare west
    lab_capture
    # shellcheck disable=SC2046 # words are words
    at_console west tunnel $(west_facts)
    lab_settled east || fail "east does not say that the tunnel is up"
    pings_pass
    [ "$(stat -c %a "$lab/west/ipsec.secrets")" = 600 ] || fail "ipsec.secrets is not root's alone"
    ! grep -qF -- "$(lab_secret west)" "$lab/west/console" || fail "the secret was shown"
    only_esp --ike "$(messages)" "--$(lab_encapsulation)" 8
    lab_ipsec west setup stop
}

# West's ipsec.conf for the scenes below: two conns to east.
west_conns() {
    { shape_default; cat <<'CONF'
# The network behind the gateway.
conn net
	leftsubnet=10.1.0.0/24   # ours
	rightsubnet=10.2.0.0/24
conn gate
	rightsubnet=10.2.0.0/24
CONF
    } | configure west east
}
# Prints the numbers of the SAs that a gateway has for a peer's network and its own network.
sa_of() { lab_ipsec "$1" eroute | awk -v from="$2" '$2 == from { print $NF }'; }
configured() { grep -qE -- "$2" "$lab/$1/ipsec.conf"; }
in_force() { [[ $(lab_ipsec "$1" status) == *$2* ]]; }
commands() { # commands NODE: a script's lines, a command each, to a console without a terminal
    lab_ipsec "$1" console
}
goes_back() {
    lab_wait 15 test ! -e "$lab/west/ipsec.conf.before" || fail "$1: ipsec.conf does not go back"
    diff "$lab/west/ipsec.conf" "$lab/west/first.conf" || fail "$1: what is back is not what was"
    tell "$1: ipsec.conf is as it was"
}

# A commit changes only the conns that were edited. 'commit confirm' restores the former file if the console is killed, if IPsec is
# restarted or stopped in that time, and after a reboot. It does not after 'confirm'.
scene_console_commit() {
    local before said
    west_conns
    lab_ipsec west setup start; lab_ipsec east setup start
    lab_capture
    up west net gate; is_up east net gate
    cp "$lab/west/ipsec.conf" "$lab/west/first.conf"
    before=$(sa_of west 192.0.2.2/32)
    said=$(commands west <<<$'edit net\nset keylife=2h\nset leftsubnet=10.1.0.0/25\ncommit') || fail "the commit fails: $said"
    echo "$said"
    grep -q '"net" .*\[connection-replaced\]' <<<"$said" && grep -q '^002 .*: 1$' <<<"$said" || fail "the commit does not say what it did"
    diff "$lab/west/first.conf" "$lab/west/ipsec.conf" >"$lab/diff" || true
    [ "$(grep -c '^[<>]' "$lab/diff")" = 3 ] && grep -qx '>.	leftsubnet=10.1.0.0/25   # ours' "$lab/diff" || { cat "$lab/diff"; fail "more changed than was set"; }
    [ "$(sa_of west 192.0.2.2/32)" = "$before" ] || fail "the other conn lost its SA"
    in_force west '10.1.0.0/25===' || fail "what is in force does not follow"
    carries west gate ping_to west 10.2.0.2 2 -I "$(lab_address west 4)"
    lab_ipsec west edit net; lab_ipsec west set leftsubnet=10.1.0.0/24; lab_ipsec west unset keylife; lab_ipsec west commit
    diff "$lab/west/first.conf" "$lab/west/ipsec.conf" || fail "set and unset leave traces"
    up west net; is_up east net
    pings_pass

    # The console is killed immediately after the commit.
    at_console west commit_and_die 3s
    in_force west '10.9.0.0/24' || fail "what was committed is not in force"
    goes_back "console killed"
    lab_wait 10 conn_is_up west net || fail "what was brought up by hand is only routed once ipsec.conf is back"
    lab_wait 10 lab_ping sunset sunrise 1 -W 1 || fail "the old tunnel does not carry"
    tell "$(lab_ipsec west show log | grep -F '[configuration-restored]')"
    # A conn that was brought up by hand, and that the new ipsec.conf deletes, is up again with the former ipsec.conf.
    conn_is_up west gate || fail "gate is down"
    commands west <<<$'delete gate\ncommit confirm 2s' || fail "no commit"
    conn_is_up west gate && fail "a conn that was deleted is up"
    goes_back "a conn deleted"
    lab_wait 10 conn_is_up west gate || fail "what was up by hand stays down once ipsec.conf is back"

    # IPsec is restarted before the time is over, and is stopped when the time is over.
    change_for() { commands west <<<$'edit net\nset rightsubnet='"${2:-10.9.0.0/24}"$'\ncommit confirm '"$1" || fail "no commit"; }
    change_for 4s
    lab_ipsec west setup restart
    configured west 10.9.0.0 || fail "a restart went back before the time was up"
    goes_back "IPsec restarted"
    change_for 2s
    lab_ipsec west setup stop
    time_is_up() { ! commands west <<<'' >/dev/null || [ "$(awk '{ print int($1) }' /proc/uptime)" -gt "$(head -n 1 "$lab/west/ipsec.conf.before" | awk '{ print $(NF-2) }')" ]; }
    lab_wait 10 time_is_up || fail "time stands still"
    configured west 10.9.0.0 || fail "somebody went back without a daemon"
    lab_ipsec west setup start
    goes_back "started after the time was up"

    # The daemon starts after the time is over: the commit was not confirmed.
    change_for 60
    lab_ipsec west setup stop
    sed -i '1s/ of .*/ of another-start/' "$lab/west/ipsec.conf.before"
    lab_ipsec west setup start
    goes_back "the machine started anew"

    # After 'confirm' the new file stays. A second 'commit confirm' restores the file before the first one.
    change_for 60 10.8.0.0/24; change_for 2s
    goes_back "committed twice"
    change_for 60
    lab_ipsec west confirm || fail "nothing to confirm"
    [ ! -e "$lab/west/ipsec.conf.before" ] || fail "what was confirmed may still go back"
    said=$(lab_ipsec west confirm 2>&1) && fail "it is confirmed twice: $said"
    configured west 10.9.0.0 || fail "what was confirmed is gone"
    cp "$lab/west/first.conf" "$lab/west/ipsec.conf"
    lab_ipsec west setup stop; lab_ipsec east setup stop
}

# Commands of a script: their output, their exit status, and the files that they write.
scene_console_script() {
    local said
    must_exit() { # must_exit CODE REGEX COMMAND...
        local code=$1 pattern=$2 status=0; shift 2
        said=$(lab_ipsec west "$@" 2>&1 </dev/null) || status=$?
        [ "$status" = "$code" ] && grep -qE -- "$pattern" <<<"$said" || fail "'$*' exits with $status and says: $said"
        tell "$* ($code): $(head -n 1 <<<"$said")"
    }
    west_conns
    must_exit 1 'not running' show status
    must_exit 2 'did you mean show' shwo
    must_exit 2 'takes the name of a connection' up
    must_exit 2 'show takes one of status' show sttus
    must_exit 2 'watch takes nothing' watch it
    must_exit 2 'nothing is being edited' set left=1.2.3.4
    must_exit 0 'nothing is changed' compare
    must_exit 0 '^$' edit net
    must_exit 1 'did you mean leftsubnet' set leftsubnt=10.0.0.0/8
    must_exit 1 'expected' set leftsubnet=nonsense
    must_exit 1 'ipsec.conf:[0-9]*: leftsubnet=nonsense: expected' check
    must_exit 1 'nothing was committed' commit
    must_exit 0 '^\+.*leftsubnet=nonsense   # ours' show changes
    must_exit 0 '' discard
    lab_ipsec west setup start; lab_ipsec east setup start
    must_exit 0 '004 .*\[ipsec-sa-established\]' up net
    must_exit 0 'net: up' show status
    must_exit 0 'wan: up' show interfaces
    must_exit 0 'refused messages' show counters
    must_exit 0 'resident' show memory
    must_exit 0 'IPsec started' show log
    must_exit 0 'eroute owner' show connections
    must_exit 0 'conn gate' show configuration
    must_exit 0 'PSK \[not shown\]' show secrets
    must_exit 0 '1 sent, 1 answered' ping 10.2.0.2 from 10.1.0.1 count 1
    must_exit 1 '1 sent, 0 answered' ping 10.77.0.1 count 1
    must_exit 1 'no address of this machine' ping 10.2.0.2 from 10.55.0.1
    must_exit 2 'ping takes an address' ping nobody
    must_exit 0 'is down' down net
    must_exit 0 'unrouted' unroute net
    must_exit 0 'routed' route net
    must_exit 1 'there is no conn nett.*did you mean net' up nett
    # Another program changes the file.
    lab_ipsec west edit net; lab_ipsec west set auto=start
    echo '# by hand' >>"$lab/west/ipsec.conf"
    must_exit 1 'changed by another program' commit
    must_exit 0 '' discard
    # A deleted conn is removed from the file and from the daemon.
    said=$(commands west <<<$'delete gate\ncommit') || fail "$said"
    grep -q '"gate" .*\[connection-deleted\]' <<<"$said" || fail "the deletion is not in force: $said"
    grep -q '# by hand' "$lab/west/ipsec.conf" && ! grep -q 'conn gate' "$lab/west/ipsec.conf" || fail "the file is not as it must be"
    # A pasted block of ipsec.conf. The exit status is that of the last failure.
    said=$(commands west <<<$'# a block\nconn gate\n\trightsubnet=10.2.0.0/24  # theirs\n\t# new\n\nbogus\nshow changes\ncommit' 2>&1) && fail "a failure is lost: $said"
    grep -q "no command 'bogus'" <<<"$said" && grep -q '"gate" .*\[connection-added\]' <<<"$said" || fail "the block is not taken: $said"
    tail -n 4 "$lab/west/ipsec.conf" | diff - <(printf '\nconn gate\n\trightsubnet=10.2.0.0/24  # theirs\n\t# new\n') || fail "the block is not as it was pasted"
    # Secrets are read from standard input. The file is refused if users other than root may read it.
    chmod 644 "$lab/west/ipsec.secrets"
    said=$(lab_ipsec west secret @a @b <<<'s3cret' 2>&1) && fail "secrets that everybody may read are written"
    tell "$said"
    chmod 600 "$lab/west/ipsec.secrets"
    lab_ipsec west secret @a @b <<<'s3cret' >"$lab/out" || fail "no secret"
    grep -qx '@a @b : PSK "s3cret"' "$lab/west/ipsec.secrets" || fail "the secret is not written"
    ! grep -q s3cret "$lab/out" || fail "the secret is shown"
    # Called as login shells are: with a dash before the name, with a command after -c, or by another name.
    as_shell() { lab_in west env IPSEC_CONFS="$lab/west" IPSEC_RUNDIR="$lab/west/run" bash -c "exec -a $1 '$binary' $2"; }
    as_shell -ipsec "-c 'show memory'" | grep resident || fail "-c does not work"
    said=$(as_shell -ipsec "" <<<'show memory'); [[ $said == *resident* ]] || fail "a login shell is no console"
    said=$(as_shell /usr/sbin/ipsec-console "" <<<'show memory'); [[ $said == *resident* ]] || fail "ipsec-console is no console"
    lab_ipsec west setup stop; lab_ipsec east setup stop
}

# Keys and terminals of several kinds.
scene_console_terminal() {
    west_conns
    lab_ipsec west setup start; lab_ipsec east setup start
    at_console west terminal "$lab/west/ipsec.conf" "$lab/west/ipsec.secrets"
    ! grep -qF 'my new secret' "$lab/west/console" || fail "a secret was shown"
    ! grep -qP '\x1b' "$lab/west/console" || fail "a dumb terminal was sent an escape sequence"
    lab_ipsec west setup stop; lab_ipsec east setup stop
}

# The console answers a key, and Tab, within 50 ms while a hundred tunnels are rekeyed.
scene_console_speed() {
    local n
    { shape_default; echo "	leftsubnet=10.1.0.0/24"; echo "	pfs=no"; echo "	keylife=20"; echo "	rekeymargin=12"; echo "	rekeyfuzz=20%"
      for n in {1..100}; do printf 'conn n%s\n\trightsubnet=10.3.%s.0/24\n' "$n" "$n"; done
    } | configure west east
    sed -i 's/auto=add/auto=start/; s/keyingtries=1/keyingtries=3/' "$lab/west/ipsec.conf"
    begin east west
    hundred_up() { [ "$(lab_ipsec "$1" status | grep -c '^n[0-9]*: up')" = 100 ]; }
    lab_wait 60 hundred_up west || fail "not all of the hundred are up at west"
    at_console west speed
    grep 'on the average' "$lab/west/console"
    n=$(grep -cF '[ipsec-sa-established]' "$lab/west/log")
    tell "$n pairs of SAs were established"
    [ "$n" -gt 150 ] || fail "the tunnels were not rekeyed meanwhile"
}
