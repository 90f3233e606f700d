#!/bin/bash
# docs/integrations/notifications with the real mon and Nagios: the end of a process is an
# alert of mon and a result of Nagios within a second of its notification, without a check.
# Uses the network: packages are downloaded.
# shellcheck source=tests/integrations/lib.sh
. "$(dirname "$0")/lib.sh"
needs mon mon-client libtime-period-perl nagios4-core
d=$docs/notifications
export PERL5LIB=$debs/usr/share/perl5
start_groups

# --- what the script makes of notifications, in the forms of snmptrapd
mkfifo "$tmp/pipe"
exec 7<>"$tmp/pipe"
# handed HOST LINE...: the command that it writes
handed() {
    local command=
    { printf '%s\n' "$@"; } | EVENT_COMMANDS=$tmp/pipe "$d/procgroup-event" nagios 2>&1
    read -r -t 1 command <&7
    echo "${command#\[*\] }"
}
from=("web1" "UDP: [192.0.2.1]:4->[192.0.2.9]:162")
# shellcheck disable=SC2088
check_eq "numbers" "PROCESS_SERVICE_CHECK_RESULT;web1;a b;2;a b: count 0/1 \"x\"" \
    "$(handed "${from[@]}" ".1.3.6.1.6.3.1.1.4.1.0 $root.0.1" "$root.1.2.1.2.7 \"a b\"" \
        "$root.1.2.1.3.7 2" "$root.1.2.1.10.7 \"a b: count 0|1 \\\"x\\\"\"")"
check_eq "names of a MIB, and a host without a name" \
    "PROCESS_SERVICE_CHECK_RESULT;192.0.2.1;cron;1;cron: x" \
    "$(handed "<UNKNOWN>" "${from[1]}" "SNMPv2-MIB::snmpTrapOID.0 PROCGROUP-MIB::procGroupViolation" \
        "PROCGROUP-MIB::procGroupName.7 cron" "PROCGROUP-MIB::procGroupStatus.7 warning(1)" \
        "PROCGROUP-MIB::procGroupMessage.7 cron: x")"
check_eq "octets" "PROCESS_SERVICE_CHECK_RESULT;web1;cron;3;Grüße" \
    "$(handed "${from[@]}" "iso.3.6.1.6.3.1.1.4.1.0 iso${root#.1}.0.7" "iso${root#.1}.1.2.1.2.7 \"cron\"" \
        "iso${root#.1}.1.2.1.3.7 3" "iso${root#.1}.1.2.1.10.7 47 72 C3 BC C3 9F 65 ")"
check_eq "a daemon that does not respond" "PROCESS_SERVICE_CHECK_RESULT;web1;procgroupd;2;no scan" \
    "$(handed "${from[@]}" ".1.3.6.1.6.3.1.1.4.1.0 $root.0.5" "$root.1.6.3.0 \"no scan\"")"
check_eq "lost notifications say nothing of a state" "" \
    "$(handed "${from[@]}" ".1.3.6.1.6.3.1.1.4.1.0 $root.0.4" "$root.1.6.3.0 \"2 dropped\"")"
check_like "a name that is not one of a service" "cannot be the name" \
    "$(handed "${from[@]}" ".1.3.6.1.6.3.1.1.4.1.0 $root.0.1" "$root.1.2.1.2.7 \"a;b\"" \
        "$root.1.2.1.3.7 2" "$root.1.2.1.10.7 \"m\"")"

# --- mon
mkdir -p "$tmp/mon.d" "$tmp/alert.d" "$tmp/state.d" "$tmp/log" "$tmp/etc"
ln -s "$bin/snmp-procgroup" "$tmp/mon.d/snmp-procgroup.monitor"
echo public >"$tmp/etc/snmp-community"
# shellcheck disable=SC2016 # expanded by that script
printf '%s\n' '#!/bin/sh' 'kind=alert' 'while getopts s:g:h:l:t:uOT o; do case $o in s) s=$OPTARG ;; u) kind=up ;; esac; done' \
    'read -r summary' "echo \"\$kind \$s \$summary \$(date +%s%N)\" >>$tmp/alerts" >"$tmp/alert.d/test.alert"
