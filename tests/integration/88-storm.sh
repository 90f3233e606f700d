#!/bin/bash
# During a storm of short-lived processes, what matters is noticed without a scan. If events are
# lost again and again, the source goes on without them for a while, and says so.
# Runs on the host: in a PID namespace there are no events.
# Its names have its pid, because other tests may run at the same time.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"
program pg-need$$
program pg-bad$$
cat >"$tmp/procgroup.conf" <<EOF
interval = 3600
recheck = 0
group "needed" { name = "pg-need$$" count = "1-" }
group "bad" { path = "$tmp/bin/pg-bad$$" count = "0-0" }
EOF
scans() { get "$root.1.1.11.0"; }
lost() { get "$root.1.1.17.0"; }
received() { get "$root.1.1.16.0"; }
source_name() { get "$root.1.1.3.0" | unquote; }
source_is() { [ "$(source_name)" = "$1" ]; }
log_has() { grep -qE -- "$1" "$tmp/procgroupd.log"; }

start_snmpd
run_program pg-need$$
needed=$pid
start_procgroupd
check 'it answers' ready
# On a very busy machine a scan may find processes that do not answer in time.
is_counted() { col_is $COUNT needed 1 || { kill -USR1 "$daemon" && sleep 1 && false; }; }
check 'the member is counted' wait_for 60 is_counted
source=$(source_name)
echo "count: source $source"
case $source in
*+events) ;;
*) summary ;; # another kernel
esac

before=$(scans) events=$(received)
"$BUILD/tools/churn" 500 6 >"$tmp/churn" &
churn=$!
started+=("$churn")
sleep 1
run_program pg-bad$$
check 'storm: a forbidden process is noticed' wait_for 60 col_is $STATUS bad 2
stop "$pid" KILL
check 'storm: and its end' wait_for 60 col_is $STATUS bad 0
stop "$needed" KILL
check 'storm: the end of a needed process is noticed' wait_for 60 col_is $STATUS needed 2
run_program pg-need$$
needed=$pid
check 'storm: and the start of another one' wait_for 60 col_is $STATUS needed 0
wait "$churn"
n=$(awk '{ print $2 + 0 }' "$tmp/churn")
enough() { [ $(($(received) - events)) -ge $((3 * n)) ]; }
kill -USR1 "$daemon" # for the scalars
check "storm: fork, exec and exit of all $n processes were received" wait_for 60 enough
check_eq 'storm: no event was lost' 0 "$(lost)"
check_eq 'storm: there was no scan' $((before + 1)) "$(scans)"
check 'storm: it stops' stop "$daemon"

# With the small buffer of an account that may not enlarge it.
sed -i 's/^interval.*/interval = 5/' "$tmp/procgroup.conf"
setpriv --bounding-set=-net_admin "$bin/procgroupd" -f -R "$run_folder" -c "$tmp/procgroup.conf" -s "$tmp/state" \
    -x "$agentx" >>"$tmp/procgroupd.log" 2>&1 &
daemon=$!
started+=("$daemon")
more_lost() { [ "$(lost)" -gt "$before" ]; }
check 'losses: it answers' ready
check_eq 'losses: the source has events' "$source" "$(source_name)"
for _ in $(seq 12); do
    log_has 'a storm of events' && break
    before=$(lost)
    kill -STOP "$daemon"
    "$BUILD/tools/churn" 0 15000 >"$tmp/churn"
    kill -CONT "$daemon"
    wait_for 20 more_lost
done
check 'losses: it says that events are lost' log_has "source ${source/+/[+]}: events were lost; scanning"
check 'losses: then it goes on without events' log_has \
    "source [a-z+]*: a storm of events; using ${source%+events} for 30 s"
check 'losses: which the MIB shows' wait_for 60 source_is "${source%+events}"
run_program pg-bad$$
stop "$needed" KILL
check 'losses: the end of a needed process is noticed all the same' wait_for 60 col_is $STATUS needed 2
check 'losses: events are used again' wait_for 60 log_has "source ${source/+/[+]} is used again"
check 'losses: which the MIB shows, too' wait_for 60 source_is "$source"
check 'losses: what was missed is found' wait_for 60 col_is $STATUS bad 2
stop "$pid" KILL
check 'losses: an end is noticed again' wait_for 60 col_is $STATUS bad 0
check_eq 'there was one storm' 1 "$(grep -c 'a storm of events' "$tmp/procgroupd.log")"
summary
