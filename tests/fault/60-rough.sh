#!/bin/bash
# A start in the background from another folder, SIGKILL at any moment, an SNMP process that
# hangs, a full disk, maintenance that ends during a violation.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/../integration/lib.sh"
program pg-rough
cat >"$tmp/procgroup.conf" <<-EOF
	interval = 0.2
	group "rough" { name = "pg-rough"  count = "1-"  recheck = 0 }
	group "each-%{name}" { uid = 0  expire = 1 }
EOF
start_snmpd && start_trapd

# In the background: the exit status of the parent is that of the start.
cd "$tmp" || exit 1
echo 'nonsense' >bad.conf
"$bin/procgroupd" -c bad.conf -s state -x "$agentx" >bad.log 2>&1
check_eq 'a failed start: status 1' 1 $?
"$bin/procgroupd" -c procgroup.conf -s state -x "$agentx" 2>procgroupd.log
check_eq 'a successful start: status 0' 0 $?
daemon=$(cat state.lock)
started+=("$daemon")
check 'it answers' ready
kill -HUP "$daemon"
check 'relative paths are valid for a reload' wait_for 10 grep -q ': reloaded: ' procgroupd.log
rough=$(index_of rough)

# A violation that began during maintenance is notified when maintenance ends.
run_program pg-rough
check 'the group is ok' wait_for 10 col_is $STATUS rough 0
check_eq 'maintenance' 2 "$(set_ "$root.1.2.1.$ADMIN.$rough" i 2)"
kill "$pid"
check 'the row has the violation' wait_for 10 col_is $STATUS rough 2
violations() { # notified ones
    grep -c "$root\.0\.1,.*$root\.1\.2\.1\.$NAME\.$rough " "$tmp/traps"
}
before=$(violations)
check_eq 'monitored' 1 "$(set_ "$root.1.2.1.$ADMIN.$rough" i 1)"
notified() { [ "$(violations)" = $((before + 1)) ]; }
check 'it is notified then' wait_for 10 notified

# An SNMP process that hangs does not delay the daemon; the next one has the newest table.
child=$(pgrep -P "$daemon")
kill -STOP "$child"
run_program pg-rough
check 'the daemon goes on' wait_for 10 grep -q 'kind=recovered group="rough"' procgroupd.log
check 'the log says that it does not respond' wait_for 20 grep -q "SNMP process $child does not respond" procgroupd.log
check 'it is killed' wait_for 10 gone "$child"
check 'the newest table' wait_for 10 col_is $STATUS rough 0

# SIGKILL to both processes at any moment: rows keep their index, and no process or file is left.
for i in $(seq 20); do
    sleep "0.0$((RANDOM % 10))"
    if [ $((i % 2)) = 0 ]; then
        kill -KILL "$(pgrep -P "$daemon")" 2>/dev/null
    else
        stop "$daemon" KILL
        start_procgroupd
    fi
done
check 'it answers afterwards' ready 30
check_eq 'same index' "$rough" "$(index_of rough)"
check 'same status' wait_for 10 col_is $STATUS rough 0
check_eq 'one SNMP process' 1 "$(pgrep -fc -- "--agentx=$agentx")"
check 'it ends' stop "$daemon"
none_left() { ! pgrep -f -- "--agentx=$agentx"; }
check 'and so does the SNMP process' wait_for 10 none_left
start_procgroupd
check 'again' ready 30
check_eq 'no temporary file is left' '' "$(find "$tmp" -maxdepth 1 -name '.state.*')"
check_eq 'no file was damaged' '' "$(find "$tmp" -maxdepth 1 -name '*damaged*')"

scans() { [ "$(get "$root.1.1.11.0")" -ge "$1" ]; }

# A full disk is logged once, and so is its end.
stop "$daemon"
mkdir "$tmp/disk"
trap 'umount -l "$tmp/disk" 2>/dev/null; cleanup' EXIT
if mount -t tmpfs -o size=64k tmpfs "$tmp/disk" 2>/dev/null; then
    : >"$tmp/procgroupd.log"
    "$bin/procgroupd" -f -R "$run_folder" -c "$tmp/procgroup.conf" -s "$tmp/disk/state" -x "$agentx" \
        >>"$tmp/procgroupd.log" 2>&1 &
    daemon=$!
    started+=("$daemon")
    check 'it answers with a small disk' ready
    rough=$(index_of rough)
    dd if=/dev/zero of="$tmp/disk/fill" bs=4k 2>/dev/null
    check_like 'a SET fails' commitFailed "$(set_ "$root.1.2.1.$ADMIN.$rough" i 2)"
    check_eq 'and changes nothing' 1 "$(col $ADMIN rough)"
    scanned=$(get "$root.1.1.11.0")
    check 'scans go on' wait_for 10 scans $((scanned + 4))
    check_eq 'logged once' 1 "$(grep -c 'cannot save row indexes.*No space left on device' "$tmp/procgroupd.log")"
    rm "$tmp/disk/fill"
    check 'its end is logged' wait_for 10 grep -q 'saving works again' "$tmp/procgroupd.log"
    check_eq 'a SET' 2 "$(set_ "$root.1.2.1.$ADMIN.$rough" i 2)"
    stop "$daemon"
    umount "$tmp/disk"
else
    echo 'not run: cannot mount here: a full disk is not tested'
fi
summary
