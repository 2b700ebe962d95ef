#!/bin/bash
# lint.sh: looks at every shell script with shellcheck (.shellcheckrc says what is left out), and for functions of one name in two
# files of Tests/scenes, which are all read together; for pipes whose reader ends early; for files that Sources/README.md names and
# that do not exist; for types of one name in two files of Sources; for imports that go up a floor; and at every Swift file with
# `swift format`, by the rules in .swift-format.
# Prints what it finds; the last line is `lint: N scripts`, or the exit status is 1.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v shellcheck >/dev/null || { echo "lint: shellcheck is missing: Tests/setup installs it" >&2; exit 1; }
scripts=()
while IFS= read -r file; do
    IFS= read -r first <"$file" 2>/dev/null || true
    case $first in '#!'*[/\ ]bash*|'#!'*[/\ ]sh|'#!'*[/\ ]sh\ *|'# shellcheck shell='*) scripts+=("$file") ;; esac
done < <(find . -type f -not -path './.git/*' -not -path './.build*' -size -256k | LC_ALL=C sort)
[ ${#scripts[@]} -gt 0 ] || { echo "lint: there are no scripts here" >&2; exit 1; }
shellcheck "${scripts[@]}"
twice=$(cat Tests/scenes/*.sh Tests/lab/{lab,browser,play}.sh | grep -oE '^[a-z_]+\(\)' | sort | uniq -d)
[ -z "$twice" ] || { echo "lint: defined in more than one file of Tests/scenes and Tests/lab: $twice" >&2; exit 1; }
# The reader of such a pipe ends at its first match. The program that writes to it then ends by SIGPIPE, and `pipefail` makes the match a failure.
early=$(grep -l pipefail "${scripts[@]}" | xargs grep -nE '[^|]\|[[:space:]]*(grep [^|<]*-[A-Za-z]*(q|m ?[0-9])|[h]ead([ )]|$)|awk [^|]*[;{] *exit *})' Tests/scenes/*.sh Tests/lab/*.sh || true)
[ -z "$early" ] || { printf 'lint: the reader of this pipe ends before its writer does:\n%s\n' "$early" >&2; exit 1; }
# A path is one of Sources, its ending perhaps left out; `…` and `*` stand for anything; a name alone is anywhere in Sources.
missing=$(grep -oE '`[^` ]+`' Sources/README.md | tr -d '`' | sort -u | while IFS= read -r name; do
    case $name in
    */) [ -z "$(find Sources -type d -path "*/${name%/}")" ] || continue ;;
    */*) ! compgen -G "Sources/${name//…/*}*" >/dev/null && [ ! -e "$name" ] || continue ;;
    *.swift) [ -z "$(find Sources Package.swift -name "${name//…/*}")" ] || continue ;;
    *) continue ;;
    esac
    echo "$name"
done)
[ -z "$missing" ] || { echo "lint: Sources/README.md names files that do not exist: $missing" >&2; exit 1; }
same=$(grep -rhoE '^(public |final |indirect )*(struct|enum|class|protocol) [A-Z][A-Za-z0-9]*' Sources --include='*.swift' | grep -oE '[A-Za-z0-9]+$' | sort | uniq -d)
[ -z "$same" ] || { echo "lint: two types of Sources have this name: $same" >&2; exit 1; }
Toolchain/arrows
swift format lint --strict --recursive --parallel Package.swift Sources Tests
echo "lint: ${#scripts[@]} scripts"
