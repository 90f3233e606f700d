#!/bin/bash
# With little of everything: descriptors, room on the disk, length of a file.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/../integration/lib.sh"
program pg-many
{
    echo 'interval = 0.5'
    echo 'group "many" { name = "pg-many" count = "1-" recheck = 0 }'
    for i in $(seq 50); do echo "group \"other-$i\" { name = \"pg-none\" count = \"-5\" }"; done
} >"$tmp/procgroup.conf"
for _ in $(seq 200); do run_program pg-many; done
start_snmpd
# limited ULIMIT_OPTION VALUE: procgroupd with it
limited() {
    (ulimit "$1" "$2" && exec "$bin/procgroupd" -f -c "$tmp/procgroup.conf" -s "$tmp/state" \
        -x "$agentx") >>"$tmp/procgroupd.log" 2>&1 &
    daemon=$!
    started+=("$daemon")
}
looks() { [ "$(get "$root.1.1.11.0")" -ge "$1" ]; }

# Members whose end is waited for, and folders kept open, take descriptors: not all.
limited -n 100
check 'it answers' ready
check_eq 'its row' 200 "$(col $COUNT many)"
check 'four looks' wait_for 20 looks 4
check_eq 'a SET' 2 "$(set_ "$root.1.2.1.$ADMIN.$(index_of many)" i 2)"
kill -HUP "$daemon"
check 'a reload' wait_for 10 grep -q ': reloaded: ' "$tmp/procgroupd.log"
kill -KILL "$(pgrep -P "$daemon")"
check 'a new SNMP side' wait_for 10 grep -q 'killed by signal 9' "$tmp/procgroupd.log"
check 'answers' ready
check_eq 'its row' 200 "$(col $COUNT many)"
check_eq 'no descriptor was missed' '' "$(grep -E 'Too many|unknown' "$tmp/procgroupd.log")"
stop "$daemon"

# A file that may not grow is an error like any other, and no end. (The tables are such a
# file too, and so is the log if it is not a pipe.)
(ulimit -f 1 && exec "$bin/procgroupd" -f -c "$tmp/procgroup.conf" -s "$tmp/state2" \
    -x "$agentx" 2>&1) | cat >"$tmp/small.log" &
check 'the trouble is told' wait_for 10 grep -q 'state2: cannot save .*File too large' "$tmp/small.log"
daemon=$(cat "$tmp/state2.lock")
started+=("$daemon")
told() { [ "$(grep -c 'cannot update the published tables' "$tmp/small.log")" -ge 4 ]; }
check 'it goes on looking' wait_for 10 told
check_eq 'what does not change is told once' 1 "$(grep -c 'indexes and' "$tmp/small.log")"
kill "$daemon"
check 'it ends in order' wait_for 10 grep -q 'procgroupd: stopped' "$tmp/small.log"
summary
