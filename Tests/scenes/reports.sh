# shellcheck shell=bash
# Scenes of reports for programs. Sourced by `Tests/lab/play.sh`.

# The watched log, the checks of verify, the status and the metrics: each agrees with its schema, or with Prometheus' parser.
scene_reports() {
    local code=0 watcher line
    lab_start west; lab_start east
    ip netns exec "$lab_prefix-west" env IPSEC_CONFS="$lab/west" IPSEC_RUNDIR="$lab/west/run" "$binary" watch --json >"$lab/west/watched" & watcher=$!
    lab_wait 10 lab_said "$lab/west/watched" '"version": 1' || fail "watch --json says nothing"
    lab_initiate west || fail "the tunnel does not come up"
    lab_wait 10 lab_said "$lab/west/watched" '"code": "ipsec-sa-established"' || fail "watch --json does not tell of the tunnel"
    kill $watcher; wait $watcher 2>/dev/null || true
    mkdir "$lab/west/events"; split -l 1 "$lab/west/watched" "$lab/west/events/"
    for line in "$lab"/west/events/*; do lab_valid "$line" watch || fail "watch --json says $(cat "$line")"; done
    [ "$(jq -s '[.[] | select(.connection == "net" and .code == "ipsec-sa-established" and .level == "info" and (.text | test("^STATE_QUICK_I2.*}$")))] | length' \
        "$lab/west/watched")" = 1 ] || fail "the tunnel is not one event of net: $(cat "$lab/west/watched")"
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
