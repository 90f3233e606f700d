# shellcheck shell=bash
# The listener of sshd ends and is back: two events.
before() {
    sed -i 's/^    # count = "1-1"/    count = "1-1"/' /etc/procgroup/procgroup.conf
    systemctl reload procgroupd
    wait_for 20 snmp-procgroup -c secret web1 -g sshd-listener
    systemctl stop ssh
    wait_for 30 says 'kind=raised group="sshd-listener"' journalctl -u procgroupd --no-pager -o cat
    systemctl start ssh
    wait_for 30 says 'kind=recovered group="sshd-listener"' journalctl -u procgroupd --no-pager -o cat
}
skips() {
    case $1 in
    'event=12 '*) echo example ;; # `after` tests its form
    esac
}
seen() {
    case $1 in
    'journalctl -x '*) check 'an event is explained' printed '(--|░░) Subject: .*sshd-listener' ;;
    *PROCGROUP_GROUP=*) check 'both events' printed 'kind=recovered' ;;
    *PROCGROUP_SEVERITY=*) check 'the event' printed '^event=.*kind=raised group="sshd-listener"' ;;
    *"'event='"*) check 'by the line' printed 'kind=recovered group="sshd-listener"' ;;
    esac
}
# The line that the README shows, with another number.
after() {
    local form
    form=$(grep -m1 '^    event=12 ' README.md | sed 's/^ *//; s/[]{}()*+?^$|\\.[]/\\&/g; s/^event=12 /event=[0-9]+ /')
    check 'a line is as the README shows it' says "^${form}\$" journalctl -u procgroupd -o cat --no-pager
}
