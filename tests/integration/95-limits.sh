#!/bin/bash
# Numbers that are used up, and many exits at once: the rest goes on.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

# write_state LINE...: a state file with these lines and their sum (FNV-1a)
write_state() {
    printf '%s\n' 'procgroup-state 1' "$@" >"$tmp/state"
    local sum=2166136261 octet
    for octet in $(od -An -v -tu1 "$tmp/state"); do
        sum=$(((sum ^ octet) * 16777619 & 0xffffffff))
    done
    printf 'sum %08x\n' "$sum" >>"$tmp/state"
}
indexes() { walk "$root.1.2.1.$NAME" | sed -E 's/.*\.([0-9]+) "?([^"]*)"?$/\1=\2/'; }
violations() { walk "$root.1.5.1.4" | sed -E 's/.*\.([0-9]+) .*/\1/' | xargs; }
daemon_log() { grep -cE -- "$1" "$tmp/procgroupd.log"; }

# A state file whose indexes and event numbers are at their end.
program pg-one
program pg-two
program pg-three
cat >"$tmp/procgroup.conf" <<EOF
interval = 0.5 recheck = 0
group "old" { name = "pg-old" count = "1-" }
group "new" { name = "pg-new" count = "1-" }
group "of-%{name}" { name = {"pg-one", "pg-two", "pg-three"} expire = 1 count = "1-" recheck = 0 }
EOF
write_state 'event 4294967294' 'notify 1' 'index 2147483647' \
    'group 2147483645 1 removed' 'group 2147483646 1 old' 'condition 2147483646 2147483647 x'
start_snmpd && start_trapd && start_procgroupd
check 'it answers with the last row index' ready
check_eq 'a name keeps its index' 2147483646 "$(index_of old)"
check_eq 'the last index is assigned' 2147483647 "$(index_of new)"
check 'started is 4294967294; a violation has 4294967295, the next one 1' \
    wait_for 10 eval '[ "$(violations)" = "1 4294967295" ]'
check 'nothing is logged before the end' [ "$(daemon_log 'row index')" = 0 ]

run_program pg-one
check 'a new group of a template has a row' wait_for 10 has_row of-pg-one
check_eq 'its index is the first free one' 1 "$(index_of of-pg-one)"
run_program pg-two
check 'and the next one' wait_for 10 has_row of-pg-two
check_eq 'has the next index' 2 "$(index_of of-pg-two)"
check 'a warning is logged once' wait_for 5 eval '[ "$(daemon_log "all row indexes")" = 1 ]'
two=$pid
stop "$two"
check 'its violation is the next event' wait_for 10 eval \
    "walk $root.1.5.1.4 | grep -q of-pg-two"
check 'an instance expires' wait_for 10 eval '! has_row of-pg-two'
run_program pg-three
check 'a name that is new' wait_for 10 has_row of-pg-three
check_eq 'does not get the index that has just become free' 3 "$(index_of of-pg-three)"
run_program pg-two
check 'a removed group is back' wait_for 10 has_row of-pg-two
check_eq 'with its own index' 2 "$(index_of of-pg-two)"
before=$(indexes)
check 'procgroupd stops' stop "$daemon"
start_procgroupd
check 'it answers after a restart' ready
check 'all groups have their indexes again' wait_for 10 eval "[ \"\$(indexes)\" = '$before' ]"
check 'everything is evaluated' wait_for 10 eval 'col_is $STATUS old 2 && col_is $STATUS of-pg-one 0'
check_eq 'no cycle has failed' 0 "$(daemon_log 'cycle failed|start failed')"
stop "$daemon"

# A file with absurd numbers is set aside.
for line in 'index 2147483649' 'event 18446744073709551615' 'group 4294967295 1 old' 'index 0'; do
    write_state 'event 7' 'index 5' 'group 4 1 old' "$line"
    : >"$tmp/procgroupd.log"
    start_procgroupd
    check "it answers after '$line'" ready
    check "and the file is set aside" [ "$(daemon_log 'malformed line.*renamed to')" = 1 ]
    check "all groups have rows" wait_for 10 eval 'has_row old && has_row of-pg-one'
    stop "$daemon"
done

# A storm of processes that are named like a watched group. Regular scans are a minute apart.
storm() { # NAME SECONDS: about 50 processes a second, each lives for 0.2 s
    local end=$((${EPOCHREALTIME/./} + $2 * 1000000))
    while [ "${EPOCHREALTIME/./}" -lt "$end" ]; do
        "$tmp/bin/$1" 0.2 &
        sleep 0.015
    done
    wait
}
samples() { get "$root.1.1.11.0"; }
cpu_ms() { awk -v hz="$(getconf CLK_TCK)" '{ print int(($14 + $15) * 1000 / hz) }' "/proc/$1/stat"; }
for name in pg-storm pg-workers pg-late pg-later; do program "$name"; done
cat >"$tmp/procgroup.conf" <<EOF
interval = 60 recheck = 0
group "storm" { name = "pg-storm" count = "1-" }
group "workers" { name = "pg-workers" count = "2-" }
group "late" { name = "pg-late" count = "1-" }
group "later" { name = "pg-later" count = "1-" }
EOF
rm -f "$tmp/state" "$tmp/state.events"
for name in pg-storm pg-workers; do run_program "$name"; done
run_program pg-late
late=$pid
run_program pg-later
later=$pid
run_program pg-workers
second=$pid
# Where the kernel reports all events, no early scan is needed: 85-events.sh.
start_procgroupd --collector=procfs
check 'it answers before the storm' ready
check 'all groups are ok' wait_for 10 eval 'col_is $STATUS workers 0 && col_is $STATUS later 0'
before=$(samples)
storm pg-storm 10 &
started+=($!)
storms=$!
sleep 5
stop "$late"
check 'the end of a daemon in the storm is noticed' wait_for 10 col_is $STATUS late 2
wait "$storms"
n=$(($(samples) - before))
echo "$n scans in a storm of members that are not needed"
check 'members that are not needed lead to no scan' [ "$n" -le 3 ]

# If they are needed, scans are paced by what they cost.
storm pg-workers 12 &
started+=($!)
storms=$!
sleep 1
before=$(samples) cpu=$(cpu_ms "$daemon") began=${EPOCHREALTIME/./}
stop "$second" # from now on, a second one is always one of the storm
sleep 5
stop "$later"
check 'the end of a daemon is noticed between them' wait_for 10 col_is $STATUS later 2
sleep 4
n=$(($(samples) - before)) cpu=$(($(cpu_ms "$daemon") - cpu))
ms=$(((${EPOCHREALTIME/./} - began) / 1000))
echo "$n scans and $cpu ms of CPU in $ms ms of a storm of members that are needed"
check 'there are early scans' [ "$n" -ge 5 ]
check 'at most 10 a second' [ "$n" -le $((ms / 100 + 2)) ]
check 'they take at most a tenth of one CPU' [ "$cpu" -le $((ms / 10 + 200)) ]
wait "$storms"
check 'the violation at the end is noticed' wait_for 10 col_is $STATUS workers 2
summary
