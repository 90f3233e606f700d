#!/bin/bash
# What procgroupd says without SNMP: procgroup status, while it runs, is stopped, was killed, and
# for users with and without permission.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"
program pg-one
program pg-two
cat >"$tmp/procgroup.conf" <<EOF
interval = 0.5
recheck = 0
group "one" { path = "$tmp/bin/pg-one"  count = "1-1" }
group "two" { path = "$tmp/bin/pg-two"  count = "1-"  }
group "mild" { name = "pg-mild"  condition "few" { metric = "count"  range = "1-"  severity = "warning" } }
group "slow" { name = "pg-slow"  count = "1-"  recheck = 600 }
EOF
run_program pg-two

# status ARG...: sets out and rc
status() {
    out=$("$bin/procgroup" status -R "$run_folder" "$@" 2>"$tmp/err")
    rc=$?
}
# says PATTERN [ARG...]: the status matches PATTERN (grep -E)
says() {
    local pattern=$1
    shift
    status "$@"
    grep -qE -- "$pattern" <<<"$out"
}
# fails_with RC PATTERN [ARG...]: exit status RC, and stderr matches PATTERN
fails_with() {
    local want=$1 pattern=$2
    shift 2
    status "$@"
    [ "$rc" = "$want" ] && grep -qE -- "$pattern" "$tmp/err"
}
valid_json() { python3 -m json.tool <<<"$out" >/dev/null; }
# The names in the table, in a line.
names() { awk '/^GROUP/ { on = 1; next } !NF { on = 0 } on { printf "%s%s", sep, $1; sep = " " }' <<<"$out"; }

# ------------------------------------------------------------ before the start
check 'before the start: not running, status 3' fails_with 3 'procgroupd is not running'
status -f mon
check_eq 'mon: status 1 and a first line' 1,procgroup "$rc,$(head -1 <<<"$out")"
status -f nagios
check_like 'nagios says why' '^3,PROCS UNKNOWN: procgroupd is not running' "$rc,$out"
status -f json
check_like 'json says why' '"message": "procgroupd is not running' "$out"
check_eq 'json: status 2' 2 "$rc"
status -f prometheus
check_like 'prometheus: procgroup_up is 0' '^procgroup_up 0$' "$out"
check_eq 'which is a result' 0 "$rc"

# ------------------------------------------------------------ it runs
start_standalone
check 'it shows the table soon' wait_for 10 says '^one +critical'
check_eq 'a group fails: status 1' 1 "$rc"
check_like 'the head has version and source' '^procgroupd [0-9.]+, source [a-z+]+, started [0-9]+s ago$' "$out"
check_like 'the age is shown' '^last scan [0-9]s ago' "$out"
check_like 'so is a summary' '^1 critical, 1 warning, 2 ok; 1 pending$' "$out"
check_eq 'the worst is first, then what is pending' 'one mild slow two' "$(names)"
check_like 'the message does not repeat the name' '^one +critical +[0-9]+s +0 +count 0, below 1-1$' "$out"
check_like 'the last events are shown' '^[0-9:]{8} raised critical: one: count 0' "$out"
run_program pg-one
one=$pid
check 'a change is shown' wait_for 5 says '^one +ok'
check 'with its event' says '^[0-9:]{8} recovered: one: ok again'
status two
check_eq 'one group: status 0' 0 "$rc"
check_eq 'and only this one' two "$(names)"
check 'a pattern' says '^slow' 's*'
check 'no such group: status 2' fails_with 2 'no such group: three' three
check 'a wrong format: status 2' fails_with 2 'expected mon, nagios, json or prometheus' -f xml

status -f mon
check_eq 'mon' 1,mild "$rc,$(head -1 <<<"$out")"
status -f mon one two
check_eq 'mon with groups that are ok' 0, "$rc,$(head -1 <<<"$out")"
status -f nagios
check_like 'nagios' "^1,PROCS WARNING: mild: few, count 0, below 1 \|.* 'two'=1;;1:;0" "$rc,$(head -1 <<<"$out")"
status -f json
check 'json is valid' valid_json
check_like 'with the age' '"sampleState": "complete", .*"sampleAge": [0-9]+\.[0-9]{3}' "$out"
check_like 'and the events' '"kind": "recovered", "group": "one", "condition": "count"' "$out"
status -f prometheus
check_eq 'prometheus: status 0' 0 "$rc"
check_like 'with a sample of each group' '^procgroup_status\{group="mild"\} 1$' "$out"
check_like 'and the count' '^procgroup_processes\{group="two"\} 1$' "$out"
if command -v promtool >/dev/null; then
    check_eq 'promtool finds nothing wrong with the metrics' '' "$(promtool check metrics <<<"$out" 2>&1)"
else
    echo 'not run: promtool, which checks the metrics, is not installed (package prometheus)'
fi

# Many changes, and a reader of each.
broken=0
for _ in $(seq 80); do
    kill "$one"
    wait "$one" 2>/dev/null
    run_program pg-one
    one=$pid
    status -f json
    valid_json || broken=$((broken + 1))
done
check_eq 'each reading is complete' 0 "$broken"
check 'the last change is shown' wait_for 5 says '^one +ok'
check_like 'the file stays small' '^[0-9]{1,6}$' "$(stat -c %s "$run_folder/table")"

