# shellcheck shell=bash
# Scenes of interfaces that appear and disappear. Sourced by `Tests/lab/play.sh`.

# West has two lines: `wan`, whose address changes, and `dsl`, which stays. `net` uses the first one, by
# %defaultroute, and `other` the second one. East accepts any peer.
two_lines() {
    ip link add dsl netns "$lab_prefix-west" type veth peer name dsl netns "$lab_prefix-internet"
    lab_ip west -batch - <<'WEST'
link set dsl up
addr add 203.0.113.2/24 dev dsl
addr add 10.3.0.1/32 dev lo
rule add from 203.0.113.2 priority 300 lookup 50
WEST
    lab_ip internet -batch - <<'INTERNET'
link set dsl up
addr add 203.0.113.1/24 dev dsl
INTERNET
    lab_ip west route add default via 203.0.113.1 table 50
    { shape_lines %defaultroute 203.0.113.2; } | configure west
    sed -i 's/ipsec0=wan/& ipsec1=dsl/' "$lab/west/ipsec.conf"
    { shape_lines %any %any; } | configure east
    sed -i 's/interfaces=.*/interfaces="ipsec0=wan ipsec1=dsl"/' "$lab/west/ipsec.conf"
}
shape_lines() {
    cat <<CONF
conn %default
	right=198.51.100.2
	rightid=@east
	rightsubnet=10.2.0.0/24
	authby=secret
	auto=add
conn net
	left=$1
	leftid=@west
	leftsubnet=10.1.0.0/24
conn other
	left=$2
	leftid=@westdsl
	leftsubnet=10.3.0.1/32
CONF
}
line_down() { lab_ip west route del default via 192.0.2.1 2>/dev/null || true; lab_ip west addr flush dev wan; lab_ip west link set wan down; }
# line_up ADDRESS
line_up() { lab_ip west link set wan up; lab_ip west addr add "$1/24" dev wan; lab_ip west route add default via 192.0.2.1; }
follows() { [[ $(lab_ipsec west auto --status) == *"\"net\": 10.1.0.0/24===$1"* ]]; }

# The line returns with another address: its tunnel follows, and the tunnel of the other line loses no packet.
scene_line_changes() {
    local before stream said spis
    two_lines
    # All that leaves by the second line, which net does not use.
    lab_capturing=()
    lab_capture_start dsl
    local dump=${lab_capturing[0]}
    begin west east
    up west net other
    passes sunset 10.2.0.2 3
    spis=$(lab_ipsec west spi | grep 'conn="other"')
    lab_in west ping -n -q -c 400 -i 0.05 -W 5 -I 10.3.0.1 10.2.0.2 >"$lab/stream" & stream=$!
    line_down
    dies sunset 10.2.0.2
    # The default route moves to the other line: net follows, encrypted.
    lab_ip west route add default via 203.0.113.1 metric 4000
    lab_wait 10 follows 203.0.113.2 || fail "net does not follow the default route: $(lab_ipsec west auto --status)"
    lab_wait 10 lab_ping sunset sunrise 1 -W 1 || fail "net does not come up by the other line"
    tell "net has come up by the other line"
    lab_ip west route del default via 203.0.113.1 metric 4000
    line_up 192.0.2.7
    lab_wait 10 follows 192.0.2.7 || fail "net does not follow: $(lab_ipsec west auto --status)"
    lab_wait 10 conn_is_up west net || fail "net does not come up again"
    lab_wait 10 lab_ping sunset sunrise 1 -W 1 || fail "net is up and carries nothing"
    tell "after the address has changed net is back"
    must_log west '"net".* 192\.0\.2\.2 .*203\.0\.113\.2.*\[address-changed\]'
    must_log west '"net".* 203\.0\.113\.2 .*192\.0\.2\.7.*\[address-changed\]'
    passes sunset 10.2.0.2 3
    # The line goes down and returns with the same address: nothing is negotiated.
    before=$(lab_ipsec west spi | grep 'conn="net"' | cut -d' ' -f1 | sort)
    line_down; line_up 192.0.2.7
    lab_wait 10 lab_ping sunset sunrise 1 -W 1 || fail "net carries nothing any more"
    [ "$before" = "$(lab_ipsec west spi | grep 'conn="net"' | cut -d' ' -f1 | sort)" ] || fail "net was negotiated anew"
    tell "the same address again: the same SAs"
    # A card is removed and another one inserted: the same name, another index.
    lab_ip west link del wan
    ip link add wan netns "$lab_prefix-west" type veth peer name west netns "$lab_prefix-internet"
    lab_ip internet link set west up; lab_ip internet addr add 192.0.2.1/24 dev west
    dies sunset 10.2.0.2
    line_up 192.0.2.9
    lab_wait 10 follows 192.0.2.9 || fail "net does not follow to the new card"
    lab_wait 10 lab_ping sunset sunrise 1 -W 1 || fail "net does not come back on the new card"
    tell "after another card net is back"
    wait $stream || true
    said=$(cat "$lab/stream"); tell "the other line: $(grep received <<<"$said")"
    [[ $said == *" 400 received"* ]] || fail "the other line's tunnel lost packets"
    [ "$(cut -d' ' -f1 <<<"$spis" | sort)" = "$(lab_ipsec west spi | grep 'conn="other"' | cut -d' ' -f1 | sort)" ] || fail "other was negotiated anew"
    kill "$dump"; wait "$dump" 2>/dev/null || true
    "$lab_home/capture-check.sh" --pattern "$lab_pattern" --raw 400 "$lab/dsl.pcap" 10.1.0.{1,2} 10.2.0.{1,2} || fail "the second line shows what it must not"
}

