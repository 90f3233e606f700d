#!/bin/bash
# Too few descriptors, too little memory, no process, no file: procgroupd serves, or exits
# with a message that says what is missing. A fork bomb beside it.
# Runs alone: a fork bomb.
# shellcheck source=tests/fault/lib.sh
. "$(dirname "$0")/lib.sh"
world_conf 3
start_snmpd

# Options of ulimit, and what the message may say.
limits=('-n 0' '-n 3' '-n 4' '-n 6' '-n 8' '-n 12' '-n 16' '-n 24' '-n 40' '-v 8000' '-v 12000'
    '-v 16000' '-v 30000' '-f 0' '-f 1' '-l 0' '-s 64' '-u 1')
[ "$(pick short long)" = long ] || limits=('-n 4' '-n 12' '-v 12000' '-f 0')
words='shared librar|descriptor|memory|[Tt]oo many open files|Too large|too large|File too large|allocate|limit|unavailable|map|thread'
served=0 refused=0
for limit in "${limits[@]}"; do
    : >"$tmp/limited.log"
    rm -f "$tmp"/state*
    # The message goes through a pipe: it is not a file that must not grow.
    # shellcheck disable=SC2086 # the option and the number
    (ulimit $limit && exec "$bin/procgroupd" -f -R "$run_folder" -c "$tmp/procgroup.conf" -s "$tmp/state" \
        -x "$agentx") > >(cat >"$tmp/limited.log") 2>&1 &
    daemon=$!
    started+=("$daemon")
    over() { gone "$daemon" || answers; }
    wait_for 60 over
    if ! gone "$daemon" && answers; then
        served=$((served + 1))
        ok "ulimit $limit: it serves"
        stop "$daemon" || not_ok "ulimit $limit: it does not end"
        continue
    fi
    if gone "$daemon"; then
        wait "$daemon"
        status=$?
        refused=$((refused + 1))
        check "ulimit $limit: it exits, and is not killed (status $status)" [ $status -gt 0 -a $status -le 127 ]
        check_like "ulimit $limit: the reason" "$words" "$(cat "$tmp/limited.log")"
        continue
    fi
    not_ok "ulimit $limit: it runs without serving: $(tail -n 3 "$tmp/limited.log")"
    stop "$daemon"
done
figure "${#limits[@]} limits: $served served, $refused refused"

# A fork bomb of another account in a small set of processes, which are all used up.
rm -f "$tmp"/state*
check 'a receiver runs' start_receiver
start_procgroupd
check 'it answers' ready 100
start_churn
cat >"$tmp/bomb" <<'END'
bomb() { bomb | bomb & }
ulimit -u "$1" && bomb
sleep 1000
END
setpriv --reuid 54325 --regid 54325 --clear-groups bash "$tmp/bomb" "$(pick 200 800)" \
    >/dev/null 2>&1 &
started+=("$!")
bombs() { pgrep -c -u 54325; }
sleep 2
most=$(bombs) before=$(number "$SCANS")
scans_exceed() { [ "$(number "$SCANS")" -gt "$1" ]; }
check 'scans go on beside a fork bomb' wait_for 100 scans_exceed $((before + 4))
while [ "$(bombs)" -gt 0 ]; do pkill -STOP -u 54325; pkill -KILL -u 54325; sleep 0.05; done
holds 'after a fork bomb'
events "beside a fork bomb of $most processes"
summary
