# Reads the event streams of `swift test` (jq -rs; a JSON object a line) and prints the twenty slowest tests, what failed and, last,
# `N passed, N failed`. A case of a parameterized test counts as one test, and fails once, however many issues it records.
# $extra_passed and $extra_failed count what is not run by `swift test`.
def named: .testID | sub("/[^/]*:[0-9]+:[0-9]+$"; "");

def set: map({key: ., value: true}) | from_entries;
(map(select(.kind == "test" and .payload.kind == "function").payload.id) | set) as $functions
| map(select(.kind == "event").payload) as $events
| ([$events[] | select(.kind == "testCaseEnded").testID] | unique | set) as $parameterized
# What tells one run of a test from another.
| def key: if $parameterized[.testID] then "\(.testID) \(._testCase.id // "")" else .testID end;
  def isRun($case; $test): .kind == $case or (.kind == $test and $functions[.testID] and ($parameterized[.testID] | not));
  ([$events[] | select(.kind == "testCancelled" or .kind == "testCaseCancelled" or .kind == "testSkipped") | key] | unique) as $unplayed
| [$events[] | select(.kind == "issueRecorded" and (.issue.isKnown | not))] as $issues
| ($issues | map(key) | unique) as $failed
| [$events[] | select(isRun("testCaseEnded"; "testEnded")) | {key: key, named: named, what: (._testCase.displayName // ""), end: .instant.absolute}] as $ended
| (($ended | map(.key) | unique) - $unplayed - $failed) as $passed
| ([$events[] | select(isRun("testCaseStarted"; "testStarted")) | {key: key, value: .instant.absolute}] | from_entries) as $began
| ($ended | map(. + {seconds: (.end - ($began[.key] // .end))}) | sort_by(-.seconds) | .[:20]) as $slow
| if ($slow | length) > 0 then "The slowest tests:", ($slow[] | "\(.seconds * 10 | round / 10) s  \(.named) \(.what[:90])") else empty end,
  if ($issues | length) > 0 then "What failed:" else empty end,
  ($issues[] | "- \(named) \(._testCase.displayName // "")\n" + ([.messages[].text] | join("\n") | split("\n") | .[:60] | map("    " + .) | join("\n"))),
  "\(($passed | length) + $extra_passed) passed, \(($failed | length) + $extra_failed) failed"
