#!/bin/bash
# Nothing that hangs stops procgroupd: a log that is not read, an SNMP process that does not
# respond, a daemon that is killed.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"
program pg-h1
echo 'interval = 0.2 recheck = 0
group "h1" { name = "pg-h1"  count = "1-1" }' >"$tmp/procgroup.conf"
child() { tr -d ' ' <"/proc/$daemon/task/$daemon/children"; }
is_new() { # OLD: there is another SNMP process
    local new
    new=$(child)
    [ -n "$new" ] && [ "$new" != "$1" ]
}
restarts() { get "$root.1.1.26.0"; }
restarts_are() { [ "$(restarts)" = "$1" ]; }
samples() { get "$root.1.1.11.0" | grep -E "^[0-9]+$" || echo 0; }
samples_exceed() { local n; n=$(samples); [ "$n" -gt "$1" ] 2>/dev/null; }
log_has() { grep -qE -- "$1" "$tmp/procgroupd.log"; }
numbers() { # of all notifications that arrived, each once
    grep -oE "$root\.1\.6\.1\.0 = Gauge32: [0-9]+" "$tmp/traps" | awk '{ print $NF }' | sort -nu
}
last_logged() { grep -oE 'event=[0-9]+' "$tmp/procgroupd.log" | tail -n 1 | cut -d= -f2; }
all_arrived() { [ "$(numbers | tr '\n' ' ')" = "$(seq "$(last_logged)" | tr '\n' ' ')" ]; }
toggle() { # runs the program and ends it: two events
    local before
    before=$(grep -c 'kind=raised' "$tmp/procgroupd.log")
    run_program pg-h1
    wait_for 5 log_has 'kind=recovered'
    kill "$pid"
    wait "$pid" 2>/dev/null
    wait_for 5 eval "[ \$(grep -c 'kind=raised' '$tmp/procgroupd.log') -gt $before ]"
}

# The SNMP process is stopped: it is replaced, and nothing is lost.
start_trapd
start_standalone
check 'it answers' ready
check_eq 'no restart yet' 0 "$(restarts)"
old=$(child)
kill -STOP "$old"
begin=${EPOCHREALTIME/./}
toggle
check 'the stopped SNMP process is replaced' wait_for 20 is_new "$old"
ms=$(((${EPOCHREALTIME/./} - begin) / 1000))
check "after 5 s at least, and not much more ($ms ms)" [ "$ms" -ge 4000 ]
check 'requests are answered again' ready
check 'the restart is counted' wait_for 5 restarts_are 1
check 'the log says so' log_has "SNMP process $old does not respond; restarting it"
check_eq 'once' 1 "$(grep -cE "SNMP process $old (does|was|exited)" "$tmp/procgroupd.log")"
check 'the events of that time arrive' wait_for 15 all_arrived
check 'the old one is gone' gone "$old"

# It is killed, and it ends by itself: counted as well.
old=$(child)
kill -KILL "$old"
check 'a killed SNMP process is replaced' wait_for 10 is_new "$old"
check 'and counted' wait_for 10 restarts_are 2

# The daemon is stopped for longer than the SNMP process may be silent: that one is innocent.
old=$(child)
kill -STOP "$daemon"
sleep 7
kill -CONT "$daemon"
before=$(samples)
check 'the daemon goes on' wait_for 10 samples_exceed "$before"
sleep 2
check_eq 'the SNMP process is not replaced after a stop of the daemon' "$old" "$(child)"
kill -STOP "$daemon" "$old"
sleep 7
kill -CONT "$daemon" "$old"
sleep 3
check_eq 'nor after a stop of both' "$old" "$(child)"

# A debugger may stop it.
if type gdb >/dev/null 2>&1; then
    gdb -q -batch -p "$old" -ex 'shell sleep 9' >"$tmp/gdb.log" 2>&1 &
    gdb=$!
    started+=("$gdb")
    check 'a process in a debugger is not replaced' wait_for 20 log_has \
        "SNMP process $old does not respond; not restarting it, because process $gdb traces it"
    wait "$gdb"
    check_eq 'it goes on after that' "$old" "$(child)"
fi

# The daemon has nothing to do, and the SNMP process hangs: that is noticed as quickly, at any
# time between two pings, with few wake-ups.
check 'it ends' stop "$daemon"
sed -i 's/^interval = 0.2/interval = 60/' "$tmp/procgroup.conf"
start_standalone
check 'an idle daemon: it answers' ready
wakeups() { # of all threads of both processes
    cat "/proc/$daemon/task/"*/status "/proc/$1/task/"*/status | awk '/^voluntary/ { s += $2 } END { print s }'
}
old=$(child)
sleep 3
before=$(wakeups "$old")
sleep 20
n=$(($(wakeups "$old") - before))
echo "count: $n wake-ups of both processes in 20 s"
check "few wake-ups ($n in 20 s)" [ "$n" -le 10 ]
replaced_in() { # WHAT: from $begin on
    check "$1: it is replaced" wait_for 20 is_new "$old"
    local ms=$(((${EPOCHREALTIME/./} - begin) / 1000))
    check "$1: after about 5 s ($ms ms)" [ $((ms >= 4900 && ms <= 7500)) = 1 ]
    check "$1: it answers again" ready
}
for pause in 1 3.5 6; do # since the last ping
    old=$(child)
    sleep "$pause"
    check "an endless loop after $pause s" python3 "$top/tests/tools/hang.py" "$old" libnetsnmp.so snmp_read2
    begin=${EPOCHREALTIME/./}
    (get "$root.1.1.1.0" >/dev/null)
    replaced_in "an endless loop after $pause s"
