#!/bin/bash
# What polls and notifications cost a network: packets and octets of both directions, with
# the headers of IP and UDP, counted by the loopback interface of a network namespace.
# shellcheck source=tests/bench/lib.sh
. "$(dirname "$0")/lib.sh"
debs=$BUILD/debs
if [ "$(wc -l </proc/net/dev)" != 3 ]; then # not in a namespace yet
    sh "$top/tests/tools/unpack.sh" "$debs" prometheus-snmp-exporter >"$tmp/debs" 2>&1
    exec unshare --net bash "$0" "$@"
fi
ip link set lo up

ETHERNET=14 # octets of a header that lo counts and a network layer does not
# counted COMMAND...: sets packets and octets
counted() {
    local b p b2 p2
    read -r b p < <(awk '$1 == "lo:" { print $2, $3 }' /proc/net/dev)
    "$@" >"$tmp/counted" 2>&1
    read -r b2 p2 < <(awk '$1 == "lo:" { print $2, $3 }' /proc/net/dev)
    packets=$((p2 - p)) octets=$((b2 - b - (p2 - p) * ETHERNET))
}
cost() { # WHAT COMMAND...
    local what=$1
    shift
    counted "$@"
    row "$what" "$packets packets" "$octets"
}

poll() { "$bin/snmp-procgroup" --again 0 --cache "$tmp/kept" "$@"; }
title "One poll of a host" "tests/bench/run.sh packets" octets
for groups in 5 20 100 1000; do
    "$BUILD/tools/responder" -g $groups >"$tmp/responder" &
    responder=$!
    started+=("$responder")
    wait_for 10 [ -s "$tmp/responder" ]
    here=127.0.0.1:$(head -n 1 "$tmp/responder")
    cost "$groups groups, all of them, v2c" poll "$here"
    cost "$groups groups, one of them, v2c" poll -g group-5 "$here"
    cost "... with the cache" poll -g group-5 "$here"
    stop "$responder"
    rm "$tmp/responder"
done

# --- a real agent with five groups and notifications
cp /bin/sleep "$tmp/watched"
{
    echo 'interval = 1'
    echo 'recheck = 0'
    for i in 1 2 3 4; do echo "group \"group-$i\" { comm = \"no-such-$i\" count = \"0-0\" }"; done
    echo 'group "watched" { comm = "watched" count = "1-1" }'
} >"$tmp/procgroup.conf"
sinks() { # LINE: an agent with this sink; sets daemon
    printf '%s\n' 'rocommunity public 127.0.0.0/8' 'createUser bench SHA "authpass12" AES "privpass12"' \
        'rouser bench' "$1" >"$tmp/alone.conf"
    "$tmp/watched" 600 &
    watched=$!
    started+=("$watched")
    "$bin/procgroupd" -f -R "$run_folder" -c "$tmp/procgroup.conf" -s "$tmp/state" \
        -L "udp:127.0.0.1:$port" -C "$tmp/alone.conf" 2>"$tmp/procgroupd.log" &
    daemon=$!
    started+=("$daemon")
    wait_for 10 "$bin/snmp-procgroup" --no-cache "127.0.0.1:$port"
}
start_trapd
change() { # the end of the only member: one violation
    local before
    before=$(wc -l <"$tmp/traps")
    stop "$watched" KILL
    more() { [ "$(wc -l <"$tmp/traps")" -gt "$before" ]; }
    wait_for 10 more
    sleep 1 # the rest of it, such as the response
}
sinks ''
v3=(-v 3 -u bench -l authPriv -a SHA -A authpass12 -x AES -X privpass12)
cost "5 groups, all of them, v3 authPriv" poll "${v3[@]}" "127.0.0.1:$port"
cost "... with the cache" poll "${v3[@]}" "127.0.0.1:$port"
rm "$tmp/kept"
cost "5 groups, one of them, v3 authPriv" poll "${v3[@]}" -g group-3 "127.0.0.1:$port"
cost "... with the cache" poll "${v3[@]}" -g group-3 "127.0.0.1:$port"
# snmp_exporter: HTTP shares the interface, so that only datagrams can be counted
datagrams() { awk '$1 == "Udp:" && $2 ~ /[0-9]/ { print $2 }' /proc/net/snmp; }
scrape() { curl -s "http://127.0.0.1:9116/snmp?module=procgroup&target=127.0.0.1:$port" >"$tmp/scrape"; }
series() { scrape && grep -q '^procGroupStatus' "$tmp/scrape"; }
if [ -x "$debs/usr/bin/prometheus-snmp-exporter" ]; then
    "$debs/usr/bin/prometheus-snmp-exporter" --web.listen-address=127.0.0.1:9116 \
        --config.file="$top/docs/integrations/prometheus/snmp-0.21.yml" >"$tmp/exporter.log" 2>&1 &
    started+=("$!")
    wait_for 10 series
    before=$(datagrams)
    scrape
    row "snmp_exporter, 5 groups, v2c" "$(($(datagrams) - before)) packets"
    row "... series" "$(grep -vc '^#' "$tmp/scrape")"
fi
stop "$daemon"
stop "$watched" KILL

title "One notification, a violation" "tests/bench/run.sh packets" octets
for sink in trap2sink informsink; do
    sinks "$sink 127.0.0.1:$trap_port public"
    sleep 2 # the notification of the start
    cost "$sink, v2c" change
    stop "$daemon"
done
