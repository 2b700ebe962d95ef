# console.tcl SCRIPT BINARY ARGUMENT...: what is typed at a console, and what must come of it. A script is a procedure below. Every wait has its
# end; what does not come fails, and what came instead is in the transcript.
set timeout 20
log_user 1
set script [lindex $argv 0]
set binary [lindex $argv 1]
set words [lrange $argv 2 end]

proc die {what} { puts "\nFAILED: $what"; exit 1 }
proc must {pattern} {
    expect {
        -re $pattern {}
        timeout { die "/$pattern/ does not come" }
        eof { die "the console ended before /$pattern/" }
    }
}
# Types a line, and waits for the prompt behind its answer, in which PATTERN must be.
proc type {line {pattern ""}} {
    send -- "$line\r"
    if {$pattern ne ""} { must $pattern }
    must {ipsec[^ \r\n]*> $}
}
# Asks with `?` what can follow BEFORE: it must name WORD. Then takes the question back.
proc ask {before word} {
    send -- "$before?"
    must "\n  \[^\r\n\]*[regsub -all {[().*+?%]} $word {\\&}]"
    must {ipsec[^ \r\n]*> }
    send -- "\025"
    expect -re {.*}
}
proc begin {args} {
    global binary spawn_id
    spawn -noecho $binary console {*}$args
    must {'\?' shows what can be typed}
    must {ipsec> $}
}
proc leave {} {
    send "exit\r"
    expect { eof {} timeout { die "exit does not leave" } }
    lassign [wait] pid id system status
    if {$status != 0} { die "the console ended with $status" }
}

# Every word is found with `?` before it is used.
proc tunnel {left leftsubnet right rightsubnet secret plane ike esp} {
    begin
    ask "" edit; ask "" set; ask "" commit; ask "" secret; ask "" setup; ask "" up
    ask "edit " NAME
    type "edit %setup" "config setup is new"
    ask "set " protostack=
    type "set interfaces=\"ipsec0=wan\""
    type "set protostack=[expr {$plane eq "tun" ? "klips" : "netkey"}]"
    type "edit net" "conn net is new"
    foreach {name value} [list left $left leftsubnet $leftsubnet right $right rightsubnet $rightsubnet ike $ike esp $esp authby secret auto add] {
        ask [expr {[string match right?* $name] ? "set right" : "set "}] $name
        type "set $name=$value"
    }
    type "show changes" "authby=secret"
    ask "" check
    type "check" "1 conns to use, 0 errors"
    send "secret\r"
    must "PSK for $left $right : $"
    send -- "$secret\r"
    must "once more: $"
    send -- "$secret\r"
    must {ipsec\(net\)\*> $}
    type "commit" "IPsec is not running"
    ask "setup " start
    type "setup start"
    ask "up " net
    type "up net" "ipsec-sa-established"
    ask "show " status
    type "show status" "net: up"
    ask "ping " HOST
    type "ping $right count 1" "1 sent, 1 answered"
    leave
}

# Changes a conn so that it is of no use, for TIME, and dies.
proc commit_and_die {time} {
    begin
    type "edit net"
    type "set rightsubnet=10.9.0.0/24"
    type "commit confirm $time" "unless you 'confirm'"
    exec kill -9 [exp_pid]
    expect { eof {} timeout { die "the console lives" } }
    wait
}

# Types keys, has the line shown anew, and forgets it.
proc keys {typed line} {
    send -- "$typed\014"
    must "> [regsub -all {[][().*+?%\\$^|{}]} $line {\\&}] *\b*$"
    send "\003"
    must {\^C}
    must {ipsec[^ \r\n]*> $}
}

