#!/bin/bash
# snmp-procgroup with hostile agents, each wrong in a different way (tests/tools/hostile.c):
# the host gets the right state, the results of other hosts do not change, the run ends in
# time, memory is bounded, and nothing that an agent sent is printed unescaped.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

tools=$BUILD/tools
"$tools/responder" --ucd --hostres --hostile each >"$tmp/responder" &
started+=("$!")
wait_for 5 grep -q . "$tmp/responder"
at=$(head -n 1 "$tmp/responder")
mib_per_run=64
if grep -q __asan_init "$bin/snmp-procgroup"; then mib_per_run=1024; fi

# Kind, exit status, pattern (grep -E) that all lines of the host must match.
cat >"$tmp/kinds" <<'EOF'
honest 0 group-[1-5]: ok: 1 \(1-1\)
name-type 1 wrong answer unknown: procGroupName.1 is not a text
status-type 1 wrong answer unknown: procGroupStatus.1 is not a number
null 1 wrong answer unknown: procGroupName.1 is not a text
loop 1 wrong answer unknown: .*do not increase
still 1 wrong answer unknown: invalid index
unordered 1 wrong answer unknown: .*do not increase
elsewhere 1 no such object unknown
long-name 1 wrong answer unknown: invalid index
endless 1 wrong answer unknown: (more than 10000 rows|.*does not end)
huge 0 (\\x00)+\.*: ok: 1 \(1-1\)
endless-huge 1 wrong answer unknown: (more than|.*does not end)
negative-length 1 no answer critical: no answer in time
negative-value 1 no answer critical: no answer in time
long-number 1 no answer critical: no answer in time
garbage 1 no answer critical: no answer in time
truncated 1 no answer critical: no answer in time
flipped - .
nothing 1 no answer critical: no answer in time
late 1 no answer critical: no answer in time
duplicate 0 group-[1-5]: ok: 1 \(1-1\)
wrong-id 1 no answer critical: no answer in time
wrong-version 1 no answer critical: no answer in time
wrong-community 0 group-[1-5]: ok: 1 \(1-1\)
trap 1 no answer critical: no answer in time
report 1 (refused|wrong answer) unknown: .
gen-err 1 wrong answer unknown: the agent answers genErr
too-big 1 wrong answer unknown: the agent answers tooBig
no-such-name 1 no such object unknown: procgroupd is not registered
error-index 1 wrong answer unknown: the response has an error for an object that was not requested
authorization-error 1 (refused|wrong answer) unknown: the agent answers authorizationError
error-nonsense 1 wrong answer unknown: the agent answers an unknown error
no-object 1 no such object unknown: procgroupd is not registered
end-of-view 1 no such object unknown: procgroupd is not registered
empty 1 wrong answer unknown: the response has no objects
double 1 wrong answer unknown: the response has [0-9]+ objects, the request [0-9]+
spoof 1 no answer critical: no answer in time
half 1 group-[1-5]: unknown: the agent did not send a status
control 0 a\|b=1;2\\n'c'\\x0d\\x1b\[31m\\x9b2J\\xff\\xfe\\xc0\\xaf\\xe2\\x80\\xae\\t\\x7f\\\\%s.*\\x00: ok: 1
same-name - .*group-
no-name - .
status-99 1 group-[1-5]: unknown: the agent sent an invalid status
negative 1 wrong answer unknown: procGroupCount.[1-5] is negative
large - .*group-
bare 1 no such object unknown: procgroupd is not registered
no-bulk 0 group-[1-5]: ok: 1 \(1-1\)
few-objects 0 group-[1-5]: ok: 1 \(1-1\)
fragments 1 no answer critical: no answer in time
spoof-id 1 no answer critical: no answer in time
spoof-community 1 no answer critical: no answer in time
EOF
check_eq "each kind is tried" "$("$tools/responder" --kinds | sed 's/.* //')" \
    "$(cut -d ' ' -f 1 "$tmp/kinds")"

neighbours=("127.1.0.1:$at" "127.1.0.2:$at" "127.1.0.3:$at")
quick=(-t 0.5 -r 0 --again 0 --deadline 8)
"$bin/snmp-procgroup" "${quick[@]}" "${neighbours[@]}" >"$tmp/reference"
check_eq "correct hosts have all their groups" 15 "$(grep -c ': group-[1-5]: ok: 1 (1-1)' "$tmp/reference")"

# run ARG...: its output, exit status, and cost: "1.234 s, 0.5 s CPU, 7.8 MiB"
run() {
    "$tools/measure" timeout 20 "$bin/snmp-procgroup" "${quick[@]}" "$@" >"$tmp/out" 2>"$tmp/took"
    status=$?
}
took() { awk -F'[ ,]+' -v field="$1" 'END { print int($field * 1000) }' "$tmp/took"; }
# Printable valid UTF-8 without terminal escapes or bidirectional controls, and bounded.
printable() {
    iconv -f UTF-8 -t UTF-8 "$tmp/out" >/dev/null 2>&1 || return
    ! LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]|\xe2\x80[\xaa-\xae]|\xc2[\x80-\x9f]' "$tmp/out" || return
    [ "$(wc -c <"$tmp/out")" -lt "${1:-200000}" ]
}
others_are_unchanged() { grep '^127\.1\.0\.' "$tmp/out" | grep ': ' | cmp -s - <(grep : "$tmp/reference"); }
bounded() { [ "$(took 1)" -lt 8000 ] && [ "$(took 6)" -lt $((mib_per_run * 1000)) ]; }
has_only() { # HOST PATTERN
    local lines
    lines=$(grep -F "$1: " "$tmp/out") && ! grep -qvE "^$1: $2" <<<"$lines"
}
summary_is() { # HOST: only it, if it fails
    local expected=
    [ "$status" = 0 ] || expected=$1
    [ "$(head -n 1 "$tmp/out")" = "$expected" ]
}
is_plugin_line() { # one line, one |, labels quoted (guidelines: neither ' nor = inside)
    local line
    line=$(head -n 1 "$tmp/out")
    [ "$status" -le 3 ] && [[ $line == "PROCS "* ]] && [ "${line//[^|]/}" = "|" ] &&
        ! sed 's/^[^|]*|//' <<<"$line" | grep -qvE "^( '[^'=|]+'=([0-9]+|U)(;[0-9:]*)*)+$"
}

