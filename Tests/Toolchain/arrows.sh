#!/bin/bash
# arrows.sh: Toolchain/arrows refuses an import that Package.swift does not list, and a room that is listed for one on its own floor.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r Package.swift Sources "$work"
refused() { # WHAT PATTERN
    if told=$(Toolchain/arrows "$work" 2>&1); then echo "$1 passes"; exit 1; fi
    grep -qF "$2" <<<"$told" || { echo "$1: $told"; exit 1; }
}
Toolchain/arrows "$work" || { echo "the source is refused as it is"; exit 1; }
echo 'import IKE' >>"$work/Sources/ESP/BigEndian.swift"
refused "an import that is not listed" "ESP imports IKE"
sed -i 's/room("ESP", \["Wire", "Crypto"\])/room("ESP", ["Wire", "Crypto", "IKE"])/' "$work/Package.swift"
refused "a room that is listed for one on its floor" "lists IKE, on floor 3"
sed -i 's/room("ESP", \["Wire", "Crypto", "IKE"\])/room("ESP", ["Wire", "Crypto"])/' "$work/Package.swift"
sed -i '$d' "$work/Sources/ESP/BigEndian.swift"
mkdir "$work/Sources/Attic"
refused "a room without a floor" "no floor for Attic"
