# shellcheck shell=bash
# Scenes of the page that shows the status (Board/www): served by busybox's httpd, read by Chromium; sourced by `Tests/lab/play.sh`.

page_possible() {
    browser_possible || exit 77
    command -v busybox >/dev/null || { echo "busybox is missing: Tests/setup installs it."; exit 77; }
}
# page_serve: starts httpd at west, with the `ipsec` in $lab/bin, and waits until it listens.
page_serve() {
    mkdir -p "$lab/www/cgi-bin" "$lab/bin"
    install -m 755 "$lab_home/../../Board/www/cgi-bin/ipsec" "$lab/www/cgi-bin/ipsec"
    lab_in west env PATH="$lab/bin:$PATH" IPSEC_CONFS="$lab/west" IPSEC_RUNDIR="$lab/west/run" busybox httpd -p 127.0.0.1:80 -h "$lab/www"
}
page=http://127.0.0.1/cgi-bin/ipsec
# page_ask METHOD [QUERY]: prints the whole answer, head and body. The request is sent in one write: bash would write it line by line, and a server
# that has read enough of it closes the connection.
page_ask() {
    lab_in west bash -c 'exec 5<>/dev/tcp/127.0.0.1/80; cat >&5; cat <&5' <<<"$1 /cgi-bin/ipsec${2:-} HTTP/1.0"$'\r\nHost: west\r\n\r'
}
page_see() { browser_until "$1" || fail "the page never shows: $1"; }
page_is() { browser_value "$1" || fail "$1"; [ "$browser_value" = "$2" ] || fail "$1 is '$browser_value', expected '$2'"; }
# Makes the page reload now, instead of in a few seconds.
page_reload() { browser_value 'load()' || fail "it does not reload"; }
page_quiet() { local said; said=$(browser_errors); [ -z "$said" ] || fail "the browser complains: $said"; }

