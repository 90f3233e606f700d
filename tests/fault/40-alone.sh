#!/bin/bash
# procgroupd as its own SNMP agent: it listens where it was told to and nowhere else; what
# it keeps may be damaged.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/../integration/lib.sh"
echo 'group "g" { name = "pg-none" }' >"$tmp/procgroup.conf"
start_trapd
start_standalone 9<"$tmp/procgroup.conf"
check 'it answers' ready
child=$(pgrep -P "$daemon")
check_eq 'what the watcher got from its parent stays there' '' \
    "$(readlink "/proc/$child"/fd/* | grep -F procgroup.conf)"
sockets=$(ss -xHlnp; ss -Hlntup)
check_eq 'nobody but its port' "127.0.0.1:$port" \
    "$(grep -F "pid=$child," <<<"$sockets" | awk '$5 !~ /^0\.0\.0\.0:/ || $1 == "tcp" { print $5 }')"
# The one without a fixed port is what traps go out by.
check_eq 'and no more than the socket for traps' 2 "$(grep -cF "pid=$child," <<<"$sockets")"
# Its port 199 may be somebody else's here; then the attempt is in the log.
check_eq 'no SMUX' '' "$(grep -i smux "$tmp/procgroupd.log")"
check_eq 'the watcher listens to nobody' 0 "$(grep -cF "pid=$daemon," <<<"$sockets")"

# The engine's file: damaged, a left-over, no file at all.
engine=$tmp/state.snmp/engine
check 'the engine is kept' grep -q '^engineBoots 1$' "$engine"
check 'it ends' stop "$daemon"
: >"$tmp/state.snmp/.engine.abcdef"
start_standalone
check 'a second start' ready
check 'boots are counted' grep -q '^engineBoots 2$' "$engine"
check 'what a killed save left is gone' [ ! -e "$tmp/state.snmp/.engine.abcdef" ]
check 'it ends again' stop "$daemon"
printf 'engineBoots 3\noldEngineID 0x80\nrwcommunity all\n' >"$engine"
start_standalone
check 'a damaged one is no obstacle' ready
check 'and is told' grep -q "the SNMPv3 engine's state can't be used" "$tmp/procgroupd.log"
check_like 'nothing in it is believed' 'Timeout' \
    "$(snmpget -v2c -c all -t 0.3 -r 0 "127.0.0.1:$port" .1.3.6.1.2.1.1.1.0 2>&1)"
check 'it ends once more' stop "$daemon"
rm "$engine"
mkdir "$engine"
start_standalone
check 'a folder in its place is no obstacle' ready
check 'it ends for good' stop "$daemon"

# A file for access control that is none.
mkfifo "$tmp/fifo"
for what in fifo p; do
    "$bin/procgroupd" -f -c "$tmp/procgroup.conf" -s "$tmp/state" -L "udp:127.0.0.1:$port" \
        -C "$tmp/$what" >"$tmp/$what.log" 2>&1 &
    daemon=$!
    started+=("$daemon")
    check "refused: $what" wait_for 10 grep -q "cannot start SNMP on udp:127.0.0.1:$port" \
        "$tmp/$what.log"
    check 'it ends' stop "$daemon"
done
summary
