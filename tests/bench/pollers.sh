#!/bin/bash
# What it costs Prometheus with snmp_exporter to poll hosts with procgroupd: CPU time for each poll of
# a host, of each program, from which the number of hosts of a CPU follows. The hosts are one
# standalone procgroupd with GROUPS_EACH groups at HOSTS addresses of the loopback interface; they are
# polled every INTERVAL seconds, and measured for TIME seconds after the first polls.
# shellcheck source=tests/bench/lib.sh
. "$(dirname "$0")/lib.sh"
hosts=${HOSTS:-300} groups=${GROUPS_EACH:-5} interval=${INTERVAL:-30} time=${TIME:-90}
debs=$BUILD/debs d=$top/docs/integrations/prometheus
sh "$top/tests/tools/unpack.sh" "$debs" prometheus prometheus-snmp-exporter >"$tmp/debs" 2>&1 ||
    { echo "pollers: $(tail -n 1 "$tmp/debs")"; exit 1; }
start_fleet "$groups" || { echo 'pollers: no daemon'; exit 1; }
agent=$(child_of "$daemon")

exporter_port=$((port + 1)) prometheus_port=$((port + 2))
mkdir "$tmp/prometheus"
cp "$d"/procgroup.*.yml "$tmp/prometheus"
fleet_addresses "$hosts" | sed "s/.*/            - &:$port/" >"$tmp/targets"
sed -e "s/30s/${interval}s/; s/127.0.0.1:9116/127.0.0.1:$exporter_port/; /- db1.example.org/d" \
    -e "/- web1.example.org/{r $tmp/targets
d}" "$d/prometheus.yml" >"$tmp/prometheus/prometheus.yml"
"$debs/usr/bin/prometheus-snmp-exporter" --config.file="$d/snmp-0.21.yml" --web.listen-address="127.0.0.1:$exporter_port" \
    >"$tmp/exporter.log" 2>&1 &
exporter=$!
started+=("$exporter")
"$debs/usr/bin/prometheus" --config.file="$tmp/prometheus/prometheus.yml" --storage.tsdb.path="$tmp/tsdb" \
    --web.listen-address="127.0.0.1:$prometheus_port" >"$tmp/prometheus.log" 2>&1 &
prometheus=$!
started+=("$prometheus")
value() { python3 "$top/tests/tools/http_get.py" --query "http://127.0.0.1:$prometheus_port" "$1" 2>/dev/null; }
all_up() { [ "$(value 'count(up == 1)')" = "$hosts" ]; }
wait_for $((interval * 10)) all_up || { echo "pollers: $(value 'count(up == 1)') of $hosts hosts answer"; exit 1; }
ticks() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }
memory() { awk '$1 == "VmHWM:" { printf "%.0f MiB", $2 / 1024 }' "/proc/$1/status"; }
before=("$(ticks "$prometheus")" "$(ticks "$exporter")" "$(ticks "$agent")")
sleep "$time"
after=("$(ticks "$prometheus")" "$(ticks "$exporter")" "$(ticks "$agent")")
all_up || { echo "pollers: at the end, $(value 'count(up == 1)') of $hosts hosts answer"; exit 1; }
polls=$((hosts * time / interval))
# ms INDEX: CPU time of a poll
ms() { calc %.2f "(${after[$1]} - ${before[$1]}) * 1000 / $(getconf CLK_TCK) / $polls"; }
title "Prometheus with snmp_exporter: $hosts hosts of $groups groups every $interval s, $polls polls" \
    "HOSTS=$hosts GROUPS_EACH=$groups INTERVAL=$interval TIME=$time tests/bench/run.sh pollers" memory
row "series of a host" "$(calc %.0f "$(value 'count({job="procgroup"})') / $hosts")"
row "CPU time of a poll: Prometheus" "$(ms 0) ms" "$(memory "$prometheus")"
row "... snmp_exporter" "$(ms 1) ms" "$(memory "$exporter")"
row "... the agent" "$(ms 2) ms" "$(memory "$agent")"
row "longest poll" "$(calc '%.2f s' "$(value 'max(scrape_duration_seconds)')")"
row "hosts of one CPU, every 60 s" "$(calc %.0f "60000 / ($(ms 0) + $(ms 1))")"
