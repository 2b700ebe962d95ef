# The scenes, in the order in which they are played: each begins with the state in which the one before left the board.

set connections {config setup
	hotplugstart=yes
conn %default
	authby=secret
	ike=aes128-sha2_256-modp2048
	esp=aes128-sha1
	rightid=@peer
	rightsubnet=10.2.0.0/24
	auto=start
	leftupdown=/etc/ipsec.d/updown
conn home
	left=%defaultroute
	leftid=@home
	leftsubnet=192.168.1.0/24
	right=192.0.2.1
conn other
	left=198.51.100.2
	leftid=@other
	leftsubnet=10.3.0.1/32
	right=198.51.100.1
	rightid=@peer-other
}
set secret {: PSK "under the doormat"}
# The time at which a tunnel came up, by the board's own clock.
set updown {#!/bin/sh
[ "$PLUTO_VERB" != up-client ] || { read -r up _ </proc/uptime; echo "$up" >/tmp/up.$PLUTO_CONNECTION; }
}

# The number of packets of a tunnel's traffic that crossed the lines in the clear, and the number of ESP packets.
proc in_the_clear {} {
    set nets {(net 10.2.0.0/24 or net 192.168.1.0/24 or host 10.3.0.1)}
    return [on_the_wires "(ip and $nets) or (pppoes and $nets)"]
}
proc protected {} { llength [split [on_the_wires {esp or (pppoes and esp)}] \n] }
# The check is tested while there is no tunnel: it must find the packets in the clear.
proc prove_judge {} {
    peer {
        ip route add 10.2.0.99 dev eth0; ip neighbour add 10.2.0.99 lladdr 52:54:00:12:34:ff dev eth0
        ping -q -c 1 -W 1 -I 192.0.2.1 10.2.0.99 >/dev/null || true
        ip neighbour del 10.2.0.99 dev eth0; ip route del 10.2.0.99 dev eth0
    }
    must_have [in_the_clear] "10.2.0.99: ICMP echo request"
    forget_wires
}

# The peer pings the board's home address through the tunnel until it answers.
proc await_ping {} { peer {rm -f $RESULTS/first; (until ping -q -c 1 -W 1 -I 10.2.0.1 192.168.1.1; do sleep 0.1; done; : >$RESULTS/first) >/dev/null 2>&1 &} }
# No command is sent to the board in that time.
proc ping_answered {limit} {
    global work
    wait_until $limit "the board to answer a ping through the tunnel" { listen; expr {[file exists $::work/share/first] || ![is_on]} }
    if {![file exists $work/share/first]} { error "the board went off: [tail]" }
}

proc tunnel_took {connection} {
    wait_until 10 "the updown of '$connection'" { can "test -s /tmp/up.$connection" }
    set took [since_kernel [sh "cat /tmp/up.$connection"]]
    say "tunnel '$connection' $took s after the kernel's own boot"
    return $took
}

