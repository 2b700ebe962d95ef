#!/bin/bash
# too-large.sh: a binary of more than Toolchain/budget's bytes is refused: one that takes too much flash, and one that compresses well
# and is too large itself. One that holds both bounds passes.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
while read -r target compressed plain; do
    # Random bytes compress to themselves, zeroes to nothing.
    head -c $((compressed - 8192)) /dev/urandom >"$work/fits"
    truncate -s "$plain" "$work/fits"
    head -c $((compressed + 1)) /dev/urandom >"$work/dense"
    truncate -s $((plain + 1)) "$work/long"
    Toolchain/measure "$target" "$work/fits" >/dev/null || { echo "$target: refused within its budget"; exit 1; }
    for binary in dense long; do
        status=0
        told=$(Toolchain/measure "$target" "$work/$binary" 2>&1) || status=$?
        [ $status = 1 ] || { echo "$target: a $binary binary ends measure with $status: $told"; exit 1; }
    done
    grep -q "long has 1 bytes more" <<<"$told" || { echo "$target: the excess is told otherwise: $told"; exit 1; }
done < <(grep '^[a-z]' Toolchain/budget)
status=0
Toolchain/measure pdp11 "$work/fits" >/dev/null 2>&1 || status=$?
[ $status = 2 ] || { echo "a target without a budget ends measure with $status"; exit 1; }
