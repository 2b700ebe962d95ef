# shellcheck shell=bash
# The laboratory: two hosts behind two gateways, and the Internet between them, in network namespaces of this machine.
#
#     sunset === west --- internet --- east === sunrise
#
# Sourced by the demo, the bench and the tests, on this machine and inside the virtual machine. Several may run at
# once: every run has its own folder ($lab) and its own namespaces ($lab_prefix-west and so on), and removes only those.
#
#     . Tests/lab/lab.sh
#     lab_set nat=1 ike=aes128-sha1-modp2048     # settings other than the defaults below
#     lab_up                                     # namespaces; removed when the script exits
#     lab_capture                                # tcpdump on both outer wires
#     lab_start west cygnet; lab_start east strongswan
#     lab_initiate west
#     lab_ping sunset sunrise 3
#     lab_check                                  # the captures hold only IKE and ESP
#
# Needs root, and a caller under `set -euo pipefail`.

lab_home=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
export PATH=$PATH:/usr/sbin:/sbin

# The settings of a scene, as key=value words for lab_set.
nat=0                       # 1: west sits behind a masquerading router
outer=4 inner=4             # IP versions between the gateways, and between the hosts
kind=cygnet                 # cygnet, strongswan or libreswan
plane=tun                   # tun, xfrm or auto: who does ESP. For strongSwan: kernel-libipsec or else kernel-netlink
ike=aes128-sha256-modp2048  # empty, like an empty esp: what the gateway does by itself
esp=aes128gcm16
pfs=yes                     # Quick Mode with a Diffie-Hellman exchange of its own, in the group of `ike`
ids=address                 # address, or name: @west and @east
peer=known                  # any: east does not know west's address
life=                       # seconds that the keys of its IPsec SAs live; empty: hours
dpd=                        # hold, clear or restart: what it does with a peer that was silent for six seconds
auth=secret                 # secret, rsa (raw keys) or x509 (certificates)
padding=0                   # octets by which each gateway's certificate is longer
revoked=                    # a gateway whose certificate is revoked
count= seconds= rate= seed= # how long and how hard the scenes of force are; empty: a few seconds
# The settings of one gateway; if empty, those of both.
west_kind= east_kind= west_plane= east_plane= west_ike= east_ike= west_esp= east_esp=
west_life= east_life= west_dpd= east_dpd=
started_by=()               # what Cygnet is started by, such as `perl refuse.pl …`
west_secret= east_secret=   # empty: one secret, made fresh by lab_up
west_belief= east_belief=   # what west (east) believes the other's network to be; empty: the truth
binary=$(realpath -m "$lab_home/../../.build/ship/x86_64/ipsec")
lab_libreswan=$(realpath -m "$lab_home/../../.build/peers/libreswan/usr/libexec/ipsec")
lab_promtool=$(realpath -m "$lab_home/../../.build/peers/promtool")

# shellcheck source-path=SCRIPTDIR
. "$lab_home/keys.sh"

lab_set() {
    local word
    for word; do
        case $word in
        nat=*|outer=*|inner=*|kind=*|plane=*|ike=*|esp=*|pfs=*|ids=*|peer=*|life=*|dpd=*|auth=*|padding=*|revoked=*|binary=*|count=*|seconds=*|rate=*|seed=*|west_*=*|east_*=*)
            printf -v "${word%%=*}" %s "${word#*=}" ;;
        *) echo "lab: no such setting: $word" >&2; return 2 ;;
        esac
    done
    [ "$nat" = 0 ] || ids=name
}

