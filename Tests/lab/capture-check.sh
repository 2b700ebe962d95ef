#!/bin/bash
# capture-check.sh [--ike N] [--raw N] [--udp N] [--pattern TEXT] PCAP INNER-ADDRESS...
# Checks a capture of the wire between two gateways. It passes if
#   - no packet but ISAKMP and ESP holds one of the inner addresses anywhere (an ICMP error quoting one counts too),
#   - no packet at all, ESP included, holds two of them side by side (an inner header: null encryption) or TEXT,
#   - and there are at least N ISAKMP messages, N raw ESP packets, N ESP packets in UDP.
# Prints the counts in one line. Exits with 1 after it names a packet in clear or a missing one.
set -euo pipefail
ike=0 raw=0 udp=0 pattern=
while [[ ${1:-} == --* ]]; do
    case $1 in
    --ike) ike=$2 ;; --raw) raw=$2 ;; --udp) udp=$2 ;; --pattern) pattern=$2 ;;
    *) echo "capture-check: no such option: $1" >&2; exit 2 ;;
    esac
    shift 2
done
[ $# -ge 2 ] || { echo "usage: capture-check [--ike N] [--raw N] [--udp N] [--pattern TEXT] PCAP INNER-ADDRESS..." >&2; exit 2; }
pcap=$1; shift

# tcpdump prints one line a packet and then its bytes in hexadecimal, the Ethernet header first.
tcpdump -r "$pcap" -n -t -xx 2>/dev/null | awk -v inner="$*" -v pattern="$(printf %s "$pattern" | od -An -v -tx1 | tr -d ' \n')" \
    -v ike="$ike" -v raw="$raw" -v udp="$udp" '
function number(hex,   i, n) {
    n = 0
    for (i = 1; i <= length(hex); i++) n = n * 16 + index("0123456789abcdef", substr(hex, i, 1)) - 1
    return n
}
# An address as hexadecimal, eight digits or thirty-two.
function bytes(address,   part, n, i, text, head, tail) {
    if (address !~ /:/) {
        n = split(address, part, ".")
        text = ""
        for (i = 1; i <= n; i++) text = text sprintf("%02x", part[i])
        return text
    }
    i = index(address, "::")
    head = i ? words(substr(address, 1, i - 1)) : words(address)
    tail = i ? words(substr(address, i + 2)) : ""
    while (length(head) + length(tail) < 32) head = head "0"
    return head tail
}
function words(text,   part, n, i, hex) {
    hex = ""
    n = split(text, part, ":")
    for (i = 1; i <= n; i++) hex = hex substr("0000" part[i], length(part[i]) + 1)
    return tolower(hex)
}
# Whether the packet holds the needle at a whole byte.
function holds(packet, needle,   at, from) {
    if (needle == "") return 0
    from = 0
    while ((at = index(packet, needle)) > 0) {
        if ((from + at) % 2 == 1) return 1
        from += at
        packet = substr(packet, at + 1)
    }
    return 0
}
# RFC 2408 section 3.1: version 1.0 at octet 17, the length of the whole at octet 24.
function isakmp(message) {
    return length(message) >= 56 && substr(message, 35, 2) == "10" && number(substr(message, 49, 8)) * 2 <= length(message)
}
function kind(h,   type, at, protocol, from, to, body) {
    type = substr(h, 25, 4)
    if (type == "0800") {
        at = 29 + 8 * number(substr(h, 30, 1))
        protocol = substr(h, 47, 2)
        if (protocol == "11" && number(substr(h, 41, 4)) % 8192) return "other"   # a later fragment: no ports
    } else if (type == "86dd") {
        at = 109
        protocol = substr(h, 41, 2)
        if (protocol == "2c") {
            protocol = substr(h, at, 2)
            if (protocol == "11" && number(substr(h, at + 4, 4)) >= 8) return "other"
            at += 16
        }
    } else return "other"
    if (protocol == "32") return "raw"
    if (protocol != "11") return "other"
    from = number(substr(h, at, 4)); to = number(substr(h, at + 4, 4))
    # To the length of UDP, not to the padding of a short frame.
    body = substr(h, at + 16, 2 * number(substr(h, at + 8, 4)) - 16)
    if ((from == 500 || to == 500) && isakmp(body)) return "ike"
    if (from == 4500 || to == 4500) {
        if (body == "ff") return "keepalive"
        if (substr(body, 1, 8) != "00000000") return length(body) >= 16 ? "udp" : "other"
        if (isakmp(substr(body, 9))) return "ike"
    }
    return "other"
}
function judge(   k, i, j, clear) {
    if (hex == "") return
    k = kind(hex)
    count[k]++
    clear = holds(hex, pattern) ? "the payload" : ""
    for (i = 1; i <= addresses && clear == ""; i++) {
        if (k != "raw" && k != "udp" && k != "ike" && holds(hex, address[i])) clear = name[i]
        for (j = 1; j <= addresses; j++) if (i != j && holds(hex, address[i] address[j])) clear = name[i] " and " name[j]
    }
    if (clear != "" && ++leaks <= 5) print "in clear, holding " clear ": " line
    hex = ""
}
BEGIN {
    addresses = split(inner, name, " ")
    for (i = 1; i <= addresses; i++) address[i] = bytes(name[i])
}
/^[ \t]+0x[0-9a-f]+:/ { for (i = 2; i <= NF; i++) hex = hex $i; next }
{ judge(); line = $0 }
END {
    judge()
    printf "%d ISAKMP, %d ESP, %d ESP in UDP, %d keepalives, %d others: ", \
        count["ike"], count["raw"], count["udp"], count["keepalive"], count["other"]
    print leaks ? leaks " in clear" : "nothing in clear"
    if (count["ike"] < ike) { print "missing: " count["ike"] + 0 " ISAKMP messages of at least " ike; bad = 1 }
    if (count["raw"] < raw) { print "missing: " count["raw"] + 0 " ESP packets of at least " raw; bad = 1 }
    if (count["udp"] < udp) { print "missing: " count["udp"] + 0 " ESP packets in UDP of at least " udp; bad = 1 }
    exit leaks || bad
}'
