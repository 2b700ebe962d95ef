#!/bin/bash
# too-large.sh: an image that does not fit the 8 MB beside the kernel is refused, in one sentence, and none is left behind.
# The binaries of .build/ship are built anew first, unless SKIP_BINARY is set.
set -euo pipefail
cd "$(dirname "$0")/../.."
board=virt-armv7
Board/image $board >/dev/null
. Board/$board/board
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The same project, with two megabytes more in the system that nothing makes smaller.
mkdir -p "$work/.build/board"
cp -r Board "$work/"; ln -s "$PWD/Tests" "$PWD/Toolchain" "$work/"
ln -s "$PWD/.build/ship" "$work/.build/"; ln -s "$PWD/.build/board/packages" "$work/.build/board/"
head -c 2097152 /dev/urandom >"$work/Board/root/usr/share/ballast"
if SKIP_BINARY=1 "$work/Board/image" $board >"$work/told" 2>&1; then echo "an image of more than 8 MB was built: $(cat "$work/told")"; exit 1; fi
grep -qx 'image: the system has [0-9]* bytes of 3080192' "$work/told" || { echo "refused with other words: $(cat "$work/told")"; exit 1; }
[ ! -e "$work/.build/board/$board/flash" ] || { echo "a flash was left behind"; exit 1; }
cat "$work/told"
