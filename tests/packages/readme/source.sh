# shellcheck shell=bash
# README.md from source, in a clone of the repository.
before() { cp -a /src /root/procgroup; }
skips() {
    case $1 in
    'sh scripts/deps.sh build'* | 'apt-get install -y snmpd'* | 'make && make install'* | 'systemd-sysusers'* | \
        'procgroup init'* | 'editor '* | 'procgroup config'* | 'systemctl '*) ;;
    *) echo example ;; # README.sh
    esac
}
# "or": the reader takes the configuration of init.
edit() { cp first.conf /etc/procgroup/procgroup.conf; }
seen() {
    case $1 in
    'procgroup config'*) check 'all groups are ok' printed '^[0-9]+ ok;' ;;
    esac
}
after() {
    check 'procgroupd runs' systemctl is-active procgroupd
    check 'snmpwalk has rows' wait_for 15 says STRING snmpwalk -v2c -c public -m '' localhost 1.3.6.1.4.1.8072.9999.9999.2017.1.2.1.2
    check 'and all is ok' wait_for 15 procgroup status
    check_eq 'procgroupd warns of nothing' '' "$(journalctl -u procgroupd -p warning --no-pager -o cat)"
    cd /root/procgroup && check 'make uninstall' make uninstall
}
