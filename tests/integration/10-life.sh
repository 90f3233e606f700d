#!/bin/bash
# A daemon is missing, starts, ends and starts again: rows and notifications.
# Runs on the host: in a PID namespace there are no events, no BPF.
# Its names have its pid, because other tests may run at the same time.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"
program pg-life
program pg-quick$$
cat >"$tmp/procgroup.conf" <<EOF
interval = 0.5
recheck = 0
group "life" { path = "$tmp/bin/pg-life"  count = "1-1" }
group "spare" { name = "pg-never-runs" }
group "quick" { name = "pg-quick$$"  count = "1-1"  recheck = 3 }
group "sshd" { path = "/usr/sbin/pg-sshd"  count = "1-" recheck = 600 }
EOF
run_program pg-quick$$
quick=$pid
start_snmpd && start_trapd && start_procgroupd
check 'rows exist soon after the start' ready
check_eq 'a group without processes has a row with count 0' 0 "$(col $COUNT spare)"
check 'and status ok without limits' wait_for 5 col_is $STATUS spare 0
check 'a missing daemon is a violation' wait_for 5 col_is $STATUS life 2
check 'and a notification is sent' wait_for 5 trap_has 'life: .*count 0'

run_program pg-life
check 'the started daemon is counted' wait_for 5 col_is $COUNT life 1
check 'status is ok again' wait_for 5 col_is $STATUS life 0
check 'recovery is notified' wait_for 5 trap_has "$root.0.2.*\"life\""
raised=$(traps_like "$root.0.1[^0-9].*\"life\"")
kill "$pid"
wait "$pid" 2>/dev/null
check 'killed daemon: critical' wait_for 5 col_is $STATUS life 2
check 'killed daemon: a notification is sent again' wait_for 5 eval \
    "[ \$(traps_like '$root.0.1[^0-9].*\"life\"') -gt $raised ]"

# A restart that takes 1 s is not a violation if recheck is 3 s.
check_eq 'quick runs' 1 "$(col $COUNT quick)"
kill "$quick"
wait "$quick" 2>/dev/null
check 'the missing process is pending, not yet a violation' wait_for 2 col_is $PENDING quick 1
check_eq 'status stays ok during recheck' 0 "$(col $STATUS quick)"
run_program pg-quick$$
quick=$pid
check 'started again within recheck' wait_for 3 col_is $PENDING quick 0
# An absence of more than 3 s is a violation.
kill "$quick"
wait "$quick" 2>/dev/null
check 'absence for more than recheck is a violation' wait_for 6 col_is $STATUS quick 2
check 'and a notification is sent' wait_for 5 trap_has 'quick: .*count 0'
check_eq 'one notification: none for the short restart' 1 "$(traps_like "$root.0.1[^0-9].*\"quick\"")"

# A process with the path of another program as argv[0].
(exec -a /usr/sbin/pg-sshd /bin/sleep 300) &
started+=($!)
samples() { get "$root.1.1.11.0"; }
now=$(col $COUNT sshd)
run_program pg-life
wait_for 5 col_is $COUNT life 1 # at least one scan after the impostor started
check_eq 'argv[0] does not count as a path' 0 "$now$(col $COUNT sshd | tr -d 0)"
check_eq 'still no process with that path' 0 "$(col $COUNT sshd)"
summary
