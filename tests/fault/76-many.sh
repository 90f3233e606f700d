#!/bin/bash
# Very many groups and events.
# Runs alone: it takes all of a CPU.
# shellcheck source=tests/fault/lib.sh
. "$(dirname "$0")/lib.sh"
groups=$(pick 1000 10000) programs=10 wanted=$(pick 3000 100000)
for i in $(seq "$programs"); do program "pgm$i.$$"; done
{
    echo 'interval = 0.5 recheck = 0'
    for i in $(seq "$groups"); do
        echo "group \"c$i\" { name = \"pgm$((i % programs + 1)).$$\" count = \"1-1\" }"
    done
} >"$tmp/procgroup.conf"
members=()
for i in $(seq "$groups"); do members+=("pgm$((i % programs + 1)).$$"); done
truth() {
    local i running=()
    for i in $(seq "$programs"); do running[i]=$(pgrep -xc "pgm$i.$$"); done
    for i in $(seq "$groups"); do echo "c$i=${running[$((i % programs + 1))]}"; done | sort | xargs
}
check 'a receiver runs' start_receiver
check 'snmpd runs' start_snmpd
start_procgroupd
check 'it answers' ready 100
check 'every group has a row' wait_for 100 eval "[ \"\$(number $root.1.1.18.0)\" = $groups ]"
figure "$groups groups: $(awk '/VmRSS/ { print $2 }' "/proc/$daemon/status") KiB resident"
check 'they are right' wait_for 100 is_true
few_left() { [ "$(number "$QUEUED")" -lt 1000 ]; }
running=()
deadline=$((SECONDS + 200)) # the table and the numbers are compared even if it took longer
while [ "$(number "$LAST_EVENT")" -lt "$wanted" ] && [ $SECONDS -lt $deadline ]; do
    i=$((RANDOM % programs + 1))
    if [ -n "${running[i]:-}" ]; then
        stop "${running[i]}" KILL
        running[i]=
    else
        run_program "pgm$i.$$"
        running[i]=$pid
    fi
    wait_for 100 few_left
done 2>/dev/null
holds() {
    check "$1: the table is right" wait_for 100 is_true
    check "$1: every number is accounted for" wait_for 120 is_accounted
}
holds "$wanted events"
check "there were $wanted events" [ "$(number "$LAST_EVENT")" -ge "$wanted" ]
events "$groups groups"
summary
