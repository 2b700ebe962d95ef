# shellcheck shell=bash
# Scenes of manual keying; sourced by `Tests/lab/play.sh`.

manual_keys() { encryption=$("$binary" ranbits 128) authentication=$("$binary" ranbits 160); }
# The conn, with new keys. Each direction has its own SPI.
manual_conn() {
    { shape_default | sed '/auto=add/d; /keyingtries/d; /authby/d'; cat <<CONF
conn net
	leftsubnet=10.1.0.0/24
	rightsubnet=10.2.0.0/24
	spibase=0x310
	esp=aes128-sha1
	espenckey=$encryption
	espauthkey=$authentication
	auto=manual
CONF
    }
}
manually() { lab_ipsec "$1" manual "$2" net || fail "manual $2 fails at $1"; }

# Up, down and up again; traffic is held while the conn is routed and not up. No ISAKMP message is sent.
scene_manual() {
    local said
    manual_keys
    manual_conn | configure west east
    chmod 600 "$lab"/{west,east}/ipsec.conf
    begin west east
    lab_capture
    manually west --route; manually east --route
    dies sunset 10.2.0.2
    manually west --up; manually east --up
    carries west net passes sunset 10.2.0.2 3
    lab_in sunset ping -n -q -c 3 -i 0.05 -W 2 -s 1440 -p "$lab_pattern_hex" 10.2.0.2 || fail "large pings are lost"
    manually west --down
    dies sunset 10.2.0.2
    said=$(lab_ipsec west manual --unroute net) || fail "--unroute fails"
    tell "$said"
    manually west --up
    passes sunrise 10.1.0.2 3
    said=$(lab_ipsec west auto --status); ! grep -qE "$(tr -d _ <<<"${encryption#0x}")|$encryption" <<<"$said" || fail "the status shows a key"
    only_esp --raw 16
    # Keys in a file that other users may read are refused.
    lab_ipsec west manual --down net >/dev/null
    chmod 644 "$lab/west/ipsec.conf"
    said=$(lab_ipsec west manual --up net 2>&1) && fail "keys that everybody may read are used: $said"
    tell "$said"
}

# The other end is a kernel with states and policies that `ip xfrm` added.
scene_manual_kernel() {
    local west east keys
    west=$(lab_address west 4) east=$(lab_address east 4)
    manual_keys
    manual_conn | configure west
    chmod 600 "$lab/west/ipsec.conf"
    keys=(enc 'cbc(aes)' "$(tr -d _ <<<"$encryption")" auth-trunc 'hmac(sha1)' "$(tr -d _ <<<"$authentication")" 96)
    lab_ip east xfrm state add src "$west" dst "$east" proto esp spi 0x312 mode tunnel "${keys[@]}"
    lab_ip east xfrm state add src "$east" dst "$west" proto esp spi 0x313 mode tunnel "${keys[@]}"
    lab_ip east xfrm policy add src 10.2.0.0/24 dst 10.1.0.0/24 dir out tmpl src "$east" dst "$west" proto esp mode tunnel
    lab_ip east xfrm policy add src 10.1.0.0/24 dst 10.2.0.0/24 dir in tmpl src "$west" dst "$east" proto esp mode tunnel
    lab_ip east xfrm policy add src 10.1.0.0/24 dst 10.2.0.0/24 dir fwd tmpl src "$west" dst "$east" proto esp mode tunnel
    begin west
    lab_capture
    manually west --up
    passes sunset 10.2.0.2 3
    passes sunrise 10.1.0.2 3
    only_esp --raw 12
}

# manualstart= brings it up with the daemon.
scene_manual_start() {
    manual_keys
    manual_conn | configure west east
    sed -i 's/^config setup/&\n\tmanualstart=net/' "$lab"/{west,east}/ipsec.conf
    sed -i '/auto=manual/d' "$lab/east/ipsec.conf"
    chmod 600 "$lab"/{west,east}/ipsec.conf
    lab_capture
    begin west east
    is_up west net; is_up east net
    passes sunset 10.2.0.2 3
    only_esp --raw 6
}