# Fails, with one sentence about what is missing, if the laboratory cannot be built.
lab_possible() {
    local tool
    if [ "$(id -u)" != 0 ]; then echo "Network namespaces need root: run this with sudo."; return 1; fi
    for tool in ip nft tcpdump ping unshare; do
        command -v $tool >/dev/null || { echo "The command '$tool' is missing: Tests/setup installs it."; return 1; }
    done
    if [[ $kind$west_kind$east_kind == *strongswan* ]] && ! [ -x /usr/lib/ipsec/charon ]; then
        echo "strongSwan is missing: Tests/setup installs it."; return 1
    fi
    if [[ $kind$west_kind$east_kind == *libreswan* ]]; then
        [ -x "$lab_libreswan/pluto" ] || { echo "libreswan is missing: Tests/setup unpacks it."; return 1; }
        lab_has_esp || { echo "This kernel has no ESP, and libreswan no other plane: play it in the virtual machine."; return 1; }
    fi
    if [[ $kind$west_kind$east_kind == *cygnet* ]] && ! [ -x "$binary" ]; then
        echo "There is no $binary: Toolchain/build x86_64 makes it."; return 1
    fi
    if ! unshare -n true 2>/dev/null; then
        echo "This machine does not let us make network namespaces (a container needs --privileged)."; return 1
    fi
    case $plane$west_plane$east_plane in
    *tun*) lab_has_tun || { echo "There is no /dev/net/tun, which the TUN plane needs: try 'modprobe tun'."; return 1; } ;;&
    *xfrm*) lab_has_esp || { echo "This kernel has no ESP, which the xfrm plane needs: choose the TUN plane."; return 1; } ;;
    auto) lab_has_tun || lab_has_esp || { echo "This kernel has neither ESP nor /dev/net/tun: try 'modprobe tun'."; return 1; } ;;
    esac
}
lab_has_tun() { [ -c /dev/net/tun ]; }
lab_has_esp() {
    unshare -n ip xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 0x100 mode tunnel \
        aead 'rfc4106(gcm(aes))' 0x00112233445566778899aabbccddeeff00112233 128 2>/dev/null
}

# MARK: Addresses

# lab_address NODE [VERSION]: the address at which a node is reached: the inner address of a host, the outer one of a gateway.
lab_address() {
    local version=${2:-}
    case $1 in sunset|sunrise|*-lan) version=${version:-$inner} ;; *) version=${version:-$outer} ;; esac
    case $1$version in
    sunset4) echo 10.1.0.2 ;;      sunset6) echo fd00:1::2 ;;
    west-lan4) echo 10.1.0.1 ;;    west-lan6) echo fd00:1::1 ;;
    west4) [ "$nat" = 0 ] && echo 192.0.2.2 || echo 192.168.7.2 ;;
    west6) [ "$nat" = 0 ] && echo 2001:db8:1::2 || echo 2001:db8:7::2 ;;
    west-gateway4) [ "$nat" = 0 ] && echo 192.0.2.1 || echo 192.168.7.1 ;;
    west-gateway6) [ "$nat" = 0 ] && echo 2001:db8:1::1 || echo 2001:db8:7::1 ;;
    east-gateway4) echo 198.51.100.1 ;; east-gateway6) echo 2001:db8:2::1 ;;
    east4) echo 198.51.100.2 ;;    east6) echo 2001:db8:2::2 ;;
    east-lan4) echo 10.2.0.1 ;;    east-lan6) echo fd00:2::1 ;;
    sunrise4) echo 10.2.0.2 ;;     sunrise6) echo fd00:2::2 ;;
    *) echo "lab: no such place: $1" >&2; return 2 ;;
    esac
}
# The address of a gateway as the other one sees it.
lab_seen() {
    if [ "$1" = west ] && [ "$nat" = 1 ]; then lab_address east-gateway "$outer"; else lab_address "$1"; fi
}
# lab_net west|east [VERSION]: the network behind a gateway.
lab_net() {
    case $1${2:-$inner} in
    west4) echo 10.1.0.0/24 ;; west6) echo fd00:1::/64 ;;
    east4) echo 10.2.0.0/24 ;; east6) echo fd00:2::/64 ;;
    esac
}
lab_other() { case $1 in west) echo east ;; east) echo west ;; sunset) echo sunrise ;; sunrise) echo sunset ;; esac; }
# lab_own NODE KEY: a setting of this gateway, or else that of both.
lab_own() { local own=$1_$2; if [ -n "${!own}" ]; then echo "${!own}"; else echo "${!2}"; fi; }
lab_secret() { local own=$1_secret; [ -n "${!own}" ] && echo "${!own}" || cat "$lab/secret"; }

# MARK: Up and down