# interfaces= selects the devices whose addresses count. A renamed device is another one. %defaultroute follows the route. With no device no
# conn has a local end, and routed traffic stays held.
scene_named_interfaces() {
    local said
    two_lines
    lab_capture
    begin west east
    up west net other
    passes sunset 10.2.0.2 2
    carries_other() { carries west other ping_to west 10.2.0.2 2 -I 10.3.0.1; }
    carries_other
    # After its renaming the device is not one of those named, with any address. Its SAs stay and still send.
    renamed() { lab_ip west link set "$1" down; lab_ip west link set "$1" name "$2"; lab_ip west link set "$2" up; lab_ip west route add default via 192.0.2.1; }
    said=$(lab_ipsec west spi | grep 'conn="net"' | cut -d' ' -f1 | sort)
    renamed wan line0
    must_log west '"net".* 192\.0\.2\.2.*\[address-lost\]'
    carries_other
    renamed line0 wan
    must_log west '"net".* 192\.0\.2\.2.*\[address-back\]'
    lab_wait 10 lab_ping sunset sunrise 1 -W 1 || fail "net does not come back with its name"
    [ "$said" = "$(lab_ipsec west spi | grep 'conn="net"' | cut -d' ' -f1 | sort)" ] || fail "net was negotiated anew"
    tell "renamed there and back: the same SAs"
    # The daemon starts before a device of that name exists: the conn gets its local end when the device appears.
    sed -i 's/interfaces=.*/interfaces="ipsec0=line0 ipsec1=dsl"/' "$lab/west/ipsec.conf"
    lab_ipsec west setup restart || fail "setup restart fails"
    lab_wait 10 lab_cygnet_ready west || fail "the daemon does not come back"
    dies sunset 10.2.0.2
    ! lab_ipsec west auto --up net || fail "net comes up on a device that is not named"
    up west other
    carries_other
    renamed wan line0
    lab_wait 10 lab_ipsec west auto --up net || fail "net does not come up when its device has come"
    passes sunset 10.2.0.2 2
    renamed line0 wan
    for said in '' %none; do
        sed -i "s/interfaces=.*/interfaces=$said/" "$lab/west/ipsec.conf"
        lab_ipsec west setup restart || fail "setup restart fails"
        lab_wait 10 lab_cygnet_ready west || fail "the daemon does not come back"
        dies sunset 10.2.0.2
        ! lab_ipsec west auto --up net || fail "interfaces=$said: net comes up"
        ! lab_ipsec west auto --up other || fail "interfaces=$said: other comes up"
    done
    for said in '"ipsec0=%defaultroute ipsec1=wan"' '"ipsec0=wan"'; do
        sed -i "s/interfaces=.*/interfaces=$said/" "$lab/west/ipsec.conf"
        lab_ipsec west setup restart || fail "setup restart fails"
        lab_wait 10 lab_cygnet_ready west || fail "the daemon does not come back"
        up west net
        passes sunset 10.2.0.2 2
        ! lab_ipsec west auto --up other || fail "interfaces=$said: other comes up"
    done
    sed -i "s/interfaces=.*/interfaces=%defaultroute/" "$lab/west/ipsec.conf"
    lab_ipsec west setup restart; lab_wait 10 lab_cygnet_ready west || fail "the daemon does not come back"
    up west net other
    carries_other
    west_is_clean --raw 4
}

