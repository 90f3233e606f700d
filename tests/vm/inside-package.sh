#!/bin/bash
# Runs in the virtual machine, as root, in /mnt/host: the package procgroup-agent under systemd,
# with the stock snmpd. Nothing is configured.
set -u
cd /mnt/host || exit 125
# shellcheck source=tests/packages/lib.sh
. ./lib.sh
root=.1.3.6.1.4.1.8072.9999.9999.2017
check_like() { if grep -qE -- "$2" <<<"$3"; then ok "$1"; else not_ok "$1: no '$2' in '$3'"; fi; }
apt() { DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o Dpkg::Use-Pty=0 "$@" >apt.log 2>&1 || { cat apt.log; return 1; }; }
export MIBS=
names() { snmpwalk -v2c -c public -t 2 -r 1 -Oqn localhost "$root.1.2.1.2" 2>&1 | grep -F '"'; }
indexes() { names | sort; }
has_name() { names | grep -q "\"$1\""; }
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
accepts() { procgroup config "$1" >/dev/null; }
check "procgroup config accepts the configuration" accepts /etc/procgroup/procgroup.conf
check "procgroup status has its rows" grep -q cron <(procgroup status)

before=$(indexes) pid=$(word_of MainPID)
check "the package is installed again, as by an upgrade" apt install --reinstall ./debs/procgroup-agent_*.deb
check "procgroupd was restarted" [ "$(word_of MainPID)" != "$pid" ]
start=$SECONDS
until names | grep -q '"cron"' || [ $((SECONDS - start)) -ge 30 ]; do sleep 0.1; done
check_eq "the rows have their indexes" '' "$(comm -23 <(echo "$before" | grep -v 'user-') <(indexes))"
# --- groups with limits, beside those of the package
cat >/etc/procgroup/conf.d/vm.conf <<EOF
group "watched" { name = "cron"  count = "1-1"  recheck = 0 }
group "gone" { name = "no-such"  count = "1-"  recheck = 0 }
EOF
systemctl reload procgroupd
check "a reload adds groups" wait_for 30 has_name gone

# --- the local view: by members of the group procgroup, and by others
for user in mon nagios; do useradd --system --groups procgroup "$user"; done
useradd outsider
# by USER COMMAND...: sets out, err and rc
by() {
    local user=$1
    shift
    out=$(runuser -u "$user" -- "$@" 2>err)
    rc=$?
    err=$(cat err)
}
is_seen() { procgroup status gone | grep -q '^gone  *critical'; }
check "the missing process is a violation" wait_for 30 is_seen
by mon procgroup status
check_eq "a member of the group may use procgroup status, which shows the violation by its exit status" '1,' "$rc,$err"
check_like "and sees the groups, worst first" '^gone +critical ' "$(sed -n '/^GROUP/{n;p}' <<<"$out")"
by mon procgroup status -f mon watched
check_eq "mon: a group that is ok" '0,' "$rc,$(head -n 1 <<<"$out")"
by mon procgroup status -f mon watched gone
check_eq "mon: a group that is not" '1,gone' "$rc,$(head -n 1 <<<"$out")"
check_like "and its detail" '^critical: gone: count 0, below 1$' "$out"
by nagios procgroup status -f nagios watched
check_like "nagios: a group that is ok" '^0,PROCS OK: ' "$rc,$out"
by nagios procgroup status -f nagios watched gone
check_like "nagios: a group that is not" '^2,PROCS CRITICAL: gone: count 0, below 1' "$rc,$out"
by outsider procgroup status
check_eq "for another user it is an error" '3,' "$rc,$out"
check_like "with the accounts that may use it" '^procgroup: /run/procgroup: only root and members of the group procgroup may' "$err"
by outsider procgroup status -f mon watched
check_like "for mon too" '^1,procgroup$' "$rc,$(head -n 1 <<<"$out")"
by outsider procgroup status -f nagios watched
check_like "and for nagios it is unknown" '^3,PROCS UNKNOWN: .*only root and members of' "$rc,$out"

