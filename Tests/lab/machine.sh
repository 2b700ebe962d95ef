#!/bin/bash
# machine.sh COMMAND [ARGUMENT...]: boots a kernel that has ESP in an emulated machine, and runs COMMAND there as root.
#
# The kernel is Debian's; the files are this machine's, mounted read-only, so programs installed or built here are
# at the same path. /tmp and /run are the guest's own. The output of COMMAND is printed as it arrives, and its
# exit status is this script's. Files that it leaves in $RESULTS are kept in the folder that $RESULTS names here, if any.
# It needs neither KVM nor root. Exits with 77 and the reason if no machine can be started. LIMIT is the time in seconds after which the machine is switched off (2700).
# NETWORK has options of QEMU's for network cards (the default is none).
set -euo pipefail
here=$(dirname "$(realpath "$0")") cache=$(realpath -m "$(dirname "$0")/../../.build/vm")
export PATH=$PATH:/usr/sbin:/sbin
[ $# -ge 1 ] || { echo "usage: Tests/lab/machine.sh COMMAND [ARGUMENT...]" >&2; exit 2; }
for tool in qemu-system-x86_64 cpio depmod busybox; do
    command -v $tool >/dev/null || { echo "vm: '$tool' is missing: Tests/setup installs it" >&2; exit 77; }
done
mkdir -p "$cache"
# One run at a time makes the image; the others wait for it.
exec 9>"$cache/lock"; flock 9; "$here/machine-image.sh" "$cache" || exit 77; flock -u 9

share=${RESULTS:-}
work=$(mktemp -d "${TMPDIR:-/tmp}/cygnet-vm.XXXXXX")
machine=
trap '[ -z "$machine" ] || kill "$machine" 2>/dev/null || true; rm -rf "$work"' EXIT
trap 'exit 130' INT; trap 'exit 143' TERM
[ -n "$share" ] || share=$work/share
mkdir -p "$share"; share=$(realpath "$share")
printf '%q ' "$@" >"$share/command"
: >"$share/output"; rm -f "$share/status"

# shellcheck disable=SC2086 # NETWORK holds several words
# On a busy machine the kernel's check of its timer fails wrongly. The other options avoid slow emulation: a second CPU, wide vector registers, mitigations of faults of real CPUs, and
# random addresses (code is translated once for each address at which it is mapped).
timeout "${LIMIT:-2700}" qemu-system-x86_64 -accel tcg,tb-size=512 -cpu Nehalem -m 768 -nographic -no-reboot -nodefaults -serial stdio \
    ${NETWORK:--nic none} -device virtio-rng-pci -kernel "$cache/vmlinuz" -initrd "$cache/initrd.gz" \
    -virtfs local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap \
    -virtfs "local,path=$share,mount_tag=share,security_model=none" \
    -append "console=ttyS0 quiet panic=-1 no_timer_check mitigations=off nokaslr norandmaps PROJECT=$(realpath "$here/../..")" </dev/null >"$share/console" 2>&1 &
machine=$!
tail -n +1 -f --pid=$machine "$share/output" & follower=$!
wait $machine || true
wait $follower || true
if ! [ -s "$share/status" ]; then
    echo "vm: the machine ended without a word; the last of its console:" >&2
    tail -n 20 "$share/console" | tr -d '\r' >&2
    exit 1
fi
exit "$(cat "$share/status")"
