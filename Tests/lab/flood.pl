#!/usr/bin/perl
# flood.pl KIND RATE SECONDS TARGET [DEVICE]: what a stranger sends, at so many packets a second, and how many it were.
#   first   first messages of Main Mode, each with a proposal that is acceptable, each from another address
#   udp     random octets to UDP ports 500 and 4500, from random addresses
#   esp     ESP of SPIs that nobody has
#   exchange  the first two messages of Main Mode, in MODP-4096, from the addresses 100.64.0.1 to 100.64.0.55, which are this
#           node's: answers are waited for, and counted
#   replay  every ESP packet that crosses DEVICE towards TARGET, once more, as it is
# Packets leave by a raw socket with a header of our own: none but a test's own namespace ever sees them.
use strict; use warnings; use Socket; use Time::HiRes qw(time);
my ($kind, $rate, $seconds, $target, $device) = @ARGV;
my $to = inet_aton($target) or die "flood: no address: $target\n";
srand(1); $| = 1;
socket(my $out, PF_INET, SOCK_RAW, 255) or die "flood: raw socket: $!\n";
setsockopt($out, SOL_SOCKET, SO_SNDBUF, 1 << 20);
my $where = sockaddr_in(0, $to);

sub octets { join "", map { chr int rand 256 } 1 .. $_[0] }
# Addresses of 100.64.0.0/10, which nobody answers for.
sub stranger { pack("N", 0x64400000 | int rand 0x400000) }
# The kernel fills in length and checksum of the header.
sub ip { my ($protocol, $source, $payload) = @_; pack("CCnnnCCna4a4", 0x45, 0, 0, int rand 65536, 0, 64, $protocol, 0, $source, $to) . $payload }
sub udp { my ($source, $from, $port, $data) = @_; ip(17, $source, pack("nnnn", $from, $port, 8 + length $data, 0) . $data) }

# RFC 2408 §3: header, SA, proposal, transform: AES-128, SHA-256, MODP-2048, a pre-shared key, eight hours.
my $attributes = pack("n*", 0x8001, 7, 0x800e, 128, 0x8002, 4, 0x8004, $kind eq "exchange" ? 16 : 14, 0x8003, 1, 0x800b, 1, 0x800c, 28800);
my $transform = pack("CCnCCn", 0, 0, 8 + length $attributes, 1, 1, 0) . $attributes;
my $proposal = pack("CCnCCCC", 0, 0, 8 + length $transform, 1, 1, 0, 1) . $transform;
my $sa = pack("CCnNN", 0, 0, 12 + length $proposal, 1, 1) . $proposal;
my %make = (
    first => sub { udp(stranger(), 500, 500, "\1" . octets(7) . "\0" x 8 . pack("CCCCNN", 1, 0x10, 2, 0, 0, 28 + length $sa) . $sa) },
    udp => sub { udp(stranger(), 1024 + int rand 60000, rand() < 0.5 ? 500 : 4500, octets(int rand 200)) },
    esp => sub { ip(50, stranger(), octets(4) . pack("N", int rand 1000) . octets(88)) },
);

my ($sent, $began) = (0, time);
if ($kind eq "exchange") {
    my (@sources, %by);
    for (1 .. 55) {
        socket(my $socket, PF_INET, SOCK_DGRAM, 17) or die "flood: socket: $!\n";
        bind($socket, sockaddr_in(5500, inet_aton("100.64.0.$_"))) or die "flood: 100.64.0.$_: $!\n";
        push @sources, $socket; $by{fileno $socket} = $socket;
    }
    my $peer = sockaddr_in(500, $to);
    my ($begun, $done) = (0, 0);
    # RFC 2408 §3: header, KE with a value below the prime, nonce.
    my $second = sub { my $cookies = shift; my $body = pack("CCn", 10, 0, 516) . "\x7f" . octets(511) . pack("CCn", 0, 0, 20) . octets(16); $cookies . pack("CCCCNN", 4, 0x10, 2, 0, 0, 28 + length $body) . $body };
    print "sending\n";
    while ((my $now = time) < $began + $seconds) {
        my $due = ($now - $began) * $rate;
        while ($begun < $due) {
            send($sources[$begun++ % @sources], "\1" . octets(7) . "\0" x 8 . pack("CCCCNN", 1, 0x10, 2, 0, 0, 28 + length $sa) . $sa, 0, $peer);
            $sent++;
        }
        my $ready = ""; vec($ready, $_, 1) = 1 for keys %by;
        next unless select($ready, undef, undef, 0.002) > 0;
        for my $number (grep { vec($ready, $_, 1) } keys %by) {
            while (recv($by{$number}, my $answer, 4096, Socket::MSG_DONTWAIT())) {
                last unless length $answer > 28;
                my $next = ord substr $answer, 16, 1;
                if ($next == 1) { $sent++; send($by{$number}, $second->(substr $answer, 0, 16), 0, $peer) } elsif ($next == 4) { $done++ }
            }
        }
    }
    print "exchanges $begun answered $done\n";
} elsif ($kind eq "replay") {
    socket(my $in, 17, SOCK_RAW, unpack("S", pack("n", 3))) or die "flood: packet socket: $!\n";
    my $index = do { open my $file, "<", "/sys/class/net/$device/ifindex" or die "flood: $device: $!\n"; <$file> };
    bind($in, pack("SnlSCCa8", 17, 3, $index, 0, 0, 0, "")) or die "flood: bind: $!\n";
    print "sending\n";
    my %seen;
    while ((my $left = $began + $seconds - time) > 0) {
        my $ready = ""; vec($ready, fileno $in, 1) = 1;
        select($ready, undef, undef, $left) or last;
        recv($in, my $frame, 2048, 0) // next;
        my $packet = substr $frame, 14;
        # Once each: what we send crosses the device, too.
        next unless length $packet > 28 && ord(substr $packet, 9, 1) == 50 && substr($packet, 16, 4) eq $to && !$seen{substr $packet, 20, 8}++;
        for (1 .. $rate) { $sent++ if defined send($out, $packet, 0, $where) }
    }
} else {
    print "sending\n";
    while ((my $now = time) < $began + $seconds) {
        my $due = ($now - $began) * $rate;
        while ($sent < $due) { $sent++; send($out, $make{$kind}->(), 0, $where) }
        select(undef, undef, undef, 0.005);
    }
}
printf "sent %d packets in %.1f s\n", $sent, time - $began;