by outsider procgroup maintenance gone on --for 1h --reason test
check_like "maintenance is refused for another user" '^1,procgroup: .*only root and members of' "$rc,$err"
check "and nothing has changed" is_seen
by mon procgroup maintenance gone on --for 1h --reason 'test by mon'
check_like "a member of the group sets it" '^0,gone: in maintenance until ' "$rc,$out"
is_suspended() { procgroup status gone | grep -qE '^gone +maintenance +[^ ]+ +0 +until .*: test by mon; '; }
check "procgroup status shows it" wait_for 10 is_suspended
check_like "the journal has the user" "set to maintenance by uid $(id -u mon), until .*: test by mon" \
    "$(journalctl -b -q -u procgroupd -o cat)"
by nagios procgroup status -f nagios gone
check_like "nagios: it is ok" '^0,PROCS OK: ' "$rc,$out"
by nagios procgroup maintenance gone off
check_like "another member ends it" '^0,gone: monitored$' "$rc,$out"
check "the violation is shown again" wait_for 10 is_seen

# The journal has the events with fields, and the package its catalog.
systemctl stop cron
start=$SECONDS
until journalctl -q PROCGROUP_GROUP=watched PROCGROUP_KIND=raised -o cat | grep -q . || [ $((SECONDS - start)) -ge 60 ]; do sleep 0.2; done
systemctl start cron
journalctl -q -x --no-pager PROCGROUP_GROUP=watched PROCGROUP_KIND=raised | tee explained
check "journalctl -x explains an event" grep -q 'Subject: Process group watched left its limits' explained
check_eq "whose entry is one of the unit" procgroupd.service \
    "$(journalctl -q PROCGROUP_GROUP=watched PROCGROUP_KIND=raised -o export | sed -n 's/^_SYSTEMD_UNIT=//p' | sort -u)"
check_eq "and came over the socket" journal \
    "$(journalctl -q PROCGROUP_GROUP=watched PROCGROUP_KIND=raised -o export | sed -n 's/^_TRANSPORT=//p' | sort -u)"
# --- a configuration of this machine
check "procgroup init writes one" procgroup init -o first.conf
check "procgroup config accepts it" accepts first.conf
check_like "it has the services of the machine" '^group "cron" ' "$(cat first.conf)"
mv /etc/procgroup/procgroup.conf stock.conf
# A recheck would hide what is out of its limits.
sed 's/^recheck = .*/recheck = 0/' first.conf >/etc/procgroup/procgroup.conf
rm /etc/procgroup/conf.d/vm.conf
systemctl restart procgroupd
summary() { procgroup status -n 0 | sed -n 3p; }
groups=$(grep -c '^group' first.conf)
is_used() { [ "$(summary)" = "$groups ok" ]; }
check "all of its $groups groups are ok in procgroupd" wait_for 30 is_used
# Further scans; then each service has a process less or more.
sleep 25
check_eq "and stay so" "$groups ok" "$(summary)"
systemctl restart cron
check "also after the restart of a service" wait_for 30 is_used
systemctl stop cron
is_missed() { procgroup status -f mon cron | head -n 1 | grep -qx cron; }
check "a service that is stopped is a violation" wait_for 30 is_missed
systemctl start cron
mv stock.conf /etc/procgroup/procgroup.conf
systemctl restart procgroupd
check "the stock configuration again" wait_for 30 has_name java-apps

check_eq "no denial of AppArmor" '' "$(journalctl -b --no-pager -o cat | grep 'apparmor="DENIED"' | grep procgroup)"
# A machine that qemu emulates may be too slow for the costly metrics.
check_eq "no warning of procgroupd" '' \
    "$(journalctl -b -u procgroupd -p warning --no-pager -o cat | grep -v 'were not read in this cycle, for lack of CPU time$')"

check "the package is removed" apt remove procgroup-agent
check_eq "its processes have ended" '' "$(pgrep -l procgroupd)"
check_eq "snmpd answers without it" 1 "$(snmpget -v2c -c public -Oqvn localhost .1.3.6.1.2.1.1.3.0 2>&1 | grep -c :)"
check "the state stays" [ -s /var/lib/procgroup/state ]
check "it is purged" apt purge procgroup-agent
check_eq "and nothing of it is left" '' "$(find /etc /usr /lib/systemd /var /run -xdev -name 'procgroupd*')"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