# West crashes and restarts. East does not know, has no DPD, and sends by the old SAs: its ESP with an
# unknown SPI makes west initiate, and INITIAL-CONTACT makes east delete the old SAs.
scene_forgotten() {
    lab_capture
    tunnel_up
    pings_pass
    kill -9 "$(cat "$lab/west/pid")"; lab_reap west
    lab_cygnet_start west
    tell "west runs again"
    lab_wait 20 lab_ping sunrise sunset 1 -W 1 || fail "west does not begin when ESP comes by an SA that it lost"
    pings_pass
    only_esp --ike 18 "--$(lab_encapsulation)" 12
}

# The daemon starts without any interface and works when one appears; hooks start the daemon if they are configured to.
scene_hooks() {
    local hooks=$here/../../Board/hooks said
    two_lines
    lab_ip west link set dsl down
    line_down
    hook() { lab_in west env IPSEC_CONFS="$lab/west" IPSEC_RUNDIR="$lab/west/run" PATH="$lab/path:$PATH" "$@"; }
    mkdir "$lab/path"; ln -s "$binary" "$lab/path/ipsec"
    lab_cygnet_start east
    # The daemon does not run: the hook does nothing.
    for said in "$hooks/ppp-ip-up ppp0 /dev/ttyS0 115200 192.0.2.2 192.0.2.1" "env MODE=start IFACE=wan $hooks/ifupdown"; do
        # shellcheck disable=SC2086 # words are words
        hook $said || fail "$said exits $?"
    done
    [ ! -e "$lab/west/run/pluto.ctl" ] || fail "a hook has started what was not to be started"
    sed -i 's/^config setup/config setup\n\thotplugstart=yes/; s/auto=add/auto=start/' "$lab/west/ipsec.conf"
    hook env MODE=stop IFACE=wan "$hooks/ifupdown" || fail "a hook that says stop fails"
    [ ! -e "$lab/west/run/pluto.ctl" ] || fail "a hook has started IPsec though its interface went"
    # Several hooks at once start one daemon.
    for said in 1 2 3; do hook env ACTION=ifup INTERFACE=wan DEVICE=wan "$hooks/openwrt" & done
    lab_wait 10 lab_cygnet_ready west || fail "the hook does not start IPsec"
    wait %2 %3 %4 2>/dev/null || true
    tell "$(lab_ipsec west setup status | tr '\n' ' ')"
    line_up 192.0.2.5
    hook sh -c ". $hooks/pcmcia; start_fn wan" || fail "PCMCIA's hook fails"
    lab_wait 10 conn_is_up west net || fail "net does not come up when its interface does: $(lab_ipsec west auto --status)"
    passes sunset 10.2.0.2 2
    # The arguments and the environment of each caller, and the event that the daemon understands. Each is called twice, since some callers do that.
    sed -i 's/^config setup/config setup\n\tplutodebug=control/' "$lab/west/ipsec.conf"
    lab_ipsec west setup restart; lab_wait 10 lab_cygnet_ready west || fail "the daemon does not come back"
    heard() {
        local what=$1 began=${EPOCHREALTIME/[.,]/}; shift
        : >"$lab/heard"
        hook env -i HOME=/ PATH="$lab/path:$PATH" IPSEC_CONFS="$lab/west" IPSEC_RUNDIR="$lab/west/run" "$@" >"$lab/heard" 2>&1 || fail "$* exits $?"
        hook env -i HOME=/ PATH="$lab/path:$PATH" IPSEC_CONFS="$lab/west" IPSEC_RUNDIR="$lab/west/run" "$@" >>"$lab/heard" 2>&1 || fail "$* exits $? the second time"
        [ ! -s "$lab/heard" ] || fail "$* is not silent: $(cat "$lab/heard")"
        [ $((${EPOCHREALTIME/[.,]/} - began)) -lt 5000000 ] || fail "$* takes its time"
        lab_wait 5 said_twice ": $what \[hotplug\]\$" || fail "$* is not understood as '$what': $(lab_ipsec west barf | grep -F '[hotplug]' | tail -n 2)"
        tell "$what: ${*: -1}"
    }
    said_twice() { [ "$(lab_ipsec west barf | grep -cE -- "$1")" -ge 2 ]; }
    # pppd's DEVICE is the device below the link; it also sets IFNAME and gives six arguments; Debian's ip-up sets PPP_IFACE.
    heard "ppp0 up" IFNAME=ppp0 DEVICE=eth1 SPEED=0 IPLOCAL=192.0.2.2 IPREMOTE=192.0.2.1 ORIG_UID=0 "$hooks/ppp-ip-up" ppp0 eth1 0 192.0.2.2 192.0.2.1 isp
    heard "ppp1 down" PPP_IFACE=ppp1 PPP_TTY=/dev/ttyS0 DEVICE=/dev/ttyS0 CONNECT_TIME=9 BYTES_SENT=1 "$hooks/ppp-ip-down" ppp1 /dev/ttyS0 115200 192.0.2.2 192.0.2.1 ""
    # Debian's ifupdown: no arguments; with `ifup -a` one more call for all interfaces.
    heard "wan up" IFACE=wan LOGICAL=wan ADDRFAM=inet METHOD=dhcp MODE=start PHASE=post-up VERBOSITY=0 "$hooks/ifupdown"
    heard "wan down" IFACE=wan LOGICAL=wan ADDRFAM=inet METHOD=dhcp MODE=stop PHASE=post-down VERBOSITY=0 "$hooks/ifupdown"
    heard "- up" IFACE=--all LOGICAL=--all ADDRFAM=meta METHOD=none MODE=start PHASE=post-up VERBOSITY=0 "$hooks/ifupdown"
    # OpenWrt: hotplug.d/iface names a network and its device, hotplug.d/net the device.
    heard "pppoe-wan up" ACTION=ifup INTERFACE=wan DEVICE=pppoe-wan USER=root "$hooks/openwrt"
    heard "pppoe-wan up" ACTION=ifupdate INTERFACE=wan DEVICE=pppoe-wan IFUPDATE_ADDRESSES=1 "$hooks/openwrt"
    heard "lan7 down" ACTION=ifdown INTERFACE=lan7 "$hooks/openwrt"
    heard "eth5 up" ACTION=add SUBSYSTEM=net DEVICENAME=eth5 DEVNAME=eth5 INTERFACE=eth5 DEVPATH=/devices/virtual/net/eth5 SEQNUM=9 IFINDEX=9 "$hooks/openwrt"
    heard "eth5 down" ACTION=remove SUBSYSTEM=net DEVICENAME=eth5 INTERFACE=eth5 DEVPATH=/devices/virtual/net/eth5 "$hooks/openwrt"
    # cardmgr: the functions of network.opts, called with the device.
    heard "eth2 up" sh -c ". $hooks/pcmcia; ADDRESS=0,0,0,0; start_fn eth2"
    heard "eth2 down" sh -c ". $hooks/pcmcia; ADDRESS=0,0,0,0; stop_fn eth2"
    # udev runs the command of the rule with only the variables of the event.
    said=$(sed -n 's/^SUBSYSTEM=="net", RUN+="\/usr\/sbin\/\(.*\)"$/\1/p' "$hooks/udev.rules")
    [ "$said" = "ipsec hotplug" ] || fail "udev's rule is not what is tried here: $said"
    # shellcheck disable=SC2086 # words are words
    heard "enp3s0 up" ACTION=add SUBSYSTEM=net INTERFACE=enp3s0 IFINDEX=4 DEVPATH=/devices/pci/net/enp3s0 ID_BUS=pci SEQNUM=7 USEC_INITIALIZED=9 $said
    # shellcheck disable=SC2086 # words are words
    heard "enp3s0 up" ACTION=move SUBSYSTEM=net INTERFACE=enp3s0 DEVPATH=/devices/pci/net/enp3s0 DEVPATH_OLD=/devices/pci/net/eth0 $said
    # shellcheck disable=SC2086 # words are words
    heard "enp3s0 down" ACTION=remove SUBSYSTEM=net INTERFACE=enp3s0 DEVPATH=/devices/pci/net/enp3s0 $said
    lab_wait 10 conn_is_up west net || fail "net does not come up again"
    for said in 1 2 3 4 5; do
        hook "$hooks/ppp-ip-up" wan x x x x & hook "$hooks/ppp-ip-down" ppp7 x x x x & hook env ACTION=move INTERFACE=wan "$hooks/openwrt" &
    done
    for said in $(jobs -p); do [ "$said" = "$(cat "$lab/east/pid")" ] || wait "$said" 2>/dev/null || true; done
    passes sunset 10.2.0.2 2
    [ "$(lab_ipsec west auto --status | grep -c 'STATE_QUICK_I2')" = 1 ] || fail "hooks have upset what stands: $(lab_ipsec west auto --status)"
    lab_ipsec west setup stop
}

