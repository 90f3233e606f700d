# shellcheck shell=bash
# README.md with the packages, in a clone of the repository.
before() { cp -a /src /root/procgroup; }
skips() {
    case $1 in
    'apt-get install -y make && make check'*) echo 'the tests, which run by themselves' ;;
    'sh scripts/deps.sh build'*) echo example ;; # source.sh
    esac
}
edit() { [ "$1" = /etc/procgroup/procgroup.conf ]; }
# The groups of the README are the file, and then the comment of the editor's line is done.
put() { printf '%s' "$2" >"$1" && procgroup config >/dev/null && systemctl reload procgroupd; }
at() {
    case $1 in
    'procgroup status'*) wait_for 30 says 'postfix-master +critical' procgroup status ;;
    # The hosts that the README names are this one, and a second address is an agent without
    # procgroupd.
    'snmp-procgroup -c secret'*)
        hosts
        # The other host, which polls.
        apt-get install -y -q ./procgroup-monitor_*.deb >/dev/null 2>&1
        printf 'rocommunity secret default -V systemonly\n' >>/etc/snmp/snmpd.conf
        systemctl restart snmpd
        cp /bin/sleep /usr/local/bin/spoolsv.exe
        /usr/local/bin/spoolsv.exe 600 &
        echo 'rocommunity public' >/root/windows.conf
        snmpd -C -c /root/windows.conf -Lf /dev/null -p /run/windows.pid -I -smux udp:127.0.0.2:161
        wait_for 20 snmp-procgroup -c secret web1 -g sshd-listener -g cpu-hog
        ;;
    esac
}
# Postfix and sshd do not run here: these are critical, as they should be.
fails() {
    case $1 in
    'procgroup status'* | 'snmp-procgroup -c secret'*) echo 1 ;;
    *check_snmp_procgroup*) echo 2 ;;
    *) echo 0 ;;
    esac
}
seen() {
    case $1 in
    *'make demo'*) check 'the demonstration shows notifications' printed 'procGroupViolation' ;;
    'snmpwalk '*procGroupTable) check 'with the row of cron' printed 'procGroupName.*cron' ;;
    'snmpwalk '*2017.1.2) check 'with a row' printed sshd-listener ;;
    *'make deb'*) check 'and makes four packages' test "$(find /root/procgroup/build/deb -name 'procgroup*.deb' ! -name '*-dbgsym_*' | wc -l)" = 4 ;;
    'procgroup status'*) check 'with a group' printed gid0-not-uid0 ;;
    'procgroup explain'*) check 'and says why' printed sshd ;;
    'procgroup maintenance'*) check 'the group is in maintenance' wait_for 5 says 'postfix-master.*maintenance' procgroup status ;;
    esac
}
# Afterwards this host is what the READMEs of docs/integrations speak of: a daemon of which a group
# needs one process, sshd that runs, and nginx that does not.
after() {
    check 'procgroupd runs' systemctl is-active procgroupd
    apt-get install -y -q openssh-server cron >/dev/null 2>&1
    rm -r /etc/procgroup
    cd /root/procgroup/build/deb && apt-get -o Dpkg::Options::=--force-confmiss install -y -q --reinstall \
        ./procgroup-agent_*.deb ./procgroup_*.deb ./procgroup-mon*.deb >/dev/null 2>&1
    mkdir -p /etc/procgroup/conf.d
    sed -i '/^group "cron"/s/recheck = 15/count = "1-5" recheck = 0/' /etc/procgroup/procgroup.conf
    echo 'group "nginx" { name = "nginx" }' >/etc/procgroup/conf.d/nginx.conf
    printf '%s\n' 'informsink localhost secret' >>/etc/snmp/snmpd.conf
    systemctl enable --now cron ssh >/dev/null 2>&1
    systemctl restart snmpd procgroupd
    procgroup maintenance postfix-master off 2>/dev/null
    check 'the host of the other READMEs is ready' wait_for 30 snmp-procgroup -c secret web1 -g cron -g sshd-listener -g nginx
}
