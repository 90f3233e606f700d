#!/bin/bash
# Silence is not ok: a daemon that is stopped, the table that it left, and its return.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"
program pg-silent
cat >"$tmp/procgroup.conf" <<EOF
interval = 1 recheck = 0
group "silent" { name = "pg-silent"  count = "1-1" }
group "off" { name = "pg-off" }
group "gone" { name = "pg-gone"  count = "1-" }
group "calm" { name = "pg-calm"  count = "-0" }
EOF
readonly STATE=$root.1.1.10.0 LAST_EVENT=$root.1.1.20.0 CONDITION_STATE=$root.1.3.1.4
AGE=$root.1.1.$(awk '/^procGroupAgentSampleAge /, /::=/ { if ($1 == "::=") print $4 }' \
    "$top/mibs/PROCGROUP-MIB.txt").0
state_is() { [ "$(get "$STATE")" = "$1" ]; }
numbers() { # of all notifications that arrived
    grep -oE "$root\.1\.6\.1\.0 = Gauge32: [0-9]+" "$tmp/traps" | awk '{ print $NF }'
}
all_arrived() { # each number once, up to the last one
    [ "$(numbers | sort -n | tr '\n' ' ')" = "$(seq "$(get "$LAST_EVENT")" | tr '\n' ' ')" ]
}
# monitor FORMAT [ARG...]: sets output and status
monitor() {
    output=$("$bin/snmp-procgroup" -v2c -c public -t 1 -r 2 -f "$@" "127.0.0.1:$port" 2>&1)
    status=$?
}
# traps KIND: how many have arrived: 5 stale, 6 fresh
traps() { traps_like "$root.0.$1[^0-9]"; }
traps_are() { [ "$(traps "$1")" = "$2" ]; }

# changed GROUP: procGroupLastChange, in hexadecimal
changed() { col 13 "$1" | tr -d '\n' | sed 's/ *$//'; }

# silence WHAT N: the daemon is stopped for the Nth time
silence() {
    local group off began before unknown
    group=$(index_of silent) off=$(index_of off)
    check "$1: the table is fresh" wait_for 10 state_is 1
    check "$1: and the group is ok" wait_for 10 col_is $STATUS silent 0
    check_eq "$1: the other one is switched off" 3 "$(set_ "$root.1.2.1.$ADMIN.$off" i 3)"
    check "$1: the age is at most an interval" wait_for 10 eval "[ \"\$(get $AGE)\" -le 1100 ]"
    monitor mon -g silent
    check_eq "$1: mon is content" 0 "$status"
    check "$1: every number has arrived" wait_for 10 all_arrived

    before=$(changed calm)
    began=${EPOCHREALTIME/./}
    kill -STOP "$daemon"
    stop "$pid" # the daemon does not see it
    check "$1: stopped: the table becomes stale" wait_for 30 state_is 5
    check "$1: not before 3 intervals and 5 s" [ $((${EPOCHREALTIME/./} - began)) -ge 6900000 ]
    check_eq "$1: the group is unknown" 3 "$(col $STATUS silent)"
    check_eq "$1: but not one that is off" 0 "$(get "$root.1.2.1.$STATUS.$off")"
    unknown=$(changed calm)
    check "$1: the status has changed" [ "$unknown" != "$before" ]
    check_like "$1: the message has the time" \
        '^no scan since 20[0-9-]+T[0-9:]+[+-][0-9]{4} \([0-9]+ s\); procgroupd does not respond$' \
        "$(col $MESSAGE silent)"
    check_eq "$1: the condition is unknown" 3 "$(get "$CONDITION_STATE.$group.1")"
    check_like "$1: an old count is none" 'No Such Instance' "$(col $COUNT silent)"
    check_eq "$1: there are no members" 0 "$(walk "$root.1.4" | grep -cF "$root.1.4.")"
    check "$1: the age grows" [ "$(get "$AGE")" -ge 7000 ]
    check_eq "$1: a walk has all names" 3 "$(walk "$root.1.2.1.$NAME" | grep -cE 'silent|off|gone')"
    monitor mon
    check_eq "$1: mon fails" 1 "$status"
    check_eq "$1: its first line is the host" "127.0.0.1:$port" "$(head -n 1 <<<"$output")"
    check_like "$1: and its details say why" 'silent: unknown.*no scan since' "$output"
    monitor nagios
    check_eq "$1: nagios: unknown" 3 "$status"
    check_like "$1: and says why" 'silent: unknown: no scan since .*; procgroupd does not respond' "$output"
    monitor nagios silent:1-1
    check_eq "$1: unknown with the monitor's limits too" 3 "$status"
    monitor json
    check_like "$1: json: unknown" '"status": ?"unknown"' "$output"
    check "$1: a notification says so" wait_for 10 traps_are 5 "$2"
    check_like "$1: with the reason" 'no scan since .* does not respond' \
        "$(grep -E "$root.0.5[^0-9]" "$tmp/traps" | tail -n 1)"
    check "$1: it has the time of the change" grep -qE "$root.0.5[^0-9].* $unknown" "$tmp/traps"
    check_like "$1: a SET is refused" 'commitFailed|Timeout' \
        "$(set_ "$root.1.2.1.$ADMIN.$group" i 3)"
    sleep 2 # time for a second notification, which must not come
    check "$1: one notification" traps_are 5 "$2"

    kill -CONT "$daemon"
    check "$1: continued: the table is fresh" wait_for 10 state_is 1
    check "$1: a notification says so" wait_for 10 traps_are 6 "$2"
    check "$1: the groups are evaluated again" wait_for 10 col_is $STATUS silent 2
    check "$1: a status that is as before has changed again" eval \
        "[ '$(col $STATUS calm)' = 0 ] && [[ \"$(changed calm)\" > '$unknown' ]]"
    check_eq "$1: the SET was not made" 1 "$(get "$root.1.2.1.$ADMIN.$group")"
    check "$1: no number is missing, and none came twice" wait_for 10 all_arrived
    check_eq "$1: the log has both" $((2 * $2)) \
        "$(grep -cE 'event=[0-9]+ kind=(stale|fresh): ' "$tmp/procgroupd.log")"
    run_program pg-silent
    check "$1: ok again" wait_for 10 col_is $STATUS silent 0
    check "$1: and every number has arrived" wait_for 10 all_arrived
}

