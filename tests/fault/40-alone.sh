#!/bin/bash
# procgroupd as its own SNMP agent: it listens only on the configured address; its engine file
# may be damaged.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/../integration/lib.sh"
echo 'group "g" { name = "pg-none" }' >"$tmp/procgroup.conf"
start_trapd
start_standalone 9<"$tmp/procgroup.conf"
check 'it answers' ready
child=$(pgrep -P "$daemon")
check_eq 'descriptors that the daemon inherited are not passed on' '' \
    "$(readlink "/proc/$child"/fd/* | grep -F procgroup.conf)"
sockets=$(ss -xHlnp; ss -Hlntup)
check_eq 'it listens only on its port' "127.0.0.1:$port" \
    "$(grep -F "pid=$child," <<<"$sockets" | awk '$5 !~ /^0\.0\.0\.0:/ || $1 == "tcp" { print $5 }')"
# The socket without a fixed port sends traps.
check_eq 'and has one more socket, for traps' 2 "$(grep -cF "pid=$child," <<<"$sockets")"
# Port 199 may be in use here; an attempt to open it is in the log then.
check_eq 'no SMUX' '' "$(grep -i smux "$tmp/procgroupd.log")"
check_eq 'the daemon does not listen on the network' 0 "$(grep -F "pid=$daemon," <<<"$sockets" | grep -cv '^u_')"

# The engine file: damaged, left over from a killed process, not a file.
engine=$tmp/state.snmp/engine
check 'the engine file is written' grep -q '^engineBoots 1$' "$engine"
check 'it ends' stop "$daemon"
: >"$tmp/state.snmp/.engine.abcdef"
start_standalone
check 'a second start' ready
check 'boots are counted' grep -q '^engineBoots 2$' "$engine"
check 'the temporary file of a killed process is removed' [ ! -e "$tmp/state.snmp/.engine.abcdef" ]
check 'it ends again' stop "$daemon"
sed -i 's/^engineBoots .*/engineBoots 2147483645/' "$engine"
for boots in 2147483646 2147483647 2147483647; do
    start_standalone
    check "it starts with engineBoots $boots" ready
    check 'the number of boots stops at its maximum' grep -q "^engineBoots $boots\$" "$engine"
    check 'it ends' stop "$daemon"
done
check_eq 'the maximum is reported, twice' 2 \
    "$(grep -c 'engineBoots has reached its maximum' "$tmp/procgroupd.log")"
printf 'engineBoots 3\noldEngineID 0x80\nrwcommunity all\n' >"$engine"
start_standalone
check 'it starts with a damaged file' ready
check 'and reports it' grep -q 'SNMPv3 engine state cannot be used' "$tmp/procgroupd.log"
check_eq 'and keeps it' 'rwcommunity all' "$(tail -n 1 "$engine".damaged-*)"
check_like 'no setting of the damaged file is used' 'Timeout' \
    "$(snmpget -v2c -c all -t 0.3 -r 0 "127.0.0.1:$port" .1.3.6.1.2.1.1.1.0 2>&1)"
check 'it ends once more' stop "$daemon"
rm "$engine"
mkdir "$engine"
start_standalone
check 'it starts with a folder in its place' ready
check 'it ends a last time' stop "$daemon"

# An access control file that is not a regular file.
mkfifo "$tmp/fifo"
for what in fifo p; do
    "$bin/procgroupd" -f -R "$run_folder" -c "$tmp/procgroup.conf" -s "$tmp/state" -L "udp:127.0.0.1:$port" \
        -C "$tmp/$what" >"$tmp/$what.log" 2>&1 &
    daemon=$!
    started+=("$daemon")
    check "refused: $what" wait_for 10 grep -q "cannot start SNMP on udp:127.0.0.1:$port" \
        "$tmp/$what.log"
    check 'it ends' stop "$daemon"
done
summary
