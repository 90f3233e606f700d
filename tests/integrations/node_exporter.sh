#!/bin/bash
# docs/integrations/node_exporter with Debian's node_exporter and promtool: the line of the
# crontab writes metrics that both accept, also when procgroupd does not run.
# Uses the network: packages are downloaded.
# shellcheck source=tests/integrations/lib.sh
. "$(dirname "$0")/lib.sh"
needs prometheus prometheus-node-exporter
d=$docs/node_exporter promtool=$debs/usr/bin/promtool
check "promtool accepts the alerts" "$promtool" check rules "$d/procgroup-local.alerts.yml"
check "and their tests pass" "$promtool" test rules "$d/procgroup-local.test.yml"
start_groups
mkdir "$tmp/textfile"
# The commands of the crontab and of the unit; only the folders and the program are changed.
here() { sed -e "s,/var/lib/prometheus/node-exporter,$tmp/textfile," -e "s,procgroup status,$bin/procgroup status -R $run_folder,"; }
sed -n 's/^\* \* \* \* \* root //p' "$d/procgroup.cron" | here >"$tmp/line"
sed -n "s,^ExecStart=/bin/sh -c '\(.*\)'\$,cd /var/lib/prometheus/node-exporter \&\& \1,p" \
    "$d/procgroup-textfile.service" | here >"$tmp/unit"
check_eq "the crontab and the unit have the same line" "$(cat "$tmp/line")" "$(cat "$tmp/unit")"
check "the line writes the file" sh "$tmp/line"
check_eq "and nothing else" procgroup.prom "$(ls -A "$tmp/textfile")"
"$promtool" check metrics <"$tmp/textfile/procgroup.prom" >"$tmp/metrics.log" 2>&1
check_eq "promtool has nothing to say of the metrics" "" "$(cat "$tmp/metrics.log")"
for name in $(grep -oE 'procgroup_[a-z_]+' "$d/procgroup-local.alerts.yml" | sort -u); do
    check "$name is a metric" grep -q "^$name" "$tmp/textfile/procgroup.prom"
done
exporter_port=$(free_tcp_port)
background exporter "$debs/usr/bin/prometheus-node-exporter" --collector.disable-defaults --collector.textfile \
    --collector.textfile.directory="$tmp/textfile" --web.listen-address="127.0.0.1:$exporter_port"
# metric NAME: its value
metric() {
    python3 "$top/tests/tools/http_get.py" "http://127.0.0.1:$exporter_port/metrics" |
        awk -v name="$1" '$1 == name { print $2 }'
}
metric_is() { [ "$(metric "$1")" = "$2" ]; }
check "node_exporter has the status" wait_for 15 metric_is 'procgroup_status{group="loner"}' 0
check_eq "and reads the file without an error" 0 "$(metric node_textfile_scrape_error)"
check_like "the age of the file" 'node_textfile_mtime_seconds\{file=".*procgroup.prom"\}' \
    "$(python3 "$top/tests/tools/http_get.py" "http://127.0.0.1:$exporter_port/metrics")"
stop "$loner" KILL
is_critical() { sh "$tmp/line" && metric_is 'procgroup_status{group="loner"}' 2; }
check "a group that fails" wait_for 15 is_critical
stop "$daemon"
sh "$tmp/line"
check_eq "without procgroupd, procgroup_up is 0" 0 "$(metric procgroup_up)"
check_eq "and there is no group" "" "$(metric 'procgroup_status{group="loner"}')"
summary
