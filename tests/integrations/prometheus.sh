#!/bin/bash
# docs/integrations/prometheus with Debian's Prometheus, promtool and snmp_exporter: the module
# is what the generator makes of the MIB, the rules pass their tests, and a group that fails is an
# alert. Queries of the dashboard and the page of the console have data. snmp_exporter of Debian
# 13, with its other format, has the same metrics.
#
# UPDATE=1 writes the files that the generators make into docs.
# Uses the network: packages are downloaded.
# shellcheck source=tests/integrations/lib.sh
. "$(dirname "$0")/lib.sh"
needs prometheus prometheus-snmp-exporter
d=$docs/prometheus prometheus=$debs/usr/bin/prometheus promtool=$debs/usr/bin/promtool

# --- the module, in both formats
# generate GENERATOR INPUT OUTPUT [ARGUMENT...]
generate() {
    local generator=$1 input=$2 output=$3
    mkdir -p "$tmp/generate"
    cp "$d/$input" "$tmp/generate/generator.yml"
    (cd "$tmp/generate" && MIBDIRS=$top/mibs:$top/mibs/base "$generator" generate \
        --fail-on-parse-errors -o "$output") >>"$tmp/generate.log" 2>&1
}
# same_module GENERATOR INPUT FILE: FILE is what the generator makes, but for the help texts
without_help() {
    python3 -c 'import json, sys, yaml
json.dump(yaml.safe_load(sys.stdin), sys.stdout, indent=1, sort_keys=True)' <"$1" | grep -v '"help":'
}
same_module() {
    generate "$1" "$2" "$tmp/$3" || return 1
    [ "${UPDATE:-0}" = 0 ] || cp "$tmp/$3" "$d/$3"
    diff <(without_help "$tmp/$3") <(without_help "$d/$3")
}
check "snmp-0.21.yml is made from the MIB" \
    same_module "$debs/usr/bin/prometheus-snmp-generator" generator-0.21.yml snmp-0.21.yml
newer=$BUILD/debs-trixie
if reason=$(SUITE=trixie sh "$top/tests/tools/unpack.sh" "$newer" prometheus-snmp-exporter 2>&1); then
    check "snmp.yml is made from the MIB" \
        same_module "$newer/usr/bin/prometheus-snmp-generator" generator.yml snmp.yml
else
    not_run "snmp_exporter of Debian 13: ${reason##*$'\n'}"
    newer=
fi
check_eq "both generators have the same input but for the version and the community" "" \
    "$(diff <(grep -vE '^#|version|auth|community|public' "$d/generator.yml") \
        <(grep -vE '^#|version|auth|community|public' "$d/generator-0.21.yml"))"

# --- the rules
check "promtool accepts the rules" "$promtool" check rules "$d/procgroup.rules.yml" "$d/procgroup.alerts.yml"
check "and the configuration" "$promtool" check config "$d/prometheus.yml"
check "the tests of the rules pass" "$promtool" test rules "$d/procgroup.test.yml"
mkdir "$tmp/fleet"
check_eq "docs/fleet.md has three configurations" 3 "$(python3 "$top/tests/integrations/fleet_blocks.py" "$top/docs/fleet.md" "$tmp/fleet")"
for file in "$tmp/fleet"/*.yml; do check "promtool accepts ${file##*/}" "$promtool" check config "$file"; done
names() { sed -nE "s/^ *- $1: //p" "$d"/procgroup.{rules,alerts}.yml | sort; }
# fires ALERT: a case where it fires and one where it does not
fires() {
    grep -A 2 -E "alertname: $1\$" "$d/procgroup.test.yml" | grep -q 'exp_alerts:$' &&
        { [ "$1" = ProcgroupNoHosts ] || grep -qE "alertname: $1, exp_alerts: \[\]" "$d/procgroup.test.yml"; }
}
untested=$(for name in $(names alert); do fires "$name" || echo "$name"; done
    for name in $(names record); do grep -qE "exp_samples: \[\{labels: '\{?.*" "$d/procgroup.test.yml" &&
        grep -qE "expr: '(round\()?$name" "$d/procgroup.test.yml" || echo "$name"; done)
check_eq "each rule has a test" "" "$untested"

# --- real data
start_groups
exporter_port=$(free_tcp_port) prometheus_port=$(free_tcp_port)
background exporter "$debs/usr/bin/prometheus-snmp-exporter" --config.file="$d/snmp-0.21.yml" \
    --web.listen-address="127.0.0.1:$exporter_port"
