#!/bin/bash
# docs/integrations/icinga2 with the real Icinga 2: it accepts the objects, runs the plugin, has
# the state of each group, and a notification is a passive result without a check.
# Uses the network: packages are downloaded.
# shellcheck source=tests/integrations/lib.sh
. "$(dirname "$0")/lib.sh"
mapfile -t libraries < <(apt-cache depends --no-recommends --no-suggests icinga2-bin 2>/dev/null |
    sed -nE 's/^ *Depends: (libboost[a-z0-9.-]+|libedit2|libprotobuf[^ ]*)$/\1/p')
needs icinga2-bin icinga2-common libboost-context1.74.0 "${libraries[@]}"
export LD_LIBRARY_PATH=$debs/usr/lib/x86_64-linux-gnu
icinga=$debs/usr/lib/x86_64-linux-gnu/icinga2/sbin/icinga2
"$icinga" --version >"$tmp/version.log" 2>&1 ||
    { not_run "icinga2: $(head -n 1 "$tmp/version.log")"; echo '0 passed, 0 failed'; exit 0; }
start_groups
d=$docs/icinga2

mkdir -p "$tmp/i/plugins" "$tmp/i/cmd" "$tmp/i/lib" "$tmp/i/log" "$tmp/i/cache" "$tmp/i/spool"
ln -s "$bin/snmp-procgroup" "$tmp/i/plugins/check_snmp_procgroup"
echo public >"$tmp/i/community"
# Only paths, the host and times are changed.
sed -e "s,/etc/icinga2/snmp-community,$tmp/i/community," -e 's/_interval = 1m/_interval = 1s/' \
    -e "s,/usr/bin/procgroup\",$bin/procgroup\"," "$d/procgroup.conf" >"$tmp/i/procgroup.conf"
sed -e "s/192.0.2.1/127.0.0.1:$port/" -e 's/hostalive/dummy/' \
    -e 's/"sshd-listener", "postfix-master"/"loner", "pair"/' "$d/hosts.conf" >"$tmp/i/hosts.conf"
cat >"$tmp/i/icinga2.conf" <<EOF
include <itl>
include <plugins>
const PluginDir = "$tmp/i/plugins"
const NodeName = "test"
object CheckerComponent "checker" { }
object ExternalCommandListener "command" { command_path = "$tmp/i/commands" }
object FileLogger "log" { path = "$tmp/icinga.log"; severity = "notice" }
object StatusDataWriter "status" {
    status_path = "$tmp/i/status.dat"
    objects_path = "$tmp/i/objects.cache"
    update_interval = 1s
}
include "$tmp/i/procgroup.conf"
include "$tmp/i/hosts.conf"
apply Service "here" {
    import "procgroup-service"
    check_command = "procgroup"
    vars.procgroup_specs = [ "$loner_name:1-1", "$pair_name:2-5" ]
    assign where host.name == "web1"
}
EOF
# run COMMAND...: icinga2 with folders of its own
run() {
    "$icinga" "$@" -c "$tmp/i/icinga2.conf" -D ConfigDir="$tmp/i" -D DataDir="$tmp/i/lib" -D LogDir="$tmp/i/log" \
        -D CacheDir="$tmp/i/cache" -D SpoolDir="$tmp/i/spool" -D InitRunDir="$tmp/i" \
        -D RunAsUser="$(id -un)" -D RunAsGroup="$(id -gn)" -I "$debs/usr/share/icinga2/include"
}
check "icinga2 daemon -C accepts the objects" run daemon -C >"$tmp/validate.log"
check_like "and has the services" "Instantiated 5 Services" "$(cat "$tmp/validate.log")"
[ "$failed" = 0 ] || summary
check_eq "without a warning about them" "" "$(grep -E 'warning.*procgroup' "$tmp/validate.log")"
run daemon </dev/null >"$tmp/icinga.out.log" 2>&1 &
started+=("$!")
# status SERVICE FIELD
status() {
    awk -v service="$1" -v field="$2" '
        $1 == "servicestatus" { inside = 1; delete v }
        inside && match($0, /=/) { key = substr($0, 1, RSTART - 1); sub(/^[ \t]+/, "", key)
            v[key] = substr($0, RSTART + 1) }
        inside && /^[ \t]*}/ { inside = 0
            if (v["service_description"] == service) print v[field] }' "$tmp/i/status.dat"
}
is() { [ "$(status "$1" has_been_checked)" = 1 ] && [ "$(status "$1" current_state)" = "$2" ]; }
# Icinga spreads the first checks over the interval, here an hour.
wait_for 10 test -p "$tmp/i/commands"
for service in loner pair; do
    echo "[$EPOCHSECONDS] SCHEDULE_FORCED_SVC_CHECK;web1;$service;$EPOCHSECONDS" >>"$tmp/i/commands"
done
for service in "process groups" loner pair here; do
    check "$service: OK" wait_for 30 is "$service" 0
done
check_like "performance data" "loner.?=1;;1:1;0" "$(status "process groups" performance_data)"

# --- notifications: loner is checked once an hour
handler=$(sed -n "s,^ *\(traphandle .*\) /usr/local/bin/procgroup-event icinga2\$,\1 $docs/notifications/procgroup-event icinga2 web1,p" "$d/README.md")
export EVENT_COMMANDS=$tmp/i/commands
start_trapd_with "$handler"
check_like "the README has the line" "^traphandle" "$(grep '^traphandle' "$tmp/trapd.conf")"
stop "$loner" KILL
check "a notification is a critical result" wait_for 15 is loner 2
check_like "with its message" "loner: count 0, below 1-1" "$(status loner plugin_output)"
check_eq "only of that group" 0 "$(status pair current_state)"
check "the check of all groups finds it too" wait_for 20 is "process groups" 2
check "and the one of this host" wait_for 20 is here 2
stop "$pair" KILL
check "a warning is one" wait_for 15 is pair 1
run_program "$loner_name"
check "the recovery is an ok result" wait_for 15 is loner 0
summary
