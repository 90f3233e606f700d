#!/bin/bash
# The console page of docs/integrations/prometheus, as Chromium shows it: a real Prometheus and
# snmp_exporter poll a fleet of five hosts, which are addresses of a loopback interface of its own:
# procgroupd behind snmpd, two standalone ones, of which one has stopped, a snmpd without procgroupd,
# and a host without an agent. The processes are real.
#
# UPDATE=1 makes the picture of the document again (pngquant makes it smaller, if it is there).
# Uses the network: packages are downloaded.
# shellcheck source=tests/integrations/lib.sh
. "$(dirname "$0")/lib.sh"
needs prometheus prometheus-snmp-exporter
if [ -z "${CONSOLE_APART:-}" ]; then
    unshare --net --mount true 2>/dev/null ||
        { not_run 'console: no namespaces of its own'; echo '0 passed, 0 failed'; exit 0; }
    rm -rf "$tmp"
    CONSOLE_APART=1 exec unshare --net --mount bash "$0"
fi
d=$docs/prometheus
# CHROMIUM: another program.
browser=$(command -v "${CHROMIUM:-chromium}")
ip link set lo up || exit 1
printf '%s\n' '127.0.0.1 localhost' '127.0.1.1 web1' '127.0.1.2 db1' '127.0.1.3 app1' '127.0.1.4 old1' '127.0.1.5 mail1' >"$tmp/hosts"
mount --bind "$tmp/hosts" /etc/hosts

# --- the hosts
# processes NAME NUMBER
processes() {
    local i
    [ -e "$tmp/bin/$1" ] || program "$1"
    for ((i = 0; i < $2; i++)); do run_program "$1"; done
}
# agent HOST ARGUMENT...: procgroupd with $tmp/HOST.conf
agent() {
    local host=$1
    shift
    "$bin/procgroupd" -f -c "$tmp/$host.conf" -s "$tmp/$host.state" -R "$tmp/$host.run" "$@" >>"$tmp/$host.log" 2>&1 &
    pid=$!
    started+=("$pid")
}
# master HOST ADDRESS: snmpd
master() {
    printf '%s\n' 'rocommunity public' 'master agentx' "agentXSocket $tmp/$1.agentx" 'agentXPerms 0777 0777' >"$tmp/$1.snmpd"
    background "$1.snmpd" snmpd -f -C -c "$tmp/$1.snmpd" -Lf "$tmp/$1.snmpd.log" -I -smux "udp:$2:161"
}
cat >"$tmp/web1.conf" <<EOF
interval = 1
recheck = 0
group "nginx" { name = "nginx" count = "2-50"
    condition "memory" { metric = "rss" range = "-64M" } }
group "php-fpm" { name = "php-fpm" count = "1-4" severity = "warning" }
group "cron" { name = "cron" count = "1-5" }
group "sshd-listener" { name = "sshd" count = "1-1" }
group "backup" { name = "backup" count = "-1" }
group "rsyslogd" { name = "rsyslogd" count = "1-1" }
EOF
cat >"$tmp/db1.conf" <<EOF
interval = 1
recheck = 0
group "postgres" { name = "postgres" count = "4-"
    condition "memory" { metric = "rss" range = "-40M" }
    condition "descriptors" { metric = "fds" range = "-100" } }
