# flow.pl echo|ask ADDRESS WORD FOLDER: see `flow` in offload.sh. Few modules, since each costs a second under emulation.
use Socket; $| = 1;
my ($role, $address, $word, $folder) = @ARGV;
my $at = sockaddr_in(7007, inet_aton($address));
socket(my $u, PF_INET, SOCK_DGRAM, 0) or die $!;
socket(my $t, PF_INET, SOCK_STREAM, 0) or die $!;
sub ready { my $set = ''; vec($set, fileno($_), 1) = 1 for @_; select($set, undef, undef, $role eq 'ask' ? 0.2 : undef); grep { vec($set, fileno($_), 1) } @_ }
if ($role eq 'echo') {
    setsockopt($t, SOL_SOCKET, SO_REUSEADDR, 1);
    bind($u, $at) && bind($t, $at) && listen($t, 5) or die $!;
    open(my $done, '>', "$folder/echoes");
    my @open = ($u, $t);
    while (1) { for my $s (ready(@open)) {
        if ($s == $u) { my $who = recv($u, my $d, 99, 0); send($u, $d, 0, $who) if $who }
        elsif ($s == $t) { my $new; accept($new, $t) and push @open, $new }
        elsif (sysread($s, my $d, 99)) { syswrite($s, $d) } else { @open = grep { $_ != $s } @open; close $s }
    } }
}
bind($u, sockaddr_in(7008, INADDR_ANY)) && connect($u, $at) && connect($t, $at) or die $!;
my %answers = (udp => 0, tcp => 0);
sub note { my ($what) = @_; open(my $f, '+<', "$folder/$what"); syswrite($f, ++$answers{$what} . "\n") }
syswrite($t, $word);
while (1) {
    send($u, $word, 0);
    my $owed = 0;
    for my $s (ready($u, $t)) {
        # All that waits: a tunnel that comes up brings many at once.
        if ($s == $u) { note('udp') while defined recv($u, my $d, 99, MSG_DONTWAIT) }
        elsif (sysread($t, my $d, 99)) { note('tcp'); $owed = 1 }
    }
    select(undef, undef, undef, 0.2);
    syswrite($t, $word) if $owed;
}
