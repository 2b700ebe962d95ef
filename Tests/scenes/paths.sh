# shellcheck shell=bash
# Scenes of tunnels that are up and carry no packets, or not all: paths that lose ICMP, fragments or ESP, and peers whose ESP
# fails its integrity check. Sourced by `Tests/lab/play.sh`.

# configure_with NODE [LINE...]: writes its ipsec.conf, with additional lines for the conn.
configure_with() { local node=$1; shift; lab_cygnet_configure "$node"; [ $# = 0 ] || printf '\t%s\n' "$@" >>"$lab/$node/ipsec.conf"; }
# says NODE REGEX: waits until `ipsec status` has a line like this.
status_has() { lab_ipsec "$1" status | grep -E -- "$2" >/dev/null; }
says() { lab_wait 10 status_has "$1" "$2" || { lab_ipsec "$1" status; fail "$1's status says nothing like /$2/"; }; tell "$1's status: $(grep -m1 -E -- "$2" <<<"$(lab_ipsec "$1" status)")"; }
# begin_transfer FROM TO OCTETS: a TCP transfer in the background. `transferred OCTETS` waits until all of it has arrived.
begin_transfer() {
    rm -f "$lab/$2/sink"
    # shellcheck disable=SC2016 # for perl
    lab_in "$2" perl -MIO::Socket::INET -e '$| = 1; $s = IO::Socket::INET->new(LocalPort => 7777, Listen => 1, ReuseAddr => 1) or die;
        print "listening\n"; $c = $s->accept; $n += length $b while sysread $c, $b, 65536; print "took $n octets\n"' >"$lab/$2/sink" & sink=$!
    lab_wait 10 lab_said "$lab/$2/sink" listening || fail "nobody listens at $2"
    # shellcheck disable=SC2016 # for perl
    lab_in "$1" perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new(PeerHost => $ARGV[0], PeerPort => 7777) or die; print $s "x" x $ARGV[1]; close $s' \
        "$(lab_address "$2")" "$3" & source=$!
}
end_transfer() { kill "$sink" "$source" 2>/dev/null || true; wait "$sink" "$source" 2>/dev/null || true; }
# A hop in the middle carries packets of 1,400 octets, and its "fragmentation needed" messages are lost.
narrow_hop() {
    lab_ip internet route replace 192.0.2.0/24 dev west scope link src "$(lab_address west-gateway 4)" mtu lock 1400
    lab_ip internet route replace 198.51.100.0/24 dev east scope link src "$(lab_address east-gateway 4)" mtu lock 1400
    lab_in internet nft -f - <<'LOSSY'
table inet lossy {
    chain out { type filter hook output priority filter; icmp type destination-unreachable drop; }
}
LOSSY
    ! lab_in west ping -n -q -c 1 -W 1 -M "do" -s 1400 "$(lab_address east)" || fail "the hop is not narrow"
    lab_in west ping -n -q -c 2 -i 0.1 -W 2 -M dont -s 1400 "$(lab_address east)" || fail "the hop does not fragment"
}

# Bulk TCP through a hop that loses ICMP: by default it passes, in outer fragments. With the inner DF bit copied, no large packet passes;
# the log says so once, with the remedy.
scene_icmp_lost() {
    local packets
    narrow_hop
    lab_keys; configure_with west; configure_with east; lab_cygnet_start west; lab_cygnet_start east
    lab_initiate west || fail "the tunnel does not come up"
    lab_settled east
    lab_capture
    begin_transfer sunset sunrise 2000000
    lab_wait 30 lab_said "$lab/sunrise/sink" 'took 2000000 octets' || fail "bulk TCP does not pass: $(cat "$lab/sunrise/sink")"
    end_transfer
    lab_capture_end
    packets=$(tcpdump -r "$lab/west.pcap" -n 'src host 192.0.2.2 and ip[6] & 0x40 != 0 and (ip proto 50 or udp port 4500)' 2>/dev/null | wc -l)
    [ "$packets" = 0 ] || fail "$packets packets of ESP have DF"
    packets=$(tcpdump -r "$lab/east.pcap" -n 'src host 192.0.2.2 and ip[6:2] & 0x3fff != 0' 2>/dev/null | wc -l)
    # There are some 3,000 fragments; a capture on a busy machine may lack many of them.
    [ "$packets" -gt 100 ] || fail "only $packets fragments crossed the hop"
    tell "2,000,000 octets passed, in $packets fragments"
    lab_stop west >/dev/null; configure_with west pmtudisc=copy; lab_cygnet_start west
    lab_initiate west || fail "the tunnel does not come up"
    lab_ping sunset sunrise 2
    begin_transfer sunset sunrise 2000000
    lab_wait 45 lab_said "$lab/west/log" 'pmtudisc=clear.*\[large-packets-lost\]' || fail "the log says nothing of large packets that are lost"
    must_log west '\[large-packets-lost\]'
    lab_said "$lab/sunrise/sink" took && fail "bulk TCP passes with DF"
    end_transfer
}

# A router on the way drops ESP: the tunnel is up, and nothing arrives. Status and log say so, and name forceencaps=, which helps.
scene_esp_dropped() {
    lab_in internet nft -f - <<'DROPS'
table inet drops {
    chain through { type filter hook forward priority filter; meta l4proto esp drop; }
}
DROPS
    tunnel_up
    lab_in sunset ping -n -q -c 8 -i 0.05 -W 1 "$(lab_address sunrise)" || true
    says west 'sent 8 packets, .*; received 0 packets'
    says west 'forceencaps=yes.*\[nothing-received\]'
    lab_wait 20 lab_said "$lab/west/log" 'sent 8 packets.*\[nothing-received\]' || fail "the log does not say that nothing came"
    must_log west 'forceencaps=yes.*\[nothing-received\]'
    # East sent nothing, and reports nothing.
    ! lab_said "$lab/east/log" '\[nothing-received\]' || fail "east says that nothing came, and sent nothing"
    lab_stop west >/dev/null; configure_with west forceencaps=yes; lab_cygnet_start west
    lab_initiate west || fail "the tunnel does not come up in UDP"
    pings_pass
    status_has west '\[nothing-received\]' && fail "the status still says that nothing came"
    [ "$(grep -cF '[nothing-received]' "$lab/west/log")" = 1 ] || fail "it is said more than once"
}

# refuses_all NODE REASON CAUSE: every packet is refused, counted by cause, and reported once with the likely cause.
refuses_all() {
    says "$1" "received 0 packets, 0 octets; refused 6: 6 $2"
    says "$1" "$3.*\[everything-refused\]"
    says "$1" "ESP of all tunnels: .* refused [0-9]+: [0-9]+ (failed|malformed)"
    lab_wait 20 lab_said "$lab/$1/log" ' 6 .*\[everything-refused\]' || fail "the log does not say that everything is refused"
    must_log "$1" " 6 $2.*$3.*\[everything-refused\]"
    must_log "$1" '\[esp-refused\]'
    [ "$(grep -cF '[everything-refused]' "$lab/$1/log")" = 1 ] || fail "it is said more than once"
}

# Two ends with different manual keys for the integrity check.
scene_check_fails() {
    manual_keys
    manual_conn | configure west east
    authentication=$("$binary" ranbits 160)
    sed -i "s/espauthkey=.*/espauthkey=$authentication/" "$lab/east/ipsec.conf"
    chmod 600 "$lab"/{west,east}/ipsec.conf
    begin west east
    manually east --up; manually west --up
    lab_silent sunset "$(lab_address sunrise)" 6 || fail "packets made with another key are taken"
    refuses_all east 'failed their integrity check' 'another ESP suite, or a wrong key'
}

# A peer that truncates HMAC-SHA-256 to 96 bits, as old kernels do. (strongSwan's own ESP cannot do that; its kernel's can.)
scene_check_cut() {
    east_kind=strongswan esp=aes256-sha256
    lab_keys; configure_with west; lab_cygnet_start west
    lab_strongswan_configure east
    sed -i 's/^ *esp_proposals = .*/&\n    sha256_96 = yes/' "$lab/east/swanctl.conf"
    lab_strongswan_start east
    lab_initiate west || fail "the tunnel does not come up"
    lab_settled east
    lab_silent sunrise "$(lab_address sunset)" 6 || fail "packets with a check value of 96 bits are taken"
    refuses_all west '(failed their integrity check|malformed)' 'cuts HMAC-SHA-256 to 96 bits'
}

# Main Mode with certificates through a router that drops every IP fragment: its messages are sent in ISAKMP fragments (payload 132), and
# no IP fragment is on either wire. A fragment's first payload type is at octet 16 of the message, which follows four octets on port 4500.
scene_ike_fragments() {
    local wire sender sent
    lab_in internet nft -f - <<'DROPS'
table inet fragments {
    chain early { type filter hook prerouting priority -450; ip frag-off & 0x3fff != 0 drop; exthdr frag exists drop; }
}
DROPS
    lab_capture
    tunnel_up
    pings_pass
    only_esp --ike 9
    for wire in west east; do
        sent=$(tcpdump -r "$lab/$wire.pcap" -n 'ip[6:2] & 0x3fff != 0' 2>/dev/null | wc -l)
        # libreswan sends a message in ISAKMP fragments only when it repeats it.
        [ "$sent" = 0 ] || [ "$(lab_own "$wire" kind)" = libreswan ] || fail "$sent IP fragments are on $wire's wire"
        sender=$(lab_address "$wire")
        sent=$(tcpdump -r "$lab/$wire.pcap" -n "src host $sender and (udp port 500 and udp[24] = 132 or udp port 4500 and udp[8:4] = 0 and udp[28] = 132)" 2>/dev/null | wc -l)
        [ "$sent" -ge 3 ] || fail "$wire sent $sent ISAKMP fragments"
        tell "$wire sent $sent ISAKMP fragments"
    done
}