group "pgbouncer" { name = "pgbouncer" count = "1-1" }
EOF
cat >"$tmp/app1.conf" <<EOF
interval = 1
recheck = 0
group "java" { name = "java" count = "1-2" }
group "sshd-listener" { name = "sshd" count = "1-1" }
EOF
processes nginx 5
processes php-fpm 6
processes sshd 1
processes backup 2
processes rsyslogd 1
processes postgres 7
processes pgbouncer 1
processes java 1
printf '%s\n' 'rocommunity public' >"$tmp/standalone.conf"
master web1 127.0.1.1
master old1 127.0.1.4
wait_for 60 test -S "$tmp/web1.agentx"
agent web1 -x "$tmp/web1.agentx"
agent db1 -L udp:127.0.1.2:161 -C "$tmp/standalone.conf"
agent app1 -L udp:127.0.1.3:161 -C "$tmp/standalone.conf"
app1=$pid
shown() { "$bin/procgroup" status -R "$tmp/$1.run" 2>/dev/null | grep -q "$2"; }
wait_for 60 shown web1 cron && wait_for 60 shown db1 postgres && wait_for 60 shown app1 java ||
    { not_ok "the hosts did not start"; tail "$tmp"/*.log; summary; }
"$bin/procgroup" maintenance -R "$tmp/web1.run" backup on --for 2h --reason 'restore test' >>"$tmp/web1.log" 2>&1

# --- Prometheus with the files of the document: hosts and times are changed
mkdir "$tmp/prometheus"
cp "$d"/procgroup.*.yml "$tmp/prometheus"
targets='            - web1\n            - db1\n            - app1\n            - old1\n            - mail1'
sed -e 's/30s/10s/; /- db1.example.org/d' -e "s/^ *- web1.example.org/$targets/" "$d/prometheus.yml" >"$tmp/prometheus/prometheus.yml"
background exporter "$debs/usr/bin/prometheus-snmp-exporter" --config.file="$d/snmp-0.21.yml" --web.listen-address=127.0.0.1:9116
background prometheus "$debs/usr/bin/prometheus" --config.file="$tmp/prometheus/prometheus.yml" \
    --storage.tsdb.path="$tmp/tsdb" --web.listen-address=127.0.0.1:9090 \
    --web.console.templates="$d/consoles" --web.console.libraries="$debs/etc/prometheus/console_libraries"
value_is() { [ "$(python3 "$top/tests/tools/http_get.py" --query http://127.0.0.1:9090 "$1" 2>/dev/null)" = "$2" ]; }
check "Prometheus has the groups of three hosts" wait_for 120 value_is 'count(procGroupStatus)' 10
check "and the recorded metrics" wait_for 120 value_is 'count(procgroup:condition_used:ratio{procGroupConditionMetric="rss"})' 2
# A process that hangs: its tables are stale after a while.
kill -STOP "$app1"
check "a daemon that has stopped is stale" wait_for 120 value_is 'procGroupAgentSampleState{instance="app1"}' 5
check "and its groups are unknown" wait_for 120 value_is 'count(procGroupStatus{instance="app1"} == 3)' 2
check "an alert fires" wait_for 120 value_is 'count(ALERTS{alertname="ProcessGroupCritical",alertstate="firing"})' 1

# --- the page, as the browser has it after its scripts
[ -n "$browser" ] || { not_run 'console: no chromium (scripts/deps.sh integrations)'; summary; }
url=http://127.0.0.1:9090/consoles/procgroup.html
# show ARGUMENT...: without what it does for a person at a desk
show() {
    timeout 120 "$browser" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --hide-scrollbars \
        --no-first-run --disable-extensions --disable-background-networking --disable-component-update \
        --disable-sync --user-data-dir="$tmp/browser" "$@" 2>>"$tmp/browser.log"
}
# statuses: of the groups, in the order of the page
statuses() { grep '^group|' "$tmp/rows" | cut -d'|' -f2 | sed 1d | tr '\n' ' '; }
expected='critical warning unknown unknown maintenance, critical ok ok ok ok ok '
# A poll that fails has no groups, and a daemon that scans too late is stale; the page shows both. On a
# machine with load it may take more than one try.
for _ in 1 2 3 4; do
    wait_for 60 value_is 'count(procGroupStatus)' 10
    show --dump-dom "$url" >"$tmp/dom.html"
    python3 "$top/tests/tools/table_rows.py" "$tmp/dom.html" >"$tmp/rows"
    ! grep -qE '^host\|no answer\|(web1|old1|db1|app1)' "$tmp/rows" || continue
    [ "$(statuses)" != "$expected" ] || break
done
has() { check_like "$1" "$2" "$(cat "$tmp/rows")"; }
check_eq "no error of a template" '' "$(grep -iE 'error|no value|<no' "$tmp/rows")"
check_eq "the worst group is the first, the others by status" "$expected" "$(statuses)"
if [ "${UPDATE:-0}" = 1 ]; then
    show --window-size=1200,760 --screenshot="$tmp/console.png" "$url"
    if command -v pngquant >/dev/null; then pngquant --force --speed 1 32 --output "$tmp/console.png" "$tmp/console.png"; fi
    cp "$tmp/console.png" "$d/console.png"
fi
has "a critical group, with its processes and limits" '^group\|critical\|web1\|cron\|[0-9smh ]+\|0\|1-5\|0%\|0B\|'
has "a warning" '^group\|warning\|web1\|php-fpm\|[^|]*\|6\|1-4\|'
# Since when a daemon has stopped is the age of its data, and not the last change of the group.
has "groups of a host whose daemon has stopped" '^group\|unknown\|app1\|java\|\|\|1-2\|\|\|'
has "and how old its data are" '^host\|procgroupd does not respond\|app1\|[1-9][0-9smh ]*\|2\|2\|'
has "maintenance, and what it hides" '^group\|maintenance, critical\|web1\|backup\|'
has "a group without an upper limit, and how much of others it uses" \
    '^group\|ok\|db1\|postgres\|[^|]*\|7\|4-\|.*\|descriptors [0-9.]+ %, memory [0-9.]+ %$'
check_eq "the state of each host" \
    'app1 procgroupd does not respond,db1 complete,mail1 no answer,old1 no procgroupd,web1 complete,' \
    "$(awk -F'|' '$1 == "host" && $2 != "State" { printf "%s %s,", $3, $2 }' "$tmp/rows")"
check_eq "the numbers at the top" '1critical 1warning 2unknown 1in maintenance or off 5ok 3of 5 hosts without data' \
    "$(sed -n '/<ul>/,/<\/ul>/p' "$tmp/dom.html" | sed 's/<[^>]*>//g' | grep . | tr '\n' ' ' | sed 's/ $//')"
summary
