# shellcheck shell=bash
edit() {
    case $1 in
    /etc/icinga2/snmp-community) echo secret >"$1" ;;
    */hosts.conf) sed 's/192.0.2.1/127.0.0.1/; s/hostalive/dummy/; s/"postfix-master"/"cron"/' hosts.conf >>"$1" ;;
    esac
}
# What its API says: that is the way which all of its versions have.
state() { # SERVICE STATE
    local user
    user=root:$(sed -n 's/^ *password = "\(.*\)"/\1/p' /etc/icinga2/conf.d/api-users.conf)
    curl -ksu "$user" "https://localhost:5665/v1/objects/services/web1!${1// /%20}?attrs=last_check_result" |
        grep -q "\"last_check_result\":{.*\"state\":$2[.,}]"
}
at() {
    case $1 in
    # What the README of notifications says.
    authCommunity*)
        install -m 755 ../notifications/procgroup-event /usr/local/bin/procgroup-event
        ;;
    esac
}
has_result() {
    wait_for 60 state cron 2 && return
    ls -ld /run/icinga2/cmd /run/icinga2/cmd/*
    journalctl -u snmptrapd -u procgroupd -n 10 --no-pager -o cat
    tail -n 5 /var/log/icinga2/icinga2.log
    return 1
}
after() {
    systemctl restart snmptrapd
    apt-get install -y curl >/dev/null 2>&1
    icinga2 api setup >/dev/null && systemctl restart icinga2
    check 'Icinga 2 has the groups of web1' wait_for 90 state 'process groups' 0
    systemctl stop cron
    check 'a notification is a result at once' has_result
    systemctl start cron
}