proc terminal {conf secrets} {
    set timeout 10
    # Forty columns, that the terminal does not know of: long lines are shown in part.
    begin columns 40
    send "show configuration aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    must "< ?a+"
    send "\025"
    type "terminal" "columns 40 lines 0 echo on"
    type "show memory" "resident"
    # Arrows, erasing, completion, history.
    keys "showx\010 sta\t" "show status "
    keys "atus\033\[D\033\[D\033\[D\033\[Dst\001show \005" "show status"
    keys "sho\tmem\t" "show memory "
    keys "\033\[A" "show memory"
    keys "up ga\t" "up gate "
    type "sho mem" "resident"
    type "sh" "it may be show or shell"
    # What is pasted: tabs are white space, question marks what they are; what is wrong is said and in its line.
    send "conn pasted\r\n\tleft=%defaultroute\t# us?\r\n\tright=192.0.2.77\r\n\tauto=ad\r\n    authby = secret\r\n"
    must "auto=ad: expected ignore, add, route, start or manual"
    must {ipsec\(pasted\)\*> $}
    type "check" "auto=ad"
    type "set auto=ignore"
    type "compare" "left=%defaultroute\t# us"
    type "commit" "unchanged: 2"
    # Secrets: a key of a conn, and a pre-shared one; not shown, not remembered.
    type "edit pasted"
    send "secret @here @there\r"
    must "PSK for @here @there : $"
    send "my new secretx\010\r"
    must "once more: $"
    send "my new secret\r"
    must {ipsec[^ \r\n]*> $}
    keys "\020" "secret @here @there"
    if {[string first "@here @there : PSK \"my new secret\"" [exec cat $secrets]] < 0} { die "the secret is not in its file" }
    keys "set espenckey=0x0011" "set espenckey=******"
    # A page at a time, while that is wanted.
    type "end"
    send "terminal lines 5\r"
    must {> $}
    send "show configuration\r"
    must {[-]-More--$}
    send " "
    must {[-]-More--$}
    send "q"
    must {ipsec> $}
    type "terminal lines 0"
    # Watching ends with a key; waiting with control C, and what was typed ahead stays.
    send "watch\r"
    must "Memory:"
    exec $::binary up net
    must "ipsec-sa-established"
    send "x"
    must {ipsec> $}
    send "ping 10.99.0.1 count 30\r"
    must "1: "
    send "\003show memory\r"
    must "sent, 0 answered"
    must "resident"
    must {ipsec> $}
    send "shell\r"
    must {[#$] $}
    send {echo in a sh''ell; stty -a | grep -c '[^-]icanon'}
    send "\r"
    must "in a shell\r\n1\r"
    send "exit\r"
    must {ipsec> $}
    leave
    # A terminal that shows by itself what is typed: nothing comes back but answers.
    begin echo off
    send "terminal\r"
    must "^\r\ncolumns 80 lines 0 echo off\r\nipsec> $"
    send "show mem\t"
    must "^\r\nipsec> show memory $"
    send "\r"
    must "resident"
    must {ipsec> $}
    # The line drops: the console ends, and the terminal is as it was.
    close
    wait
}

# How long a key takes to be answered, and Tab; and how long by a program that does nothing but answer, for how busy this machine is.
proc speed {} {
    global spawn_id
    spawn -noecho sh -c "stty raw -echo; echo ready; exec cat"
    set idle $spawn_id
    must ready
    begin
    foreach what {key tab control} { set late($what) 0; set slowest($what) 0; set sum($what) 0; set count($what) 0 }
    for {set i 0} {$i < 600} {incr i} {
        set what [expr {$i % 2 ? "control" : $i % 20 == 18 ? "tab" : "key"}]
        set key [expr {$what eq "tab" ? "\025up n100\t" : "a"}]
        set to [expr {$what eq "control" ? $idle : $spawn_id}]
        set began [clock microseconds]
        send -i $to -- $key
        expect -i $to -re [expr {$what eq "tab" ? {n100 $} : {a$}}] {} timeout { die "no answer" }
        set took [expr {([clock microseconds] - $began) / 1000.0}]
        incr count($what)
        set sum($what) [expr {$sum($what) + $took}]
        if {$took > $slowest($what)} { set slowest($what) $took }
        if {$took > 50} { incr late($what) }
        after 20
    }
    puts ""
    foreach what {key tab control} {
        lappend told [format "%s %.1f ms on the average, at most %.1f, %d of %d later than 50" $what [expr {$sum($what) / $count($what)}] \
            $slowest($what) $late($what) $count($what)]
    }
    puts [join $told "\n"]
    # On a busy machine some of any three hundred come late.
    if {$late(key) + $late(tab) > $late(control) + 15} { die "keys are answered too late" }
    send "\025"
    leave
}

$script {*}$words
puts "\n$script: as it must be"