# A gateway that answers from a file, and records each request.
page_fake() {
    mkdir -p "$lab/bin"
    cat >"$lab/bin/ipsec" <<FAKE
#!/bin/sh
echo "\$*" >>$lab/asked
case "\$*" in
"status --json") cat $lab/status.json 2>/dev/null ;;
status) echo '<b>net</b> & "up"' ;;
esac
FAKE
    chmod 755 "$lab/bin/ipsec"
}
# The answer of an `ipsec` before version 1.
page_first_form() {
    cat <<'JSON'
{
  "plane": "klips (TUN)",
  "connections": [
    {"name": "net", "up": true, "routing": "erouted", "picture": "10.1.0.0/24===192.0.2.2[@west]---192.0.2.1...198.51.100.2[@<script>alert(1)</script>]===10.2.0.0/24"},
    {"name": "other", "up": false, "routing": "prospective erouted", "picture": "192.0.2.2...198.51.100.7"},
    {"name": "off", "up": false, "routing": "unrouted", "picture": "fd00:1::/64===2001:db8:1::2...%any===fd00:2::/64"}
  ],
  "states": [
    {"serial": 1, "connection": "net", "state": "STATE_MAIN_I4", "established": true, "peer": "198.51.100.2:500", "remaining": 3370, "text": "ISAKMP SA established"},
    {"serial": 2, "connection": "net", "state": "STATE_QUICK_I2", "established": true, "peer": "198.51.100.2:500", "remaining": 28770, "text": "IPsec SA established"},
    {"serial": 3, "connection": "other", "state": "STATE_MAIN_I1", "established": false, "peer": "198.51.100.7:500", "remaining": 31, "text": "sent the first message"}
  ],
  "refused": {"malformed": 0, "unknown_cookies": 2, "unauthenticated": 1, "over_limit": 0}
}
JSON
}
# Version 1.
page_status() {
    cat <<'JSON'
{
  "version": 1, "plane": "netkey (the kernel's ESP)", "now": 1795942935,
  "connections": [
    {"name": "head-office", "instance": null, "state": "up", "up": true, "routing": "erouted",
     "picture": "10.1.0.0/24===192.0.2.45[@branch]---192.0.2.1...198.51.100.2[@head-office]===10.2.0.0/24",
     "peer": {"id": "@head-office", "address": "198.51.100.2", "port": 500}, "nat": "none", "fragmentation": {"setting": "yes", "peer_announces": true},
     "suite": {"ike": "aes256-sha256-modp2048", "esp": "aes128gcm16"}, "spi": {"in": "0x4c1d07a3", "out": "0xc9a5e01f"},
     "remaining": {"ike": 8520, "esp": 1740},
     "in": {"packets": 1284611, "octets": 1611937441, "refused": {"replayed": 0, "integrity": 0, "policy": 0, "other": 0}},
     "out": {"packets": 902311, "octets": 120433211}, "rekeyings": 31, "last_error": null, "changed": 1795812035},
    {"name": "warehouse", "instance": null, "state": "up", "up": true, "routing": "erouted",
     "picture": "10.1.0.0/24===192.0.2.45[@branch]---192.0.2.1...203.0.113.77[@warehouse]===10.8.0.0/22",
     "peer": {"id": "@warehouse", "address": "203.0.113.77", "port": 4500}, "nat": "peer", "fragmentation": {"setting": "yes", "peer_announces": true},
     "suite": {"ike": "aes128-sha256-curve25519", "esp": "aes256-sha256"}, "spi": {"in": "0x9911b2c4", "out": "0x00c4a77e"},
     "remaining": {"ike": 2220, "esp": 2951},
     "in": {"packets": 88123, "octets": 61244310, "refused": {"replayed": 14, "integrity": 0, "policy": 0, "other": 0}},
     "out": {"packets": 79040, "octets": 9120447}, "rekeyings": 3,
     "last_error": {"code": "peer-dead", "text": "no answer for 120 s: the peer 203.0.113.77 is dead", "time": 1795928535}, "changed": 1795928610},
    {"name": "road", "instance": "10.77.0.5/32", "state": "up", "up": true, "routing": "erouted",
     "picture": "10.1.0.0/24===192.0.2.45[@branch]---192.0.2.1...%any===vhost:%no,%priv",
     "peer": {"id": "CN=anna, O=Example", "address": "2001:db8:77::5", "port": 4500}, "nat": "both", "fragmentation": {"setting": "yes", "peer_announces": true},
     "suite": {"ike": "aes256-sha256-modp2048", "esp": "aes128-sha256"}, "spi": {"in": "0x6a20ff01", "out": "0x07c1be55"},
     "remaining": {"ike": 27100, "esp": 640},
     "in": {"packets": 5120, "octets": 3120870, "refused": {"replayed": 0, "integrity": 0, "policy": 0, "other": 0}},
     "out": {"packets": 7004, "octets": 8012334}, "rekeyings": 0, "last_error": null, "changed": 1795940095},
    {"name": "partner", "instance": null, "state": "negotiating", "up": false, "routing": "prospective erouted",
     "picture": "10.1.0.0/24===192.0.2.45[@branch]---192.0.2.1...203.0.113.9[@partner]===172.20.0.0/16",
     "peer": {"id": "@partner", "address": "203.0.113.9", "port": 500}, "nat": "none", "fragmentation": {"setting": "yes", "peer_announces": true},
     "suite": {"ike": null, "esp": null}, "spi": {"in": null, "out": null}, "remaining": {"ike": null, "esp": null},
     "in": {"packets": 0, "octets": 0, "refused": {"replayed": 0, "integrity": 0, "policy": 0, "other": 0}},
     "out": {"packets": 0, "octets": 0}, "rekeyings": 0,
     "last_error": {"code": "no-proposal", "text": "no proposal chosen: the peer accepts none of aes128-sha256-modp2048", "time": 1795942890}, "changed": 1795942871},
    {"name": "backup", "instance": null, "state": "routed", "up": false, "routing": "prospective erouted",
     "picture": "10.1.0.0/24===192.0.2.45[@branch]---192.0.2.1...198.51.100.90===10.9.0.0/24",
     "peer": {"id": null, "address": "198.51.100.90", "port": 500}, "nat": "none", "fragmentation": {"setting": "yes", "peer_announces": true},
     "suite": {"ike": null, "esp": null}, "spi": {"in": null, "out": null}, "remaining": {"ike": null, "esp": null},
     "in": {"packets": 0, "octets": 0, "refused": {"replayed": 0, "integrity": 0, "policy": 0, "other": 0}},
     "out": {"packets": 0, "octets": 0}, "rekeyings": 0, "last_error": null, "changed": null}
  ],
  "states": [
    {"serial": 61, "connection": "head-office", "state": "STATE_MAIN_I4", "established": true, "peer": "198.51.100.2:500", "remaining": 8520, "text": "ISAKMP SA established"},
    {"serial": 93, "connection": "head-office", "state": "STATE_QUICK_I2", "established": true, "peer": "198.51.100.2:500", "remaining": 1740, "text": "IPsec SA established"}
  ],
  "refused": {"malformed": 3, "unknown_cookies": 118, "unauthenticated": 27, "over_limit": 0},
  "limits": {"states": {"used": 9, "limit": 4096}, "connections": {"used": 5, "limit": 1024}, "memory_octets": 1396736}
}
JSON
}
# Answers that a hostile or broken gateway could send: markup, long words, nothing, and values of unexpected types.
page_hostile() {
    jq --arg long "$(printf 'x%.0s' {1..300})" '
        .connections[0].peer.id = "<script>document.title = 1</script><img src=x onerror=alert(1)>" |
        .connections[1].last_error = {code: "<b>bold</b>", text: ("\"><script>alert(2)</script>" + $long), time: null} |
        .connections[2].peer.id = $long | .connections[2].picture = $long |
        .connections[3] = {name: $long, instance: null, state: "<i>", peer: null, suite: null, in: [], out: 7, last_error: 3, nat: {}, remaining: "soon"} |
        .connections += [null, 3, {}] | .limits.other = null | .refused["<u>"] = 1' <(page_status)
}
# Places where text and background have too little contrast (WCAG 2.1, 1.4.3).
page_contrast='(() => {
    const shine = ([r, g, b]) => [r, g, b].map(v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4).reduce((s, v, i) => s + v * [0.2126, 0.7152, 0.0722][i], 0);
    const parts = colour => colour.match(/[\d.]+/g).map(Number), found = [];
    for (const node of document.querySelectorAll("body *")) {
        if (![...node.childNodes].some(child => child.nodeType === 3 && child.data.trim()) || !node.checkVisibility() || node.closest("script, style, noscript")) continue;
        let behind = node;
        while (parts(getComputedStyle(behind).backgroundColor)[3] === 0) behind = behind.parentElement;
        const [a, b] = [shine(parts(getComputedStyle(node).color)), shine(parts(getComputedStyle(behind).backgroundColor))];
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (ratio < 4.5) found.push(`${node.textContent.slice(0, 20)}: ${ratio.toFixed(1)}`);
    }
    return found.join(", ");
})()'
# page_fits [NAME]: nothing is wider than the window, on a phone and on a desktop, and all text is readable in both colour schemes.
page_fits() {
    local width scheme
    for width in 390 1280; do
        for scheme in dark light; do
            browser_size $width 800 $scheme || fail "no window of $width"
            page_is "[document.documentElement.scrollWidth <= document.documentElement.clientWidth, innerWidth,
                [...document.querySelectorAll('.sheet:not(.scroll)')].filter(sheet => sheet.scrollWidth > sheet.clientWidth).length, $page_contrast].join()" "true,$width,0,"
        done
        [ $# = 0 ] || browser_picture "$lab/$1-$width.png" || fail "no picture"
    done
}