kind=0
while read -r name expected pattern; do
    host=127.66.$kind.1:$at
    kind=$((kind + 1))
    run "${neighbours[@]}" "$host"
    check "$name: state and message" has_only "$host" "$pattern"
    if [ "$expected" != - ]; then check_eq "$name: exit status" "$expected" "$status"; fi
    check "$name: the summary is the host or empty" summary_is "$host"
    check "$name: other hosts are unchanged" others_are_unchanged
    check "$name: in time and memory ($(tail -n 1 "$tmp/took"))" bounded
    check "$name: the output is printable" printable
    mon=$status
    run -f nagios "${neighbours[@]}" "$host"
    check "$name: a valid line for Nagios" is_plugin_line
    if [ "$name" != flipped ]; then # which differs each time
        check "$name: ok if it is ok with mon" [ $((status != 0)) = $((mon != 0)) ]
    fi
    run -f json "${neighbours[@]}" "$host"
    check "$name: JSON" python3 -c 'import json, sys; assert len(json.load(sys.stdin)["hosts"]) == 4' <"$tmp/out"
done <"$tmp/kinds"

# --- the same over SNMPv1, with other tables, by name: it ends, and correct hosts are ok
mapfile -t liars < <(seq -f "127.66.%g.2:$at" 1 "$((kind - 1))")
run -v 1 "${neighbours[@]}" "${liars[@]}"
check "v1: all hostile agents at once: other hosts are unchanged" others_are_unchanged
check "v1: in time and memory ($(tail -n 1 "$tmp/took"))" bounded
check "v1: the output is printable" printable 1000000
for options in '--ucd' '--hostres proc-3:1-1' '-g group-2' '-g group-*' 'group-2:1-1'; do
    # shellcheck disable=SC2086 # words
    run $options "${neighbours[@]}" "${liars[@]}"
    check "$options: other hosts are ok" [ "$(grep -cE '^127\.1\.0\.[123].*: (group|proc)-[1-5]: ok: 1' "$tmp/out")" \
        = "$(case $options in --ucd | '-g group-*') echo 15 ;; *) echo 3 ;; esac)" ]
    check "$options: in time and memory ($(tail -n 1 "$tmp/took"))" bounded
    check "$options: the output is printable" printable 1000000
done

# --- many of them, among two hundred correct hosts
for a in $(seq 1 4); do seq -f "127.66.%g.$a:$at" 1 "$((kind - 1))"; done >"$tmp/hosts"
seq -f "127.2.0.%g:$at" 1 200 >>"$tmp/hosts"
run --hosts-file "$tmp/hosts"
check_eq "many hosts: correct ones are ok" 1000 "$(grep -cE '^127\.2\.0\..*: group-[1-5]: ok: 1 \(1-1\)' "$tmp/out")"
check "many hosts: in time and memory ($(tail -n 1 "$tmp/took"))" bounded
check_eq "many hosts: each has a state" 0 \
    "$(while read -r host; do grep -qF "$host: " "$tmp/out" || echo "$host"; done <"$tmp/hosts" | wc -l)"
check_eq "many hosts: summary is sorted" "$(head -n 1 "$tmp/out")" \
    "$(head -n 1 "$tmp/out" | tr ' ' '\n' | LC_ALL=C sort | paste -sd ' ')"

# --- a late answer counts if there is time
late=$(awk '$2 == "late" { print $1 }' <("$tools/responder" --kinds))
"$bin/snmp-procgroup" -t 5 -r 0 "127.66.$late.1:$at" >"$tmp/out"
check_eq "an answer after three seconds counts" 0 $?
summary
