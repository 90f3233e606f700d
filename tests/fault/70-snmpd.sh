#!/bin/bash
# snmpd is ended, killed, stopped and restarted while groups change: the table is right
# afterwards, and no event is lost.
# shellcheck source=tests/fault/lib.sh
. "$(dirname "$0")/lib.sh"
world_conf
world

# again: snmpd is started until it has the rows
again() { start_snmpd && ready 100; }
for signal in TERM KILL; do
    stop "$snmpd" "$signal"
    sleep 1
    check "snmpd again after $signal" again
    holds "snmpd: $signal"
done
for seconds in $(pick '1' '1 10 60'); do
    kill -STOP "$snmpd"
    sleep "$seconds"
    kill -CONT "$snmpd"
    check "snmpd goes on after $seconds s" ready 100
    holds "snmpd: STOP for $seconds s"
done
events 'snmpd: TERM, KILL, STOP'

times=$(pick 4 50)
for _ in $(seq "$times"); do
    case $((RANDOM % 3)) in
    0) stop "$snmpd" TERM ;;
    1) stop "$snmpd" KILL ;;
    2)
        kill -STOP "$snmpd"
        nap 1000
        stop "$snmpd" KILL
        ;;
    esac
    nap 500
    start_snmpd
    nap 1000
done
check "snmpd answers after $times restarts" ready 100
holds "snmpd: $times restarts"
events "snmpd: $times restarts at random"
check_eq 'the SNMP process was not restarted' 0 "$(number "$root.1.1.26.0")"
summary
