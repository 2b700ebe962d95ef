# shellcheck shell=bash
# Scenes of reports for programs. Sourced by `Tests/lab/play.sh`.

# The watched log, the checks of verify, the status and the metrics: each agrees with its schema, or with Prometheus' parser.
scene_reports() {
    local code=0 node watchers=() line
    lab_start west; lab_start east
    for node in west east; do
        ip netns exec "$lab_prefix-$node" env IPSEC_CONFS="$lab/$node" IPSEC_RUNDIR="$lab/$node/run" "$binary" watch --json >"$lab/$node/watched" &
        watchers+=($!)
        lab_wait 10 lab_said "$lab/$node/watched" '"version": 1' || fail "watch --json says nothing"
    done
    lab_initiate west || fail "the tunnel does not come up"
    for node in west east; do
        lab_wait 10 lab_said "$lab/$node/watched" '"code": "ipsec-sa-established"' || fail "watch --json does not tell of the tunnel"
    done
    kill "${watchers[@]}"; wait "${watchers[@]}" 2>/dev/null || true
    for node in west east; do
        mkdir "$lab/$node/events"; split -l 1 "$lab/$node/watched" "$lab/$node/events/"
        for line in "$lab/$node"/events/*; do lab_valid "$line" watch || fail "watch --json says $(cat "$line")"; done
    done
    [ "$(jq -s '[.[] | select(.connection == "net" and .code == "ipsec-sa-established" and .level == "info" and (.text | test("^STATE_QUICK_I2.*}$")))] | length' \
        "$lab/west/watched")" = 1 ] || fail "the tunnel is not one event of net: $(cat "$lab/west/watched")"
    # Main Mode's first message is not authenticated, and the tunnel is.
    [ "$(jq -cs '[.[] | select(.unauthenticated).code] | unique' "$lab/east/watched")" = '["unauthenticated"]' ] ||
        fail "east has other lines of strangers: $(cat "$lab/east/watched")"
    tell "watch --json: $(wc -l <"$lab/west/watched") lines"
    lab_valid_status west || fail "status --json or metrics is not as it must be"
    grep -q '^cygnet_connection_up{connection="net",instance=""} 1$' "$lab/west/metrics" || fail "the metrics do not know the tunnel"
    lab_ipsec west verify --json >"$lab/west/verify" || fail "verify --json fails: $(cat "$lab/west/verify")"
    lab_valid "$lab/west/verify" verify && [ "$(jq .failed "$lab/west/verify")" = false ] || fail "verify --json says $(cat "$lab/west/verify")"
    lab_in west sysctl -qw net.ipv4.ip_forward=0
    lab_ipsec west verify --json >"$lab/west/verify" || code=$?
    [ $code = 1 ] || fail "verify --json exits with $code where packets are not forwarded"
    lab_valid "$lab/west/verify" verify || fail "verify --json says $(cat "$lab/west/verify")"
    [ "$(jq '.failed and ([.checks[] | select(.result == "FAILED" and .advice != null)] | length == 1)' "$lab/west/verify")" = true ] ||
        fail "verify --json does not say what failed: $(cat "$lab/west/verify")"
    tell "verify --json: $(jq '.checks | length' "$lab/west/verify") checks"
}
