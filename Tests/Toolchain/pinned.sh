#!/bin/bash
# pinned.sh: Toolchain/source takes no other source of a package than the one whose .dsc file has the checksum it was told, nor one whose
# archive is another one than the .dsc file names. A package made here stands in for Debian's.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/tool-1.0" "$work/archive" "$work/bin"
echo "as it was made" >"$work/tool-1.0/text"
tar -C "$work" -czf "$work/archive/tool_1.0.tar.gz" tool-1.0
describe() { # FIELD HASH
    echo "$1:"
    echo " $("${2}sum" "$work/archive/tool_1.0.tar.gz" | cut -d' ' -f1) $(stat -c %s "$work/archive/tool_1.0.tar.gz") tool_1.0.tar.gz"
}
{
    printf 'Format: 1.0\nSource: tool\nBinary: tool\nArchitecture: any\nVersion: 1.0\nMaintainer: N <n@example.org>\n'
    describe Checksums-Sha1 sha1; describe Checksums-Sha256 sha256; describe Files md5
} >"$work/archive/tool_1.0.dsc"
sum=$(sha256sum "$work/archive/tool_1.0.dsc" | cut -d' ' -f1)
cat >"$work/bin/apt-get" <<END
#!/bin/sh
case " \$* " in *" source "*) cp "$work"/archive/* . ;; esac
END
chmod +x "$work/bin/apt-get"
export PATH=$work/bin:$PATH
take() { Toolchain/source tool 1.0 "$1" "$work/$2" >"$work/told" 2>&1; }

take "$sum" right || { echo "the right source is refused: $(cat "$work/told")"; exit 1; }
[ "$(cat "$work/right/text")" = "as it was made" ] || { echo "the right source is not unpacked"; exit 1; }
# What is there already is kept if it is the same, and replaced if not.
echo changed >"$work/right/text"
take "$sum" right && [ "$(cat "$work/right/text")" = changed ] || { echo "what is there already is not kept"; exit 1; }
echo 0 >"$work/right/.sha256"
take "$sum" right && [ "$(cat "$work/right/text")" = "as it was made" ] || { echo "another source is not replaced"; exit 1; }
! take "${sum//[0-9]/0}" wrong && [ ! -e "$work/wrong" ] || { echo "a .dsc file with another checksum is taken"; exit 1; }
echo more >>"$work/tool-1.0/text"
tar -C "$work" -czf "$work/archive/tool_1.0.tar.gz" tool-1.0
! take "$sum" wrong && [ ! -e "$work/wrong" ] || { echo "an archive with another checksum is taken"; exit 1; }