# Recorded answers in a browser: both forms of the status, hostile text, and a gateway that does not answer for some time.
scene_page_recorded() {
    local pid said method
    page_possible
    said=$(gzip -9c "$lab_home/../../Board/www/cgi-bin/ipsec" | wc -c)
    [ "$said" -lt 12288 ] || fail "the page has $said octets compressed, of 12288"
    page_fake; page_serve
    page_status >"$lab/status.json"
    lab_valid "$lab/status.json" || fail "the recorded status is none of version 1"

    # The answer to each kind of request.
    said=$(page_ask GET '?json')
    for method in " 200 OK" "Content-Type: application/json" "Cache-Control: no-store" "X-Content-Type-Options: nosniff"; do
        [[ $said == *"$method"$'\r'* ]] || fail "no '$method' in: $said"
    done
    diff <(page_status | jq -S .) <(sed '1,/^\r$/d' <<<"$said" | jq -S .) || fail "it changes what ipsec status says"
    said=$(page_ask GET)
    [[ $said == *"Content-Type: text/html; charset=utf-8"* && $said == *"Content-Security-Policy: default-src 'none'; style-src 'nonce-"* ]] || fail "head: ${said%%<*}"
    [[ $said == *'&lt;b&gt;net&lt;/b&gt; &amp; "up"'* ]] || fail "the text without scripts is not escaped"
    [ "$(grep -o "'nonce-[^']*'" <<<"$said" | sort -u | wc -l)" = 1 ] && [ "$(grep -o "'nonce-[^']*'" <<<"$said")" != "$(page_ask GET | grep -o "'nonce-[^']*'")" ] || fail "a nonce is used twice"
    said=$(page_ask HEAD)
    [[ $said == HTTP/1.?" 200 OK"* && $said != *"<html"* ]] || fail "HEAD: $said"
    said=$(page_ask POST)
    [[ $said == HTTP/1.?" 405 "* && $said == *"Allow: GET, HEAD"* && $said != *"<html"* ]] || fail "POST: $said"
    said=$(REQUEST_METHOD=DELETE QUERY_STRING='' "$lab/www/cgi-bin/ipsec")
    [[ $said == "Status: 405 "* ]] || fail "DELETE: $said"
    page_ask GET "?json;touch%20$lab/touched" >/dev/null
    page_ask GET '?$(touch${IFS}'"$lab/touched)" >/dev/null
    (PATH=$lab/bin:$PATH QUERY_STRING="json; touch $lab/touched" "$lab/www/cgi-bin/ipsec" >/dev/null)
    [ ! -e "$lab/touched" ] || fail "a query runs a command"
    tell "requests are answered as they must be"

    browser_start west || fail "no browser"
    browser_open $page || fail "the page does not load"
    page_see 'document.getElementById("rows").tBodies.length === 5'
    page_is 'document.getElementById("summary").textContent' "3 of 5 tunnels up"
    page_is 'document.querySelector("#error-list small + *, #error-list .name").textContent' partner
    page_is 'document.querySelectorAll("#error-list li")[0].lastChild.lastChild.textContent' "no-proposal · Compare ike= and esp= of both ends."
    page_is '(() => { document.querySelector("#rows .nets").click(); return document.querySelector("#rows .more dd").checkVisibility(); })()' true
    page_fits page

    # The page reloads itself and shows rates; it announces a change of state.
    jq '.connections[0].in.octets += 2500000 | .connections[0].out.octets += 81000 | .connections[1].in.octets += 9000 | .connections[3].state = "up"' <(page_status) >"$lab/status.new"
    mv "$lab/status.new" "$lab/status.json"
    page_see 'document.getElementById("said").textContent === "partner is up" && /^[0-9.]+ [kM]bit\/s$/.test(document.querySelector("#rows .number > span").textContent)'
    browser_call Accessibility.getFullAXTree || fail "no accessibility tree"
    said=$(browser_reply -r '.result.nodes[] | select(.ignored | not) | "\(.role.value) \(.name.value)"')
    for method in "banner " "main " "contentinfo " "table Tunnels" "columnheader Received" "rowheader head-office" "region Last errors" "status " "button Pause" "heading "; do
        grep -q "^$method" <<<"$said" || fail "a screen reader finds no '$method': $said"
    done
    [ "$(grep -c '^columnheader' <<<"$said")" = 7 ] || fail "columns: $said"
    browser_size 390 800; browser_call Accessibility.getFullAXTree
    [ "$(browser_reply '[.result.nodes[] | select((.ignored | not) and .role.value == "columnheader")] | length')" = 7 ] || fail "a phone's table has lost its headings"

    # A hidden or paused page sends no requests.
    page_is '(async () => {
        const own = setTimeout, once = async () => { while (loading) await new Promise(done => own(done, 5)); await load(); };
        let timers = 0;
        window.setTimeout = (what, ...rest) => { if (what === load) timers++; return own(what, ...rest); };
        Object.defineProperty(document, "hidden", {configurable: true, value: true});
        document.dispatchEvent(new Event("visibilitychange"));
        await once(); const hidden = timers;
        delete document.hidden;
        await once(); const shown = timers;
        document.getElementById("pause").click();
        await once(); const paused = timers;
        window.setTimeout = own;
        document.getElementById("pause").click();
        return [hidden, shown, paused].join();
    })()' 0,1,1
    page_quiet

    # IPsec does not run; then the server does not answer; then both work again.
    mv "$lab/bin/ipsec" "$lab/bin/kept"; printf '#!/bin/sh\nexit 1\n' >"$lab/bin/ipsec"; chmod 755 "$lab/bin/ipsec"
    page_reload
    page_see '/^IPsec is not running\. Below is what it said last, as of /.test(document.getElementById("alarm").textContent)'
    page_is 'document.getElementById("rows").tBodies.length' 5
    # A child that answers a request has the socket, too.
    for pid in $(lab_in west ss -Hltnp "sport = 80" | grep -o 'pid=[0-9]*' | cut -d= -f2); do kill "$pid" || true; done
    page_reload
    page_see '/^The gateway does not answer\./.test(document.getElementById("alarm").textContent)'
    mv "$lab/bin/kept" "$lab/bin/ipsec"; page_serve
    page_reload
    page_see 'document.getElementById("alarm").hidden'
    # The browser itself logs the failed requests.
    : >"$lab/browser-events"

    # Markup is shown as text, and missing values are shown as missing.
    page_hostile >"$lab/status.json"
    browser_open $page
    page_see 'document.getElementById("rows").tBodies.length === 6'
    page_is 'document.querySelector("#rows .peer span").textContent' '<script>document.title = 1</script><img src=x onerror=alert(1)>'
    page_is 'document.querySelectorAll("main script, main img, main b, main i:not(.bar > i), main u").length' 0
    page_fits
    page_first_form >"$lab/status.json"
    browser_open $page
    page_see 'document.getElementById("rows").tBodies.length === 3'
    page_is '[...document.querySelectorAll("#rows .state")].map(node => node.textContent).join()' up,negotiating,unrouted
    page_is 'document.querySelector("#rows .peer span").textContent' '@<script>alert(1)</script>'
    page_is 'document.querySelector("#rows td:last-child span").textContent' '7 h 59 min'
    page_is 'document.querySelector("#rows .nets").textContent' '10.1.0.0/24 ⇄ 10.2.0.0/24'
    page_fits
    page_quiet

    said=$(sort -u "$lab/asked")
    [ "$said" = "status"$'\n'"status --json" ] || fail "it runs more than the status: $said"
    # Every code on the page is in the manual.
    local codes=0
    while read -r method; do
        grep -qE "^\.It Li (.* , )?$method( ,|$)" "$lab_home/../../Board/man/ipsec.8" || fail "ipsec(8) has no code $method"
        codes=$((codes + 1))
    done < <(sed -n "/^const REMEDIES/,/^};/s/^\t'\([a-z-]*\)':.*/\1/p" "$lab/www/cgi-bin/ipsec")
    tell "it knows what to do about $codes codes"
    [ $codes -gt 10 ] || fail "it has lost its codes"
}

