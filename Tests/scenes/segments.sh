# shellcheck shell=bash
# Scenes of TCP's segment size through a tunnel; sourced by `Tests/lab/play.sh`.

# With leftfirewall=yes both ends of a TCP connection announce segments that fit the tunnel, whichever end opens it: hosts that receive no ICMP send
# no larger segments.
scene_segment_size() {
    local node largest
    { shape_default; printf 'conn net\n\tleftsubnet=10.1.0.0/24\n\trightsubnet=10.2.0.0/24\n'; } | configure east
    { shape_default; printf 'conn net\n\tleftsubnet=10.1.0.0/24\n\trightsubnet=10.2.0.0/24\n\tleftfirewall=yes\n'; } | configure west
    flow echo sunset 10.1.0.2; flow echo sunrise 10.2.0.2
    begin west east
    up west net; is_up east net
    for node in sunset sunrise; do
        lab_in $node tcpdump -U --immediate-mode -Z root -n -l -i lan 'tcp[tcpflags] & tcp-syn != 0' >"$lab/$node/syn" 2>"$lab/$node/tcpdump" &
    done
    for node in sunset sunrise; do
        lab_wait 30 lab_said "$lab/$node/tcpdump" 'listening on' || fail "no capture at $node"
        echoes $node
    done
    # A router takes the path MTU from the route, or from the device, without any SA.
    if [ "$plane" = xfrm ]; then largest=$(lab_ip west route get 10.2.0.2 | sed -n 's/.* mtu \([0-9]*\).*/\1/p'); else largest=$(lab_in west cat /sys/class/net/ipsec0/mtu); fi
    [ "${largest:-1500}" -lt 1470 ] || fail "the route to the far network says nothing of its tunnel: $(lab_ip west route get 10.2.0.2)"
    flow ask sunset 10.2.0.2; flow ask sunrise 10.1.0.2
    # Each end sees one SYN and one answer to its own.
    both_seen() { [ "$(grep -c 'IP.*mss' "$lab/$1/syn")" -ge 4 ]; }
    for node in sunset sunrise; do lab_wait 30 both_seen $node || fail "$node saw no connections: $(cat "$lab/$node/syn")"; done
    tell "a tunnel of $largest octets: $(grep -ho 'mss [0-9]*' "$lab"/sun*/syn | sort | uniq -c | tr '\n' ' ')"
    for node in sunset:10.2.0.2 sunrise:10.1.0.2; do
        # The segments from the other end.
        ! grep "IP ${node#*:}\." "$lab/${node%%:*}/syn" | grep -o 'mss [0-9]*' | awk -v most=$((largest - 40)) '$2 <= most { n++ } END { exit n >= 2 }' ||
            fail "${node%%:*} is offered larger segments: $(cat "$lab/${node%%:*}/syn")"
    done
}

# A TCP stream arrives unchanged although the path loses a packet now and then.
# The TUN device with
# offload passes packets of many segments.
scene_large_packets() {
    local count=2000000 sent came packets receive average
    [ "$plane" = tun ] || { echo "The kernel's ESP has no device of ours."; exit 77; }
    lab_capture
    tunnel_up
    lab_in internet tc qdisc add dev east root netem loss 0.2% 2>/dev/null || tell "no netem here: nothing is lost"
    receive='use IO::Socket::IP; my $s = IO::Socket::IP->new(LocalHost => $ARGV[1], LocalPort => 7007, Listen => 1) or die; open(F, ">", "$ARGV[0]/ready"); my $c = $s->accept; my $d; print $d while sysread($c, $d, 65536)'
    lab_in sunrise perl -e "$receive" "$lab" "$(lab_address sunrise)" | sha256sum >"$lab/came" &
    lab_wait 10 test -e "$lab/ready"
    head -c $count /dev/urandom >"$lab/data"
    sent=$(sha256sum <"$lab/data")
    lab_in sunset perl -e 'use IO::Socket::IP; my $s = IO::Socket::IP->new(PeerHost => $ARGV[0], PeerPort => 7007) or die; $/ = \65536; while (<STDIN>) { print $s $_ } close $s' \
        "$(lab_address sunrise)" <"$lab/data"
    lab_wait 60 test -s "$lab/came" || fail "the stream does not arrive"
    came=$(cat "$lab/came")
    [ "$came" = "$sent" ] || fail "what arrived is not what was sent"
    # Packets and octets that the device at west received.
    packets=$(lab_in west cat /sys/class/net/ipsec0/statistics/tx_packets)
    average=$(($(lab_in west cat /sys/class/net/ipsec0/statistics/tx_bytes) / packets))
    tell "$count octets arrived; $packets packets of $average octets went into the device"
    if [ "${1:-}" = refused ]; then
        [ "$average" -le 1500 ] || fail "the device has offload though the kernel refuses it"
        grep -q '\[offload-refused\]' "$lab/west/log" || fail "the log does not say so"
    else
        [ "$average" -gt 4000 ] || fail "the device has no offload"
        ! grep -q '\[offload-refused\]' "$lab/west/log" || fail "the log says that there is none"
    fi
    pings_pass
    only_esp
}
# The same on a kernel without offload.
scene_large_packets_refused() {
    started_by=(perl "$lab_home/refuse.pl" 0x400454d0) # TUNSETOFFLOAD
    scene_large_packets refused
}