# scrape PORT TARGET: the metrics of an exporter
scrape() { python3 "$top/tests/tools/http_get.py" "http://127.0.0.1:$1/snmp?module=procgroup&auth=public_v2&target=$2"; }
scrapes() { scrape "$@" | grep -q '^procGroupStatus'; }
check "snmp_exporter 0.21 reads the agent" wait_for 60 scrapes "$exporter_port" "127.0.0.1:$port"
scrape "$exporter_port" "127.0.0.1:$port" >"$tmp/metrics"
check_eq "a limit" 1 "$(awk '$1 == "procGroupMax{procGroupName=\"loner\"}" { print $2 }' "$tmp/metrics")"
check_like "a condition with its unit" \
    'ConditionHighMilli\{.*Metric="rss",.*Name="memory",.*Unit="B",procGroupName="pair"\} 1.073741824e\+12' \
    "$(cat "$tmp/metrics")"
check_eq "no series has a text that changes" "" \
    "$(grep -E '^procGroup(Message|Value|Offender|ConditionMessage)' "$tmp/metrics")"
series() { grep '^procGroup' "$1" | sed 's/ [^ ]*$//' | sort; }
if [ -n "$newer" ]; then
    newer_port=$(free_tcp_port)
    background newer "$newer/usr/bin/prometheus-snmp-exporter" --config.file="$d/snmp.yml" \
        --web.listen-address="127.0.0.1:$newer_port"
    check "snmp_exporter of Debian 13 reads the agent" wait_for 60 scrapes "$newer_port" "127.0.0.1:$port"
    scrape "$newer_port" "127.0.0.1:$port" >"$tmp/metrics.newer"
    check_eq "it has the same series" "" "$(diff <(series "$tmp/metrics") <(series "$tmp/metrics.newer"))"
fi

# Only times, hosts, paths and the exporter's port are changed. A poll that takes longer than the interval
# fails, and the groups have no data until the next one: on a machine with load, 1 s was too short.
mkdir "$tmp/prometheus"
cp "$d"/procgroup.*.yml "$tmp/prometheus"
absent_port=$(free_port)
sed -e "s/30s/5s/; s/web1.example.org/127.0.0.1:$port/; s/db1.example.org/127.0.0.1:$absent_port/" \
    -e "s/127.0.0.1:9116/127.0.0.1:$exporter_port/" "$d/prometheus.yml" >"$tmp/prometheus/prometheus.yml"
background prometheus "$prometheus" --config.file="$tmp/prometheus/prometheus.yml" \
    --storage.tsdb.path="$tmp/tsdb" --web.listen-address="127.0.0.1:$prometheus_port" \
    --web.console.templates="$d/consoles" --web.console.libraries="$debs/etc/prometheus/console_libraries"
# value EXPRESSION: its first value
value() { python3 "$top/tests/tools/http_get.py" --query "http://127.0.0.1:$prometheus_port" "$1"; }
value_is() { [ "$(value "$1")" = "$2" ]; }
check "Prometheus has the groups" wait_for 90 value_is 'count(procGroupStatus)' 2
check "and the recorded limit of the memory" wait_for 90 value_is \
    'procgroup:condition:high{procGroupConditionName="memory"}' 1073741824
# The first values may be a minute old (procgroupd(8), SCANS).
readonly RSS=23
memory_is_recorded() { value_is 'procgroup:rss:bytes{procGroupName="loner"}' $(($(col "$RSS" loner) * 1024)); }
check "memory in bytes" wait_for 120 memory_is_recorded
check "the host without an agent is down" wait_for 90 value_is "up{instance=\"127.0.0.1:$absent_port\"}" 0

# --- a group fails
# firing_is PATTERN NUMBER: so many alerts with such names; false if Prometheus does not answer
firing_is() { value_is "count(ALERTS{alertname=~\"$1\",alertstate=\"firing\"}) or vector(0)" "$2"; }
check "all is well" wait_for 90 value_is 'count(procGroupStatus == 0)' 2
check "no alert while all is well" firing_is 'ProcessGroup.*' 0
stop "$loner" KILL
check "the end of a process is an alert" wait_for 90 firing_is ProcessGroupCritical 1
alerts() { python3 "$top/tests/tools/http_get.py" "http://127.0.0.1:$prometheus_port/api/v1/alerts" >"$tmp/alerts.json"; }
counted() { alerts && grep -q '"description":"0 processes' "$tmp/alerts.json"; }
wait_for 90 counted
check_like "which has the group and the count" 'loner on 127[^"]*is critical' "$(cat "$tmp/alerts.json")"
check_like "and the number of processes" '"description":"0 processes' "$(cat "$tmp/alerts.json")"

# --- the page (tests/integrations/console.sh has it in a browser) and the dashboard
page() {
    python3 "$top/tests/tools/http_get.py" "http://127.0.0.1:$prometheus_port/consoles/procgroup.html" >"$tmp/page.html" &&
        python3 "$top/tests/tools/table_rows.py" "$tmp/page.html" >"$tmp/rows"
}
has_data() { page && [ "$(grep -c '^group|' "$tmp/rows")" = 3 ]; }
wait_for 90 has_data
check_like "the page has the critical group first" '^group.critical.127.0.0.1:[0-9]+.loner.' \
    "$(sed -n 2p "$tmp/rows")"
check_like "and the host without an answer" "^host.no answer.127.0.0.1:$absent_port" "$(cat "$tmp/rows")"
dashboard() { python3 "$top/tests/integrations/dashboard.py" "$@"; }
for change in 's/"showHeader": true/"showHeaders": true/' 's/"graphTooltip": 1/"graphTooltip": 7/' \
    's/"color-background"/"colour-background"/' 's/"legendFormat"/"legend"/'; do
    sed "$change" "$d/grafana-dashboard.json" >"$tmp/wrong.json"
    check_like "Grafana's types find: $change" wrong.json "$(dashboard "$tmp/wrong.json")"
done
# The annotation marks restarts; rates need two values.
stop "$daemon"
start_standalone
ready 60
check "a restart of procgroupd" wait_for 90 value_is 'count(changes(procGroupAgentStartTime[2m]) > 0)' 1
check "bytes that were read" wait_for 90 value_is 'count(procgroup:read_bytes:rate5m)' 1
check "the dashboard has the form of Grafana's types" dashboard "$d/grafana-dashboard.json"
queries_have_data() { dashboard "$d/grafana-dashboard.json" "http://127.0.0.1:$prometheus_port" >"$tmp/dashboard.log"; }
check "and all of its queries have data" wait_for 90 queries_have_data
grep '^count: ' "$tmp/dashboard.log"

# --- the daemon does not run any more
stop "$daemon"
check "an agent that does not respond" wait_for 90 value_is "up{instance=\"127.0.0.1:$port\"}" 0
summary
