# shellcheck shell=bash
# Scenes of updown commands and the firewall. Sourced by `Tests/lab/play.sh`.

# Verbs come in order, with split words and all variables set; a command that never ends blocks no other connection.
scene_updown() {
    local said variables want
    printf '#!/bin/sh\necho "$PLUTO_VERB $# $1 $2" >>%s/verbs\nenv >%s/$PLUTO_VERB.env\n' "$lab" "$lab" >"$lab/updown"
    chmod +x "$lab/updown"
    { shape_default; cat <<CONF
conn net
	leftsubnet=10.1.0.0/24
	rightsubnet=10.2.0.0/24
	leftid=@west
	rightid=@east
	leftprotoport=icmp
	rightprotoport=icmp
	leftupdown="$lab/updown one|two \$(three)"
conn slow
	rightsubnet=10.2.0.0/24
	leftupdown="/bin/sleep 1000"
CONF
    } | configure west east
    lab_capture
    begin west east
    verbs_are() { [ "$(awk '{ print $1 }' "$lab/verbs" 2>/dev/null | tr '\n' ' ')" = "$1" ]; }
    lab_ipsec west auto --route net
    lab_wait 10 verbs_are "prepare-client route-client " || fail "after --route: $(cat "$lab/verbs")"
    up west net; is_up east net
    lab_wait 10 verbs_are "prepare-client route-client up-client " || fail "after --up: $(cat "$lab/verbs")"
    # The words are split and not changed: no shell has read them.
    grep -q 'up-client 2 one|two $(three)$' "$lab/verbs" || fail "its words are: $(cat "$lab/verbs")"
    variables=$(grep ^PLUTO_ "$lab/up-client.env" | sort)
    want="PLUTO_CONNECTION=net
PLUTO_ME=192.0.2.2
PLUTO_MY_CLIENT=10.1.0.0/24
PLUTO_MY_CLIENT_MASK=255.255.255.0
PLUTO_MY_CLIENT_NET=10.1.0.0
PLUTO_MY_ID=@west
PLUTO_MY_PORT=0
PLUTO_MY_PROTOCOL=1
PLUTO_NEXT_HOP=192.0.2.1
PLUTO_PEER=198.51.100.2
PLUTO_PEER_CA=
PLUTO_PEER_CLIENT=10.2.0.0/24
PLUTO_PEER_CLIENT_MASK=255.255.255.0
PLUTO_PEER_CLIENT_NET=10.2.0.0
PLUTO_PEER_ID=@east
PLUTO_PEER_PORT=0
PLUTO_PEER_PROTOCOL=1
PLUTO_VERB=up-client
PLUTO_VERSION=1.1"
    diff <(grep -v INTERFACE <<<"$variables") <(echo "$want") || fail "its variables are not what they must be"
    grep -qx "PLUTO_INTERFACE=$([ "$plane" = xfrm ] && echo wan || echo ipsec0)" <<<"$variables" || fail "$variables"
    # A command that never ends: the daemon goes on, and so do the other connection's commands.
    up west slow; is_up east slow
    passes sunset 10.2.0.2 2
    lab_ipsec west auto --down net; lab_ipsec west auto --unroute net
    lab_wait 10 verbs_are "prepare-client route-client up-client down-client unroute-client " || fail "at last: $(cat "$lab/verbs")"
    only_esp --ike 9 --raw 4
    lab_stop west
}

