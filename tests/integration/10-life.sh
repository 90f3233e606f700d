#!/bin/bash
# A daemon is not there, comes, dies, comes back; what is seen and what is told.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"
program pg-life
program pg-quick
but=$(readable_except)
cat >"$tmp/procgroup.conf" <<EOF
interval = 0.5
recheck = 0
group "life" { path = "$tmp/bin/pg-life" $but  count = "1-1" }
group "spare" { name = "pg-nobody-runs-this" }
group "quick" { name = "pg-quick"  count = "1-1"  recheck = 3 }
group "sshd" { path = "/usr/sbin/pg-sshd" $but  count = "1-" recheck = 600 }
EOF
run_program pg-quick
quick=$pid
start_snmpd && start_trapd && start_procgroupd
check 'rows are there soon after the start' ready
check_eq 'a group nobody ever ran has a row with 0' 0 "$(col $COUNT spare)"
check_eq 'and is fine without limits' 0 "$(col $STATUS spare)"
check 'a missing daemon is a violation' wait_for 5 col_is $STATUS life 2
check 'and is notified' wait_for 5 trap_has 'life: .*count 0'

run_program pg-life
check 'seen when it runs' wait_for 5 col_is $COUNT life 1
check 'fine again' wait_for 5 col_is $STATUS life 0
check 'recovery is notified' wait_for 5 trap_has "$root.0.2.*\"life\""
raised=$(traps_like "$root.0.1[^0-9].*\"life\"")
kill "$pid"
wait "$pid" 2>/dev/null
check 'killed: critical' wait_for 5 col_is $STATUS life 2
check 'killed: notified again' wait_for 5 eval \
    "[ \$(traps_like '$root.0.1[^0-9].*\"life\"') -gt $raised ]"

# A restart of a second is swallowed by a recheck of three.
check_eq 'quick runs' 1 "$(col $COUNT quick)"
kill "$quick"
wait "$quick" 2>/dev/null
check 'the gap is seen, pending and not yet a violation' wait_for 2 col_is $PENDING quick 1
check_eq 'status stays ok while it waits' 0 "$(col $STATUS quick)"
run_program pg-quick
quick=$pid
check 'back before the recheck' wait_for 3 col_is $PENDING quick 0
# One of more than three is not.
kill "$quick"
wait "$quick" 2>/dev/null
check 'five seconds away is a violation' wait_for 6 col_is $STATUS quick 2
check 'and is told' wait_for 5 trap_has 'quick: .*count 0'
check_eq 'told once: the short restart was not' 1 "$(traps_like "$root.0.1[^0-9].*\"quick\"")"

# A process that calls itself by another's path.
(exec -a /usr/sbin/pg-sshd /bin/sleep 300) &
started+=($!)
samples() { get "$root.1.1.11.0"; }
now=$(col $COUNT sshd)
run_program pg-life
wait_for 5 col_is $COUNT life 1 # at least one look after the impostor
check_eq 'argv[0] does not pass for a path' 0 "$now$(col $COUNT sshd | tr -d 0)"
check_eq 'still nobody by that path' 0 "$(col $COUNT sshd)"
summary
