# shellcheck shell=bash
edit() {
    case $1 in
    /etc/icinga2/snmp-community) echo secret >"$1" ;;
    */hosts.conf) sed 's/192.0.2.1/127.0.0.1/; s/hostalive/dummy/; s/"postfix-master"/"cron"/' hosts.conf >>"$1" ;;
    esac
}
state() { # SERVICE STATE
    awk -v service="$1" '$1 == "servicestatus" { inside = 1; name = "" } inside && /service_description=/ { sub(/.*=/, ""); name = $0 }
        inside && /current_state=/ { s = $0; sub(/.*=/, "", s) } inside && /has_been_checked=/ { c = $0; sub(/.*=/, "", c) }
        /^[ \t]*}/ { if (inside && name == service) print s c; inside = 0 }' /var/cache/icinga2/status.dat | grep -qx "${2}1"
}
at() {
    case $1 in
    # What the README of notifications says.
    authCommunity*)
        install -m 755 ../notifications/procgroup-event /usr/local/bin/procgroup-event
        ;;
    esac
}
# Icinga 2 writes the file every 15 s.
has_result() {
    wait_for 60 state cron 2 && return
    ls -ld /run/icinga2/cmd /run/icinga2/cmd/*
    journalctl -u snmptrapd -u procgroupd -n 10 --no-pager -o cat
    tail -n 5 /var/log/icinga2/icinga2.log
    return 1
}
after() {
    systemctl restart snmptrapd
    icinga2 feature enable statusdata >/dev/null && systemctl restart icinga2
    check 'Icinga 2 has the groups of web1' wait_for 90 state 'process groups' 0
    systemctl stop cron
    check 'a notification is a result at once' has_result
    systemctl start cron
}
