#!/bin/bash
# The clock is set back and forward, and the machine is suspended, as seen by both processes:
# a library moves their clocks (tests/tools/clock.c). No scan is missed, no event is false.
# shellcheck source=tests/fault/lib.sh
. "$(dirname "$0")/lib.sh"
if grep -qa __asan_init "$bin/procgroupd"; then
    echo '0 passed, 0 failed' # sanitizers must be the first library
    exit 0
fi
world_conf 4
echo 'group "stable" { name = "pg-none" count = "0-0" }
group "always" { name = "snmpd" count = "1-" }' >>"$tmp/procgroup.conf"
echo '0 0' >"$tmp/clock"
start_procgroupd() {
    CLOCK_FILE=$tmp/clock LD_PRELOAD=$BUILD/tools/clock.so "$bin/procgroupd" -f -R "$run_folder" \
        -c "$tmp/procgroup.conf" -s "$tmp/state" -x "$agentx" >>"$tmp/procgroupd.log" 2>&1 &
    daemon=$!
    started+=("$daemon")
}
world
scans_exceed() { [ "$(number "$SCANS")" -gt "$1" ]; }
readonly hour=3600 day=86400
wall_sum=0 boot_sum=0 moved=0
# move WALL BOOT WHAT
move() {
    wall_sum=$((wall_sum + $1)) boot_sum=$((boot_sum + $2)) moved=$((moved + 1))
    local before
    before=$(number "$SCANS")
    echo "$wall_sum $boot_sum" >"$tmp/clock.new" && mv "$tmp/clock.new" "$tmp/clock"
    check "$3: scans go on" wait_for 100 scans_exceed "$((before + 4))"
    check_eq "$3: the table is not stale" 1 "$(get "$root.1.1.10.0")"
    holds "$3"
}
move -$hour 0 'an hour back'
move $((2 * hour)) 0 'two hours forward'
move $hour $hour 'suspended for an hour'
if [ "$(pick short long)" = long ]; then
    move $((400 * day)) 0 'a year forward'
    move $((-401 * day)) 0 'more than a year back'
    move $((30 * day)) $((30 * day)) 'suspended for a month'
fi
for _ in $(seq "$(pick 0 20)"); do
    move $((RANDOM % 2 * 7200 - 3600)) 0 'an hour at random'
done
# A process that does not answer on a machine that is busy is another thing (unknown).
check_eq 'no event of a group that did not change' 0 \
    "$(grep -cE 'kind=(raised|recovered) group="(stable|always)".* severity=critical' "$tmp/procgroupd.log")"
events "clock moved $moved times"
summary