# A DNS server that answers every question for A with the address in FILE, and sends no answer while FILE is empty.
lab_name_server() {
    cat >"$lab/dns" <<'PERL'
use Socket; $| = 1;
socket(S, PF_INET, SOCK_DGRAM, 17) && bind(S, sockaddr_in(53, inet_aton($ARGV[0]))) or die $!;
print "ready\n";
while (my $who = recv(S, my $q, 512, 0)) {
    my $end = index($q, "\0", 12) + 5;
    open(my $file, "<", $ARGV[1]); my $address = <$file> // ""; chomp $address;
    my $known = length($address) && ord(substr($q, $end - 3, 1)) == 1;
    print unpack("H*", substr($q, 12, $end - 12)), " from port ", (sockaddr_in($who))[0], ": $address\n";
    send(S, substr($q, 0, 2) . "\x81\x80\0\1\0" . ($known ? "\1" : "\0") . "\0\0\0\0" . substr($q, 12, $end - 12)
        . ($known ? "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" . inet_aton($address) : ""), 0, $who);
}
PERL
    rm -f "$lab/dns.log"
    ip netns exec "$lab_prefix-internet" perl "$lab/dns" "$1" "$2" >"$lab/dns.log" 2>&1 & echo $! >"$lab/dns.pid" # not by lab_in: $! would be a shell
    lab_wait 10 lab_said "$lab/dns.log" ready || fail "the name server does not start: $(cat "$lab/dns.log")"
}

