#!/bin/bash
# What snmp-procgroup keeps between its runs: fewer requests, and never another result. And
# the line that shows how far a run is.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

cache=$tmp/kept
poll() { "$bin/snmp-procgroup" --again 0 --cache "$cache" "$@" >"$tmp/out" 2>"$tmp/err"; status=$?; }
out() { cat "$tmp/out"; }
err() { cat "$tmp/err"; }

# --- an agent at all addresses, which counts the requests
responder() { # OPTION...: sets responder and at
    rm -f "$tmp/responder"
    "$BUILD/tools/responder" "$@" >"$tmp/responder" &
    responder=$!
    started+=("$responder")
    wait_for 10 [ -s "$tmp/responder" ]
    at=$(head -n 1 "$tmp/responder")
}
# requests COMMAND...: the requests of the command, in `requests`
requests() {
    responder -g 200 -p "${at:-0}"
    "$@" "127.3.0.1:$at" "127.3.0.2:$at"
    stop "$responder"
    requests=$(sed -n 's/ requests.*//p' "$tmp/responder")
}
requests poll -g group-3 -g group-150
check_eq "the first run: ok" 0 "$status"
first=$requests
requests poll -g group-3 -g group-150 --verbose
check_eq "the second run: ok" 0 "$status"
check_eq "the second run: both hosts" 4 "$(grep -c ': ok: 1 (1-1)' "$tmp/out")"
check "the second run needs fewer requests ($requests instead of $first)" [ "$requests" -lt "$first" ]
check_eq "one for each host" 2 "$requests"
check_like "and says so" "snmp-procgroup: 2 of 2 hosts are in the cache" "$(err)"
before=$(stat -c %i "$cache")
requests poll -g group-150 -g group-3
check_eq "a run that learns nothing does not write" "$before" "$(stat -c %i "$cache")"
requests poll --no-cache -g group-3 -g group-150 --cache /nonexistent
check_like "--cache and --no-cache" "cannot be combined with --no-cache" "$(err)"
requests "$bin/snmp-procgroup" --no-cache -g group-3 -g group-150 >"$tmp/out"
check_eq "without a cache: as many as at first" "$first" "$requests"
requests poll -g group-3 -g no-such
check_like "a group that the host does not have" "no-such: no such group unknown" "$(out)"
requests poll -g 'group-15?' -g group-3
check_eq "a pattern is walked" 22 "$(grep -c ': ok: 1 (1-1)' "$tmp/out")"

# edit_cache SCRIPT: edits the file with sed, and corrects its sum
edit_cache() {
    sed -i "$1" "$cache"
    python3 - "$cache" <<'PY'
import sys
text = open(sys.argv[1], "rb").read()
text = text[:text.rindex(b"sum ")]
h = 2166136261
for byte in text:
    h = (h ^ byte) * 16777619 & 0xffffffff
open(sys.argv[1], "wb").write(text + b"sum %08x\n" % h)
PY
}
# --- rows that are other groups now
for change in 's/^row 3 group-3$/row 4 group-3/' 's/^row 3 group-3$/row 4711 group-3/' \
    's/^row 3 group-3$/row 150 group-3/; s/^row 150 group-150$/row 3 group-150/'; do
    edit_cache "$change"
    check "the rows were changed" grep -qE '^row (4|4711|3) group-(3|150)$' "$cache"
    requests poll -g group-3 -g group-150 --verbose
    check_eq "$change: ok" 0 "$status"
    check_eq "$change: the cache was read" "snmp-procgroup: 2 of 2 hosts are in the cache" "$(err)"
    check_eq "$change: both groups of both hosts" 4 "$(grep -cE ': group-(3|150): ok: 1 ' "$tmp/out")"
    check_eq "$change: the walk was made after one request each" $((first + 2)) "$requests"
    requests poll -g group-3 -g group-150
    check_eq "$change: and the rows were kept" 2 "$requests"
done

