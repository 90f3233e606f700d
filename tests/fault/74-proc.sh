#!/bin/bash
# Very many processes, of files like those of /proc: files that are missing, cut, garbage or
# not readable, and processes that vanish during a scan. The rest is counted.
# Runs alone: it takes all of a CPU.
# shellcheck source=tests/fault/lib.sh
. "$(dirname "$0")/lib.sh"
n=$(pick 2000 50000) names=20
fixture() { python3 "$top/tests/tools/proc_fixture.py" "$tmp/proc" "$n" "$@"; }
odd_mounts() { awk -v at="$tmp/proc/" 'index($5, at) == 1 { print $5 }' /proc/self/mountinfo; }
trap 'odd_mounts | xargs -r umount -l; cleanup' EXIT
fixture
{
    echo 'interval = 1 recheck = 0'
    for i in $(seq 0 $((names - 1))); do echo "group \"p$i\" { name = \"prog-$i\" count = \"1-\" }"; done
    echo 'group "all" { name = "prog-*" }'
    echo 'group "arguments" { cmdline = "--all" }'
    echo 'group "unit" { unit = "prog.service" }'
} >"$tmp/procgroup.conf"
cpu_ms() { awk '{ sub(/.*\) /, ""); print ($12 + $13) * 10 }' "/proc/$daemon/stat"; }
scans_exceed() { [ "$(number "$SCANS")" -gt "$1" ]; }
more_scans() { wait_for 100 scans_exceed $(($(number "$SCANS") + $1)); } # N

start_snmpd
start_procgroupd -P "$tmp/proc"
check 'it answers' ready 100
check 'the first scan' wait_for 100 scans_exceed 0
# Later on a machine that is busy: what does not answer in time is unknown, and is read again.
figure "$n processes: $(($(cpu_ms) * 1000 / n)) us of CPU each until the first scan is published"
check 'every process is counted' wait_for 100 col_is $COUNT all "$n"
check 'by its arguments' wait_for 100 col_is $COUNT arguments "$n"
check 'by its unit' wait_for 100 col_is $COUNT unit "$n"
before=$(cpu_ms) scans=$(number "$SCANS")
more_scans 3
figure "$(((($(cpu_ms) - before) * 1000) / ($(number "$SCANS") - scans) / n)) us of CPU each for another scan"

mapfile -t kinds < <(fixture odd 2>"$tmp/fixture.log")
[ -s "$tmp/fixture.log" ] && echo 'not run: cannot mount here: no files that return EIO'
more_scans 2
check 'scans go on with files that are odd' [ "$(get "$root.1.1.10.0")" -le 2 ]
stop "$daemon" # what it read before is not read again at once
start_procgroupd -P "$tmp/proc"
check 'it answers' ready 100
check 'a first scan with files that are odd' wait_for 100 scans_exceed 0
check 'no scan has failed' [ "$(get "$root.1.1.10.0")" -le 2 ]
# The processes before the odd ones are as they were; a process without stat does not exist.
least=$((n - ${#kinds[@]}))
least_counted() { [ "$(col $COUNT all)" -ge $least ]; }
check 'all others are counted' wait_for 100 least_counted
check 'no process is counted twice' [ "$(col $COUNT all)" -le "$n" ]
undetermined() { col $MESSAGE unit | grep -q 'could not be determined'; }
check 'what cannot be read is reported' wait_for 100 undetermined
undecided=$(col $MESSAGE unit)
figure "${#kinds[@]} kinds of odd files: $undecided"

# Processes vanish and appear all the time: first their files, then their folders.
vanish() {
    local pid
    while :; do
        pid=$((2 + (RANDOM * 32768 + RANDOM) % (n / 2)))
        mv "$tmp/proc/$pid" "$tmp/gone.$pid"
        mkdir "$tmp/proc/$pid" # no files
        rmdir "$tmp/proc/$pid"
        mv "$tmp/gone.$pid" "$tmp/proc/$pid"
    done
}
vanish 2>/dev/null &
vanishing=$!
started+=("$vanishing")
more_scans "$(pick 3 15)"
check 'scans go on while processes vanish' [ "$(get "$root.1.1.10.0")" -le 2 ]
kill "$vanishing"
wait "$vanishing" 2>/dev/null
for at in "$tmp"/gone.*; do [ -e "$at" ] && mv "$at" "$tmp/proc/${at##*.}"; done
more_scans 2
check 'they are counted again' wait_for 100 least_counted

rm -rf "$tmp/proc"/[1-9]* 2>/dev/null
more_scans 2
few() { [ "$(col $COUNT all)" -le ${#kinds[@]} ]; }
check 'all have ended' wait_for 100 few
check 'it ends' stop "$daemon"
summary
