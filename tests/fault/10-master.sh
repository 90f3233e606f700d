#!/bin/bash
# The master is away, hangs, comes back; the SNMP side is killed: nothing is lost, and
# looking is never late.
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
toggle() { # a transition: a program that ran ends, one that did not runs
    run_program "$1"
    wait_for 5 grep -q "kind=recovered group=\"f${1#pg-f}\"" "$tmp/procgroupd.log"
    kill "$pid"
    wait "$pid" 2>/dev/null
}
raised() { grep -c "kind=raised group=\"$1\"" "$tmp/procgroupd.log"; }
raised_is() { [ "$(raised "$1")" = "$2" ]; }

start_procgroupd
check 'it looks before there is a master' wait_for 5 raised_is f3 1
start_snmpd && start_trapd
check 'the master comes later: rows are there' ready 10
check 'and what was told before arrives' wait_for 10 all_arrived

kill -STOP "$snmpd"
toggle pg-f1
check 'a hung snmpd stops no look' wait_for 5 raised_is f1 2
sleep 20 # this is the fault itself: as long as the issue asks for
toggle pg-f2
check 'still looking after 20 s' wait_for 5 raised_is f2 2
kill -CONT "$snmpd"
check 'every numbered event arrives' wait_for 15 all_arrived
check 'no look was late' eval "! grep -q 'scan started .* late' '$tmp/procgroupd.log'"

stop "$snmpd" KILL
toggle pg-f3
check 'looking goes on without snmpd' wait_for 5 raised_is f3 2
start_snmpd
check 'rows are there again' ready 10
check 'every numbered event arrives after a restart' wait_for 15 all_arrived

child=$(tr -d ' ' <"/proc/$daemon/task/$daemon/children")
kill -KILL "$child"
check 'the SNMP side is back within 2 s' wait_for 2 eval \
    "[ -n \"\$(tr -d ' ' <'/proc/$daemon/task/$daemon/children')\" ] &&
     [ \"\$(tr -d ' ' <'/proc/$daemon/task/$daemon/children')\" != $child ]"
toggle pg-f1
check 'and serves' ready 10
check 'nothing is lost' wait_for 15 all_arrived

second=$("$bin/procgroupd" -f -c "$tmp/procgroup.conf" -s "$tmp/state" -x "$agentx" 2>&1)
check 'a second instance is refused' [ $? = 1 ]
check_like 'and told who has the lock' "another procgroupd \(pid $daemon\)" "$second"

check 'an orderly stop' stop "$daemon"
printf 'damage' >>"$tmp/state"
start_procgroupd
check 'a damaged state file is not fatal' ready 10
check 'and kept' eval "ls '$tmp'/state.damaged-* >/dev/null"
summary
