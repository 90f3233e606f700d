#!/bin/bash
# Daemon and SNMP process are killed again and again under a stream of events: at the end every
# number has arrived, or is counted as dropped, and every violation is what it should be.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"
readonly KILLS=24 EVENT_NUMBER=1.6.1
groups=(a b c d e f)
{
    echo 'interval = 0.3 recheck = 0'
    for g in "${groups[@]}"; do echo "group \"$g\" { name = \"pg-sv-$g\" count = \"1-\" }"; done
    echo 'group "stay" { name = "pg-sv-stay" count = "1-" }'
} >"$tmp/procgroup.conf"
for g in "${groups[@]}"; do program "pg-sv-$g"; done
RANDOM=4711

# Starts and ends processes of the groups until the file "enough" exists.
stream() {
    local -A pids=()
    while [ ! -e "$tmp/enough" ]; do
        local g=${groups[RANDOM % ${#groups[@]}]}
        if [ -n "${pids[$g]:-}" ]; then
            kill -KILL "${pids[$g]}" && wait "${pids[$g]}"
            unset "pids[$g]"
        else
            "$tmp/bin/pg-sv-$g" 300 </dev/null >/dev/null 2>&1 &
            pids[$g]=$!
        fi
        sleep "0.0$((RANDOM % 9 + 1))"
    done 2>/dev/null
    kill -KILL "${pids[@]}" 2>/dev/null
}
snmp_process() { pgrep -P "$daemon" -f procgroupd-snmp | head -n 1; }
# Prints the numbers of all received notifications.
numbers() { sed -nE "s/.*$root\.$EVENT_NUMBER\.0 = Gauge32: ([0-9]+).*/\1/p" "$tmp/traps"; }
last_event() { grep -oE 'event=[0-9]+' "$tmp/procgroupd.log" | cut -d= -f2 | sort -n | tail -n 1; }
missing() { # numbers from 1 to the last one that have not arrived
    comm -23 <(seq "$(last_event)" | sort) <(numbers | sort -u) | wc -l
}
dropped() { get "$root.1.1.23.0"; }
accounted() { [ "$(missing)" -le "$(dropped)" ]; }

start_snmpd && start_trapd && start_procgroupd
check 'it answers' ready 30
check 'a violation that stays is notified' wait_for 30 trap_has "$root\.0\.1,.*\"stay\""
stream &
streamer=$!
started+=("$streamer")
killed=0
for ((i = 0; i < KILLS; i++)); do
    sleep "0.$((RANDOM % 10))"
    if ((i % 3 == 2)); then
        wait_for 30 eval '[ -n "$(snmp_process)" ]'
        victim=$(snmp_process)
        kill -KILL "$victim" && killed=$((killed + 1))
    else
        stop "$daemon" KILL && killed=$((killed + 1))
        start_procgroupd
        # Sometimes before it has started its SNMP process, and sometimes long after.
        ((i % 2)) && ready 30
    fi
done
check_eq 'all were killed' "$KILLS" "$killed"
touch "$tmp/enough"
wait_for 20 gone "$streamer"
check 'it answers after that' ready 60
check 'every number has arrived or is counted' wait_for 60 accounted
echo "count: events $(last_event), notifications $(numbers | wc -l)," \
    "missing $(missing), dropped $(dropped)"
check 'many events' [ "$(last_event)" -gt 60 ]
check_eq 'none is dropped' 0 "$(dropped)"
# The EVENT_STALE (0.5) of an SNMP process and of the next daemon may share a number.
notified() { # "NUMBER KIND TIME" of each notification, without repetitions
    sed -nE "s/.*OID: $root\.0\.([0-9]+), $root\.$EVENT_NUMBER\.0 = Gauge32: ([0-9]+), [^=]*= Hex-STRING: ([^,]*),.*/\2 \1 \3/p" \
        "$tmp/traps" | grep -v '^[0-9]* 5 ' | sort -u
}
check_eq 'no number is used for two events' '' "$(notified | cut -d' ' -f1 | uniq -d)"
check 'which are as many as there are numbers' [ "$(notified | wc -l)" -gt 60 ]

# Violations go on: raised once, and reminded of after each restart that has scanned.
all_violated() {
    local g
    for g in "${groups[@]}" stay; do col_is $STATUS "$g" 2 || return 1; done
}
check 'all groups are empty now' wait_for 60 all_violated
check_eq 'the same violation all the time' 1 \
    "$(grep -c 'kind=raised group="stay"' "$tmp/procgroupd.log")"
check 'it was reminded of' grep -q 'kind=reminded group="stay"' "$tmp/procgroupd.log"
check 'also by notifications' trap_has "$root\.0\.7,.*\"stay\""

# What heals while no daemon runs has recovered, and is not raised by the next one.
mark=$(last_event)
stop "$daemon"
run_program pg-sv-a
start_procgroupd
later() { # PATTERN: an event after number $mark matches it
    grep -oE "event=[0-9]+ kind=$1" "$tmp/procgroupd.log" | cut -d= -f2 | cut -d' ' -f1 |
        awk -v mark="$mark" '$1 > mark { found = 1 } END { exit !found }'
}
check 'a recovers' wait_for 30 later 'recovered group="a"'
check 'b is reminded of' wait_for 30 later 'reminded group="b"'
check 'every number has arrived' wait_for 60 accounted

# Notifications wait for a receiver over restarts of everything.
stop "$snmpd" KILL
program pg-sv-stay
run_program pg-sv-stay
check 'an event without snmpd' wait_for 30 grep -q 'kind=recovered group="stay"' \
    "$tmp/procgroupd.log"
stop "$daemon" KILL
start_procgroupd
wait_for 30 grep -qE 'lost|cannot|connect' "$tmp/procgroupd.log"
stop "$daemon" KILL
start_snmpd
start_procgroupd
check 'it answers with a new snmpd' ready 60
check 'what waited has arrived' wait_for 60 trap_has "$root\.0\.2,.*\"stay\""
check 'every number has arrived at the end' wait_for 60 accounted
check_eq 'the file is private' 600 "$(stat -c %a "$tmp/state.events")"

# Standalone: one receiver of informs is away for a while, another one never answers, and the
# SNMP process is killed again and again, and the daemon too.
stop "$daemon" && stop "$snmpd" && stop "$trapd"
rm -rf "$tmp/state" "$tmp/state.events" "$tmp/state.snmp" "$tmp/enough"
: >"$tmp/traps" && : >"$tmp/procgroupd.log"
printf '%s\n' 'rocommunity public 127.0.0.1' "informsink 127.0.0.1:$(free_port) public" \
    "informsink 127.0.0.1:$trap_port public" >"$tmp/alone.conf"
alone() {
    "$bin/procgroupd" -f -R "$run_folder" -c "$tmp/procgroup.conf" -s "$tmp/state" -L "udp:127.0.0.1:$port" \
        -C "$tmp/alone.conf" >>"$tmp/procgroupd.log" 2>&1 &
    daemon=$!
    started+=("$daemon")
}
receive() {
    SNMP_PERSISTENT_DIR=$tmp/pt snmptrapd -f -C -c "$tmp/trapd.conf" -X -Lo -On -n -m '' \
        "udp:127.0.0.1:$trap_port" >>"$tmp/traps" 2>&1 &
    trapd=$!
    started+=("$trapd")
}
receive
alone
check 'standalone: it answers' ready 30
check 'standalone: informs arrive beside a receiver that does not answer' \
    wait_for 60 trap_has "$root\.0\.1,"
stream &
streamer=$!
started+=("$streamer")
killed=0
for ((i = 0; i < 12; i++)); do
    sleep "0.$((RANDOM % 10))"
    ((i == 3)) && stop "$trapd" KILL
    ((i == 5)) && sleep 4 # no receiver has answered for longer than one waits for another
    ((i == 8)) && receive
    if ((i % 4 == 3)); then
        stop "$daemon" KILL && killed=$((killed + 1))
        alone
    else
        wait_for 30 eval '[ -n "$(snmp_process)" ]'
        victim=$(snmp_process)
        ((i % 2)) && ready 30
        kill -KILL "$victim" && killed=$((killed + 1))
        wait_for 30 gone "$victim"
    fi
done
check_eq 'standalone: all were killed' 12 "$killed"
touch "$tmp/enough"
wait_for 20 gone "$streamer"
check 'standalone: it answers after that' ready 60
check 'standalone: every number has arrived or is counted' wait_for 60 accounted
echo "count: standalone: events $(last_event), notifications $(numbers | wc -l)," \
    "missing $(missing), dropped $(dropped)"
check 'standalone: many events' [ "$(last_event)" -gt 30 ]
# What is counted was in the queue of the receiver that does not answer when its process ended.
arrived() { [ "$(missing)" = 0 ]; }
check 'standalone: the other receiver has missed none' wait_for 30 arrived
check_eq 'standalone: no number is used for two events' '' \
    "$(notified | cut -d' ' -f1 | uniq -d)"
summary