# lab_up [PREFIX]: makes the namespaces and connects them. When the script exits, everything is removed.
lab_up() {
    lab=$(mktemp -d "${TMPDIR:-/tmp}/cygnet-lab.XXXXXX")
    lab_prefix=${1:-lab-${lab##*.}}
    lab_nodes=(sunset west internet east sunrise)
    trap lab_down EXIT
    trap 'exit 129' HUP; trap 'exit 130' INT; trap 'exit 143' TERM
    od -An -N24 -v -tx1 /dev/urandom | tr -d ' \n' >"$lab/secret"
    # Few commands that each do much: the start of one takes a tenth of a second under emulation.
    local node
    for node in "${lab_nodes[@]}"; do
        mkdir "$lab/$node"
        echo "netns add $lab_prefix-$node"
    done | ip -batch -
    ip -batch - <<WIRES
link add lan netns $lab_prefix-sunset type veth peer name lan netns $lab_prefix-west
link add wan netns $lab_prefix-west type veth peer name west netns $lab_prefix-internet
link add east netns $lab_prefix-internet type veth peer name wan netns $lab_prefix-east
link add lan netns $lab_prefix-east type veth peer name lan netns $lab_prefix-sunrise
WIRES
    lab_wire sunset lan sunset west-lan | lab_ip sunset -batch -
    lab_wire west lan west-lan - wan west west-gateway | lab_ip west -batch -
    lab_wire internet west west-gateway - east east-gateway - | lab_ip internet -batch -
    lab_wire east lan east-lan - wan east east-gateway | lab_ip east -batch -
    lab_wire sunrise lan sunrise east-lan | lab_ip sunrise -batch -
    for node in "${lab_nodes[@]}"; do lab_in "$node" bash -c "$lab_settle" - "$node"; done
    [ "$nat" = 0 ] || lab_in internet nft -f - <<'NAT'
table inet nat {
    chain out { type nat hook postrouting priority srcnat; oifname "east" masquerade; }
    chain through { type filter hook forward priority filter; iifname "east" ct state new drop; }
}
NAT
}
lab_ip() { local node=$1; shift; ip -n "$lab_prefix-$node" "$@"; }
# lab_wire NODE (INTERFACE ADDRESS GATEWAY)...: gives a node's interfaces their addresses (by the names of lab_address),
# and its default routes. IPv6 addresses are usable at once, without duplicate address detection, also the link-local ones
# (which a router needs for neighbour discovery).
lab_wire() {
    local six; shift
    echo "link set lo up"
    while [ $# -ge 3 ]; do
        echo "link set $1 addrgenmode none"
        echo "link set $1 up"
        echo "addr add $(lab_address "$2" 4)/24 dev $1"
        six=$(lab_address "$2" 6)
        echo "addr add $six/64 dev $1 nodad"
        echo "addr add fe80::${six##*::}/64 dev $1 nodad"
        [ "$3" = - ] || { echo "route add default via $(lab_address "$3" 4)"; echo "route add default via $(lab_address "$3" 6)"; }
        shift 3
    done
}
# Runs at every node: routers forward. A link that comes up tells IPv6 so up to a second later (newer kernels: at once,
# when its carrier is read).
lab_settle='[[ $1 == sun* ]] || { echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding; }
for device in /sys/class/net/*; do
    [ "${device##*/}" != lo ] || continue
    for try in {1..250}; do
        read -r carrier <$device/carrier; read -r state <$device/operstate
        [ $state != up ] || continue 2
        sleep 0.02
    done
    echo "lab: the interface ${device##*/} at $1 stays $state" >&2; exit 1
done'

# lab_in NODE COMMAND...: runs a command at a node.
lab_in() { local node=$1; shift; ip netns exec "$lab_prefix-$node" "$@"; }

# Ends the processes in this laboratory's namespaces, also those that were forked elsewhere, and removes the namespaces. The script may
# define lab_farewell STATUS, which is called first.
lab_down() {
    local status=$? node pid
    trap - EXIT; trap '' HUP INT TERM
    set +e
    if declare -F lab_farewell >/dev/null; then lab_farewell $status; fi
    for node in "${lab_nodes[@]}"; do
        for pid in $(ip netns pids "$lab_prefix-$node" 2>/dev/null); do kill "$pid" 2>/dev/null || true; done
    done
    for node in "${lab_nodes[@]}"; do
        lab_wait 5 lab_deserted "$node" ||
            for pid in $(ip netns pids "$lab_prefix-$node"); do kill -9 "$pid" 2>/dev/null || true; done
        ip netns del "$lab_prefix-$node" || true
        rm -rf "/etc/netns/$lab_prefix-$node"
    done
    wait 2>/dev/null || true
    [ -n "${LAB_KEEP_FILES:-}" ] && cp -r "$lab" "$LAB_KEEP_FILES" || true
    rm -rf "$lab"
    exit "$status"
}
# lab_keep: keeps the laboratory after the script ends. $lab/bin has a command for each node, which runs
# its arguments there, and `down`, which removes everything.
lab_keep() {
    local node
    trap - EXIT HUP INT TERM
    mkdir -p "$lab/bin"
    for node in "${lab_nodes[@]}"; do
        cat >"$lab/bin/$node" <<NODE
#!/bin/sh
exec ip netns exec $lab_prefix-$node env IPSEC_CONFS=$lab/$node IPSEC_RUNDIR=$lab/$node/run PATH="$(dirname "$binary"):\$PATH" "\${@:-\${SHELL:-/bin/sh}}"
NODE
    done
    cat >"$lab/bin/down" <<DOWN
#!/bin/bash
set -euo pipefail
. $lab_home/lab.sh
lab=$lab lab_prefix=$lab_prefix lab_nodes=(${lab_nodes[*]})
lab_down
DOWN
    chmod +x "$lab/bin"/*
}
lab_deserted() { [ -z "$(ip netns pids "$lab_prefix-$1")" ]; }

# MARK: Waiting

# lab_wait SECONDS COMMAND...: repeats the command until it succeeds; fails if it never does.
lab_wait() {
    local deadline=$((${EPOCHREALTIME/[.,]/} + $1 * 1000000)); shift
    until "$@"; do
        [ "${EPOCHREALTIME/[.,]/}" -lt "$deadline" ] || return 1
        read -r -t 0.02 <> <(:) || true
    done
}
lab_said() { grep -qE -- "$2" "$1" 2>/dev/null; }
lab_ended() { ! kill -0 "$1" 2>/dev/null; }

# MARK: The wire

# lab_capture_start DEVICE: starts a capture of that device of the internet, and waits until it runs.
# Its buffer holds a bulk transfer for the time in which a busy machine does not run tcpdump.
# The output of an earlier capture is removed first: its "listening on" does not belong to this one.
lab_capture_start() {
    rm -f "$lab/$1.pcap" "$lab/$1.tcpdump"
    ip netns exec "$lab_prefix-internet" tcpdump -U --immediate-mode -B 16384 -Z root -s 0 -n -i "$1" -w "$lab/$1.pcap" 2>"$lab/$1.tcpdump" &
    lab_capturing+=($!)
    lab_wait 10 lab_said "$lab/$1.tcpdump" 'listening on' || { cat "$lab/$1.tcpdump" >&2; return 1; }
}
# Starts a capture on both outer wires, west's and east's. With NAT, addresses differ between the two.
lab_capture() {
    lab_capturing=()
    lab_capture_start west && lab_capture_start east
}
# Ends the captures when they hold every earlier packet: a packet that is sent now has arrived in both.
lab_capture_end() {
    local wire pid word
    word="last word $RANDOM$RANDOM"
    for wire in west east; do
        lab_in internet bash -c "echo '$word' >/dev/udp/$(lab_address $wire 4)/9"
        lab_wait 10 grep -qa "$word" "$lab/$wire.pcap" || { echo "lab: the capture on $wire's wire stopped early" >&2; return 1; }
    done
    for pid in "${lab_capturing[@]}"; do kill "$pid"; wait "$pid" || true; done
    lab_capturing=()
}
# The content of pings: 16 octets that must not be readable on the outer wires.
lab_pattern='cygnet in clear!'
# lab_check [OPTION...]: ends the capture and checks it; the options are those of capture-check.
lab_check() {
    local wire status=0
    [ ${#lab_capturing[@]} = 0 ] || lab_capture_end || return 1
    for wire in west east; do
        printf '%s: ' "$wire's wire"
        "$lab_home/capture-check.sh" --pattern "$lab_pattern" "$@" "$lab/$wire.pcap" 10.1.0.{1,2} 10.2.0.{1,2} \
            fd00:1::{1,2} fd00:2::{1,2} || status=1
    done
    return $status
}
lab_pattern_hex=$(printf %s "$lab_pattern" | od -An -tx1 | tr -d ' \n')
# lab_ping FROM TO COUNT [PING-OPTION...]: prints ping's output; fails unless every ping was answered.
lab_ping() { local from=$1 to=$2; shift 2; lab_ping_address "$from" "$(lab_address "$to")" "$@"; }
# lab_ping_address FROM ADDRESS COUNT [PING-OPTION...]: the same. Waits ten seconds for answers, or as long as -W says (ping's default, two round trips
# after an answer, is too short on a busy machine).
lab_ping_address() {
    local from=$1 to=$2 count=$3 said seq patience=(-w 10); shift 3
    [[ " $* " != *" -W "* ]] || patience=()
    said=$(lab_in "$from" ping -n -c "$count" -i 0.05 "${patience[@]}" -p "$lab_pattern_hex" "$@" "$to") || true
    echo "$said"
    for ((seq = 1; seq <= count; seq++)); do grep -q "bytes from .*icmp_seq=$seq " <<<"$said" || return 1; done
}
# lab_silent FROM ADDRESS COUNT [PING-OPTION...]: fails if any ping is answered.
lab_silent() {
    local said from=$1 to=$2 count=$3; shift 3
    said=$(lab_ping_address "$from" "$to" "$count" -W 1 "$@") || true
    [[ $said == *" 0 received"* ]] || { echo "$said"; return 1; }
}

# Everything in a node's network that a gateway could leave behind.
lab_snapshot() {
    local family
    for family in -4 -6; do
        echo "rules $family"; lab_ip "$1" $family rule
        echo "routes $family"; lab_ip "$1" $family route show table all | sed 's/ expires [0-9]*sec//' | sort
    done
    echo links; lab_ip "$1" -o link | sed 's/^[0-9]*: //; s/ qlen [0-9]*//'
    echo states; lab_ip "$1" xfrm state
    echo policies; lab_ip "$1" xfrm policy
    echo firewall; lab_in "$1" nft list ruleset
    echo switches
    lab_in "$1" bash -c 'grep -H . /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/conf/{all,default,lan,wan,lo}/{rp_filter,accept_redirects,send_redirects} \
        /proc/sys/net/ipv6/conf/{all,lan,wan}/{forwarding,accept_ra} /proc/sys/net/core/xfrm_* 2>/dev/null' || true
}

# MARK: Gateways

# lab_start NODE: configures a gateway from the settings, and starts it. Its log is $lab/NODE/log.
lab_start() { local who; lab_keys; who=lab_$(lab_own "$1" kind); "${who}_configure" "$1"; "${who}_start" "$1"; }
# lab_initiate NODE: brings the tunnel up, prints the gateway's output, and succeeds if the tunnel is up.
lab_initiate() { "lab_$(lab_own "$1" kind)_initiate" "$1"; }
# lab_settled NODE: waits until that gateway has the tunnel, too. An IKEv1 responder has it only after Quick Mode's last
# message, and the initiator is not told: a ping that is sent at once may arrive before.
lab_settled() { lab_wait 10 "lab_$(lab_own "$1" kind)_up" "$1"; }
# lab_stop NODE: stops a gateway as an administrator would.
lab_stop() { "lab_$(lab_own "$1" kind)_stop" "$1"; }
# The form of ESP that is expected on the wire: udp through a NAT and with libipsec, which has no other, and otherwise raw.
lab_encapsulation() {
    local node
    [ "$nat" = 0 ] || { echo udp; return; }
    for node in west east; do
        [ "$(lab_own $node kind)-$(lab_own $node plane)" != strongswan-tun ] || { echo udp; return; }
    done
    echo raw
}
# lab_spawn NODE COMMAND...: runs a daemon at a node, and writes its process number to $lab/NODE/pid.
lab_spawn() {
    local node=$1; shift
    ip netns exec "$lab_prefix-$node" "$@" &
    echo $! >"$lab/$node/pid"
}
lab_reap() {
    local pid; pid=$(cat "$lab/$1/pid")
    lab_wait 10 lab_ended "$pid" || { echo "lab: the daemon at $1 does not end" >&2; kill -9 "$pid"; }
    wait "$pid" 2>/dev/null || true
}

lab_cygnet_configure() {
    local here=$1 there side; there=$(lab_other "$here")
    local own=${1}_belief networks=() belief remote
    belief=${!own:-$(lab_net "$there")}
    remote=$(lab_seen "$there")
    if [ "$here" = east ] && [ "$peer" = any ]; then remote=%any; fi
    mkdir -p "$lab/$here/run"
    {
        echo "# $here's ipsec.conf"
        echo "config setup"
        echo "	interfaces=\"ipsec0=wan\""
        case $(lab_own "$here" plane) in tun) echo "	protostack=klips" ;; xfrm) echo "	protostack=netkey" ;; *) echo "	protostack=auto" ;; esac
        echo
        echo "conn net"
        echo "	left=$(lab_address "$here")"
        echo "	leftnexthop=$(lab_address "$here-gateway" "$outer")"
        echo "	leftsubnet=$(lab_net "$here")"
        [ "$ids" = address ] || [ "$auth" = x509 ] || echo "	leftid=@$here"
        echo "	right=$remote"
        echo "	rightsubnet=$belief"
        [ "$ids" = address ] || [ "$auth" = x509 ] || echo "	rightid=@$there"
        if [ "$auth" = secret ]; then
            echo "	authby=secret"
            (umask 077; echo ": PSK \"$(lab_secret "$here")\"" >"$lab/$here/ipsec.secrets")
        else
            lab_cygnet_keys "$here"
        fi
        [ -z "$(lab_own "$here" ike)" ] || echo "	ike=$(lab_own "$here" ike)"
        [ -z "$(lab_own "$here" esp)" ] || echo "	esp=$(lab_own "$here" esp)"
        echo "	pfs=$pfs"
        if [ -n "$(lab_own "$here" life)" ]; then
            echo "	keylife=$(lab_own "$here" life)"
            echo "	rekeymargin=$(($(lab_own "$here" life) / 3))"
            echo "	rekeyfuzz=50%"
        fi
        if [ -n "$(lab_own "$here" dpd)" ]; then
            echo "	dpddelay=2"
            echo "	dpdtimeout=6"
            echo "	dpdaction=$(lab_own "$here" dpd)"
        else
            echo "	keyingtries=1"
        fi
        echo "	auto=add"
    } >"$lab/$here/ipsec.conf"
}
# lab_ipsec NODE ARGUMENT...: the ipsec command at a gateway.
lab_ipsec() { local node=$1; shift; lab_in "$node" env IPSEC_CONFS="$lab/$node" IPSEC_RUNDIR="$lab/$node/run" "$binary" "$@"; }
lab_cygnet_start() {
    lab_spawn "$1" env IPSEC_CONFS="$lab/$1" IPSEC_RUNDIR="$lab/$1/run" "${started_by[@]}" "$binary" setup start --nofork >>"$lab/$1/log" 2>&1
    lab_wait 10 lab_cygnet_ready "$1" || { echo "lab: cygnet at $1 does not start:" >&2; cat "$lab/$1/log" >&2; return 1; }
}
lab_cygnet_up() { [[ $(lab_ipsec "$1" status --json) == *'"up": true'* ]]; }
# lab_valid FILE [SCHEMA]: whether the file agrees with Board/schema/SCHEMA.json (status). lab_valid_status NODE: the same for a gateway's status, and whether Prometheus'
# parser accepts its metrics. promtool exits with 3 if a name or a unit is against Prometheus' conventions.
lab_valid() { /usr/bin/python3 -m jsonschema -i "$1" "$lab_home/../../Board/schema/${2:-status}.json"; }
lab_valid_status() {
    lab_ipsec "$1" status --json >"$lab/$1/status.json" && lab_valid "$lab/$1/status.json" || return 1
    lab_ipsec "$1" metrics >"$lab/$1/metrics" && "$lab_promtool" check metrics <"$lab/$1/metrics"
}
lab_cygnet_ready() { lab_ipsec "$1" auto --status >/dev/null 2>&1; }
lab_cygnet_initiate() { lab_ipsec "$1" auto --up net; }
lab_cygnet_stop() { lab_ipsec "$1" setup stop; lab_reap "$1"; }

