#!/bin/bash
# SIGKILL to the daemon and to the SNMP process at random moments while groups change.
# shellcheck source=tests/fault/lib.sh
. "$(dirname "$0")/lib.sh"
world_conf
world 0.1
times=$(pick 5 100)

for _ in $(seq "$times"); do
    pid=$(child)
    [ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null
    nap 600
done
check "it answers after the SNMP process was killed $times times" ready 100
holds 'SNMP process killed'
events "SNMP process killed $times times"

index=$(index_of c1)
for _ in $(seq "$times"); do
    stop "$daemon" KILL
    start_procgroupd
    nap 600
done
check "it answers after the daemon was killed $times times" ready 100
holds 'daemon killed'
events "daemon killed $times times"
check_eq 'the index is the same' "$index" "$(index_of c1)"
check_eq 'no file was damaged' '' "$(find "$tmp" -maxdepth 1 -name '*damaged*')"
check_eq 'no temporary file is left' '' "$(find "$tmp" -maxdepth 1 -name '.state*')"
check_eq 'one SNMP process' 1 "$(pgrep -fc -- "--agentx=$agentx")"
summary