# East is known only by name, and moves. The name is looked up at the start, and again when the tunnel is dead.
scene_peer_by_name() {
    local said
    echo 198.51.100.2 >"$lab/address"; : >"$lab/none"
    lab_name_server 192.0.2.1 "$lab/address"
    # Each namespace may have its own resolv.conf (ip-netns(8)).
    mkdir -p "/etc/netns/$lab_prefix-west"; echo "nameserver 192.0.2.1" >"/etc/netns/$lab_prefix-west/resolv.conf"
    [ "$(lab_in west cat /etc/resolv.conf)" = "nameserver 192.0.2.1" ] || { echo "this ip gives namespaces no resolv.conf of their own"; exit 77; }
    { shape_default; cat <<'CONF'
conn net
	leftid=@west
	rightid=@east
	leftsubnet=10.1.0.0/24
	rightsubnet=10.2.0.0/24
	dpddelay=1
	dpdtimeout=3
	dpdaction=restart
	keyingtries=%forever
CONF
    } | configure west east
    sed -i 's/right=198.51.100.2/right=east.example.org/; s/rightnexthop=.*/rightnexthop=%direct/; s/auto=add/auto=start/' "$lab/west/ipsec.conf"
    sed -i 's/right=198.51.100.2/right=%defaultroute/; s/rightnexthop=.*/rightnexthop=%defaultroute/' "$lab/east/ipsec.conf"
    # Before the name has an address its traffic is held.
    lab_capture
    : >"$lab/address"
    begin east west
    dies sunset 10.2.0.2
    must_log west '"net" east\.example\.org .*\[lookup-failed\]'
    said=$(lab_ipsec west auto --up net) && fail "--up succeeds without an address"
    grep -q "east.example.org" <<<"$said" || fail "--up does not say why: $said"
    echo 198.51.100.2 >"$lab/address"
    lab_ipsec west auto --up net || fail "--up fails though the name has an address"
    passes sunset 10.2.0.2 2
    # East gets another address.
    lab_ip east route del default; lab_ip east addr flush dev wan; lab_ip east addr add 198.51.100.77/24 dev wan
    lab_ip east route add default via 198.51.100.1
    echo 198.51.100.77 >"$lab/address"
    again() { [[ $(lab_ipsec west auto --status) == *"...198.51.100.77"* ]] && lab_ping sunset sunrise 1 -W 1; }
    lab_wait 60 again || fail "west does not find east again: $(lab_ipsec west auto --status)"
    passes sunset 10.2.0.2 2
    only_esp --ike 18 --raw 8
    [ "$(sed -n 's/.* from port \([0-9]*\):.*/\1/p' "$lab/dns.log" | sort -u | wc -l)" -gt 1 ] || fail "every question comes from one port: $(cat "$lab/dns.log")"
    kill "$(cat "$lab/dns.pid")"; wait "$(cat "$lab/dns.pid")" 2>/dev/null || true
}