# A board without a configuration makes its key, says what to do next, and is configured over its serial line.
proc scene_first_boot {} {
    global board flash connections secret updown
    power_cut
    set flash $::work/$board
    exec cp .build/board/$board/flash $flash
    power_on $flash
    wait_for {making this machine's key} 240
    wait_for {the key is in /etc/ipsec.secrets. Now:.*ipsec showhostkey --left.*ipsec console.*ipsec restart' puts it in force} 240
    console
    must_be [sh {stat -c %a /etc/ipsec.secrets}] 600
    must_have [sh {ipsec showhostkey --left}] leftrsasigkey=0s
    must_have [sh {/etc/init.d/ipsec status}] running
    memory "with no connection"
    prove_judge
    put /etc/ipsec.conf $connections
    sh {mkdir -p /etc/ipsec.d}
    put /etc/ipsec.d/updown $updown 755
    sh "printf '%s\\n' '$secret' >>/etc/ipsec.secrets"
    sh {ipsec checkconf}
}

# From power-on to the first ping, without a command.
proc scene_power_on {} {
    global board flash boot_started
    if {[is_on]} { power_off }
    await_ping
    # The board's clock counts its CPU's instructions, half a thousand million a second, so that the figure is the board's
    # and not this machine's. (QEMU's MIPS cannot do that: there the clock is this machine's.)
    set counted [expr {$board eq "virt-armv7"}]
    power_on $flash {*}[expr {$counted ? {-icount shift=1} : {}}]
    ping_answered 240
    say "power-on to ping [format %.1f [expr {([clock milliseconds] - $boot_started) / 1000.0}]] s"
    console
    set took [tunnel_took home]
    memory "with one tunnel"
    must_have [sh {ipsec status}] "the kernel's ESP"
    must_be [in_the_clear] ""
    if {[protected] < 2} { error "no ESP on the line" }
    # The same after a reboot.
    sh {rm -f /tmp/up.home}
    send "reboot\r"
    wait_for {reboot: Restarting system} 120
    await_ping
    up_again
    memory "after a reboot"
    must_be [in_the_clear] ""
    if {$counted && $took > 5} { error "the tunnel took $took s after the kernel's own boot, of 5" }
}

# The board and its tunnel are up without a command.
proc up_again {} {
    ping_answered 240
    console
    tunnel_took home
}

# The power is cut while a configuration file is written repeatedly: afterwards the file is the old one or the new one.
# The flash is slowed down, so that cuts happen during writes. A copy of its content at a moment is what a cut would leave.
proc scene_power_cut {} {
    global flash work seed
    be_on
    say "seed $seed"
    sh {printf 'conn cut\n\tleft=192.0.2.90\n\tright=192.0.2.91\n\tkeylife=1m # of no use\n' >>/etc/ipsec.conf; sync}
    set ::whole [sh {cat /etc/ipsec.conf}]
    monitor {block_set_io_throttle flash 0 0 0 0 0 60}
    sh {(n=1; while n=$((n + 1)); do printf 'edit cut\nset keylife=%dm\ncommit\n' $n | ipsec console; done) >/tmp/commits 2>&1 & true}
    set seen {}
    for {set cut 1} {$cut <= 20} {incr cut} {
        after [expr {int(rand() * 700)}]
        monitor stop
        exec cp $flash $work/cut
        monitor cont
        lappend seen [written $work/cut]
    }
    say "20 cuts, [llength [lsort -unique $seen]] different files, each whole: commits [join $seen {, }]"
    if {[llength [lsort -unique $seen]] < 2} { error "nothing was written meanwhile" }
    # And one real power cut.
    after [expr {int(rand() * 700)}]
    power_cut
    set kept [written $flash]
    await_ping
    power_on $flash
    up_again
    must_be [sh {sed -n 's/.*keylife=\([0-9]*\)m.*/\1/p' /etc/ipsec.conf}] $kept
    sh {sed -i '/^conn cut/,$d' /etc/ipsec.conf; rm -f /etc/ipsec.conf.new*}
}
# Returns the number of the commit whose complete file this is, after the journal was replayed.
proc written {flash} {
    global work
    set file [open $flash rb]; seek $file [configuration_at $flash]
    set partition [open $work/partition wb]; fcopy $file $partition; close $partition; close $file
    # 0 and 1: clean, or repaired by the journal.
    if {[catch {exec /usr/sbin/e2fsck -p $work/partition} told options]} {
        set code [dict get $options -errorcode]
        if {[lindex $code 0] eq "CHILDSTATUS" && [lindex $code 2] > 1} { error "the file system cannot be mended: $told" }
    }
    set text [exec /usr/sbin/debugfs -R "cat /changes/etc/ipsec.conf" $work/partition 2>/dev/null]
    set pattern {keylife=(\d+)m}
    if {![regexp $pattern $text -> commit]} { error "the file is half: '$text'" }
    regsub $pattern $text keylife=1m text
    if {[string trim $text] ne [string trim $::whole]} { error "the file is neither the old one nor the new one: '$text'" }
    return $commit
}

# A new system is written into the flash: keys and configuration are kept, and the tunnel comes up without a command.
proc scene_firmware {} {
    global board work
    be_on
    file delete -force $work/system
    exec unsquashfs -q -n -d $work/system .build/board/$board/system.squashfs
    exec echo second >$work/system/etc/firmware
    exec mksquashfs $work/system $work/share/second -comp xz -all-root -noappend -quiet -no-progress
    sh {wget -q -O /tmp/second http://192.0.2.1:8080/second} 60
    set before [sh {md5sum /etc/ipsec.secrets /etc/ipsec.conf /etc/ipsec.d/updown}]
    # A file that is no system, or is incomplete, is not written.
    sh {head -c 100000 /tmp/second >/tmp/short}
    must_have [try {firmware /tmp/short 2>&1}] "the end of /tmp/short is missing"
    must_have [try {firmware /etc/passwd 2>&1}] "is no system"
    must_have [sh {/etc/init.d/ipsec status}] running
    send "firmware /tmp/second\r"
    wait_for {firmware: written; starting it} 120
    wait_for {reboot: Restarting system} 120
    await_ping
    up_again
    must_be [sh {cat /rom/etc/firmware}] second
    must_be [sh {md5sum /etc/ipsec.secrets /etc/ipsec.conf /etc/ipsec.d/updown}] $before
    memory "after a firmware update"
    must_be [in_the_clear] ""
}

# Every command of the console, over the serial line.
proc scene_console {} {
    be_on
    sh {/etc/init.d/ipsec restart} 60
    await_ping
    ping_answered 120
    into_console

    # `?` and Tab.
    send "?"
    set told [wait_for {ipsec> $}]
    foreach verb {show up down route unroute ping watch edit set unset end delete compare check commit confirm discard secret setup terminal shell help exit} {
        must_have $told "\n  $verb "
    }
    send "sho\t"; wait_for {show $}; send "mem\t"; wait_for {memory ?$}; must_have [ask ""] KB
    must_have [ask "nonsense"] "no command 'nonsense'"
    foreach {topic part} {status home: connections home interfaces eth1: counters esp memory KB log {"home"} configuration {conn home}
                          changes {nothing is changed} secrets PSK} {
        must_have [ask "show $topic"] $part
    }

    # A tunnel.
    ask "down home"
    must_be [peer_can {ping -q -c 1 -W 1 -I 10.2.0.1 192.168.1.1}] 0
    must_have [ask "up home" 60] "ipsec-sa-established"
    await_ping; ping_answered 120
    must_have [ask "ping 10.2.0.1 from 192.168.1.1 count 2"] "2 sent, 2 answered"
    ask "down home"
    must_have [ask "unroute home"] unrouted
    must_have [ask "route home"] routed
    must_have [ask "up home" 60] "ipsec-sa-established"
    send "watch\r"
    expect -timeout 3 -re "ipsec> $" { error "watch does not wait" } timeout {}
    send "q"; wait_for {ipsec> $}

    # ipsec.conf.
    must_have [ask "edit third"] "conn third is new"
    ask "set left=192.0.2.77 right=192.0.2.1"
    must_have [ask "set leftsubnet=192.168.1.0/24/7"] leftsubnet
    ask "set leftsubnet=192.168.7.0/24 auto=add"
    ask "set keylife=2h"; ask "unset keylife"
    must_have [ask "compare"] "conn third"
    must_have [ask "check"] "0 errors"
    ask "end"
    must_have [ask "commit confirm 5" 60] "unless you 'confirm'"
    must_have [ask "confirm"] "confirmed"
    must_have [ask "show configuration third"] "left=192.0.2.77"
    ask "delete third"
    must_have [ask "compare"] "conn third"
    ask "discard"
    must_have [ask "compare"] "nothing is changed"
    # A pasted block, and the deletion of both conns.
    ask "conn pasted"; ask "\tleft=192.0.2.78"; ask "\tright=192.0.2.1"; ask "\tauto=add"; ask "end"
    ask "commit" 60
    must_have [ask "show configuration pasted"] "left=192.0.2.78"
    ask "delete third"; ask "delete pasted"; ask "commit" 60
    must_be [regexp {conn (third|pasted)} [ask "show configuration"]] 0

    # A secret is not shown.
    set before [file size $::work/serial]
    send "secret 192.0.2.77 192.0.2.1\r"
    wait_for {: $}; send "swordfish in the dark\r"
    wait_for {once more: $}; send "swordfish in the dark\r"
    set told [wait_for {ipsec> $}]
    must_have [ask "show secrets"] 192.0.2.77
    must_be [string first swordfish [string range [contents $::work/serial] $before end]] -1

    # A narrow terminal.
    ask "terminal columns 40 lines 0"
    foreach line [split [ask "help console"] \n] { if {[string length $line] > 400} { error "a line of [string length $line]" } }
    ask "terminal columns 80"
    must_have [ask "setup status"] "IPsec running"
    must_have [ask "setup reload"] "002 "

    # The time until the board echoes a key.
    set took {}
    foreach key [split "show configuration home" ""] {
        set start [clock microseconds]
        send -- $key
        expect -timeout 5 -ex $key {} timeout { error "no echo of '$key'" }
        lappend took [expr {([clock microseconds] - $start) / 1000.0}]
    }
    send "\r"; wait_for {ipsec> $}
    set took [lsort -real $took]
    say "console: a key is shown after [format %.1f [lindex $took [expr {[llength $took] / 2}]]] ms, [format %.1f [lindex $took end]] at most; at 115200 baud 0.2 ms more"

    # The tunnel comes up again without a command.
    send "exit\r"
    console
    must_have [sh {cat /etc/ipsec.secrets}] "192.0.2.77 192.0.2.1 : PSK"
    memory "after the console"
}

# The board's own httpd serves the page that shows the status. (That httpd listens when its command ends.)
proc scene_page {} {
    be_on
    sh {httpd -p 127.0.0.1:80 -h /www}
    set page [sh {wget -q -O - http://127.0.0.1/cgi-bin/ipsec | gzip | wc -c}]
    say "the page has $page octets compressed"
    if {$page > 12288} { error "the page is too large" }
    must_have [sh {wget -q -O - http://127.0.0.1/cgi-bin/ipsec | sed -n 1,/h1/p}] <title>Tunnels</title>
    must_have [sh {wget -q -O - http://127.0.0.1/cgi-bin/ipsec | sed -n /noscript/,/.noscript/p}] "home: up"
    set status [sh {wget -q -O - 'http://127.0.0.1/cgi-bin/ipsec?json'}]
    must_have $status {"connections": [}
    must_have $status {"name": "home"}
    must_be [try {wget -q -O /dev/null --post-data x http://127.0.0.1/cgi-bin/ipsec 2>/dev/null; test $? != 0 && echo refused}] refused
    sh {killall httpd}
}

# Prepares a large image's flash for the scenes that need one.
proc large_flash {interfaces} {
    global board flash connections secret updown
    set flash $::work/$board-large
    exec cp .build/board/$board-large/flash $flash
    flash_put $flash /etc/ipsec.conf $connections
    flash_put $flash /etc/ipsec.secrets $secret\n 0100600
    flash_put $flash /etc/ipsec.d/updown $updown 0100755
    flash_put $flash /etc/network/interfaces $interfaces
}
set home_interfaces {auto lo
iface lo inet loopback
	up ip address add 10.3.0.1/32 dev lo
auto eth0
iface eth0 inet static
	address 192.168.1.1
	netmask 255.255.255.0
iface usb0 inet static
	address 198.51.100.2
	netmask 255.255.255.0
auto eth1
}
proc spis {connection} { sh "ipsec spi | sed -n 's/ .*conn=\"$connection\".*//p'" }
proc other_answers {} { peer_can {ping -q -c 1 -W 1 -I 10.2.0.1 10.3.0.1} }
proc card_arrives {} {
    monitor {device_add usb-net,netdev=card,id=card}
    wait_until 90 {the card to be seen} { can {ip link show usb0 >/dev/null 2>&1} }
}
proc card_goes {} {
    monitor {device_del card}
    wait_until 90 {the card to be gone} { expr {![can {ip link show usb0 >/dev/null 2>&1}]} }
}

# A network card is plugged in and removed while the board runs. The tunnel over it comes up and goes down; the other one loses no packet.
# The boards' kernels have no PCI hotplug, so it is a USB one.
proc scene_cards {} {
    global board flash home_interfaces
    if {[is_on]} { power_off }
    large_flash "$home_interfaces
iface eth1 inet static
	address 192.0.2.40
	netmask 255.255.255.0
	gateway 192.0.2.1
"
    await_ping
    # Malta's PCI slots after the fourth have no interrupt, except the eleventh, which is for a network chip that QEMU does not add here.
    set slot [expr {$board eq "malta-mipsel" ? ",addr=0b" : ""}]
    power_on $flash -device qemu-xhci$slot -netdev [line_of card board peer 1] {*}[wire_of card]
    up_again
    set before [spis home]
    peer {ping -q -c 250 -i 0.1 -W 5 -I 10.2.0.1 192.168.1.1 >$work/stream 2>&1 & echo $! >$work/pinging}
    card_arrives
    sh {ifup usb0}
    wait_until 90 {the tunnel over the card} { other_answers }
    memory "with two tunnels"
    card_goes
    wait_until 90 {the tunnel to be without a line} { can {logread | grep -q '"other".*address-lost'} }
    must_be [other_answers] 0
    sh {ifdown -f usb0 2>/dev/null; true}

    # As cardmgr does: it sources network.opts, and calls start_fn and stop_fn with the device. The daemon does not run, and the hook starts it.
    card_arrives
    sh {ip link set usb0 up; ip address add 198.51.100.2/24 dev usb0}
    sh {(DEVICE=usb0; . /usr/share/ipsec/pcmcia-network.opts; start_fn usb0)}
    wait_until 90 {the tunnel over the card} { other_answers }
    sh {(DEVICE=usb0; . /usr/share/ipsec/pcmcia-network.opts; stop_fn usb0)}
    card_goes

    peer {for try in {1..600}; do kill -0 "$(cat $work/pinging)" 2>/dev/null || break; sleep 0.1; done}
    must_have [peer {grep received $work/stream}] "250 received"
    must_be [spis home] $before
    must_be [in_the_clear] ""

    # hotplugstart=yes: the same hook starts a Cygnet that does not run.
    sh {/etc/init.d/ipsec stop} 60
    await_ping
    sh {(DEVICE=usb0; . /usr/share/ipsec/pcmcia-network.opts; start_fn eth1)} 60
    ping_answered 120
}

# The line is PPPoE: from power-on to the first ping, and again after the line was dropped and returned with another address.
proc scene_pppoe {} {
    global flash home_interfaces boot_started
    if {[is_on]} { power_off }
    peer {
        mkdir -p $work/ppp; : >$work/ppp/options
        printf '"home" * "dial tone" *\n' >$work/ppp/chap-secrets
        cat >$work/ppp/server <<OPTIONS
require-chap
lcp-echo-interval 5
lcp-echo-failure 3
nodefaultroute
OPTIONS
        mount --bind $work/ppp /etc/ppp
        cat >$work/dsl <<'DSL'
exec pppoe-server -F -I eth0 -k -L 203.0.113.1 -R $1 -N 4 -O $work/ppp/server
DSL
        bash $work/dsl 203.0.113.10 >$work/pppoe-server 2>&1 & echo $! >$work/dsl.pid
    }
    large_flash "$home_interfaces
iface eth1 inet manual
	up ip link set eth1 up && pppd call dsl
	down killall pppd
"
    # Nothing starts Cygnet but the hook that pppd calls: the other two that would are taken out, as an overlay does that.
    flash_do $flash {
        {mkdir /changes/etc/network/if-up.d} {mknod /changes/etc/network/if-up.d/ipsec c 0 0}
        {mkdir /changes/etc/rc.d} {mknod /changes/etc/rc.d/S60ipsec c 0 0}
    }
    flash_put $flash /etc/ppp/options ""
    flash_put $flash /etc/ppp/chap-secrets "\"home\" * \"dial tone\" *\n" 0100600
    flash_put $flash /etc/ppp/peers/dsl {plugin rp-pppoe.so
eth1
user home
noauth
noipdefault
defaultroute
persist
maxfail 0
holdoff 1
lcp-echo-interval 1
lcp-echo-failure 3
}
    await_ping
    power_on $flash
    ping_answered 240
    say "PPPoE: power-on to ping [format %.1f [expr {([clock milliseconds] - $boot_started) / 1000.0}]] s"
    console
    tunnel_took home
    memory "with one tunnel over PPPoE"
    must_have [sh {ip address show ppp0}] 203.0.113.10
    # The line is dropped, without a word, and another address is given out.
    sh {ping -q -c 600 10.2.0.1 >/tmp/pings 2>&1 & echo $! >/tmp/pinging}
    peer {kill "$(cat $work/dsl.pid)"; pkill -9 -x pppd; bash $work/dsl 203.0.113.77 >$work/pppoe-server 2>&1 & echo $! >$work/dsl.pid}
    set dropped [clock milliseconds]
    wait_until 120 {the line to come back} { regexp {203\.0\.113\.77} [try {ip address show ppp0 2>&1}] }
    say "PPPoE: the line was back [format %.1f [expr {([clock milliseconds] - $dropped) / 1000.0}]] s after it was dropped"
    set back [clock milliseconds]
    await_ping
    ping_answered 120
    say "PPPoE: the tunnel was back [expr {[clock milliseconds] - $back}] ms after the line was seen to be"
    must_be [in_the_clear] ""
    memory "after the line came back"
    sh {kill $(cat /tmp/pinging); true}
    # The next board's line is no PPPoE.
    peer {kill "$(cat $work/dsl.pid)"; pkill -9 -x pppd; umount /etc/ppp}
}