# --- files that are wrong: said once with --verbose, and nothing else changes
cp "$cache" "$tmp/good"
wrong() { # WHAT PATTERN [0: it is not replaced]
    requests poll -g group-3
    check_eq "$1: ok" 0 "$status"
    check_eq "$1: nothing is said" "" "$(err)"
    [ "${3:-1}" = 1 ] && return
    requests poll --verbose -g group-3
    check_eq "$1: ok with --verbose" 0 "$status"
    check_eq "$1: it is said once" 1 "$(grep -c "the cache .* is not used: $2" "$tmp/err")"
}
head -c 60 "$tmp/good" >"$cache"
requests poll --verbose -g group-3
check_like "damaged: it is said" "the cache $cache is not used: it is damaged: its sum is wrong" "$(err)"
check_eq "damaged: ok" 0 "$status"
requests poll -g group-3
check_eq "damaged: it was replaced" 2 "$requests"
: >"$cache"
wrong "an empty file" ""
echo "root:x:0:0" >"$cache"
wrong "another file" "it is not a cache of snmp-procgroup" 0
check_eq "another file is left alone" "root:x:0:0" "$(cat "$cache")"
rm "$cache"
mkdir "$cache"
wrong "a folder" "not a regular file" 0
rmdir "$cache"
cp "$tmp/good" "$cache"
chmod 666 "$cache"
wrong "writable for all" "other accounts can write it" 0
chmod 600 "$cache"
if [ "$(id -u)" = 0 ]; then
    chown 65534 "$cache"
    wrong "of another account" "it belongs to another account" 0
    chown 0 "$cache"
fi
cache=/nonexistent/kept
wrong "a missing folder" "No such file or directory" 0
cache=$tmp/kept
exec 9>"$cache.lock"
flock 9
rm "$cache"
wrong "another run is writing" "another run is writing it" 0
exec 9>&-
requests "$bin/snmp-procgroup" -g group-3 >"$tmp/out"
requests "$bin/snmp-procgroup" -g group-3 >"$tmp/out"
check_eq "the cache of the account" 2 "$requests"
check_eq "is for it alone" 600 "$(stat -c %a "$XDG_CACHE_HOME/procgroup/snmp-procgroup")"
# Runs at the same time, each with hosts of its own: what is kept is whole.
rm -f "$cache"
responder -g 20
for i in $(seq 1 8); do
    "$bin/snmp-procgroup" --again 0 --cache "$cache" -g group-3 "127.3.$i.1:$at" >"$tmp/out$i" &
    runs[i]=$!
done
failures=0
for i in $(seq 1 8); do wait "${runs[i]}" || failures=$((failures + 1)); done
check_eq "runs at the same time" 0 $failures
poll --verbose -g group-3 "127.3.1.1:$at"
check_eq "the cache is whole after them" 0 "$(grep -c 'is not used' "$tmp/err")"
check_eq "no temporary file is left" "" "$(find "$tmp" -name '.kept.*')"

# --- a terminal: one line while it takes more than a second, which is erased
live() { # SCRIPT COMMAND...
    TERM=${TERM_OF:-xterm} python3 "$top/tests/tools/live.py" 60 10 "$@" >"$tmp/live"
}
# 40 hosts of which two do not answer
mapfile -t hosts < <(seq -f "127.3.0.%g:$at" 1 40)
slow=("$bin/snmp-procgroup" --no-cache -g group-1 -t 2 -r 0 "127.3.0.1:$trap_port" "${hosts[@]}")
silent() { python3 -c 'import socket,sys,time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("0.0.0.0", int(sys.argv[1]))); time.sleep(60)' "$1"; }
silent "$trap_port" &
started+=($!)
wait_for 10 grep -q "$(printf ':%04X ' "$trap_port")" /proc/net/udp
live "wait:40_of_41_hosts gone" "${slow[@]}"
check_eq "the progress is shown" 0 "$(grep -c timeout "$tmp/live")"
check_eq "and erased" 0 "$(grep -c ' of 41 hosts' "$tmp/live")"
check_eq "before the result" "127.3.0.1:$trap_port" "$(head -n 1 "$tmp/live")"
check_like "the exit status" "status 1" "$(cat "$tmp/live")"
check_eq "no other escape" 0 "$(grep -c 'unknown escape' "$tmp/live")"
TERM_OF=dumb live "sleep:1.6 gone" "${slow[@]}"
check_eq "none on a dumb terminal" "127.3.0.1:$trap_port" "$(head -n 1 "$tmp/live")"
check_eq "nor an escape there" 0 "$(grep -c $'\033' "$tmp/live")"
"${slow[@]}" >"$tmp/out" 2>"$tmp/err"
check_eq "none in a pipe" "" "$(cat "$tmp/err")"

