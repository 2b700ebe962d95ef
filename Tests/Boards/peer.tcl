# The other end of the lines: a virtual machine with strongSwan, which runs Tests/Boards/peer.sh. `peer SCRIPT` runs a piece of bash there.

# Both ends of each line are sockets in this machine's file system: the network outside is not used.
proc line_of {id who other number} {
    global work
    return "dgram,id=$id,local.type=unix,local.path=$work/$who$number,remote.type=unix,remote.path=$work/$other$number"
}

proc peer_start {} {
    global work peer_job orders env
    file mkdir $work/share
    set orders 0
    set network ""
    foreach number {0 1} {
        append network " -netdev [line_of line$number peer board $number] -device virtio-net-pci,netdev=line$number,mac=52:54:00:12:35:0$number,romfile="
    }
    set peer_job [exec env LIMIT=1500 RESULTS=$work/share "NETWORK=$network" Tests/lab/machine.sh [pwd]/Tests/Boards/peer.sh >$work/peer.log 2>@1 &]
    wait_until 120 {the peer's machine to be ready} {
        if {![file exists /proc/$peer_job]} { error "the peer's machine ended: [contents $work/peer.log]" }
        file exists $work/share/ready
    }
}

proc peer_stop {} {
    global work peer_job
    if {![info exists peer_job]} { return }
    close [open $work/share/over w]
    if {[catch {wait_until 90 {the peer's machine to end} { expr {![file exists /proc/$::peer_job]} }}]} { catch {exec kill $peer_job} }
}

# Returns the output of the script; an error if its exit status is not 0.
proc peer {script {limit 60}} {
    global work orders
    incr orders
    set file [open $work/share/new w]; puts $file $script; close $file
    file rename $work/share/new $work/share/order.$orders
    wait_until $limit "the peer to do: $script" { file exists $::work/share/answer.$::orders }
    set told [contents $work/share/answer.$orders]
    regexp {^(.*)<(\d+)>\n$} $told -> told status
    if {$status != 0} { error "the peer's '$script' ended with $status: $told" }
    return [string trim $told]
}

proc peer_can {script} { expr {![catch {peer $script}]} }
