#!/bin/bash
# peer.sh: the other end of a board's lines, in the virtual machine of Tests/lab/machine.sh: strongSwan, a DHCP server, PPPoE, HTTP. It receives
# orders through a folder that it shares with the machine outside: a file `order.N` is a script to run, and `answer.N` its
# output, with its exit status as the last line.
#
#   eth0 192.0.2.1     the line that boards call eth1
#   eth1 198.51.100.1  the line of a network card that is added to a running board
#   lo   10.2.0.1      the network behind the tunnels
here=$(dirname "$(realpath "$0")")
export here work=/tmp/peer
mkdir -p $work/run

ip link set eth0 up; ip address add 192.0.2.1/24 dev eth0
ip link set eth1 up; ip address add 198.51.100.1/24 dev eth1
ip address add 10.2.0.1/32 dev lo
# Traffic of no tunnel is dropped.
ip route add unreachable 192.168.1.0/24; ip route add unreachable 10.3.0.1/32

cat >$work/udhcpd.conf <<CONF
start 192.0.2.50
end 192.0.2.60
interface eth0
pidfile $work/udhcpd.pid
lease_file $work/leases
option router 192.0.2.1
option subnet 255.255.255.0
option lease 3600
CONF
: >$work/leases
busybox httpd -p 192.0.2.1:8080 -h "$RESULTS"
busybox udhcpd -f $work/udhcpd.conf >$work/udhcpd 2>&1 &

cat >$work/strongswan.conf <<CONF
charon {
  load = random nonce aes des sha1 sha2 md5 hmac gmp openssl kdf pem pkcs1 pkcs8 x509 pubkey constraints revocation kernel-netlink socket-default vici
  retransmit_timeout = 1.0
  retransmit_tries = 2
  filelog { log {
    path = $work/log
    default = 1
    flush_line = yes
  } }
  plugins { vici { socket = unix://$work/run/vici } }
}
CONF
# The board's identity selects one of the two. This end has two identities as well: with one, the second tunnel would count as the
# first one's peer at a new address.
gateway() { cat <<CONF
  $1 {
    version = 1
    proposals = aes128-sha256-modp2048
    local { auth = psk
      id = @$3 }
    remote { auth = psk
      id = @$1 }
    children { $1 {
      local_ts = 10.2.0.0/24
      remote_ts = $2
      esp_proposals = aes128-sha1-modp2048
    } }
  }
CONF
}
{ echo 'connections {'; gateway home 192.168.1.0/24 peer; gateway other 10.3.0.1/32 peer-other; echo '}'
  echo 'secrets { ike { secret = "under the doormat" } }'; } >$work/swanctl.conf
cp /usr/lib/ipsec/charon $work/charon
unshare -m bash -c "mount -t tmpfs run /run; STRONGSWAN_CONF=$work/strongswan.conf exec $work/charon" >$work/out 2>&1 &
swanctl() { local command=$1; shift; STRONGSWAN_CONF=$work/strongswan.conf /usr/sbin/swanctl "$command" --uri "unix://$work/run/vici" "$@"; }
export -f swanctl
until [ -S $work/run/vici ]; do sleep 0.2; done
swanctl --load-all --file $work/swanctl.conf || exit 1

number=1
: >"$RESULTS/ready"
while [ ! -e "$RESULTS/over" ]; do
    if [ -e "$RESULTS/order.$number" ]; then
        (. "$RESULTS/order.$number") >"$RESULTS/answer" 2>&1 </dev/null
        echo "<$?>" >>"$RESULTS/answer"
        mv "$RESULTS/answer" "$RESULTS/answer.$number"
        number=$((number + 1))
    else
        sleep 0.1
    fi
done
