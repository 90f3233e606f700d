# shellcheck shell=bash
before() { apt-get install -y -q curl >/dev/null 2>&1; }
scrape() { curl -s http://127.0.0.1:9100/metrics; }
after() {
    check 'the timer runs the service' wait_for 40 test -s /var/lib/prometheus/node-exporter/procgroup.prom
    check 'node_exporter has the group cron' wait_for 20 says '^procgroup_status\{group="cron"' scrape
    rm /var/lib/prometheus/node-exporter/procgroup.prom
    systemctl stop procgroup-textfile.timer
    check 'and so does the line of cron' wait_for 70 test -s /var/lib/prometheus/node-exporter/procgroup.prom
}
