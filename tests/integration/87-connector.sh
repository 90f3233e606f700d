#!/bin/bash
# What the proc connector of the kernel reports wrongly or not at all: lost events, ends of processes
# that go on, another listener that leaves. Regular scans are too far apart to correct it.
# Runs on the host: in a PID namespace there are no events.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"
program pg-1st$$
program pg-2nd$$
cp "$BUILD/tools/target" "$tmp/bin/pg-thr$$"
cat >"$tmp/procgroup.conf" <<EOF
interval = 3600
recheck = 0
group "first" { comm = "pg-1st$$" }
group "second" { comm = "pg-2nd$$" count = "0-0" }
group "threads" { comm = "pg-thr$$" count = "1-1" }
EOF
threads() { # MODE: runs the program with threads and sets target to its pid
    "$tmp/bin/pg-thr$$" "$1" 300 </dev/null >/dev/null 2>&1 &
    target=$!
    started+=("$target")
}
lost() { get "$root.1.1.17.0"; }
scans() { get "$root.1.1.11.0"; }
is_scanned() { [ "$(scans)" -gt "$before" ]; }
raised() { grep -c "kind=raised group=\"$1\".*severity=critical" "$tmp/procgroupd.log"; }

# noticed COLUMN GROUP VALUE: by an event. Where the machine is so busy that a process could not
# be read in time, the next scan reads it.
noticed() {
    for _ in 1 2 3 4 5 6; do
        wait_for 10 col_is "$@" && return
        [ "$(get "$root.1.1.10.0")" = 1 ] || kill -USR1 "$daemon"
    done
    return 1
}

start_snmpd
run_program pg-1st$$
first=$pid
threads sleep
# With the small buffer of an account that may not enlarge it.
setpriv --bounding-set=-net_admin "$bin/procgroupd" -f -R "$run_folder" -c "$tmp/procgroup.conf" -s "$tmp/state" \
    -x "$agentx" >>"$tmp/procgroupd.log" 2>&1 &
daemon=$!
started+=("$daemon")
check 'it answers' ready
check 'the members are counted' noticed $COUNT first 1
source=$(get "$root.1.1.3.0" | unquote)
echo "count: source $source"

if [ "${source%+events}" != "$source" ]; then
    # ------------------------------------------------------------ more events than the buffer holds
    check_eq 'no event is lost yet' 0 "$(lost)"
    before=$(scans)
    kill -STOP "$daemon"
    "$BUILD/tools/churn" 0 20000
    stop "$first" KILL
    run_program pg-2nd$$
    kill -CONT "$daemon"
    is_lost() { [ "$(lost)" -gt 0 ]; }
    check 'lost events are counted in the MIB' wait_for 30 is_lost
    check 'and a scan follows' wait_for 30 is_scanned
    check 'a member that ended meanwhile is not counted' noticed $COUNT first 0
    check 'a forbidden process that started meanwhile is found' noticed $STATUS second 2
    stop "$pid" KILL
    check 'events are taken again' noticed $STATUS second 0

    # ------------------------------------------------------------ another listener leaves
    check 'another listener comes and goes' "$BUILD/tools/target" ignore 5
    run_program pg-2nd$$
    check 'events are still reported' noticed $STATUS second 2
    stop "$pid" KILL
    check 'ends, too' noticed $STATUS second 0
fi

# ------------------------------------------------------------ ends that are none
stop "$target"
check 'the end of a needed process is noticed' noticed $STATUS threads 2
for mode in leader exec; do
    threads "$mode"
    before=$(scans)
    runs() { [ "$(readlink "/proc/$target/exe")" = "$tmp/bin/pg-thr$$" ]; }
    check "$mode: it runs" wait_for 30 runs
    kill -USR1 "$daemon" # a scan: what is needed from now on is watched with a pidfd
    check "$mode: a scan" wait_for 30 is_scanned
    check "$mode: the program with threads is a member" noticed $STATUS threads 0
    number=$(raised threads)
    changed() { grep -q '^State:.Z' "/proc/$target/status" || grep -qaF sleep "/proc/$target/cmdline"; }
    check "$mode: the first thread has ended" wait_for 30 changed
    sleep 1
    check "$mode: it is still counted" noticed $COUNT threads 1
    check_eq "$mode: no violation was raised" "$number" "$(raised threads)"
    stop "$target" KILL
    check "$mode: its end is noticed" noticed $STATUS threads 2
done
summary
