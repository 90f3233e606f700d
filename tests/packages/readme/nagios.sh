# shellcheck shell=bash
edit() {
    case $1 in
    /etc/nagios4/snmp-community) echo secret >"$1" ;;
    */hosts.cfg)
        printf 'define host {\n use generic-host\n host_name web1\n address 127.0.0.1\n hostgroups procgroup-hosts\n max_check_attempts 3\n}\n' >"$1"
        ;;
    esac
}
fails() {
    case $1 in
    *nginx:2-50*) echo 2 ;;
    *) echo 0 ;;
    esac
}
state() { # SERVICE STATE
    awk -v service="$1" '$1 == "servicestatus" { inside = 1; name = "" } inside && /service_description=/ { sub(/.*=/, ""); name = $0 }
        inside && /current_state=/ { s = $0; sub(/.*=/, "", s) } inside && /has_been_checked=/ { c = $0; sub(/.*=/, "", c) }
        /^[ \t]*}/ { if (inside && name == service) print s c; inside = 0 }' /var/lib/nagios4/status.dat | grep -qx "${2}1"
}
after() {
    check 'Nagios has the groups of web1' wait_for 90 state 'Process groups' 0
    check 'and the processes of this host' wait_for 60 state 'Processes' 0
    # A service that is ok is checked in a minute, and by the trap at once.
    systemctl stop cron
    check 'a notification makes Nagios check at once' wait_for 25 state 'Process groups' 2
    systemctl start cron
}
