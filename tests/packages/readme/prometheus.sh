# shellcheck shell=bash
before() { apt-get install -y -q curl >/dev/null 2>&1; }
edit() {
    case $1 in
    /etc/prometheus/snmp.yml) sed -i 's/community: public/community: secret/' "$1" ;;
    # The parts of the example, in Debian's file.
    /etc/prometheus/prometheus.yml)
        sed -i '/^rule_files:/a \  - procgroup.rules.yml\n  - procgroup.alerts.yml' "$1"
        sed -n '/^  # The rules expect/,$p' prometheus.yml >>"$1"
        ;;
    esac
}
skips() {
    case $1 in
    *MIBDIRS=*) echo 'for a change of the MIB; tests/integrations/prometheus.sh' ;;
    esac
}
instead() {
    case $1 in
    'cp snmp-0.21.yml'*'# Debian 13: '*) grep -q VERSION_CODENAME=bookworm /etc/os-release || echo "${1##*# Debian 13: }" ;;
    esac
}
scrape() { curl -s 'http://127.0.0.1:9116/snmp?module=procgroup&auth=public_v2&target=web1.example.org'; }
query() { curl -s --data-urlencode "query=$1" http://127.0.0.1:9090/api/v1/query; }
after() {
    check 'the command that shows what the exporter reads' wait_for 30 says '^procGroupStatus\{.*cron' scrape
    check 'Prometheus has the groups' wait_for 60 says '"procGroupName":"cron"' query procGroupStatus
    check 'and the recorded metrics' wait_for 60 says '"procGroupName":"cron"' query 'procgroup:max:processes'
    check 'the console is served' says procgroup curl -sf http://127.0.0.1:9090/consoles/procgroup.html
}
