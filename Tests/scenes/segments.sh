# shellcheck shell=bash
# Scenes of TCP's segment size through a tunnel; sourced by `Tests/lab/play.sh`.

# leftfirewall=yes has both ends of a TCP connection offer segments that fit the tunnel, whoever opens it: hosts that hear no ICMP send
# nothing larger.
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
    # What a router sees of the tunnel without any SA: the way there.
    if [ "$plane" = xfrm ]; then largest=$(lab_ip west route get 10.2.0.2 | sed -n 's/.* mtu \([0-9]*\).*/\1/p'); else largest=$(lab_in west cat /sys/class/net/ipsec0/mtu); fi
    [ "${largest:-1500}" -lt 1470 ] || fail "the route to the far network says nothing of its tunnel: $(lab_ip west route get 10.2.0.2)"
    flow ask sunset 10.2.0.2; flow ask sunrise 10.1.0.2
    # Each end sees one SYN and one answer to its own.
    both_seen() { [ "$(grep -c 'IP.*mss' "$lab/$1/syn")" -ge 4 ]; }
    for node in sunset sunrise; do lab_wait 30 both_seen $node || fail "$node saw no connections: $(cat "$lab/$node/syn")"; done
    tell "a tunnel of $largest octets: $(grep -ho 'mss [0-9]*' "$lab"/sun*/syn | sort | uniq -c | tr '\n' ' ')"
    for node in sunset:10.2.0.2 sunrise:10.1.0.2; do
        # What came from the far end.
        ! grep "IP ${node#*:}\." "$lab/${node%%:*}/syn" | grep -o 'mss [0-9]*' | awk -v most=$((largest - 40)) '$2 <= most { n++ } END { exit n >= 2 }' ||
            fail "${node%%:*} is offered larger segments: $(cat "$lab/${node%%:*}/syn")"
    done
}
