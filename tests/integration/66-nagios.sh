#!/bin/bash
# The real Nagios daemon with docs/integrations/nagios: it runs both plugins, and their
# states, lines and performance data are in its status.dat; a trap makes it check at once.
# Uses the network: packages are downloaded.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

debs=$BUILD/debs
check "nagios4 can be downloaded" sh "$top/tests/tools/unpack.sh" "$debs" nagios4-core
[ "$failed" = 0 ] || summary
docs=$top/docs/integrations/nagios

# Names that only this run has: another one may be going on.
pair_name=pair$$ loner_name=loner$$
for name in "$pair_name" "$loner_name"; do program "$name"; done
cat >"$tmp/procgroup.conf" <<EOF
interval = 0.3
recheck = 0
group "pair" { comm = "$pair_name" count = "2-5" severity = "warning" }
group "loner" { comm = "$loner_name" count = "1-1" }
EOF
run_program "$pair_name"; pair=$pid
run_program "$pair_name"
run_program "$loner_name"; loner=$pid
start_standalone
ready
green() { "$bin/snmp-procgroup" -t 1 "127.0.0.1:$port"; }
wait_for 10 green

# --- Nagios, with folders of its own
mkdir -p "$tmp/n/spool" "$tmp/n/plugins" "$tmp/n/etc"
ln -s "$bin/procgroup" "$tmp/n/plugins/check_procgroup"
ln -s "$bin/snmp-procgroup" "$tmp/n/plugins/check_snmp_procgroup"
echo public >"$tmp/n/etc/snmp-community"
echo "\$USER1\$=$tmp/n/plugins" >"$tmp/n/etc/resource.cfg"
# What every installation has, and the host.
# The name that snmptrapd gives it: a machine without /etc/hosts has no localhost.
host=$(getent hosts 127.0.0.1 | awk '{ print $2; exit }')
host=${host:-127.0.0.1}
cat >"$tmp/n/etc/base.cfg" <<EOF
define timeperiod {
    timeperiod_name always
    alias Always
    sunday 00:00-24:00
    monday 00:00-24:00
    tuesday 00:00-24:00
    wednesday 00:00-24:00
    thursday 00:00-24:00
    friday 00:00-24:00
    saturday 00:00-24:00
}
define command {
    command_name none
    command_line /bin/true
}
define contact {
    contact_name none
    host_notification_period always
    service_notification_period always
    host_notification_commands none
    service_notification_commands none
}
define service {
    name generic-service
    check_period always
    notification_period always
    notification_interval 0
    contacts none
    register 0
}
define host {
    host_name $host
    address 127.0.0.1:$port
    hostgroups procgroup-hosts
    max_check_attempts 1
    check_period always
    notification_period always
    contacts none
}
EOF
# The example files; only programs and paths are changed.
sed -e "s,/etc/nagios4/,$tmp/n/etc/,g" \
    "$docs/commands.cfg" >"$tmp/n/etc/commands.cfg"
sed -e 's/-g sshd-listener/-g loner/' -e "s/^\( *host_name *\)localhost/\1$host/" \
    -e "s/cron:1-5 'sshd,user=root:1-'/$loner_name:1-1 '$pair_name:2-5'/" \
    "$docs/services.cfg" >"$tmp/n/etc/services.cfg"
