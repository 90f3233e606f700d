#!/bin/bash
# A standalone agent answers what a manager reads first, without snmpd: the system group and
# snmpEngine. Directives of its file set them as in snmpd.conf, and wrong ones are reported.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"
echo 'group "self" { name = "procgroupd" }' >"$tmp/procgroup.conf"
readonly SYS=.1.3.6.1.2.1.1 ENGINE=.1.3.6.1.6.3.10.2.1
# agent LINE...: a standalone agent with these lines in its file
agent() {
    printf '%s\n' 'rocommunity public 127.0.0.1' 'rwcommunity private 127.0.0.1' "$@" >"$tmp/alone.conf"
    : >"$tmp/procgroupd.log"
    "$bin/procgroupd" -f -R "$run_folder" -c "$tmp/procgroup.conf" -s "$tmp/state" -L "udp:127.0.0.1:$port" \
        -C "$tmp/alone.conf" >>"$tmp/procgroupd.log" 2>&1 &
    daemon=$!
    started+=("$daemon")
    ready
}
text() { get "$@" | unquote; }

check "without a directive it answers" agent
check_like "sysDescr" "^procgroupd .*$(uname -r)" "$(text $SYS.1.0)"
check_eq "sysObjectID is the module" "$root" "$(get $SYS.2.0)"
check_like "sysUpTime" '^[0-9]+:[0-9:.]+$' "$(get $SYS.3.0)"
check_eq "sysContact is empty" '' "$(text $SYS.4.0)"
check_eq "sysName" "$(uname -n)" "$(text $SYS.5.0)"
check_eq "sysLocation is empty" '' "$(text $SYS.6.0)"
check_eq "sysServices of a host" 72 "$(get $SYS.7.0)"
check_eq "sysORLastChange" '0:0:00:00.00' "$(get $SYS.8.0)"
check_eq "the whole group in one walk, ascending" "$(for n in 1.0 2.0 3.0 4.0 5.0 6.0 7.0 8.0 \
    9.1.2.1 9.1.2.2 9.1.2.3 9.1.3.1 9.1.3.2 9.1.3.3 9.1.4.1 9.1.4.2 9.1.4.3; do echo "$SYS.$n"; done)" \
    "$(walk $SYS | cut -d' ' -f1)"
check_eq "by GETNEXT too" 17 "$(snmpwalk -v1 -c public -t 1 -Oqn "127.0.0.1:$port" $SYS | grep -c .)"
check_eq "PROCGROUP-MIB is among the modules" "$root.2.1.1" "$(get $SYS.9.1.2.3)"
check_like "with a description" 'PROCGROUP-MIB' "$(get $SYS.9.1.3.3)"
check_eq "snmpEngine in one walk" "$(for n in 1 2 3 4; do echo "$ENGINE.$n.0"; done)" \
    "$(walk $ENGINE | grep -o '^\.1[0-9.]*' | uniq)" # the end of the MIB is a varbind too
check_like "snmpEngineID" '^"80 00 1F 88 ' "$(get $ENGINE.1.0)"
boots=$(get $ENGINE.2.0)
check_like "snmpEngineBoots" '^[1-9][0-9]*$' "$boots"
check "snmpEngineTime is a number of seconds" [ "$(get $ENGINE.3.0)" -lt 60 ]
check_eq "snmpEngineMaxMessageSize" 65507 "$(get $ENGINE.4.0)"
check_like "the object without .0" 'No Such' "$(get $SYS.1)"
check_like "the instance .1" 'No Such' "$(get $SYS.1.1)"
check_like "row 4 of 3" 'No Such' "$(get $SYS.9.1.2.4)"
check_eq "next of the modules is procgroup's" "$root.1.1.1.0" "$(getnext $SYS.9.1.4.3 | cut -d' ' -f1)"
check_like "a manager cannot set it" 'notWritable' "$(set_ $SYS.4.0 s me)"
check_eq "several objects at once, one of them twice" "72
72
$root" "$(get $SYS.7.0 $SYS.7.0 $SYS.2.0)"
id=$(get $ENGINE.1.0)
check "it stops" stop "$daemon"

check "with directives it answers" agent 'sysContact Ops <ops@example.org>' \
    'syslocation Rack 7, row "B"' 'sysservices 76' 'sysname web.example.org' \
    'sysdescr A host' 'sysobjectid .1.3.6.1.4.1.8072.3.2.10' "createUser user SHA authentication" \
    'rouser user auth'
check_eq "the directives are the values" 'A host|.1.3.6.1.4.1.8072.3.2.10|Ops <ops@example.org>|web.example.org|Rack 7, row \"B\"|76' \
    "$(for n in 1 2 4 5 6 7; do text $SYS.$n.0; done | paste -sd '|')"
check_eq "the engine keeps its id over a restart" "$id" "$(get $ENGINE.1.0)"
check_eq "and counts its boots" $((boots + 1)) "$(get $ENGINE.2.0)"
check_eq "SNMPv3 has the same id" "$id" "$(snmpget -v3 -l authNoPriv -u user -a SHA -A authentication \
    -t 1 -r 2 -Oqvn "127.0.0.1:$port" $ENGINE.1.0 2>&1)"
check_eq "no warning is logged" '' "$(grep -i 'net-snmp:' "$tmp/procgroupd.log")"
check "it stops again" stop "$daemon"

long=$(printf 'x%.0s' $(seq 256))
check "with wrong directives it answers" agent 'sysservices many' "syscontact $long" 'sysobjectid linux'
check_like "a wrong number is reported" \
    'alone.conf: line 3: .*sysservices "many": expected a number from 0 to 127' "$(cat "$tmp/procgroupd.log")"
check_like "a long text is reported" \
    'alone.conf: line 4: .*syscontact "x+": expected a text of at most 255 octets' "$(cat "$tmp/procgroupd.log")"
check_like "a wrong OID is reported" \
    'alone.conf: line 5: .*sysobjectid "linux": expected an OID of numbers' "$(cat "$tmp/procgroupd.log")"
check_eq "the defaults stay" "72||$root" "$(for n in 7 4 2; do text $SYS.$n.0; done | paste -sd '|')"
check "and it stops" stop "$daemon"
summary
