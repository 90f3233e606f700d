# shellcheck shell=bash
before() {
    apt-get install -y -q snmptrapd >/dev/null 2>&1
    # Debian's snmptrapd logs no notification.
    printf '#!/bin/sh\ncat >>/tmp/notifications\n' >/usr/local/bin/keep-notification
    chmod 755 /usr/local/bin/keep-notification
    printf 'authCommunity execute secret\ntraphandle default /usr/local/bin/keep-notification\n' >>/etc/snmp/snmptrapd.conf
    systemctl restart snmptrapd
}
fired() { grep -F -A8 'iso.3.6.1.2.1.88.2.0.1' /tmp/notifications | grep -q cron; }
has_fired() {
    wait_for 60 fired && return
    tail -n 40 /tmp/notifications
    journalctl -u snmptrapd -u snmpd -n 20 --no-pager
    return 1
}
after() {
    # The file of the unit is what the README says that it is.
    check "Debian's unit is the one of the README" grep -qE '^ExecStart=/usr/sbin/snmpd -LOw -u Debian-snmp -g Debian-snmp -I -smux,mteTrigger,mteTriggerConf -f$' \
        /lib/systemd/system/snmpd.service
    check 'snmpd runs' systemctl is-active snmpd
    check_eq 'and reports no error' '' "$(journalctl -u snmpd -o cat --no-pager | grep -iE 'error|unknown token')"
    check 'procgroupd is connected again' wait_for 30 snmp-procgroup -c secret web1 -g cron
    sleep 31
    systemctl stop cron
    check 'mteTriggerFired has the group' has_fired
    systemctl start cron
}
