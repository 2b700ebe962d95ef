# A board in QEMU (Board/run), driven over its serial line. `sh COMMAND` runs a command there, `monitor COMMAND` one of QEMU's.

# power_on FLASH [QEMU OPTION...]: returns at once.
proc power_on {flash args} {
    global board work env spawn_id told_qemu boot_started
    set env(FLASH) $flash
    set env(WAN) [line_of wan board peer 0]
    # All output is kept in the log; the end of QEMU ends every wait.
    log_file -a -noappend $work/serial
    spawn -noecho Board/run $board -action reboot=reset {*}[wire_of wan] {*}$args
    fconfigure $spawn_id -translation binary
    set boot_started [clock milliseconds]
}

# QEMU writes every packet of a line into a file, one for each time the board is on.
set wires {}
proc wire_of {netdev} {
    global work wires
    set file $work/$netdev-[clock milliseconds].pcap
    lappend wires $file
    return [list -object filter-dump,id=$netdev-wire,netdev=$netdev,file=$file]
}
proc forget_wires {} { global wires; set wires {} }
proc on_the_wires {filter} {
    global wires
    set told {}
    foreach file $wires { append told [exec tcpdump -n -r $file $filter 2>/dev/null] }
    return [string trim $told]
}

# The first thing on the serial line is Cygnet's console. Most scenes use its command `shell`.
proc console {{limit 240}} {
    wait_for {Cygnet on [^\r\n]*: IPsec is [a-z ]*running} $limit
    wait_for {ipsec> $} $limit
    into_shell
}
proc into_shell {} {
    send "shell\r"
    wait_for {# (\x1b\[6n)?$}
    plain
}
proc into_console {} {
    send "break\r"
    send "exit\r"
    wait_for {ipsec> $}
}
# Returns the output of a console command.
proc ask {line {limit 60}} {
    send -- "$line\r"
    return [string map {\r {}} [wait_for {ipsec[^ >]*> $} $limit]]
}

# No line editor, prompt or echo: one line is one command.
proc plain {} {
    send {stty -echo; PS1=; echo rea''dy; while read -r line; do eval "$line"; done}
    send "\r"
    wait_for {\nready\r+\n}
    sh true
}

proc wait_for {pattern {limit 60}} {
    global expect_out
    expect {
        -timeout $limit
        -re $pattern { return $expect_out(buffer) }
        timeout { error "waited $limit s on the serial line for '$pattern'; there was: [tail]" }
        eof { error "the board is dead; it said: [tail]" }
    }
}
# Reads the output so far, for the log and for the next wait.
proc listen {} { expect { -timeout 0 -ex "\x01\x02\x03" {} timeout {} eof {} } }
proc tail {} { global work; return [string range [string map {\r {}} [contents $work/serial]] end-1500 end] }

# Returns the output of a command; an error if it fails. `status` is its exit status.
proc try {command {limit 60}} {
    global status expect_out
    send -- "$command; echo \"<\$?>\"\r"
    wait_for {<(\d+)>\r+\n} $limit
    set status $expect_out(1,string)
    regexp {^(.*)<\d+>\r+\n$} $expect_out(buffer) -> told
    return [string trim [string map {\r {}} $told]]
}
proc sh {command {limit 60}} {
    global status
    set told [try $command $limit]
    if {$status != 0} { error "'$command' ended with $status: $told" }
    return $told
}
proc can {command} { global status; try $command; return [expr {$status == 0}] }

# Writes lines into a file on the board.
proc put {path text {mode 644}} {
    sh ": >$path; chmod $mode $path"
    foreach line [split $text \n] { sh "printf '%s\\n' '$line' >>$path" }
}

proc monitor {command} {
    send "\x01c"
    wait_for {\(qemu\) $}
    send -- "$command\r"
    set told [wait_for {\n\(qemu\) $}]
    send "\x01c"
    return $told
}

# Cuts the power: the board is not told.
proc power_cut {} {
    global spawn_id
    if {![is_on]} { return }
    exec kill -9 [exp_pid]
    catch {close}
    catch {wait}
}
proc power_off {} {
    send "poweroff\r"
    expect { -timeout 60 eof {} timeout { error "the board does not switch itself off: [tail]" } }
    catch {wait}
}
# For a scene that follows another one: switches the board on if the other one left it off.
proc be_on {} {
    global flash board
    if {[is_on]} { return }
    if {![file exists $flash]} { exec cp .build/board/$board/flash $flash }
    power_on $flash
    console
}
proc is_on {} { expr {![catch {exp_pid} pid] && $pid > 0 && [file exists /proc/$pid]} }

# After a failure: the state of both ends.
proc post_mortem {} {
    catch {listen; say "the serial line: [tail]"}
    catch {say "the board: [try {logread | tail -n 15; ipsec status}]"}
    catch {say "the peer: [peer {tail -n 15 $work/log; swanctl --list-sas; ip address show eth0}]"}
}

# MARK: Measurements

# Prints the memory of the board and of Cygnet, in kB.
proc memory {when} {
    set told [sh {grep -E '^(MemTotal|MemAvailable|MemFree):' /proc/meminfo; cat /proc/$(cat /var/run/pluto/pluto.pid)/status | grep -E 'VmRSS|VmHWM|RssAnon|RssFile|VmData|VmStk'}]
    foreach {- name kilobytes} [regexp -all -inline {(\w+):\s+(\d+) kB} $told] { set figure($name) $kilobytes }
    say "memory $when: board $figure(MemAvailable) kB available of $figure(MemTotal), Cygnet $figure(VmRSS) kB resident (own $figure(RssAnon), of files $figure(RssFile)), at most $figure(VmHWM)"
    return $figure(VmRSS)
}

# Seconds of the board's own clock since its kernel started.
proc since_kernel {uptime} {
    regexp {\[ *([\d.]+)\] Run /init} [sh {dmesg | grep 'Run /init'}] -> ready
    return [format %.2f [expr {$uptime - $ready}]]
}

# MARK: The flash, while the board is off

# The offset of the configuration's partition, from the table in the first sector.
proc configuration_at {flash} {
    set file [open $flash rb]; seek $file [expr {446 + 16 + 8}]; binary scan [read $file 4] iu sector; close $file
    return [expr {$sector * 512}]
}
# debugfs needs neither root nor a mount.
proc flash_do {flash commands} {
    global work
    set file [open $work/debugfs w]; puts $file [join $commands \n]; close $file
    return [exec /usr/sbin/debugfs -w -f $work/debugfs "$flash?offset=[configuration_at $flash]" 2>@1]
}
# Files that differ from the system are below /changes there.
proc flash_put {flash path text {mode 0100644}} {
    global work
    set file [open $work/text w]; puts -nonewline $file $text; close $file
    set folder /changes
    set commands [list "mkdir $folder"]
    foreach part [lrange [file split [file dirname $path]] 1 end] { append folder /$part; lappend commands "mkdir $folder" }
    lappend commands "rm /changes$path" "write $work/text /changes$path" "set_inode_field /changes$path mode $mode"
    flash_do $flash $commands
}
