#!/usr/bin/expect -f
# play.tcl BOARD[,BOARD...] [SCENE...]: plays the scenes of Tests/Boards/scenes.tcl on boards that Board/image built, in QEMU, each with its
# serial line, against a virtual machine with strongSwan. Prints `ok - BOARD: SCENE` or `not ok - BOARD: SCENE`, and on lines with `# `
# measurements or errors. Exits with 77 and the reason if it cannot be played.
log_user 0
match_max 200000
set here [file dirname [file normalize [info script]]]
cd $here/../..
set env(PATH) "$env(PATH):/usr/sbin:/sbin"

proc say {text} { foreach line [split $text \n] { puts "# $line" }; flush stdout }
proc contents {path} { set file [open $path rb]; set text [read $file]; close $file; return $text }
proc must_be {is wanted} { if {$is ne $wanted} { error "'$is', where '$wanted' was wanted" } }
proc must_have {text part} { if {[string first $part $text] < 0} { error "no '$part' in: $text" } }
proc wait_until {limit what condition} {
    set end [expr {[clock milliseconds] + $limit * 1000}]
    while {![uplevel 1 $condition]} {
        if {[clock milliseconds] > $end} { error "waited $limit s for $what" }
        after 50
    }
}
foreach part {peer board scenes} { source $here/$part.tcl }

set all [list first_boot power_on power_cut firmware console page cards pppoe]
if {[llength $argv] < 1} { puts stderr "usage: Tests/Boards/play.tcl BOARD\[,BOARD...\] \[SCENE...\]; the scenes: $all"; exit 2 }
set scenes [lrange $argv 1 end]
if {![llength $scenes]} { set scenes $all }

set work [string trim [exec mktemp -d /tmp/cygnet-boards.XXXXXX]]
set failed 0
# The moments of power cuts are random; SEED repeats a run.
set seed [expr {[info exists env(SEED)] ? $env(SEED) : [clock seconds] % 100000}]
expr {srand($seed)}
trap { catch power_cut; catch peer_stop; exit 1 } {INT TERM}
if {[catch {peer_start} reason]} { puts "not played: $reason"; set failed 1; set scenes {} }
foreach board [split [lindex $argv 0] ,] {
    set flash $work/$board
    forget_wires
    if {[catch {exec -ignorestderr Board/image $board; if {[string match *cards* $scenes] || [string match *pppoe* $scenes]} { exec -ignorestderr Board/image $board --large }} reason]} {
        puts "not ok - $board: its image"; say $reason; set failed 1
        continue
    }
    foreach scene $scenes {
        set started [clock seconds]
        if {[catch scene_$scene reason]} {
            puts "not ok - $board: $scene"; say $reason; set failed 1
            post_mortem
            catch {power_cut}
        } else {
            say "$scene took [expr {[clock seconds] - $started}] s"
            puts "ok - $board: $scene"
        }
        flush stdout
    }
    catch {power_cut}
}
peer_stop
if {$failed} { puts "# what came over the serial lines is in $work" } else { file delete -force $work }
exit $failed