# A firewall that forwards nothing and masquerades everything: the tunnel's traffic passes while it is routed, also after the
# firewall was reloaded. Afterwards the firewall has its former rules.
scene_firewall() {
    local before
    cat >"$lab/rules" <<'RULES'
flush ruleset
table inet guard {
    chain forward { type filter hook forward priority filter; policy drop; ct state established,related accept; counter drop; }
    chain input { type filter hook input priority filter; policy accept; }
}
table ip hide {
    chain postrouting { type nat hook postrouting priority srcnat; oifname != "lan" masquerade; }
}
RULES
    lab_in west nft -f "$lab/rules"
    before=$(lab_in west nft list ruleset | sed 's/packets [0-9]* bytes [0-9]*//')
    { shape_default; cat <<'CONF'
conn net
	leftsubnet=10.1.0.0/24
	rightsubnet=10.2.0.0/24
	leftfirewall=yes
CONF
    } | configure west east
    lab_capture
    begin west east
    lab_ipsec west auto --route net
    passes sunset 10.2.0.2 2
    is_up east net
    carries east net passes sunrise 10.1.0.2 2
    lab_in west nft -a list ruleset | grep Cygnet || fail "there are no rules"
    has_rules() { [[ $(lab_in west nft list ruleset) == *Cygnet*Cygnet*Cygnet* ]]; }
    # Flows that begin while the rules are missing, here for long, are masqueraded, and do not leave in the clear.
    kill -STOP "$(cat "$lab/west/pid")"
    sed 's/policy drop;/policy accept;/; s/counter drop;//' "$lab/rules" | lab_in west nft -f -
    dies sunset 10.2.0.2
    lab_in west nft -f "$lab/rules"
    kill -CONT "$(cat "$lab/west/pid")"
    lab_wait 10 has_rules || fail "the rules do not come back"
    tell "the firewall was loaded anew"
    passes sunset 10.2.0.2 2
    carries east net passes sunrise 10.1.0.2 2
    lab_ipsec west auto --down net
    dies sunset 10.2.0.2
    lab_ipsec west auto --unroute net
    diff <(echo "$before") <(lab_in west nft list ruleset | sed 's/packets [0-9]* bytes [0-9]*//') || fail "the firewall is not as it was"
    # After a crash the next stop removes the rules.
    lab_ipsec west auto --route net
    lab_wait 10 has_rules || fail "no rules"
    kill -9 "$(cat "$lab/west/pid")"; lab_reap west
    lab_cygnet_start west
    lab_stop west
    diff <(echo "$before") <(lab_in west nft list ruleset | sed 's/packets [0-9]* bytes [0-9]*//') || fail "setup stop leaves rules"
    only_esp --ike 9 --raw 16
}

