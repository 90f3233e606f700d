#!/bin/bash
# snmpttconvertmib of Debian's package snmptt makes a configuration of PROCGROUP-MIB that
# has the severity and the message of each notification, without a change by hand; snmptt
# writes them for the notifications of a real agent.
# Uses the network: packages are downloaded.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"
debs=$BUILD/debs
check "snmptt can be downloaded" sh "$top/tests/tools/unpack.sh" "$debs" snmptt \
    libconfig-inifiles-perl liblist-moreutils-perl libexporter-tiny-perl
[ "$failed" = 0 ] || summary

# The folder of a manager: the module with those that it imports.
mkdir "$tmp/mibs"
cp "$top"/mibs/*.txt "$top"/mibs/base/*.txt "$tmp/mibs"
MIBDIRS=$tmp/mibs "$debs/usr/sbin/snmpttconvertmib" --in="$tmp/mibs/PROCGROUP-MIB.txt" \
    --out="$tmp/snmptt.conf" >"$tmp/convert.log" 2>&1
check_like "all notifications are converted" 'Successful translations: +7$' "$(cat "$tmp/convert.log")"
check_like "and none fails" 'Failed translations: +0$' "$(cat "$tmp/convert.log")"
check_eq "severities" "procGroupViolation CRITICAL
procGroupRecovery NORMAL
procGroupAgentStarted INFORMATIONAL
procGroupAgentResynced WARNING
procGroupAgentStale CRITICAL
procGroupAgentFresh NORMAL
procGroupReminder CRITICAL" "$(awk '$1 == "EVENT" { print $2, $NF }' "$tmp/snmptt.conf")"
check_eq "the text is the message of the notification" "Group left its limits: \$10
Violation ended: \$10
Agent started: \$3
Notifications were not sent: \$3
Agent does not respond: \$3
Agent responds again: \$3
Violation still holds: \$10" "$(sed -n 's/^FORMAT //p' "$tmp/snmptt.conf")"
check_eq "OIDs" "$(for i in 1 2 3 4 5 6 7; do echo "$root.0.$i"; done)" \
    "$(awk '$1 == "EVENT" { print $3 }' "$tmp/snmptt.conf")"

# --- snmptt itself, started by snmptrapd for each notification
cat >"$tmp/snmptt.ini" <<EOF
[General]
mode = standalone
dns_enable = 0
ipv6_enable = 0
net_snmp_perl_enable = 0
[Logging]
stdout_enable = 0
log_enable = 1
log_file = $tmp/snmptt.out
log_system_enable = 0
unknown_trap_log_enable = 1
unknown_trap_log_file = $tmp/unknown.out
syslog_enable = 0
syslog_system_enable = 0
[TrapFiles]
snmptt_conf_files = <<END
$tmp/snmptt.conf
END
EOF
printf '#!/bin/sh\nPERL5LIB=%s exec %s --ini=%s 2>/dev/null\n' "$debs/usr/share/perl5" \
    "$debs/usr/sbin/snmptt" "$tmp/snmptt.ini" >"$tmp/handler"
chmod +x "$tmp/handler"
printf 'authCommunity log,execute,net public\ntraphandle default %s\n' "$tmp/handler" >"$tmp/trapd.conf"
snmptrapd -f -C -c "$tmp/trapd.conf" -Lf "$tmp/trapd.log" -On -n -m '' "udp:127.0.0.1:$trap_port" &
started+=("$!")
wait_for 10 grep -q "$(printf ':%04X ' "$trap_port")" /proc/net/udp

name=tt$$
program "$name"
cat >"$tmp/procgroup.conf" <<EOF
interval = 0.5
recheck = 0
group "demo" { comm = "$name"  count = "1-" }
EOF
start_standalone
logged() { grep -qE -- "$1" "$tmp/snmptt.out"; }
check "the start is logged" wait_for 20 logged \
    '\.0\.3 INFORMATIONAL .* - Agent started: procgroupd .* started'
check "a violation is logged with its severity" wait_for 20 logged \
    '\.0\.1 CRITICAL .* - Group left its limits: demo: count 0, below 1'
run_program "$name"
check "and its end" wait_for 20 logged \
    '\.0\.2 NORMAL .* - Violation ended: demo: ok again, count 1'
check "every notification is known" [ ! -s "$tmp/unknown.out" ]
summary
