#!/usr/bin/perl
# refuse.pl IOCTL COMMAND...: runs COMMAND on a kernel that knows no ioctl of this number (decimal or 0x…) and answers EINVAL, as an old
# one does: a seccomp filter, which outlives exec. For x86_64.
use strict; use warnings;
my $number = oct shift;
my @filter = (
    [0x20, 0, 0, 4],            # load the architecture
    [0x15, 0, 5, 0xc000003e],   # x86_64?
    [0x20, 0, 0, 0],            # load the system call's number
    [0x15, 0, 3, 16],           # ioctl?
    [0x20, 0, 0, 24],           # load its second argument's lower half
    [0x15, 0, 1, $number],
    [0x06, 0, 0, 0x00050000 | 22], # EINVAL
    [0x06, 0, 0, 0x7fff0000],   # allowed
);
my $program = join '', map { pack 'SCCL', @$_ } @filter;
my $header = pack 'Sx![Q]P', scalar @filter, $program;
syscall(157, 38, 1, 0, 0, 0) == 0 or die "refuse: PR_SET_NO_NEW_PRIVS: $!\n";
syscall(157, 22, 2, $header) == 0 or die "refuse: PR_SET_SECCOMP: $!\n";
exec @ARGV or die "refuse: $ARGV[0]: $!\n";