# ------------------------------------------------------------ permissions
as() { setpriv --reuid 65534 --regid 65534 "$@"; }
mode() { stat -c '%a' "$1"; }
gid=$(stat -c %g "$run_folder") group=$(stat -c %G "$run_folder")
check_eq 'the folder is not for others' 2750 "$(mode "$run_folder")"
check_eq 'the table neither' 640 "$(mode "$run_folder/table")"
check_eq 'the lock is for the daemon only' 600 "$(mode "$run_folder/lock")"
out=$(as --clear-groups "$bin/procgroup" status -R "$run_folder" 2>&1)
check_like 'another user may not read it, status 3' "^3,.*only root and members of the group $group may" "$?,$out"
out=$(as --clear-groups "$bin/procgroup" status -R "$run_folder" -f nagios 2>/dev/null)
check_like 'nagios says so' '^3,PROCS UNKNOWN: .*Permission denied' "$?,$out"
out=$(as --groups "$gid" "$bin/procgroup" status -R "$run_folder" -f mon two)
check_eq 'a member of the group may' 0, "$?,$(head -1 <<<"$out")"

# ------------------------------------------------------------ a second daemon
"$bin/procgroupd" -f -c "$tmp/procgroup.conf" -s "$tmp/state2" -R "$run_folder" -x "$agentx" >"$tmp/second.log" 2>&1 &
second=$!
started+=("$second")
check 'a second daemon with the folder says that it is in use' wait_for 10 grep -qF \
    "$run_folder/lock: locked: another procgroupd (pid $daemon) uses this folder" "$tmp/second.log"
check 'and runs without it' wait_for 10 grep -q 'is not used: .procgroup status.' "$tmp/second.log"
stop "$second"
check 'the first one is still shown' says '^one +ok'

# ------------------------------------------------------------ it does not scan
kill -STOP "$daemon"
for _ in $(seq 30); do status -f mon two; done # connections that it does not take
check 'a stopped daemon is not "not running"' says '^two +ok'
check 'its table is stale after 6.5 s' wait_for 12 says '^stale: no scan since .*procgroupd does not respond'
check_eq 'status 3' 3 "$rc"
check_like 'all groups are unknown' '^4 unknown, 0 ok' "$out"
check_like 'and what was last known is shown' '^two +unknown +[0-9]+s +\? +last known: ok, 1 process$' "$out"
status -f mon two
check_eq 'mon: it fails' 1,two "$rc,$(head -1 <<<"$out")"
status -f nagios
check_like 'nagios: unknown' '^3,PROCS UNKNOWN' "$rc,$out"
status -f json
check_like 'json: stale' '"sampleState": "stale"' "$out"
check_like 'without a count' '"name": "two", "status": "unknown", "result": "unknown", "count": null' "$out"
status -f prometheus
check_eq 'prometheus: not up, and no counts' 'procgroup_up 0;' \
    "$(grep '^procgroup_up' <<<"$out");$(grep '^procgroup_processes{' <<<"$out")"
kill -CONT "$daemon"
check 'it goes on' wait_for 5 says '^two +ok'
check 'and says that it was stale' wait_for 5 says '^[0-9:]{8} fresh: scanning again' -n 16

# ------------------------------------------------------------ its end
kill -KILL "$daemon"
wait_for 5 gone "$daemon"
wait "$daemon" 2>/dev/null
check 'after SIGKILL: not running' fails_with 3 'not running: it was killed or has crashed; its last scan began at 2'
status -f prometheus
check_like 'prometheus: not up' '^procgroup_up 0$' "$out"
start_standalone
check 'the next one takes the folder' wait_for 10 says '^two +ok'
check 'its events begin with its start' says '^[0-9:]{8} started: procgroupd' -n 16
stop "$daemon"
check_eq 'after its end there is no file but the lock' lock "$(ls "$run_folder")"
check 'after its end: not running' fails_with 3 'not running: there is no'

# ------------------------------------------------------------ no space, no folder
mkdir "$tmp/full"
mount -t tmpfs -o size=64k tmpfs "$tmp/full"
run_folder=$tmp/full/run
start_standalone
check 'it runs' wait_for 10 says '^two +ok'
head -c 70000 /dev/zero >"$tmp/full/filler" 2>/dev/null
not_written() { grep -qF "$run_folder/table: cannot write: No space left on device" "$tmp/procgroupd.log"; }
run_program pg-one
check 'on a full disk a table takes the place of the last one' wait_for 15 says '^one +ok'
check 'and nothing is logged' eval '! not_written'
stop "$pid"
full_or_says() { not_written || says "$1"; }
for _ in $(seq 20); do # each event makes it larger
    wait_for 10 full_or_says '^one +critical'
    run_program pg-one
    wait_for 10 full_or_says '^one +ok'
    stop "$pid"
    not_written && break
done
check 'that the file cannot be written is logged' not_written
check 'there is no old table' wait_for 5 fails_with 3 'runs, but there is no table'
check 'SNMP answers as before' wait_for 5 col_is $STATUS two 0
rm "$tmp/full/filler"
check 'when the disk has space the table is back' wait_for 15 says '^two +ok'
check_eq 'logged once' 1 "$(grep -cF 'cannot write: No space' "$tmp/procgroupd.log")"
check_eq 'its end too' 1 "$(grep -cF 'table: saving works again' "$tmp/procgroupd.log")"
stop "$daemon"
umount "$tmp/full"
run_folder=/proc/1/run
start_standalone
check 'a folder that cannot be made is logged' wait_for 10 grep -q '/proc/1/run is not used' "$tmp/procgroupd.log"
check 'and SNMP answers' wait_for 10 col_is $STATUS two 0
summary
