# shellcheck shell=bash
edit() { sed -i 's/192.0.2.1/127.0.0.1/; s/"public"/"secret"/; s/Interval 60/Interval 5/' "$1"; }
runs() {
    systemctl is-active collectd && return
    journalctl -u collectd -n 30 --no-pager -o cat
    return 1
}
after() {
    check 'collectd runs' runs
    # shellcheck disable=SC2016 # expanded by that shell
    check 'and has the group cron' wait_for 30 says ps_count-cron find /var/lib/collectd -name '*cron*'
}
