#!/bin/bash
# Low limits: file descriptors, file size.
# Runs on the host: BPF and events need descriptors of their own.
# Its names have its pid, because other tests may run at the same time.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/../integration/lib.sh"
program pg-many$$
{
    echo 'interval = 0.5'
    echo 'group "many" { name = "pg-many'$$'" count = "1-" recheck = 0 }'
    for i in $(seq 50); do echo "group \"other-$i\" { name = \"pg-none\" count = \"-5\" }"; done
} >"$tmp/procgroup.conf"
for _ in $(seq 200); do run_program pg-many$$; done
start_snmpd
# limited ULIMIT_OPTION VALUE: starts procgroupd with this limit
limited() {
    (ulimit "$1" "$2" && exec "$bin/procgroupd" -f -R "$run_folder" -c "$tmp/procgroup.conf" -s "$tmp/state" \
        -x "$agentx") >>"$tmp/procgroupd.log" 2>&1 &
    daemon=$!
    started+=("$daemon")
}
scans() { [ "$(get "$root.1.1.11.0")" -ge "$1" ]; }

# Exit notification of members and open /proc folders must leave descriptors for the rest.
limited -n 100
check 'it answers' ready
check 'its row' wait_for 20 col_is $COUNT many 200
check 'four scans' wait_for 20 scans 4
check_eq 'a SET' 2 "$(set_ "$root.1.2.1.$ADMIN.$(index_of many)" i 2)"
kill -HUP "$daemon"
check 'a reload' wait_for 10 grep -q ': reloaded: ' "$tmp/procgroupd.log"
kill -KILL "$(pgrep -P "$daemon")"
check 'another SNMP process' wait_for 10 grep -q 'killed by signal 9' "$tmp/procgroupd.log"
check 'it answers' ready
check 'its row' wait_for 20 col_is $COUNT many 200
check_eq 'no error for lack of descriptors' '' "$(grep -E 'Too many|unknown' "$tmp/procgroupd.log")"
stop "$daemon"

# The file size limit applies to the table image as well (and to the log if that is not a pipe):
# procgroupd does not run without serving.
(ulimit -f 1 && exec "$bin/procgroupd" -f -R "$run_folder" -c "$tmp/procgroup.conf" -s "$tmp/state2" \
    -x "$agentx" 2>&1) | cat >"$tmp/small.log"
check_eq 'small files: it exits' 1 "${PIPESTATUS[0]}"
check_like 'small files: it says why' 'limit of file sizes applies .ulimit -f.: File too large' \
    "$(cat "$tmp/small.log")"
summary
