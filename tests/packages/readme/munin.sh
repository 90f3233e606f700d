# shellcheck shell=bash
seen() {
    case $1 in
    'munin-run '*) check 'the group cron' printed '^group.*\.label cron$' ;;
    esac
}
after() {
    check 'munin-node runs' systemctl is-active munin-node
    check 'the plugin has the limits of cron, with the community of the file' says '^group[0-9]+.critical 1:5$' \
        munin-run snmp_web1.example.org_procgroup config
    check 'and values' says '^group[0-9]+.value 1$' munin-run snmp_web1.example.org_procgroup
}
