#!/bin/bash
# What it costs a Zabbix proxy to poll hosts with procgroupd: CPU time of the proxy for each host and
# minute, from which the number of hosts of a CPU follows. The hosts are one standalone procgroupd
# with GROUPS_EACH groups at HOSTS addresses of the loopback interface, each with the template of
# docs/integrations/zabbix, whose intervals are a minute and more. They are measured for TIME seconds,
# a multiple of 60, after the discovery of all groups and conditions. It takes about six minutes.
# shellcheck source=tests/zabbix/lib.sh
. "$(dirname "$0")/../zabbix/lib.sh"
# shellcheck source=tests/bench/lib.sh
. "$top/tests/bench/lib.sh"
hosts=${HOSTS:-300} groups=${GROUPS_EACH:-5} time=${TIME:-120} pollers=${POLLERS:-20}
end() { echo "zabbix: $*"; exit 1; }
needs zabbix-proxy-sqlite3
has_database || end 'no database'
wait_for 30 api version >"$tmp/version" || end 'no front end'
api import "$docs/zabbix/template_procgroup.yaml" || end 'no template'
start_fleet "$groups" || end 'no daemon'

api proxy bench
fleet_addresses "$hosts" | api hosts bench "$port" 'procgroup by SNMP' || end 'no hosts'
# Discovery at once; its interval is 10 minutes.
sql -c "update items set delay = '20s' where flags = 1"
start_server StartPollers=1 StartTrappers=5 CacheSize=128M
start_zabbix proxy zabbix_proxy "Server=127.0.0.1:$server_port" Hostname=bench "DBName=$tmp/proxy.db" \
    "ListenPort=$(free_zabbix_port)" ListenIP=127.0.0.1 "StartPollers=$pollers" ConfigFrequency=3600 DataSenderFrequency=1 \
    CacheSize=128M
proxy=$pid
found() { sql -c "select count(*) from items where flags = 4 and key_ like 'procgroup.condition.state[%'"; }
all_found() { [ "$(found)" = $((hosts * groups)) ]; }
# What is discovered reaches the proxy with its configuration, which it asks for once an hour.
reload() { "$debs/usr/sbin/zabbix_proxy" -c "$tmp/proxy.conf" -R config_cache_reload >>"$tmp/reload.log" 2>&1; }
for _ in $(seq 40); do
    ! all_found || break
    reload
    sleep 5
done
all_found || end "$(found) conditions of $((hosts * groups)) are discovered"
sql -c "update items set delay = '10m' where flags = 1"
reload
# values: how many the server has got; due: how many it should get in a minute
values() { sql -c 'select (select count(*) from history_uint) + (select count(*) from history) + (select count(*) from history_str) + (select count(*) from history_text)'; }
due() { sql -c "select count(*) from items i join hosts h using (hostid) where i.flags in (0, 4) and i.delay = '1m' and h.proxy_hostid is not null"; }
sleep 75 # until the proxy has the new items, and a value of each
# of_all FILE: this file of the proxy and of its processes
of_all() {
    local process
    for process in $proxy $(<"/proc/$proxy/task/$proxy/children"); do cat "/proc/$process/$1"; done
}
ticks() { of_all stat | awk '{ sub(/.*\) /, ""); s += $12 + $13 } END { print s }'; }
memory() { of_all smaps_rollup | awk '$1 == "Pss:" { s += $2 } END { printf "%.0f MiB", s / 1024 }'; }
before=$(ticks) first=$(values) begin=${EPOCHREALTIME/./}
sleep "$time"
after=$(ticks) last=$(values) seconds=$(calc %.3f "(${EPOCHREALTIME/./} - $begin) / 1e6")
ms=$(calc %.1f "($after - $before) * 1000 / $(getconf CLK_TCK) / $hosts / $seconds * 60")
title "A Zabbix proxy 6.0 (SQLite): $hosts hosts of $groups groups every 60 s, $pollers pollers" \
    "HOSTS=$hosts GROUPS_EACH=$groups TIME=$time POLLERS=$pollers tests/bench/run.sh zabbix" memory
row "items of a host, every 60 s" "$(calc %.0f "$(due) / $hosts")"
row "values a second, due" "$(calc %.0f "$(due) / 60")"
row "... that the server got" "$(calc %.0f "($last - $first) / $seconds")"
row "CPU of the proxy" "$(calc '%.1f %%' "($after - $before) * 100 / $(getconf CLK_TCK) / $seconds")" "$(memory)"
row "... for a host and minute" "$ms ms"
row "hosts of one CPU, every 60 s" "$(calc %.0f "60000 / $ms")"