# The same with the old iptables, of which the kernel sends no notifications: at west, which has no nftables.
scene_firewall_iptables() {
    local before daemon
    command -v iptables-legacy >/dev/null || { echo "iptables-legacy is missing: Tests/setup installs it."; exit 77; }
    # The old commands share a lock in /run.
    old_rules() { lab_in west iptables-legacy-save | grep -vE '^#' | sed 's/\[[0-9:]*\]//'; }
    load() {
        lab_in west iptables-legacy-restore <<'RULES'
*filter
:INPUT ACCEPT [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
-A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A POSTROUTING ! -o lan -j MASQUERADE
COMMIT
RULES
    }
    load
    before=$(old_rules)
    { shape_default; cat <<'CONF'
	leftsubnet=10.1.0.0/24
	leftfirewall=yes
conn net
	rightsubnet=10.2.0.0/24
conn other
	rightsubnet=10.4.0.0/24
CONF
    } | configure west east
    lab_capture
    begin west east
    [ "$(old_rules)" = "$before" ] || fail "rules although nothing is routed: $(old_rules)"
    lab_ipsec west auto --route net
    has_old_rules() { [[ $(old_rules) == *"POSTROUTING -j cygnet"*"cygnet -s 10.1.0.0/24 -d $1"*"FORWARD -j cygnet"*"cygnet -s 10.1.0.0/24 -d $1"* ]]; }
    lab_wait 10 has_old_rules 10.2.0.0/24 || fail "the rules do not come: $(old_rules)"
    passes sunset 10.2.0.2 2
    is_up east net
    carries east net passes sunrise 10.1.0.2 2
    # A second tunnel is added and removed, while the first one stays.
    lab_ipsec west auto --route other
    lab_wait 10 has_old_rules 10.4.0.0/24 || fail "the second tunnel's rules do not come: $(old_rules)"
    lab_ipsec west auto --unroute other
    is_single() { [[ $(old_rules) != *10.4.0.0* ]]; }
    lab_wait 10 is_single || fail "the second tunnel's rules stay: $(old_rules)"
    # The rules are reloaded, and then flushed by hand: flows that begin before the rules are restored do not leave in the clear.
    kill -STOP "$(cat "$lab/west/pid")"
    load; lab_in west iptables-legacy -P FORWARD ACCEPT
    dies sunset 10.2.0.2
    load
    kill -CONT "$(cat "$lab/west/pid")"
    lab_wait 20 has_old_rules 10.2.0.0/24 || fail "the rules do not come back: $(old_rules)"
    lab_in west iptables-legacy -F; lab_in west iptables-legacy -t nat -D POSTROUTING -j cygnet
    lab_wait 20 has_old_rules 10.2.0.0/24 || fail "the rules do not come back: $(old_rules)"
    load
    lab_wait 20 has_old_rules 10.2.0.0/24 || fail "the rules do not come back: $(old_rules)"
    tell "the firewall was loaded anew"
    passes sunset 10.2.0.2 2
    carries east net passes sunrise 10.1.0.2 2
    # A command that hangs, mounted only in the daemon's namespace, delays nothing else, and is killed.
    printf '#!/bin/sh\nexec sleep 1000\n' >"$lab/hangs"; chmod +x "$lab/hangs"
    daemon=$(cat "$lab/west/pid")
    nsenter -m -r -t "$daemon" mount --bind "$lab/hangs" "$(command -v iptables-legacy)"
    lab_wait 10 pgrep -P "$daemon" >/dev/null || fail "no command is run"
    nsenter -m -r -t "$daemon" umount "$(command -v iptables-legacy)"
    lab_ipsec west auto --replace net >/dev/null; up west net
    passes sunset 10.2.0.2 2
    pgrep -P "$daemon" >/dev/null || fail "the command does not hang"
    lab_wait 30 lab_said "$lab/west/log" 'iptables .*\[command-killed\]' || fail "the command hangs for ever"
    load
    lab_wait 30 has_old_rules 10.2.0.0/24 || fail "the rules do not come back after a command that hung: $(old_rules)"
    tell "a command that hung was killed"
    passes sunset 10.2.0.2 2
    lab_ipsec west auto --down net
    dies sunset 10.2.0.2
    lab_ipsec west auto --unroute net
    is_as_before() { [ "$(old_rules)" = "$before" ]; }
    lab_wait 10 is_as_before || fail "the firewall is not as it was: $(old_rules)"
    # After a crash the next stop removes the rules at once, with a daemon and without.
    for daemon in yes no; do
        lab_ipsec west auto --route net
        lab_wait 10 has_old_rules 10.2.0.0/24 || fail "no rules: $(old_rules)"
        kill -9 "$(cat "$lab/west/pid")"; lab_reap west
        if [ $daemon = yes ]; then lab_cygnet_start west; lab_stop west; else lab_ipsec west setup stop || true; fi
        is_as_before || fail "setup stop leaves rules: $(old_rules)"
        [ $daemon = no ] || lab_cygnet_start west
    done
    only_esp --ike 9 --raw 16
}

# `config setup` changes the machine: forwarding and reverse-path filter are set and restored, also after a crash;
# commands run before and after the start.
scene_setup_words() {
    setting() { lab_in west sysctl -n "$1"; }
    lab_in west sysctl -qw net.ipv4.ip_forward=0 net.ipv4.conf.wan.rp_filter=1
    printf '#!/bin/sh\necho "$1" >>%s/commands\n' "$lab" >"$lab/command"; chmod +x "$lab/command"
    { shape_default; cat <<'CONF'
conn b
	leftsubnet=10.1.0.0/24
	rightsubnet=10.2.0.0/24
	auto=start
conn a
	auto=start
CONF
    } | configure west east
    sed -i 's/auto=start/auto=add/' "$lab/east/ipsec.conf"
    sed -i "s|^config setup|config setup\n\tforwardcontrol=yes\n\trp_filter=2\n\tplutowait=yes\n\tprepluto=\"$lab/command before\"\n\tpostpluto=\"$lab/command after\"|" "$lab/west/ipsec.conf"
    begin east west
    is_up west a b
    [ "$(setting net.ipv4.ip_forward) $(setting net.ipv4.conf.wan.rp_filter)" = "1 2" ] || fail "the settings are not what config setup says"
    ran() { [ "$(tr '\n' ' ' <"$lab/commands")" = "$1" ]; }
    lab_wait 10 ran "before after " || fail "commands: $(cat "$lab/commands")"
    # The second conn waits until the first one is up.
    awk '/"b" .*\[ipsec-sa-established\]/ { b = NR } /"a" STATE_(MAIN|QUICK)_I1/ { if (!b) exit 1; found = 1 } END { exit !found }' "$lab/west/log" ||
        fail "a was begun before b was up"
    tell "settings, commands and order are as config setup says"
    kill -9 "$(cat "$lab/west/pid")"; lab_reap west
    lab_cygnet_start west
    lab_stop west >/dev/null
    [ "$(setting net.ipv4.ip_forward) $(setting net.ipv4.conf.wan.rp_filter)" = "0 1" ] || fail "the settings are not put back"
    tell "and put back, over a crash too"
    # Neither IKE nor its ports.
    sed -i 's/plutowait=yes/pluto=no/' "$lab/west/ipsec.conf"
    lab_cygnet_start west
    said=$(lab_in west ss -lunH)
    ! grep -qE ':(500|4500) ' <<<"$said" || fail "pluto=no listens: $said"
    said=$(lab_ipsec west auto --up b) && fail "--up succeeds without IKE"
    grep -q "pluto=no" <<<"$said" || fail "--up does not say why it cannot: $said"
    tell "$said"
    lab_stop west >/dev/null
}

# outer_tos NODE: the types of service of ESP packets on that wire, each once, from a capture that has ended.
outer_tos() { tcpdump -r "$lab/$1.pcap" -n -t -v 2>/dev/null | awk '/proto ESP/ { sub(/.*tos /, ""); sub(/,.*/, ""); print }' | sort -u | tr '\n' ' '; }
# west_says WORD: adds a parameter to west's config setup, restarts, and waits for the tunnel.
west_says() {
    sed -i "/^config setup/,/^conn/{/overridemtu\|fragicmp\|hidetos/d}; s/^config setup/&\n\t$1/" "$lab/west/ipsec.conf"
    lab_stop west >/dev/null; lab_cygnet_start west
    up west net; is_up east net
}

# The gateway's own packets have the address that the conn says; the outer packet has the inner one's type of service only if
# hidetos=no; a packet that is too long for a tunnel is answered with the MTU.
scene_outside() {
    local said
    lab_ip west addr add 10.1.0.77/32 dev lo
    { shape_default; cat <<'CONF'
conn net
	leftsubnet=10.1.0.0/24
	leftsourceip=10.1.0.77
	rightsubnet=10.2.0.0/24
CONF
    } | configure west east
    lab_capture
    begin west east
    up west net; is_up east net
    carries west net passes west 10.2.0.2 2
    [[ $(lab_ip west route get 10.2.0.2) == *"src 10.1.0.77"* ]] || fail "the source address is another: $(lab_ip west route get 10.2.0.2)"
    carries west net passes sunset 10.2.0.2 2 -Q 184
    only_esp --ike 9 --raw 8
    [ "$(outer_tos west)" = "0x0 " ] || fail "the outer packets show the inner ones' type of service: $(outer_tos west)"
    lab_ipsec west auto --down net; lab_ipsec west auto --unroute net
    [[ $(lab_ip west route get 10.2.0.2) != *"src 10.1.0.77"* ]] || fail "the source address stays"
    west_says hidetos=no
    lab_capture
    passes sunset 10.2.0.2 2 -Q 184
    only_esp --raw 4
    [[ " $(outer_tos west)" == *" 0xb8 "* ]] || fail "the outer packets do not show the inner ones' type of service: $(outer_tos west)"
    tell "types of service are shown only where that is said"
    # is_told_to_fit SIZE MTU: a ping of SIZE octets with DF is answered with the MTU.
    is_told_to_fit() {
        # Delete what the kernel remembers of earlier answers.
        lab_ip sunset route flush cache
        said=$(lab_in sunset ping -n -c 2 -i 0.2 -W 2 -M "do" -s $(($1 - 28)) 10.2.0.2 || true)
        grep -qE "$2" <<<"$said" || fail "a packet of $1 octets is answered otherwise: $said"
        tell "$1 octets: $(grep -m1 -oE "$2" <<<"$said")"
    }
    is_told_to_fit 1500 'Frag needed and DF set \(mtu = 14[0-9][0-9]\)|message too long, mtu=14[0-9][0-9]'
    west_says overridemtu=1300
    is_told_to_fit 1400 'Frag needed and DF set \(mtu = 1300\)|message too long, mtu=1300'
    is_told_to_fit 1300 ' 2 received'
    if [ "$plane" = tun ]; then
        # The device accepts more than the tunnel: the tunnel answers, or does not.
        west_says overridemtu=1500
        is_told_to_fit 1500 'Frag needed and DF set \(mtu = 14[0-9][0-9]\)'
        west_says 'fragicmp=no\n\toverridemtu=1500'
        is_told_to_fit 1500 ' 0 received, 100% packet loss'
    else
        west_says fragicmp=no
        must_log west 'fragicmp=no .*\[setting-ignored\]'
    fi
}
