# shellcheck shell=bash
# With mon, whose services and traps are set as the list says.
before() {
    apt-get install -y -q mon mon-client >/dev/null 2>&1
    install -m 640 -g mon /dev/null /etc/mon/snmp-community
    echo secret >/etc/mon/snmp-community
    printf '\nhostgroup web1 web1\n\nwatch web1\n    service cron\n        interval 1h\n        monitor snmp-procgroup.monitor --community-file /etc/mon/snmp-community -g cron\n        period\n            alert mail.alert root@localhost\n' >>/etc/mon/mon.cf
    printf 'trap section\n127.0.0.1 * *\n' >>/etc/mon/auth.cf
    systemctl restart mon
}
ended() { ! says 'service=cron' moncmd -s localhost list failures; }
after() {
    systemctl stop cron
    check 'a notification is a failure in mon' wait_for 15 says 'group=web1 service=cron' moncmd -s localhost list failures
    systemctl start cron
    check 'and the next one its end' wait_for 15 ended
}
