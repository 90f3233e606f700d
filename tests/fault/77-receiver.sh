#!/bin/bash
# A receiver of informs is away: procgroupd, as an SNMP agent of its own, keeps what happens
# meanwhile, and its memory stays bounded.
# shellcheck source=tests/fault/lib.sh
. "$(dirname "$0")/lib.sh"
world_conf
start_procgroupd() {
    printf '%s\n' 'rocommunity public 127.0.0.1' "informsink 127.0.0.1:$trap_port public" >"$tmp/alone.conf"
    "$bin/procgroupd" -f -R "$run_folder" -c "$tmp/procgroup.conf" -s "$tmp/state" -L "udp:127.0.0.1:$port" \
        -C "$tmp/alone.conf" >>"$tmp/procgroupd.log" 2>&1 &
    daemon=$!
    started+=("$daemon")
}
check 'a receiver runs' start_receiver
start_procgroupd
check 'it answers' ready 100
start_churn 0.1
holds 'with a receiver'
resident() { awk '/^VmRSS/ { print $2 }' "/proc/$(child)/status"; }
for way in stopped killed; do
    before=$(resident) last=$(number "$LAST_EVENT")
    if [ $way = stopped ]; then kill -STOP "$receiver"; else stop "$receiver" KILL; fi
    sleep "$(pick 5 60)"
    if [ $way = stopped ]; then kill -CONT "$receiver"; else start_receiver; fi
    figure "receiver $way: $(($(number "$LAST_EVENT") - last)) events, SNMP process $before KiB, then $(resident) KiB"
    holds "receiver $way"
done
events 'receiver away'
summary
