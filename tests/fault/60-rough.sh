#!/bin/bash
# Rough handling: a start in the background from another folder, kills at odd moments, an
# SNMP side that hangs, a disk that fills, maintenance that ends too early.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/../integration/lib.sh"
program pg-rough
cat >"$tmp/procgroup.conf" <<-EOF
	interval = 0.2
	group "rough" { name = "pg-rough"  count = "1-"  recheck = 0 }
	group "each-%{name}" { uid = 0  expire = 1 }
EOF
start_snmpd && start_trapd

# In the background: its parent's status is that of the start.
cd "$tmp" || exit 1
echo 'nonsense' >bad.conf
"$bin/procgroupd" -c bad.conf -s state -x "$agentx" >bad.log 2>&1
check_eq 'a bad start is told' 1 $?
"$bin/procgroupd" -c procgroup.conf -s state -x "$agentx" 2>procgroupd.log
check_eq 'a good one too' 0 $?
daemon=$(cat state.lock)
started+=("$daemon")
check 'it answers' ready
kill -HUP "$daemon"
check 'it finds its files again' wait_for 10 grep -q ': reloaded: ' procgroupd.log
rough=$(index_of rough)

# What began in maintenance is told when that ends.
run_program pg-rough
check 'all is well' wait_for 10 col_is $STATUS rough 0
check_eq 'maintenance' 2 "$(set_ "$root.1.2.1.$ADMIN.$rough" i 2)"
kill "$pid"
check 'it is shown' wait_for 10 col_is $STATUS rough 2
violations() { # that were notified
    grep -c "$root\.0\.1,.*$root\.1\.2\.1\.$NAME\.$rough " "$tmp/traps"
}
before=$(violations)
check_eq 'monitored' 1 "$(set_ "$root.1.2.1.$ADMIN.$rough" i 1)"
told() { [ "$(violations)" = $((before + 1)) ]; }
check 'it is told then' wait_for 10 told

# Who hangs keeps the watcher from nothing, and gets the newest tables afterwards.
child=$(pgrep -P "$daemon")
kill -STOP "$child"
run_program pg-rough
check 'the watcher goes on' wait_for 10 grep -q 'kind=recovered group="rough"' procgroupd.log
check 'it is told that managers see old tables' wait_for 20 grep -q "SNMP process $child does not respond" procgroupd.log
kill -CONT "$child"
check 'the newest tables' wait_for 10 col_is $STATUS rough 0

# Kills, of anybody, at any moment: rows keep their numbers, and nothing stays behind.
for i in $(seq 20); do
    sleep "0.0$((RANDOM % 10))"
    if [ $((i % 2)) = 0 ]; then
        kill -KILL "$(pgrep -P "$daemon")" 2>/dev/null
    else
        stop "$daemon" KILL
        start_procgroupd
    fi
done
check 'it answers after all that' ready 30
check_eq 'its row' "$rough" "$(index_of rough)"
check 'its status' wait_for 10 col_is $STATUS rough 0
check_eq 'one SNMP side' 1 "$(pgrep -fc -- "--agentx=$agentx")"
check 'it ends' stop "$daemon"
none_left() { ! pgrep -f -- "--agentx=$agentx"; }
check 'and so does the other' wait_for 10 none_left
start_procgroupd
check 'again' ready 30
check_eq 'nothing half-written' '' "$(find "$tmp" -maxdepth 1 -name '.state.*')"
check_eq 'nothing damaged' '' "$(find "$tmp" -maxdepth 1 -name '*damaged*')"

looks() { [ "$(get "$root.1.1.11.0")" -ge "$1" ]; }

# A full disk: the trouble is told once and so is its end.
stop "$daemon"
mkdir "$tmp/disk"
trap 'umount -l "$tmp/disk" 2>/dev/null; cleanup' EXIT
if mount -t tmpfs -o size=64k tmpfs "$tmp/disk" 2>/dev/null; then
    : >"$tmp/procgroupd.log"
    "$bin/procgroupd" -f -c "$tmp/procgroup.conf" -s "$tmp/disk/state" -x "$agentx" \
        >>"$tmp/procgroupd.log" 2>&1 &
    daemon=$!
    started+=("$daemon")
    check 'on a small disk' ready
    rough=$(index_of rough)
    dd if=/dev/zero of="$tmp/disk/fill" bs=4k 2>/dev/null
    check_like 'a SET fails' commitFailed "$(set_ "$root.1.2.1.$ADMIN.$rough" i 2)"
    check_eq 'and changes nothing' 1 "$(col $ADMIN rough)"
    looked=$(get "$root.1.1.11.0")
    check 'looks go on' wait_for 10 looks $((looked + 4))
    check_eq 'told once' 1 "$(grep -c 'cannot save row indexes.*No space left on device' "$tmp/procgroupd.log")"
    rm "$tmp/disk/fill"
    check 'its end is told' wait_for 10 grep -q 'saving works again' "$tmp/procgroupd.log"
    check_eq 'a SET' 2 "$(set_ "$root.1.2.1.$ADMIN.$rough" i 2)"
    stop "$daemon"
    umount "$tmp/disk"
else
    echo 'not mounted here: a full disk is not tried'
fi
summary