# --- SNMPv3: the engine is not discovered again
engine=0x80001f880461787465737401
agent() { # ENGINE BOOTS
    cat >"$tmp/snmpd.conf" <<END
exactEngineID $1
oldEngineID $1
engineBoots $2
createUser tst SHA "authpass12" AES "privpass12"
rwuser tst noauth
rocommunity public 127.0.0.0/8
master agentx
agentXSocket $agentx
agentXPerms 0777 0755
END
    rm -rf "$tmp/p"
    mkdir "$tmp/p"
    snmpd -f -C -c "$tmp/snmpd.conf" -Lf "$tmp/snmpd.log" -I -smux "udp:127.0.0.1:$port" &
    snmpd=$!
    started+=("$snmpd")
    wait_for 10 get .1.3.6.1.2.1.1.3.0
}
agent $engine 5
cat >"$tmp/procgroup.conf" <<EOF
interval = 0.5
recheck = 0
group "never" { comm = "no-such-program" count = "0-0" }
EOF
start_procgroupd
ready
here=127.0.0.1:$port
green() { "$bin/snmp-procgroup" --no-cache -t 2 -r 1 --again 0 "$here"; }
check "the group is ok" wait_for 15 green
v3=(-v 3 -u tst -a SHA -A authpass12 -x AES -X privpass12)
# packets COMMAND...: how many packets the agent gets from it (snmpInPkts), in `packets`
packets() {
    local from
    from=$(get .1.3.6.1.2.1.11.1.0)
    "$@"
    packets=$(($(get .1.3.6.1.2.1.11.1.0) - from - 1))
}
for level in authPriv authNoPriv noAuthNoPriv; do
    rm -f "$cache"
    packets poll -t 2 -r 1 "${v3[@]}" -l $level -g never "$here"
    check_eq "v3 $level, first: ok" 0 "$status"
    check_eq "v3 $level, first: discovery, lookup, rows" 3 "$packets"
    packets poll -t 2 -r 0 "${v3[@]}" -l $level -g never "$here"
    check_eq "v3 $level, second: ok" 0 "$status"
    check_eq "v3 $level, second: one packet" 1 "$packets"
done
poll -t 2 -r 0 "${v3[@]}" -l authPriv -g never "$here"
poll -t 2 -r 0 -v 3 -u tst -l authPriv -a SHA -A wrongpass12 -x AES -X privpass12 "$here"
check_like "a wrong passphrase is still one" "refused unknown: authentication failed" "$(out)"
poll -t 2 -r 0 -v 3 -u no-such -l noAuthNoPriv "$here"
check_like "a wrong user too" "refused unknown: unknown user" "$(out)"
# The agent has started more often, less often, or is another one.
for again in "$engine 77" "$engine 2" "0x80001f880461787465737402 1"; do
    stop "$snmpd"
    # shellcheck disable=SC2086 # words
    agent $again
    check "$again: the group is ok" wait_for 20 green
    poll -t 2 -r 0 "${v3[@]}" -l authPriv -g never "$here"
    check_eq "$again: ok without a retry" 0 "$status"
    packets poll -t 2 -r 0 "${v3[@]}" -l authPriv -g never "$here"
    check_eq "$again: and then one packet" 1 "$packets"
done
# A clock here that was wrong when the engine was kept.
for shift in -4000 4000; do
    start=$(sed -n 's/^engine [0-9]* \([0-9]*\) .*/\1/p' "$cache")
    edit_cache "s/ $start / $((start - shift)) /"
    poll -t 2 -r 0 "${v3[@]}" -l authPriv -g never "$here"
    check_eq "a clock that is wrong by $shift s: ok" 0 "$status"
done
stop "$snmpd"
poll -t 0.5 -r 1 "${v3[@]}" -l authPriv -g never "$here"
check_like "a host that is dead now" "no answer critical" "$(out)"
summary
