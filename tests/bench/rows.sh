#!/bin/bash
# (b) Rows a second of a GETBULK walk, through snmpd and standalone; and 5,000
# notifications in one burst.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/../integration/lib.sh"
rows=${ROWS:-10000} seconds=${SECONDS_EACH:-3} burst=${BURST:-5000}
bench=$BUILD/bench
server() { # NAME OPTION...
    local name=$1
    shift
    "$bench/rows_server" "$rows" "$burst" "$bin/procgroupd-snmp" "$@" >"$tmp/$name.out" \
        2>"$tmp/$name.log" &
    server=$!
    started+=("$server")
    wait_for 10 get "$root.1.2.1.2.$rows" &&
        wait_for 10 eval "get $root.1.2.1.2.$rows | grep -q group-$rows"
}
acked() { grep -q '^acked [0-9]* of' "$tmp/$1.out"; }
memory() { # NAME: the SNMP side's resident memory
    awk '/^VmRSS/ { print $2 / 1024 " MiB" }' "/proc/$(awk '/^child/ { print $2 }' "$tmp/$1.out")/status"
}
measure() { # NAME: once it answers
    printf '%s: ' "$1"
    wait_for 60 acked "$1" || { echo "only $(tail -n 1 "$tmp/$1.out")"; exit 1; }
    "$bench/rows" "udp:127.0.0.1:$port" public "$rows" "$seconds" || exit 1
    printf '%s: a burst of %s: %s; the SNMP side has %s\n' "$1" "$burst" \
        "$(grep '^acked' "$tmp/$1.out")" "$(memory "$1")"
}

start_snmpd || exit 1
server agentx "--agentx=$agentx" || { cat "$tmp"/agentx.*; exit 1; }
measure agentx
stop "$server"
stop "$snmpd"
printf 'rocommunity public 127.0.0.1\n' >"$tmp/standalone.conf"
server standalone "--listen=udp:127.0.0.1:$port" "--snmpd-conf=$tmp/standalone.conf" \
    "--state-dir=$tmp/engine" || { cat "$tmp"/standalone.*; exit 1; }
measure standalone
stop "$server"
