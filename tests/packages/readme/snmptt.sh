# shellcheck shell=bash
# The setting of the file is replaced, and not put at its end.
put() {
    case $1 in
    */snmptt.ini) sed -i '/^snmptt_conf_files = <<END/,/^END/d' "$1" && sed -i "/^\[TrapFiles\]/r /dev/stdin" "$1" <<<"$2" ;;
    *) printf '%s' "$2" >>"$1" ;;
    esac
}
seen() {
    case $1 in
    'snmpttconvertmib '*) check 'all notifications are converted' printed 'Failed translations: +0$' ;;
    esac
}
at() {
    case $1 in
    # The reader waits for a notification.
    .1.3.6*) systemctl stop cron ;;
    esac
}
after() {
    [ ! -s /var/log/snmptt/snmptt.log ] || return 0
    ls -la /var/spool/snmptt /var/log/snmptt /etc/snmp
    journalctl -u snmptt -u snmptrapd -u snmpd -u procgroupd -n 40 --no-pager
}
