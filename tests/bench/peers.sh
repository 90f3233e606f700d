#!/bin/bash
# (f) CPU time of one answer about 5,000 processes, in a PID namespace of their own: procgroup and
# programs with the same purpose, in turn. Those that are not installed are skipped; on Debian they
# are in monitoring-plugins-basic, monit, prometheus-process-exporter, zabbix-agent, collectd-core,
# atop, snmpd, procps. SIZE, TURNS: other numbers.
# shellcheck source=tests/bench/lib.sh
. "$(dirname "$0")/lib.sh"
size=${SIZE:-5000} turns=${TURNS:-5} window=${SECONDS_EACH:-12}
{ mixed_groups; measured_groups; } | tee "$base/procfs.conf" >"$base/host.conf"
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
# result WHAT MS: compared with a cycle of the daemon (procfs, and bpf)
result() {
    row "$1" "$(calc '%.1f ms, %.1f us' "$2, $2 * 1000 / $size")" \
        "$(calc '%.1f x, %.0f x' "$2 / $procfs_ms, $2 / $host_ms")"
}
skip() { row "$1" 'not installed'; }
# cpu COMMAND...: user and system time in ms, with its children
cpu() { { TIMEFORMAT='%3U %3S'; time "${inside[@]}" "$@" >/dev/null 2>&1; } 2>&1 | awk '{ print ($1 + $2) * 1000 }'; }
# command_ WHAT PROGRAM ARG...: the median of the turns, after one that fills the caches
command_() {
    local what=$1
    shift
    if ! command -v "$1" >/dev/null; then skip "$what"; return; fi
    cpu "$@" >/dev/null
    result "$what" "$(for _ in $(seq "$turns"); do cpu "$@"; done | median)"
}
# server WHAT COUNT PROGRAM ARG...: runs it for so many seconds, in which it answers COUNT times
# by itself, or after as many calls of request
server() {
    local what=$1 count=$2 pid begin
    shift 2
    if ! command -v "$1" >/dev/null; then skip "$what"; return; fi
    "${inside[@]}" "$@" >"$base/server.log" 2>&1 &
    started+=("$!")
    sleep 3
    pid=$(child_of "$!")
    if [ -z "$pid" ] || gone "$pid"; then
        row "$what" "$(tail -n 1 "$base/server.log" | cut -c1-20)"
        return
    fi
    request
    begin=$(family_ns "$pid")
    if [ "$count" = request ]; then
        count=$turns
        for _ in $(seq "$turns"); do request; sleep "${pause:-0}"; done
    else
        sleep "$count"
    fi
    result "$what" "$(calc %.3f "($(family_ns "$pid") - $begin) / 1e6 / $count")"
    stop "$pid"
}
family_ns() { # PID: with its children
    local child sum
    sum=$(cpu_ns "$1")
    for child in $(cat "/proc/$1/task/"*/children); do sum=$((sum + $(family_ns "$child"))); done
    echo "$sum"
}
request() { :; }

population "$size"
instance procfs "${inside[@]}" -- --collector=procfs
instance host --
title "One answer about $size processes: CPU, and for each" 'tests/bench/run.sh peers' 'procfs, bpf'
for name in procfs host; do
    use "$name"
    sleep 12
    mark $name
    scan_often $name
    since $name
    ms=$(calc %.4f "$daemon_ms / $cycles / $(processes) * $size")
    [ $name = procfs ] && procfs_ms=$ms || host_ms=$ms
done
use procfs
result "a full scan: $(source_name), 20 groups" "$procfs_ms"
use host
result "a full scan: $(source_name), 20 groups" "$host_ms"
end_instance procfs
end_instance host
specs=(tor:0-1 master:0-2 auditd:0-1 cron:0-5 rsyslogd:0-1 dbus-daemon:0- sshd:0- watchdog:0-2)
command_ 'procgroup check, 8 names' "$bin/procgroup" check "${specs[@]}"
command_ 'procgroup check, a path' "$bin/procgroup" check /usr/sbin/sshd:0-1
command_ 'procgroup check, ids' "$bin/procgroup" check ,gid=0,uid!=0:0-0
command_ 'ps -eo pid,uid,comm' ps -eo pid,uid,comm
command_ 'check_procs -C' /usr/lib/nagios/plugins/check_procs -C sshd
command_ 'pgrep -x' pgrep -x sshd
command_ 'zabbix_agentd -t proc.num' zabbix_agentd -t 'proc.num[sshd]'
command_ 'atop, two samples' atop -P PRG 1 1

psmonitor=/usr/lib/mon/mon-local.d/ps.monitor
if [ ! -e $psmonitor ]; then
    sh "$top/scripts/deps.sh" unpack mon "$BUILD/deps/mon" >/dev/null 2>&1
    psmonitor=$BUILD/deps/mon$psmonitor
fi
if [ -e "$psmonitor" ] && perl -MProc::ProcessTable -e 1 2>/dev/null; then
    command_ 'ps.monitor, 8 names' perl "$psmonitor" "${specs[@]}"
else
    skip 'ps.monitor, 8 names'
fi

{
    echo 'set daemon 1'
    for i in 0 1 2 3 4; do
        printf 'check process s%d matching "sleeper-0%d"\n' $i $i
    done
} >"$base/monitrc"
chmod 600 "$base/monitrc"
server 'monit, 5 names found' "$window" monit -I -c "$base/monitrc" -s "$base/monit.state" -p "$base/monit.pid"
cat >"$base/collectd.conf" <<EOF
BaseDir "$base"
Interval 1
LoadPlugin processes
<Plugin processes>
    Process "sleeper-00"
    Process "sleeper-01"
</Plugin>
EOF
server 'collectd, plugin processes' "$window" collectd -f -C "$base/collectd.conf" -P "$base/collectd.pid"
at=$(free_port)
request() { curl -s "http://127.0.0.1:$at/metrics" >/dev/null; }
server 'process-exporter, 5 names' request prometheus-process-exporter \
    -procnames sleeper-00,sleeper-01,sleeper-02,sleeper-03,sleeper-04 -web.listen-address "127.0.0.1:$at"
printf 'rocommunity public\nmaster agentx\nagentXSocket %s\nproc sleeper-01\n' "$base/master" >"$base/proc.conf"
port=$at
# Its list of processes is 30 s old at most.
request() { get .1.3.6.1.4.1.2021.2.1.5.1 >/dev/null; }
turns=2 pause=32
server 'snmpd, prTable' request snmpd -f -C -c "$base/proc.conf" -Lf "$base/proc.log" -I -smux \
    "udp:127.0.0.1:$at"
end_population