# start_nagios SECONDS: how long "1" is in the configuration
start_nagios() {
    cat >"$tmp/n/etc/nagios.cfg" <<EOF
cfg_file=$tmp/n/etc/base.cfg
cfg_file=$tmp/n/etc/commands.cfg
cfg_file=$tmp/n/etc/services.cfg
resource_file=$tmp/n/etc/resource.cfg
log_file=$tmp/nagios.log
object_cache_file=$tmp/n/objects.cache
precached_object_file=$tmp/n/objects.precache
status_file=$tmp/n/status.dat
state_retention_file=$tmp/n/retention.dat
retain_state_information=0
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
check_external_commands=1
interval_length=$1
status_update_interval=1
service_inter_check_delay_method=n
check_for_updates=0
illegal_macro_output_chars=\`~\$&|'"<>
enable_environment_macros=0
EOF
    rm -f "$tmp/n/status.dat"
    "$debs/usr/sbin/nagios4" "$tmp/n/etc/nagios.cfg" </dev/null >>"$tmp/nagios.out.log" 2>&1 &
    nagios=$!
    started+=("$nagios")
}
# status SERVICE FIELD: from status.dat
status() {
    awk -v service="$1" -v field="$2" '
        $1 == "servicestatus" { inside = 1; delete v }
        inside && match($0, /=/) { key = substr($0, 1, RSTART - 1); sub(/^[ \t]+/, "", key)
            v[key] = substr($0, RSTART + 1) }
        inside && /^[ \t]*}/ { inside = 0
            if (v["service_description"] == service) print v[field] }' "$tmp/n/status.dat"
}
is() { [ "$(status "$1" has_been_checked)" = 1 ] && [ "$(status "$1" current_state)" = "$2" ]; }

# --- everything is ok
start_nagios 1
check "the configuration has no errors" \
    "$debs/usr/sbin/nagios4" -v "$tmp/n/etc/nagios.cfg" >"$tmp/verify.log"
check "all groups: OK" wait_for 20 is "Process groups" 0
check "one group: OK" wait_for 20 is sshd 0
check "this host: OK" wait_for 20 is Processes 0
check_like "the line of a host" "^PROCS OK: 2 groups$" "$(status "Process groups" plugin_output)"
check_eq "performance data" "'loner'=1;;1:1;0 'pair'=2;;2:5;0" \
    "$(status "Process groups" performance_data)"
check_like "performance data of this host" "'$loner_name'=1;.*'$pair_name'=2;" "$(status Processes performance_data)"

# --- a group with a warning
stop "$pair" KILL
check "all groups: WARNING" wait_for 20 is "Process groups" 1
check_like "its line has the group" "^PROCS WARNING: pair" "$(status "Process groups" plugin_output)"
check_like "the long output has the reason" "pair: violation warning: 1 \(2-5\)" \
    "$(status "Process groups" long_plugin_output)"
check_eq "the other group's service is OK" 0 "$(status sshd current_state)"
check "this host, without severities: CRITICAL" wait_for 20 is Processes 2

# --- and a critical one
stop "$loner" KILL
check "all groups: CRITICAL" wait_for 20 is "Process groups" 2
check "one group: CRITICAL" wait_for 20 is sshd 2
check_like "with its limits" "'loner'=0;;1:1;0" "$(status sshd performance_data)"
names_both() { status Processes plugin_output | grep -qE "^PROCS CRITICAL: $loner_name.*$pair_name"; }
check "both programs of this host" wait_for 10 names_both

# --- the agent has ended: critical, not unknown
stop "$daemon"
silent() { status sshd plugin_output | grep -qi 'no answer'; }
check "no agent: its state" wait_for 30 silent
check_eq "no agent: CRITICAL" 2 "$(status sshd current_state)"

# --- everything runs again
run_program "$pair_name"
run_program "$loner_name"; loner=$pid
start_standalone
ready
for service in "Process groups" sshd Processes; do
    check "$service: OK again" wait_for 30 is "$service" 0
done

# --- traps: Nagios checks once an hour, but a trap makes it check at once
stop "$nagios"
start_nagios 3600
check "Nagios has checked once" wait_for 20 is "Process groups" 0
{
    echo 'authCommunity log,execute,net public'
    # The lines of the README.
    sed -n "s,^ *\(traphandle .*\) /usr/local/bin/\(procgroup-trap .*\)\$,\1 $docs/\2,p" "$docs/README.md"
} >"$tmp/trapd.conf"
check_eq "the README names all notifications" 6 "$(grep -c traphandle "$tmp/trapd.conf")"
NAGIOS_COMMANDS=$tmp/n/commands SNMP_PERSISTENT_DIR=$tmp/pt snmptrapd -f -C -c "$tmp/trapd.conf" \
    -X -Lo -On -m '' "udp:127.0.0.1:$trap_port" >"$tmp/traps" 2>&1 &
started+=("$!")
wait_for 10 grep -q "$(printf ':%04X ' "$trap_port")" /proc/net/udp
stop "$loner" KILL
check "a trap makes Nagios check" wait_for 15 is "Process groups" 2
check_eq "only that service" 0 "$(status sshd current_state)"
run_program "$loner_name"
check "and the trap of the recovery too" wait_for 15 is "Process groups" 0
summary
