#!/bin/bash
# docs/integrations/collectd, munin, disman and syslog with the real collectd, Munin's library for
# plugins, snmpd, and the log of procgroupd.
# Uses the network: packages are downloaded.
# shellcheck source=tests/integrations/lib.sh
. "$(dirname "$0")/lib.sh"
start_groups

# --- syslog: the log has the line of the document
stop "$loner" KILL
logged() { grep -qE "$1" "$tmp/procgroupd.log"; }
check "an event is a line of fields" wait_for 10 logged \
    'event=[0-9]+ kind=raised group="loner" condition="count" severity=critical value="0" limit="1-1" offender="": loner: count 0, below 1-1$'
keys=$(sed -nE 's/^\| (`.*`) \|.*/\1/p' "$docs/syslog/README.md" | grep -oE '[a-z]+')
for key in $keys; do
    [ "$key" = kind ] || [ "$key" = silent ] || check "the field $key" logged "event=.* $key=|procgroupd: $key="
done
run_program "$loner_name"; loner=$pid
check "and its end is one" wait_for 10 logged 'kind=recovered group="loner"'
"$bin/procgroup" maintenance -R "$run_folder" loner on >>"$tmp/maintenance.log" 2>&1
stop "$loner" KILL
check "in maintenance it has the field silent" wait_for 30 logged 'kind=raised group="loner" .* silent=maintenance'
run_program "$loner_name"; loner=$pid
"$bin/procgroup" maintenance -R "$run_folder" loner off >>"$tmp/maintenance.log" 2>&1
check "and then it is ok again" wait_for 30 green

# --- munin
if reason=$(unpack munin-plugins-core munin-common 2>&1) && perl -MNet::SNMP -e 1 2>/dev/null; then
    munin() {
        env PERL5LIB="$debs/usr/share/perl5" MUNIN_LIBDIR="$debs/usr/share/munin" MUNIN_PLUGSTATE="$tmp" MUNIN_CAP_MULTIGRAPH=1 \
            community=public port="$port" host=127.0.0.1 perl "$tmp/snmp_127.0.0.1_procgroup" "$@" 2>&1
    }
    ln -s "$docs/munin/snmp__procgroup" "$tmp/snmp_127.0.0.1_procgroup"
    i=$(index_of pair)
    check_like "Munin's plugin has the group" "^group$i.label pair$" "$(munin config)"
    check_like "and its limits" "^group$i.critical 2:5$" "$(munin config)"
    check_like "and the number of its processes" "^group$i.value 2$" "$(munin)"
    check_like "and the subtree that a host needs" "^require $(echo "${root#.}" | sed 's/\./\\./g')" "$(munin snmpconf)"
else
    not_run "munin: ${reason:-no Perl module Net::SNMP (scripts/deps.sh integrations)}"
fi

# --- collectd
if reason=$(unpack collectd-core 2>&1) && "$debs/usr/sbin/collectd" -h >/dev/null 2>"$tmp/collectd.error" &&
    ! ldd "$debs/usr/lib/collectd/snmp.so" | grep -q 'not found'; then
    {
        printf '%s\n' "BaseDir \"$tmp\"" "PIDFile \"$tmp/collectd.pid\"" 'Hostname "nms"' 'Interval 1' \
            "PluginDir \"$debs/usr/lib/collectd\"" "TypesDB \"$debs/usr/share/collectd/types.db\"" \
            'LoadPlugin csv' '<Plugin csv>' "DataDir \"$tmp/csv\"" '</Plugin>'
        sed -e "s/192.0.2.1/127.0.0.1:$port/; s/Interval 60/Interval 1/" "$docs/collectd/procgroup.conf"
    } >"$tmp/collectd.conf"
    check "collectd accepts the configuration" "$debs/usr/sbin/collectd" -t -C "$tmp/collectd.conf"
    background collectd "$debs/usr/sbin/collectd" -f -C "$tmp/collectd.conf"
    # last FILE: the values of its last line
    last() { tail -q -n 1 "$tmp"/csv/web1/snmp/"$1"-2* 2>/dev/null | cut -d, -f2-; }
    last_is() { last "$1" | grep -qE -- "$2"; }
    check "processes and threads" wait_for 20 last_is ps_count-pair '^2(\.0+)?,2'
    check "the status" wait_for 10 last_is gauge-status-loner '^0(\.0+)?$'
    check "memory in bytes" wait_for 10 last_is memory-loner "^$(($(col 23 loner) * 1024))"
    check "CPU usage" wait_for 10 last_is percent-loner '^[0-9.]+$'
else
    not_run "collectd: ${reason:-$(cat "$tmp/collectd.error")}"
fi
stop "$daemon"

# --- DISMAN: snmpd itself watches the status
start_snmpd
stop "$snmpd"
sed 's/-r 30/-r 1/' "$docs/disman/snmpd.conf" >>"$tmp/snmpd.conf"
start_trapd
snmpd -f -C -c "$tmp/snmpd.conf" -Lf "$tmp/snmpd.log" -I -smux "udp:127.0.0.1:$port" &
snmpd=$!
started+=("$snmpd")
wait_for 10 get .1.3.6.1.2.1.1.3.0
start_procgroupd
ready
fired() { grep -F '.1.3.6.1.2.1.88.2.0.1' "$tmp/traps" | grep -qE "$1"; }
wait_for 10 col_is "$STATUS" loner 0
sleep 2
stop "$loner" KILL
check "mteTriggerFired has the group and its message" wait_for 20 fired '"loner".*loner: count 0, below 1-1'
summary
