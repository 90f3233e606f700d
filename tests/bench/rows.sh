#!/bin/bash
# (b) Rows per second of a GETBULK walk, through snmpd and standalone; and a burst of 5,000
# notifications, all of which must arrive while the rows are read.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/../integration/lib.sh"
rows=${ROWS:-10000} seconds=${SECONDS_EACH:-3} burst=${BURST:-5000}
bench=$BUILD/bench
server() { # NAME OPTION...
    local name=$1
    shift
    "$bench/sink" "$trap_port" "$burst" >"$tmp/$name.sink" &
    sink=$!
    started+=("$sink")
    wait_for 5 grep -q ready "$tmp/$name.sink" || return 1
    "$bench/rows_server" "$rows" "$burst" "$bin/procgroupd-snmp" "$@" >"$tmp/$name.out" \
        2>"$tmp/$name.log" &
    server=$!
    started+=("$server")
    wait_for 10 eval "get $root.1.2.1.2.$rows | grep -q group-$rows"
}
acked() { grep -q '^acked [0-9]* of' "$tmp/$1.out"; }
child() { awk '/^child/ { print $2 }' "$tmp/$1.out"; }
memory() { awk '/^VmRSS/ { printf "%.1f MiB", $2 / 1024 }' "/proc/$(child "$1")/status"; }
walk_rows() { "$@" "$bench/rows" "udp:127.0.0.1:$port" public "$rows" "$seconds"; }
# one_processor NAME PID...: all processes on one CPU, so that none waits for a wakeup of another CPU
one_processor() {
    local pid
    command -v taskset >/dev/null || return 0
    for pid in "${@:2}"; do taskset -cp 0 "$pid" >/dev/null || return 0; done
    printf '%s, one processor: ' "$1"
    walk_rows taskset -c 0 || exit 1
}
measure() { # NAME PID...: waits until it answers
    wait_for 60 acked "$1" || { echo "$1: only $(tail -n 1 "$tmp/$1.out")"; exit 1; }
    printf '%s: ' "$1"
    walk_rows || exit 1
    one_processor "$@" "$(child "$1")"
    wait "$sink" || { echo "$1: lost: $(tail -n 1 "$tmp/$1.sink")"; exit 1; }
    printf '%s: a burst of %s: %s, %s; the SNMP process has %s\n' "$1" "$burst" \
        "$(grep '^acked' "$tmp/$1.out")" "$(tail -n 1 "$tmp/$1.sink")" "$(memory "$1")"
}

start_snmpd || exit 1
server agentx "--agentx=$agentx" || { cat "$tmp"/agentx.*; exit 1; }
measure agentx "$snmpd"
stop "$server"
stop "$snmpd"
printf 'rocommunity public 127.0.0.1\ntrap2sink 127.0.0.1:%s public\n' "$trap_port" \
    >"$tmp/standalone.conf"
server standalone "--listen=udp:127.0.0.1:$port" "--snmpd-conf=$tmp/standalone.conf" \
    "--state-dir=$tmp/engine" || { cat "$tmp"/standalone.*; exit 1; }
measure standalone
stop "$server"
