# shellcheck shell=bash
edit() {
    case $1 in
    /etc/mon/snmp-community) echo secret >"$1" ;;
    # The services of the file; once the line of mondir is in it, it is that line.
    /etc/mon/mon.cf)
        if ! grep -q '^watch procgroup-hosts' "$1"; then
            { echo && sed 's/auditd:1-1 //' mon.cf; } >>"$1"
        else
            sed -i "s|^mondir.*|$(grep -m1 '^    mondir = ' README.md | sed 's/^ *//')|" "$1"
        fi
        ;;
    /etc/mon/auth.cf) sed -i '/^command section/a test: all' "$1" ;;
    esac
}
skips() {
    case $1 in
    'mondir = '*) echo example ;; # what the reader writes in the editor
    esac
}
seen() {
    case $1 in
    'su -s '*) check 'its status is shown' printed '^0$' ;;
    esac
}
failing() { moncmd -s localhost list failures | grep -E 'group=procgroup-hosts service=processes'; }
after() {
    check 'mon runs' systemctl is-active mon
    check 'mon has its services' wait_for 30 says 'group=procgroup-hosts service=processes' moncmd -s localhost list opstatus
    check 'and checks them' wait_for 90 says 'group=procgroup-hosts service=processes.*opstatus=1' moncmd -s localhost list opstatus
    check 'the user mon knows a path of root' su -s /bin/sh mon -c '/usr/local/lib/mon/mon.d/procgroup.monitor /usr/sbin/cron:1-5'
    systemctl stop cron
    check 'a notification makes mon check at once' wait_for 15 failing
    systemctl start cron
}