run_program pg-silent
start_snmpd && start_trapd && start_procgroupd
check 'it answers' ready
silence 'AgentX' 1

# Both processes are stopped and go on, the SNMP process first: the daemon gets the time that
# it needs for a scan.
child=$(tr -d ' ' <"/proc/$daemon/task/$daemon/children")
before=$(changed calm)
kill -STOP "$daemon" "$child"
sleep 12 # longer than the limit
kill -CONT "$child"
check_eq 'both stopped: not stale at once' 1 "$(get "$STATE")"
kill -CONT "$daemon"
check 'both stopped: the age is that of a new scan' wait_for 10 eval "[ \"\$(get $AGE)\" -le 1100 ]"
check 'both stopped: no notification' traps_are 5 1
check_eq 'both stopped: no status has changed' "$before" "$(changed calm)"

# A reload while it is stopped, which ends a violation: that event gets the next number.
check 'reload: every number has arrived' wait_for 10 all_arrived
kill -STOP "$daemon"
sed -i '/"gone"/d' "$tmp/procgroup.conf"
kill -HUP "$daemon" # it has this signal before what the SNMP process sends
check 'reload: the notification' wait_for 30 traps_are 5 2
kill -CONT "$daemon"
check 'reload: the end' wait_for 20 traps_are 6 2
check 'reload: the recovery' wait_for 10 trap_has "$root.0.2[^0-9].*gone"
check 'reload: no number is missing, and none came twice' wait_for 10 all_arrived
check 'reload: no number was used twice' eval "! grep -q 'used twice' '$tmp/procgroupd.log'"

# snmpd is not there meanwhile: the notification is kept.
stop "$snmpd" KILL
kill -STOP "$daemon"
sleep 12 # longer than the limit
start_snmpd
check 'without snmpd: the notification is sent later' wait_for 30 traps_are 5 3
kill -CONT "$daemon"
check 'without snmpd: and the end' wait_for 20 traps_are 6 3
check 'without snmpd: it answers' ready 20
check 'without snmpd: every number has arrived' wait_for 20 all_arrived

# Killed while it is stopped: its number is not used again.
kill -STOP "$daemon"
check 'killed: the notification' wait_for 30 traps_are 5 4
last=$(numbers | sort -n | tail -n 1)
stop "$daemon" KILL
start_procgroupd
check 'killed: it answers again' ready 20
check 'killed: and says that it was started' wait_for 10 traps_are 3 2
check 'killed: with a new number' [ "$(numbers | tail -n 1)" -gt "$last" ]
check 'procgroupd stops' stop "$daemon"
stop "$snmpd"

