#!/bin/bash
# The master agent is missing, hangs, is restarted; the SNMP process is killed: no event is
# lost, and no scan is late.
# Runs alone: no scan may be late.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/../integration/lib.sh"
for i in 1 2 3; do program "pg-f$i"; done
{
    echo 'interval = 0.5 recheck = 0'
    for i in 1 2 3; do echo "group \"f$i\" { name = \"pg-f$i\"  count = \"1-1\" }"; done
} >"$tmp/procgroup.conf"
numbers() { # of all notifications that arrived, each once
    grep -oE "$root\.1\.6\.1\.0 = Gauge32: [0-9]+" "$tmp/traps" | awk '{ print $NF }' | sort -nu
}
last_logged() { grep -oE 'event=[0-9]+' "$tmp/procgroupd.log" | tail -n 1 | cut -d= -f2; }
all_arrived() { [ "$(numbers | tr '\n' ' ')" = "$(seq "$(last_logged)" | tr '\n' ' ')" ]; }
toggle() { # PROGRAM: runs and ends it: two events
    run_program "$1"
    wait_for 5 grep -q "kind=recovered group=\"f${1#pg-f}\"" "$tmp/procgroupd.log"
    kill "$pid"
    wait "$pid" 2>/dev/null
}
raised() { grep -c "kind=raised group=\"$1\"" "$tmp/procgroupd.log"; }
raised_is() { [ "$(raised "$1")" = "$2" ]; }
# What the machine itself is late by: how long a sleep of 0.1 s and a sync take at most.
witness() {
    local most=0 began ms
    while :; do
        began=${EPOCHREALTIME/./}
        sleep 0.1
        echo "$most" >"$tmp/witness.part"
        sync "$tmp/witness.part"
        ms=$(((${EPOCHREALTIME/./} - began) / 1000 - 100))
        [ "$ms" -le "$most" ] || { most=$ms && echo "$most" >"$tmp/witness"; }
    done
}
# The daemon logs a scan that is later than 1 s.
latest() { grep -oE 'started [0-9]+ ms late' "$1" | cut -d' ' -f2 | sort -n | tail -n 1; }
not_late() {
    local ms
    ms=$(latest "$tmp/procgroupd.log")
    [ "${ms:-0}" -le $((1000 + $(cat "$tmp/witness"))) ]
}
child_of() { tr -d ' ' <"/proc/$1/task/$1/children"; }
tcp_answers() { port=$tcp_port answers; }
# no_restart WHAT DAEMON CHILD LOG: it has the same SNMP process still
no_restart() {
    check_eq "$1: the SNMP process was not restarted" "$3" "$(child_of "$2")"
    check_eq "$1: the log says nothing of it" 0 "$(grep -c 'does not respond' "$4")"
}

echo 0 >"$tmp/witness"
witness &
started+=("$!")
start_procgroupd
check 'scans start without a master' wait_for 5 raised_is f3 1
start_snmpd && start_trapd
check 'a master that starts later has the rows' ready 10
check 'and gets the earlier events' wait_for 10 all_arrived

# Another one, with AgentX over TCP, hangs at the same time.
first=$snmpd
tcp_port=$(free_port) tcp_address=tcp:127.0.0.1:$(free_port)
port=$tcp_port trap_port=$(free_port) agentx=$tcp_address start_snmpd
tcp_snmpd=$snmpd snmpd=$first
"$bin/procgroupd" -f -R "$run_folder" -c "$tmp/procgroup.conf" -s "$tmp/tcp.state" -x "$tcp_address" \
    >"$tmp/tcp.log" 2>&1 &
tcp_daemon=$!
started+=("$tcp_daemon")
check 'AgentX over TCP: it answers' wait_for 10 tcp_answers

child=$(child_of "$daemon") tcp_child=$(child_of "$tcp_daemon")
kill -STOP "$snmpd" "$tcp_snmpd"
toggle pg-f1
check 'scans go on while snmpd hangs' wait_for 5 raised_is f1 2
sleep 45 # the length of the fault: each connection takes a place in a queue of six
toggle pg-f2
check 'scans go on after 45 s' wait_for 5 raised_is f2 2
no_restart 'snmpd hangs' "$daemon" "$child" "$tmp/procgroupd.log"
no_restart 'snmpd hangs, TCP' "$tcp_daemon" "$tcp_child" "$tmp/tcp.log"
kill -CONT "$snmpd" "$tcp_snmpd"
check 'every numbered event arrives' wait_for 15 all_arrived
check 'the rows are registered again after a hang' ready 10
check 'and over TCP' wait_for 10 tcp_answers
check_eq 'no restart was counted' '0 0' \
    "$(get "$root.1.1.26.0") $(port=$tcp_port get "$root.1.1.26.0")"
check 'the one over TCP ends' stop "$tcp_daemon"
stop "$tcp_snmpd"
check 'no scan was later than the machine' not_late

stop "$snmpd" KILL
toggle pg-f3
check 'scans go on without snmpd' wait_for 5 raised_is f3 2
start_snmpd
check 'the rows are registered again' ready 10
check 'every numbered event arrives after a restart' wait_for 15 all_arrived

child=$(child_of "$daemon")
kill -KILL "$child"
check 'the SNMP process is restarted within 2 s' wait_for 2 eval \
    "[ -n \"\$(tr -d ' ' <'/proc/$daemon/task/$daemon/children')\" ] &&
     [ \"\$(tr -d ' ' <'/proc/$daemon/task/$daemon/children')\" != $child ]"
toggle pg-f1
check 'and answers' ready 10
check 'no event is lost' wait_for 15 all_arrived

second=$("$bin/procgroupd" -f -R "$run_folder" -c "$tmp/procgroup.conf" -s "$tmp/state" -x "$agentx" 2>&1)
check 'a second instance exits' [ $? = 1 ]
check_like 'and reports the pid that has the lock' "another procgroupd \(pid $daemon\)" "$second"

check 'procgroupd stops' stop "$daemon"
printf 'damage' >>"$tmp/state"
start_procgroupd
check 'a damaged state file is not fatal' ready 10
check 'and is kept under another name' eval "ls '$tmp'/state.damaged-* >/dev/null"
summary
