#!/bin/bash
# Runs in the virtual machine, as root, in /mnt/host: the package procgroup-agent under systemd,
# with the stock snmpd. Nothing is configured.
set -u
cd /mnt/host || exit 125
passed=0 failed=0
root=.1.3.6.1.4.1.8072.9999.9999.2017
ok() { passed=$((passed + 1)); echo "ok - $*"; }
not_ok() { failed=$((failed + 1)); echo "not ok - $*"; }
check() { local what=$1; shift; if "$@"; then ok "$what"; else not_ok "$what"; fi; }
check_eq() { if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1: expected '$2', got '$3'"; fi; }
apt() { DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o Dpkg::Use-Pty=0 "$@" >apt.log 2>&1 || { cat apt.log; return 1; }; }
export MIBS=
names() { snmpwalk -v2c -c public -t 2 -r 1 -Oqn localhost "$root.1.2.1.2" 2>&1 | grep -F '"'; }
indexes() { names | sort; }
word_of() { systemctl show -p "$1" --value procgroupd; }

check_eq "the stock snmpd runs" active "$(systemctl is-active snmpd)"
check_eq "and has no table" '' "$(names)"
check "procgroup-agent is installed alone" apt install ./debs/procgroup-agent_*.deb
# What it takes until procgroupd has connected: seconds, and not a poll.
start=$SECONDS
until names | grep -q '"cron"' || [ $((SECONDS - start)) -ge 30 ]; do sleep 0.1; done
took=$((SECONDS - start))
check "snmpwalk shows rows at once (after $took s)" [ "$took" -le 3 ]
names
check_eq "procgroupd runs" active "$(systemctl is-active procgroupd)"
check_eq "and is enabled" enabled "$(systemctl is-enabled procgroupd)"
check_eq "under its account" procgroup "$(stat -c %U "/proc/$(word_of MainPID)")"
check_eq "and its profile" 'procgroupd (enforce)' "$(tr -d '\0' <"/proc/$(word_of MainPID)/attr/current")"
check_eq "snmpd has its stock configuration" '' "$(dpkg --verify snmpd | grep ' /etc/')"

check "the command is installed" apt install ./debs/procgroup_*.deb ./debs/procgroup-m*.deb
check "procgroup config accepts the configuration" procgroup config /etc/procgroup/procgroup.conf >/dev/null
check "procgroup status has its rows" grep -q cron <(procgroup status)

before=$(indexes) pid=$(word_of MainPID)
check "the package is installed again, as by an upgrade" apt install --reinstall ./debs/procgroup-agent_*.deb
check "procgroupd was restarted" [ "$(word_of MainPID)" != "$pid" ]
start=$SECONDS
until names | grep -q '"cron"' || [ $((SECONDS - start)) -ge 30 ]; do sleep 0.1; done
check_eq "the rows have their indexes" '' "$(comm -23 <(echo "$before" | grep -v 'user-') <(indexes))"
# The journal has the events with fields, and the package its catalog.
systemctl stop cron
start=$SECONDS
until journalctl -q PROCGROUP_GROUP=cron PROCGROUP_KIND=raised -o cat | grep -q . || [ $((SECONDS - start)) -ge 60 ]; do sleep 0.2; done
systemctl start cron
journalctl -q -x --no-pager PROCGROUP_GROUP=cron PROCGROUP_KIND=raised | tee explained
check "journalctl -x explains an event" grep -q 'Subject: Process group cron left its limits' explained
check_eq "whose entry is one of the unit" procgroupd.service \
    "$(journalctl -q PROCGROUP_GROUP=cron PROCGROUP_KIND=raised -o export | sed -n 's/^_SYSTEMD_UNIT=//p' | sort -u)"
check_eq "and came over the socket" journal \
    "$(journalctl -q PROCGROUP_GROUP=cron PROCGROUP_KIND=raised -o export | sed -n 's/^_TRANSPORT=//p' | sort -u)"
check_eq "no denial of AppArmor" '' "$(journalctl -b --no-pager -o cat | grep 'apparmor="DENIED"' | grep procgroup)"
check_eq "no warning of procgroupd" '' "$(journalctl -b -u procgroupd -p warning --no-pager -o cat)"

check "the package is removed" apt remove procgroup-agent
check_eq "its processes have ended" '' "$(pgrep -l procgroupd)"
check_eq "snmpd answers without it" 1 "$(snmpget -v2c -c public -Oqvn localhost .1.3.6.1.2.1.1.3.0 2>&1 | grep -c :)"
check "the state stays" [ -s /var/lib/procgroup/state ]
check "it is purged" apt purge procgroup-agent
check_eq "and nothing of it is left" '' "$(find /etc /usr /lib/systemd /var /run -xdev -name 'procgroupd*')"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
