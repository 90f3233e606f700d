#!/bin/bash
# snmpttconvertmib of Debian's package snmptt makes a configuration of PROCGROUP-MIB that
# has the severity and the message of each notification, without a change by hand.
# Uses the network: packages are downloaded.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"
debs=$BUILD/debs
check "snmptt can be downloaded" sh "$top/tests/tools/unpack.sh" "$debs" snmptt
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
summary
