#!/bin/bash
# What happens between two scans: a start, an exec and an end are noticed at once where the
# kernel reports them, ends of needed members everywhere.
# Runs on the host: in a PID namespace there are no events.
# Its names have its pid, because other tests may run at the same time.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

program pg-need$$
program pg-bad$$
program pg-many$$
cat >"$tmp/procgroup.conf" <<EOF
interval = 3600
group "needed" { name = "pg-need$$" count = "1-" recheck = 0 }
group "forbidden" { name = "pg-bad$$" count = "0-0" recheck = 0 }
group "many" { name = "pg-many$$" count = "-100" recheck = 0 }
EOF
scans() { get "$root.1.1.11.0"; }
lost() { get "$root.1.1.17.0"; }
received() { get "$root.1.1.16.0"; }
start_snmpd && start_trapd
run_program pg-need$$
needed=$pid
start_procgroupd
check 'it answers' ready
check 'the member is counted' wait_for 30 col_is $COUNT needed 1
source=$(get "$root.1.1.3.0" | unquote)
check_like 'the source has a name' '^(procfs|bpf)([+]events)?$' "$source"
before=$(scans)

stop "$needed" KILL
check 'the end of a needed member is noticed at once' wait_for 30 col_is $STATUS needed 2
check_eq 'and counted' 0 "$(col $COUNT needed)"

if [ "${source%+events}" = "$source" ]; then
    # In a namespace of its own: what is not reported waits for a scan.
    run_program pg-bad$$
    check 'a start is not reported' eval '! wait_for 1 col_is $STATUS forbidden 2'
    kill -USR1 "$daemon"
    check 'a scan finds it' wait_for 30 col_is $STATUS forbidden 2
else
    run_program pg-need$$
    check 'a start is noticed at once' wait_for 30 col_is $STATUS needed 0
    check_eq 'without a scan' "$before" "$(scans)"
    run_program pg-bad$$
    check 'a forbidden process is noticed at once' wait_for 30 col_is $STATUS forbidden 2
    stop "$pid" KILL
    check 'and its end' wait_for 30 col_is $STATUS forbidden 0
    # One that executes it is found by its new name.
    sh -c "sleep 0.3; exec $tmp/bin/pg-bad$$ 300" &
    started+=("$!")
    check 'an exec is noticed at once' wait_for 30 col_is $STATUS forbidden 2
    stop "$!" KILL
    check 'and its end, too' wait_for 30 col_is $STATUS forbidden 0
    # 300 members come and go; all of them live for longer than they are left to settle.
    for _ in $(seq 30); do
        for _ in 1 2 3 4 5 6 7 8 9 10; do
            "$tmp/bin/pg-many$$" 1.5 </dev/null >/dev/null 2>&1 &
        done
        sleep 0.05
    done
    check 'members that come and go are counted' wait_for 20 eval \
        '[ "$(get "$root.1.2.1.33.$(index_of many)")" = 300 ]'
    check 'they have all ended' wait_for 30 col_is $COUNT many 0
    check_eq 'as many ends as starts' 300 "$(get "$root.1.2.1.34.$(index_of many)")"
    check_eq 'still without a scan' "$before" "$(scans)"
    check_eq 'no event was lost' 0 "$(lost)"
    check 'events are counted' [ "$(received)" -gt 600 ]
    check 'procgroupd stops' stop "$daemon"
    # Without them.
    start_procgroupd --collector=procfs
    check 'with --collector=procfs it answers' ready
    check_eq 'the source is procfs' procfs "$(get "$root.1.1.3.0" | unquote)"
fi
check 'no notification is missing' eval '! grep -q dropped "$tmp/procgroupd.log"'
summary