done
for pause in 1 6; do
    old=$(child)
    sleep "$pause"
    begin=${EPOCHREALTIME/./}
    kill -STOP "$old"
    replaced_in "stopped after $pause s"
done
check_eq 'each of them is counted' 5 "$(restarts)"
check 'it ends' stop "$daemon"
sed -i 's/^interval = 60/interval = 0.2/' "$tmp/procgroup.conf"
start_standalone
check 'it answers' ready
old=$(child)

# What it writes is logged with its level, and it has no other way to the daemon's stderr.
check 'its lines are in the log of the daemon' log_has \
    "procgroupd: SNMP process $old: listening for SNMP on"
check_like 'its stderr is a pipe' '^pipe:' "$(readlink "/proc/$old/fd/2")"
check_eq 'and so is its stdout' "$(readlink "/proc/$old/fd/2")" "$(readlink "/proc/$old/fd/1")"
check_eq 'its stdin is empty' /dev/null "$(readlink "/proc/$old/fd/0")"
check_eq 'it has no other descriptor of the daemon' '' \
    "$(readlink "/proc/$old"/fd/* | grep -F "$tmp")"

# A flood through that pipe neither stops nor slows the daemon.
(exec timeout -s KILL 4 yes 'flood of lines' >"/proc/$old/fd/2") 2>/dev/null &
flood=$!
sleep 1
before=$(samples)
check 'scans go on during a flood of lines' wait_for 5 samples_exceed $((before + 5))
wait "$flood" 2>/dev/null
check 'lines are dropped and counted' wait_for 10 log_has \
    "SNMP process $old: [0-9]+ lines of its log were dropped"
lines=$(grep -c 'flood of lines' "$tmp/procgroupd.log")
check "few of them are logged ($lines)" [ "$lines" -lt 1000 ]

# The daemon is killed: the SNMP process ends at once, also if it is hung.
kill -STOP "$old"
stop "$daemon" KILL 2>/dev/null
check 'a stopped SNMP process ends with the daemon' wait_for 3 gone "$old"
start_standalone
check 'the next daemon answers' ready
old=$(child)
stop "$daemon" KILL
check 'an SNMP process ends with the daemon' wait_for 3 gone "$old"
check 'its port is free again' wait_for 3 eval "! grep -q '$(printf ':%04X ' "$port")' /proc/net/udp"

# The log goes to a pipe that is not read.
mkfifo "$tmp/fifo"
exec 8<>"$tmp/fifo"
dd if=/dev/zero of="$tmp/fifo" bs=4096 count=16 oflag=nonblock 2>/dev/null
sed -i 's/^interval = 0.2/interval = 0.1/' "$tmp/procgroup.conf"
"$bin/procgroupd" -f -v -R "$run_folder" -c "$tmp/procgroup.conf" -s "$tmp/state" -L "udp:127.0.0.1:$port" \
    -C "$tmp/standalone.conf" 2>&8 &
daemon=$!
started+=("$daemon")
check 'it answers without a reader of its log' ready
for _ in $(seq 40); do
    run_program pg-h1
    sleep 0.1
    kill "$pid"
    wait "$pid" 2>/dev/null
done
kill -HUP "$daemon"
before=$(samples)
check 'it scans without a reader of its log' wait_for 5 samples_exceed $((before + 10))
check 'and the SNMP process answers' answers
check_eq 'the descriptor is not changed for its other users' 0 \
    "$((0$(awk '/^flags/ { print $2 }' "/proc/$daemon/fdinfo/2") & 04000))"
kill -TERM "$daemon"
check 'it ends without a reader of its log' wait_for 6 gone "$daemon"
exec 8>&-

# The log of a slow reader: the order is kept, and lost lines are counted.
mkfifo "$tmp/slow"
exec 8<>"$tmp/slow"
dd if=/dev/zero of="$tmp/slow" bs=4096 count=16 oflag=nonblock 2>/dev/null
long=$(printf 'x%.0s' {1..2000})
for i in $(seq 400); do echo "group \"$long$i\" { namee = 1 }"; done >"$tmp/wrong.conf"
cp "$tmp/procgroup.conf" "$tmp/right.conf"
"$bin/procgroupd" -f -R "$run_folder" -c "$tmp/procgroup.conf" -s "$tmp/state" -L "udp:127.0.0.1:$port" \
    -C "$tmp/standalone.conf" 2>&8 &
daemon=$!
started+=("$daemon")
check 'it answers' ready
cp "$tmp/wrong.conf" "$tmp/procgroup.conf"
before=$(samples)
for _ in $(seq 20); do kill -HUP "$daemon"; sleep 0.1; done
check 'it goes on with more lines than wait' wait_for 5 samples_exceed "$before"
cat <&8 >"$tmp/slow.out" &
reader=$!
started+=("$reader")
check 'the loss is reported when the log is read again' wait_for 10 grep -qaE \
    'log: lost [0-9]+ lines that could not be written' "$tmp/slow.out"
check_eq 'once' 1 "$(grep -ac 'log: lost' "$tmp/slow.out")"
check 'the first lines are there' grep -qa 'started procgroupd' "$tmp/slow.out"
cp "$tmp/right.conf" "$tmp/procgroup.conf"
kill -HUP "$daemon"
check 'and so are later ones' wait_for 5 grep -qa 'reloaded: 1 group' "$tmp/slow.out"
check 'it ends' stop "$daemon"
check 'the last line is written' wait_for 5 grep -qa 'procgroupd: stopped' "$tmp/slow.out"
exec 8>&-
summary
