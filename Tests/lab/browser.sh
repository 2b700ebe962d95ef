# shellcheck shell=bash
# A browser for scenes: headless Chromium at a node of the laboratory, driven by the DevTools protocol over a pipe. Sourced by play.sh.
#
#     browser_start west
#     browser_open http://127.0.0.1/
#     browser_until 'document.title === "ready"'
#     browser_value 'document.title' && said=$browser_value
#     browser_errors      # the errors of its console and its page, one a line

browser_program=chromium-headless-shell
browser_possible() {
    command -v $browser_program >/dev/null || { echo "Chromium is missing: Tests/setup installs it."; return 1; }
}

browser_start() {
    mkfifo "$lab/browser-to" "$lab/browser-said"
    : >"$lab/browser-events"
    # Messages end with a zero octet. A reply is written to a file, and a message announces it: bash reads a pipe octet by octet. Events are kept.
    lab_in "$1" env HOME="$lab" $browser_program --no-sandbox --remote-debugging-pipe --user-data-dir="$lab/browser" --disable-gpu \
        --disable-dev-shm-usage --disable-background-networking --disable-component-update --no-first-run --hide-scrollbars \
        3<"$lab/browser-to" 4>&1 >"$lab/browser-log" 2>&1 | perl -e '
            ($/, $|, $lab) = ("\0", 1, @ARGV);
            open(my $events, ">>", "$lab/browser-events"); $events->autoflush(1);
            while (<STDIN>) {
                chomp;
                print($events "$_\n"), next unless /^\{"id":(\d+),"(error)?/;
                my $end = $2 || /^.{0,2000}"exceptionDetails":/s ? "refused" : "well";
                open(my $reply, ">", "$lab/browser-reply"); print $reply $_; close $reply;
                print "$1 $end\n";
            }' "$lab" >"$lab/browser-said" &
    exec {browser_to}>"$lab/browser-to" {browser_said}<"$lab/browser-said"
    browser_id=0 browser_session=
    browser_call Target.createTarget '{"url": "about:blank"}' || return 1
    browser_call Target.attachToTarget "{\"targetId\": $(browser_reply .result.targetId), \"flatten\": true}" || return 1
    browser_session=$(browser_reply -r .result.sessionId)
    local domain
    for domain in Page Runtime Log; do browser_call $domain.enable || return 1; done
}

# browser_call METHOD [PARAMETERS]: waits for the reply, which `browser_reply` reads.
browser_call() {
    local answered parameters=${2:-}
    browser_id=$((browser_id + 1))
    printf '{"id": %d, "method": "%s", "params": %s%s}\0' $browser_id "$1" "${parameters:-{\}}" \
        "${browser_session:+, \"sessionId\": \"$browser_session\"}" >&"$browser_to"
    IFS= read -r -t 30 -u "$browser_said" answered || { echo "browser: no answer to $1; $(tail -n 5 "$lab/browser-log")" >&2; return 1; }
    [ "$answered" = "$browser_id well" ] || { echo "browser: $1: $(browser_reply '.error // .result')" >&2; return 1; }
}
browser_reply() { jq "$@" "$lab/browser-reply"; }

# browser_value EXPRESSION: puts its value, or that of its settled promise, into $browser_value.
browser_value() {
    local text=${1//\\/\\\\}
    text=${text//\"/\\\"}; text=${text//$'\n'/\\n}; text=${text//$'\t'/\\t}
    browser_call Runtime.evaluate "{\"expression\": \"$text\", \"awaitPromise\": true, \"returnByValue\": true}" || return 1
    browser_value=$(browser_reply -r .result.result.value)
}
# browser_until EXPRESSION: waits until it is true, at most some twenty seconds.
browser_until() {
    browser_value "new Promise((done, failed) => {
        let left = 1000;
        (function look() {
            try { if ($1) return done(true) } catch {}
            if (--left) setTimeout(look, 20); else failed(document.documentElement.innerText);
        })();
    })" || { echo "browser: never: $1" >&2; return 1; }
}
browser_open() {
    browser_call Page.navigate "{\"url\": \"$1\"}" || return 1
    browser_reply -e '.result.errorText == null' >/dev/null || { browser_reply .result >&2; return 1; }
}
# browser_size WIDTH HEIGHT [light|dark]
browser_size() {
    browser_call Emulation.setDeviceMetricsOverride "{\"width\": $1, \"height\": $2, \"deviceScaleFactor\": 1, \"mobile\": $([ "$1" -lt 600 ] && echo true || echo false)}" &&
        browser_call Emulation.setEmulatedMedia "{\"features\": [{\"name\": \"prefers-color-scheme\", \"value\": \"${3:-light}\"}]}"
}
# browser_picture FILE: a PNG of the whole page.
browser_picture() {
    browser_call Page.captureScreenshot '{"format": "png", "captureBeyondViewport": true}' || return 1
    browser_reply -r .result.data | base64 -d >"$1"
    [ "$(head -c 8 "$1" | od -An -tx1 | tr -d ' \n')" = 89504e470d0a1a0a ] || { echo "browser: no PNG" >&2; return 1; }
}
# The complaints: exceptions, console.error, and what the browser itself logs (a refused style, a failed request).
browser_errors() {
    jq -r 'select(.method == "Runtime.exceptionThrown" or (.method == "Log.entryAdded" and .params.entry.level != "info" and .params.entry.level != "verbose")
        or (.method == "Runtime.consoleAPICalled" and (.params.type == "error" or .params.type == "warning"))) | .params | tostring' "$lab/browser-events"
}