# A standalone agent.
stop "$trapd"
rm "$tmp/state" "$tmp/state.events"
echo 'group "gone" { name = "pg-gone" }' >>"$tmp/procgroup.conf"
: >"$tmp/procgroupd.log"
start_trapd && start_standalone
check 'standalone: it answers' ready
silence 'standalone' 1
check 'standalone: it stops' stop "$daemon"

# An older agent has no age and marks nothing: its time is compared with the clock here.
# old_agent AGE: one whose last scan was AGE seconds ago
old_agent() {
    local date
    # shellcheck disable=SC2046,SC2183 # six numbers
    date=$(printf '%04x%02x%02x%02x%02x%02x002b0000' \
        $(TZ=UTC0 date -d "@$((EPOCHSECONDS - $1))" '+%-Y %-m %-d %-H %-M %-S'))
    cat >"$tmp/old.conf" <<-EOF
	rocommunity public 127.0.0.1
	override $STATE integer 1
	override $root.1.1.12.0 octet_str 0x$date
	override $root.1.1.18.0 uinteger 1
	override $root.1.2.1.$NAME.1 octet_str "web"
	override $root.1.2.1.$STATUS.1 integer 0
	override $root.1.2.1.$COUNT.1 uinteger 4
	EOF
    snmpd -f -C -c "$tmp/old.conf" -Lf "$tmp/old.log" -I -smux "udp:127.0.0.1:$port" &
    snmpd=$!
    started+=("$snmpd")
    wait_for 10 get "$STATE"
}
old_agent 200
monitor nagios
check_eq "an older agent: ok" 0 "$status"
monitor nagios --max-age=100
check_eq "too old for --max-age" 3 "$status"
stop "$snmpd"
old_agent 1000
monitor nagios
check_eq "an older agent without a scan for 1000 s: unknown" 3 "$status"
check_like "and says why" 'web: unknown: the last scan was 10[0-9]{2} s ago' "$output"
monitor nagios web:4-4
check_eq "with the monitor's limits too" 3 "$status"
monitor mon
check_eq "mon fails" 1 "$status"
monitor nagios --max-age=0
check_eq "any age" 0 "$status"
stop "$snmpd"

# The watchdog of systemd: at an interval of an hour too, but not while the daemon is stopped.
cat >"$tmp/notified.pl" <<'EOF'
use Socket;
socket(my $s, AF_UNIX, SOCK_DGRAM, 0) or die $!;
bind($s, pack_sockaddr_un($ARGV[0])) or die $!;
$| = 1;
while (defined recv($s, my $text, 4096, 0)) { $text =~ s/\n/ /g; print "$text\n" }
EOF
perl "$tmp/notified.pl" "$tmp/notify" >"$tmp/notified" &
started+=("$!")
wait_for 10 [ -S "$tmp/notify" ]
echo 'interval = 3600 group "g" { name = "pg-none" }' >"$tmp/procgroup.conf"
notified() { grep -c 'WATCHDOG=1' "$tmp/notified"; }
notified_more() { [ "$(notified)" -gt "$1" ]; }
NOTIFY_SOCKET=$tmp/notify WATCHDOG_USEC=1000000 start_standalone
check 'watchdog: it is ready' wait_for 10 grep -q READY=1 "$tmp/notified"
check 'watchdog: notified again and again' wait_for 10 notified_more 3
kill -STOP "$daemon"
wait_for 5 grep -q '^State:.T' "/proc/$daemon/status"
before=$(notified)
sleep 3 # three times the time of the watchdog
check_eq 'watchdog: not while it is stopped' "$before" "$(notified)"
kill -CONT "$daemon"
check 'watchdog: again when it continues' wait_for 10 notified_more "$before"
check 'watchdog: it stops' stop "$daemon"
: >"$tmp/notified"
NOTIFY_SOCKET=$tmp/notify WATCHDOG_USEC=1000000 WATCHDOG_PID=1 start_standalone
check 'a watchdog of another process: it answers' ready
sleep 2 # twice its time
check_eq 'a watchdog of another process: not notified' 0 "$(notified)"
summary