chmod 755 "$tmp/alert.d/test.alert"
: >"$tmp/alerts"
printf 'command section\nlist: all\nquit: all\ntrap section\n127.0.0.1 * *\n' >"$tmp/etc/auth.cf"
mon_port=$(free_port)
{
    printf '%s\n' "alertdir = $tmp/alert.d" "mondir = $tmp/mon.d" "logdir = $tmp/log" "statedir = $tmp/state.d" \
        "cfbasedir = $tmp/etc" "authfile = $tmp/etc/auth.cf" 'serverbind = 127.0.0.1' 'trapbind = 127.0.0.1' \
        "trapport = $mon_port" 'clientallow = 127.0.0.1'
    sed -e "s/web1/web1/; s/^hostgroup web1 .*/hostgroup web1 127.0.0.1:$port/" -e 's/sshd-listener/loner/g' \
        -e "s,/etc/mon/snmp-community,$tmp/etc/snmp-community," -e 's/mail.alert root@localhost/test.alert/' "$d/mon.cf"
} >"$tmp/etc/mon.cf"
background mon "$debs/usr/sbin/mon" -c "$tmp/etc/mon.cf" -p "$mon_port" -r 0 -P "$tmp/mon.pid" -b "$tmp" -i 1
moncmd() { "$debs/usr/bin/moncmd" -s 127.0.0.1 -p "$mon_port" "$@" 2>&1; }
listening() { moncmd list opstatus | grep -q service=loner; }
check "mon accepts the services" wait_for 20 listening

# --- Nagios, which checks nothing here
mkdir -p "$tmp/n/spool"
cat >"$tmp/n/base.cfg" <<EOF
define timeperiod {
    timeperiod_name always
    alias Always
    monday 00:00-24:00
}
define command {
    command_name check_snmp_procgroup
    command_line /bin/false
}
define contact {
    contact_name none
    host_notification_period always
    service_notification_period always
    host_notification_commands check_snmp_procgroup
    service_notification_commands check_snmp_procgroup
}
define service {
    name generic-service
    check_period always
    notification_period always
    contacts none
    register 0
}
define host {
    host_name web1
    address 127.0.0.1
    max_check_attempts 1
    check_period always
    notification_period always
    contacts none
}
EOF
# The first check would come at once.
sed -e 's/sshd-listener/loner/' -e 's/active_checks_enabled   1/active_checks_enabled 0/' "$d/nagios.cfg" >"$tmp/n/services.cfg"
cat >"$tmp/n/nagios.cfg" <<EOF
cfg_file=$tmp/n/base.cfg
cfg_file=$tmp/n/services.cfg
log_file=$tmp/nagios.log
object_cache_file=$tmp/n/objects.cache
status_file=$tmp/n/status.dat
state_retention_file=$tmp/n/retention.dat
command_file=$tmp/n/commands
query_socket=$tmp/n/query
lock_file=$tmp/n/pid
temp_file=$tmp/n/temp
temp_path=$tmp/n
log_archive_path=$tmp/n
check_result_path=$tmp/n/spool
nagios_user=$(id -un)
nagios_group=$(id -gn)
use_syslog=0
log_passive_checks=1
check_external_commands=1
check_for_updates=0
EOF
check "nagios4 -v accepts the services" "$debs/usr/sbin/nagios4" -v "$tmp/n/nagios.cfg" >"$tmp/verify.log"
background nagios.out "$debs/usr/sbin/nagios4" "$tmp/n/nagios.cfg"
wait_for 10 test -p "$tmp/n/commands"

# --- the line of the README, for both
handler() { sed -n "s,^ *\(traphandle .*\) /usr/local/bin/procgroup-event mon\$,\1 $tmp/both,p" "$d/README.md"; }
cat >"$tmp/both" <<EOF
#!/bin/sh
date +%s%N >>$tmp/came
cat >$tmp/\$\$.event
export MON_SERVER=127.0.0.1 MON_PORT=$mon_port EVENT_COMMANDS=$tmp/n/commands
$d/procgroup-event mon web1 <$tmp/\$\$.event
$d/procgroup-event nagios web1 <$tmp/\$\$.event
EOF
chmod 755 "$tmp/both"
: >"$tmp/came"
start_trapd_with "$(handler)"
check_eq "the README has one line for all notifications" 1 "$(grep -c traphandle "$tmp/trapd.conf")"
alerted() { grep -qE "^$1 loner " "$tmp/alerts"; }
result() { grep -qF "SERVICE ALERT: web1;loner;$1;HARD;1;loner: " "$tmp/nagios.log"; }
stop "$loner" KILL
check "the end of a process is an alert of mon" wait_for 10 alerted alert
check "and a critical result of Nagios" wait_for 10 result CRITICAL
# From the arrival of the notification; nothing is checked in between.
delay=$((($(awk '/^alert loner/ { print $NF; exit }' "$tmp/alerts") - $(head -n 1 "$tmp/came")) / 1000000))
check "mon's alert comes within a second" test "$delay" -le 1000
echo "count: alert of mon $delay ms after the notification"
run_program "$loner_name"
check "its return is an up-alert" wait_for 10 alerted up
check "and an ok result" wait_for 10 result OK
summary