lab_strongswan_configure() {
    local here=$1 there; there=$(lab_other "$here")
    local dir=$lab/$here own=${1}_belief belief backend=kernel-libipsec suite group children remote
    belief=${!own:-$(lab_net "$there")}
    remote=$(lab_seen "$there")
    if [ "$here" = east ] && [ "$peer" = any ]; then remote=%any; fi
    [ "$(lab_own "$here" plane)" = tun ] || backend=
    children=$(lab_own "$here" esp)
    suite=$(lab_own "$here" ike); group=${suite##*-}
    local lasts; lasts=$(lab_own "$here" life)
    if [ "$pfs" = yes ] && [ -n "$group" ]; then children=$children-$group; fi
    mkdir -p "$dir/run"
    cat >"$dir/strongswan.conf" <<CONF
charon {
  load = random nonce aes des sha1 sha2 md5 hmac gmp openssl kdf pem pkcs1 pkcs8 x509 pubkey constraints revocation $backend kernel-netlink socket-default vici updown
  retransmit_timeout = 1.0
  retransmit_tries = 2
  filelog { log {
    path = $dir/log
    append = yes
    default = 1
    flush_line = yes
  } }
  plugins {
    vici { socket = unix://$dir/run/vici }
    kernel-libipsec { allow_peer_ts = yes }
  }
}
CONF
    # swanctl reads only $SWANCTL_DIR; secrets without identities are for every peer.
    cat >"$dir/swanctl.conf" <<CONF
connections { peer {
  version = 1
  local_addrs = $(lab_address "$here")
  remote_addrs = $remote
  proposals = ${suite:-default}
$(if [ "$auth" != secret ]; then lab_strongswan_keys "$here"; else echo "  local { auth = psk
$([ "$ids" = address ] || echo "    id = @$here") }
  remote { auth = psk
$([ "$ids" = address ] || echo "    id = @$there") }"; fi)
  children { net {
    local_ts = $(lab_net "$here")
    remote_ts = $belief
    esp_proposals = ${children:-default}
$([ -z "$lasts" ] || echo "    life_time = ${lasts}s
    rekey_time = $((lasts / 2))s
    rand_time = 2s")
  } }
} }
secrets { ike { secret = "$(lab_secret "$here")" } }
CONF
    # Under other paths, so that AppArmor profiles of the machine for charon and swanctl do not apply.
    cp /usr/lib/ipsec/charon "$dir/charon"; cp "$(command -v swanctl)" "$dir/swanctl"
}
lab_strongswan_start() {
    local dir=$lab/$1
    # A private /run: the path of charon's pid file is fixed.
    lab_spawn "$1" unshare -m bash -c "mount -t tmpfs run /run; STRONGSWAN_CONF=$dir/strongswan.conf exec ${2:-} $dir/charon" \
        >"$dir/out" 2>&1
    lab_wait "${3:-30}" test -S "$dir/run/vici" || { echo "lab: strongSwan at $1 does not start:" >&2; cat "$dir/out" >&2; return 1; }
    lab_swanctl "$1" --load-all --file "$dir/swanctl.conf" >"$dir/loaded" 2>&1 || { cat "$dir/loaded" >&2; return 1; }
}
lab_swanctl() {
    local node=$1; shift
    local command=$1; shift
    STRONGSWAN_CONF=$lab/$node/strongswan.conf "$lab/$node/swanctl" "$command" --uri "unix://$lab/$node/run/vici" "$@"
}
lab_strongswan_initiate() { lab_swanctl "$1" --initiate --child net --timeout 30; }
lab_strongswan_up() { [[ $(lab_swanctl "$1" --list-sas) == *INSTALLED* ]]; }
lab_strongswan_stop() { kill "$(cat "$lab/$1/pid")"; lab_reap "$1"; }

lab_libreswan_configure() {
    local here=$1 there; there=$(lab_other "$here")
    local dir=$lab/$here own=${1}_belief belief remote
    belief=${!own:-$(lab_net "$there")}
    remote=$(lab_seen "$there")
    if [ "$here" = east ] && [ "$peer" = any ]; then remote=%any; fi
    local lasts; lasts=$(lab_own "$here" life)
    mkdir -p "$dir/run/pluto"
    lab_libreswan_database "$here"
    # libreswan's updown script, at another place than it expects, is not needed: its policies see every packet.
    cat >"$dir/ipsec.conf" <<CONF
config setup
	ikev1-policy=accept
	logfile=$dir/log
	nssdir=$dir/nss
conn net
	ikev2=no
	left=$(lab_address "$here")
	leftnexthop=$(lab_address "$here-gateway" "$outer")
	leftsubnet=$(lab_net "$here")
$([ "$ids" = address ] || [ "$auth" = x509 ] || echo "	leftid=@$here")
	leftupdown=%disabled
	right=$remote
	rightsubnet=$belief
$([ "$ids" = address ] || [ "$auth" = x509 ] || echo "	rightid=@$there")
$(if [ "$auth" = secret ]; then echo "	authby=secret"; else lab_libreswan_keys "$here"; fi)
	pfs=$pfs
$([ -z "$(lab_own "$here" ike)" ] || echo "	ike=$(lab_libreswan_suite "$(lab_own "$here" ike)")")
$([ -z "$(lab_own "$here" esp)" ] || echo "	esp=$(lab_libreswan_suite "$(lab_own "$here" esp)")")
$([ -z "$lasts" ] || echo "	salifetime=${lasts}s
	rekeymargin=$((lasts / 3))s
	rekeyfuzz=50%")
	auto=add
CONF
    sed -i '/^$/d' "$dir/ipsec.conf"
    (umask 077; echo ": PSK \"$(lab_secret "$here")\"" >"$dir/ipsec.secrets")
}
# libreswan's words for suites.
lab_libreswan_suite() {
    sed -E 's/aes(128|192|256)gcm16/aes_gcm\1-null/; s/sha(256|384|512)/sha2_\1/; s/ecp256/dh19/; s/ecp384/dh20/; s/ecp521/dh21/; s/curve25519/dh31/; s/(-modp[0-9]+|-dh[0-9]+)$/\1/' <<<"$1"
}
lab_libreswan_start() {
    local dir=$lab/$1
    # A private /run: the paths of pluto's sockets are fixed. And a /usr with libreswan's own files, which it looks for.
    lab_spawn "$1" unshare -m bash -c "mount --bind $dir/run /run; mount -t overlay overlay -o lowerdir=${lab_libreswan%/libexec/ipsec}:/usr /usr
        exec ${2:-} /usr/libexec/ipsec/pluto --nofork --config $dir/ipsec.conf \
        --secretsfile $dir/ipsec.secrets --nssdir $dir/nss --rundir /run/pluto" >"$dir/out" 2>&1
    lab_wait "${3:-20}" test -S "$dir/run/pluto/pluto.ctl" || { echo "lab: libreswan at $1 does not start:" >&2; cat "$dir/out" "$dir/log" >&2; return 1; }
    lab_wait 10 lab_libreswan_load "$1" || { echo "lab: libreswan at $1 does not take its configuration:" >&2; cat "$dir/loaded" >&2; return 1; }
}
lab_libreswan_load() {
    lab_in "$1" "$lab_libreswan/addconn" --config "$lab/$1/ipsec.conf" --ctlsocket "$lab/$1/run/pluto/pluto.ctl" net >"$lab/$1/loaded" 2>&1
}
lab_whack() { local node=$1; shift; lab_in "$node" "$lab_libreswan/whack" --ctlsocket "$lab/$node/run/pluto/pluto.ctl" "$@"; }
lab_libreswan_initiate() { lab_whack "$1" --initiate --name net; }
lab_libreswan_up() { [[ $(lab_whack "$1" --trafficstatus) == *'"net"'* ]]; }
lab_libreswan_stop() { lab_whack "$1" --shutdown >/dev/null; lab_reap "$1"; }