# The page of a real gateway shows changes of its tunnel without a reload by hand.
scene_page() {
    page_possible
    mkdir -p "$lab/bin"; ln -s "$binary" "$lab/bin/ipsec"
    page_serve
    lab_start west; lab_start east
    browser_start west || fail "no browser"
    browser_open $page || fail "the page does not load"
    page_see 'document.querySelector("#rows .state")?.textContent === "unrouted"'
    lab_valid_status west || fail "the status is none of version 1"
    lab_initiate west || fail "the tunnel does not come up"
    lab_valid_status west || fail "the status is none of version 1"
    page_see 'document.getElementById("said").textContent === "net is up"'
    page_is 'document.querySelector("#rows .peer").textContent' "$(lab_address east)"
    page_see '/^\d+ (s|min|h \d+ min)$/.test(document.querySelector("#rows td:last-child span").textContent)'
    pings_pass
    page_see 'document.querySelector("#rows").textContent.includes("336 B")'
    page_reload
    page_quiet
    lab_stop west >/dev/null
    page_see '/^IPsec is not running/.test(document.getElementById("alarm").textContent)'
    # Also without scripts.
    [[ $(page_ask GET) == *"IPsec is not running: start it with 'ipsec setup start'"* ]] || fail "it does not say so without scripts"
}
