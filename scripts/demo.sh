#!/bin/bash
# Demonstrates procgroup on loopback: a group in a file, its row in the agent, a
# notification when a daemon ends and another one when it runs again.
#
#   scripts/demo.sh BUILD [agentx|standalone]
#
# Exit status: 0 if every step had the expected result, 1 otherwise.
set -u
BUILD=$1
mode=${2:-agentx}
export BUILD
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/../tests/integration/lib.sh"

say() { printf '\n== %s\n' "$*"; }
fail() {
    printf '\ndemo: %s\n' "$*" >&2
    tail -n 15 "$tmp"/*.log "$tmp/traps" >&2 2>/dev/null
    exit 1
}
with_names=(-M "$top/mibs:$top/mibs/base" -m PROCGROUP-MIB)
table() {
    printf '%-18s %-12s %5s %11s %-9s %s\n' GROUP STATUS COUNT LIMITS USER MESSAGE
    for i in $(walk "$root.1.2.1.$NAME" | sed 's/ .*//; s/.*\.//'); do
        mapfile -t v < <(snmpget -v2c -c public "${with_names[@]}" -OqvU "127.0.0.1:$port" \
            "$root.1.2.1."{2,3,4,5,6,7,10}".$i" | unquote)
        [ "${v[4]}" = 4294967295 ] && v[4]=
        printf '%-18s %-12s %5s %11s %-9s %s\n' "${v[0]}" "${v[1]}" "${v[2]}" \
            "${v[3]}-${v[4]}" "${v[5]}" "${v[6]}"
    done
}
last_message() { # of the last notification
    grep -oE '"[^"]*demo-daemon: [^"]*"' "$tmp/traps" | tail -n 1
}

program demo-daemon
cat >"$tmp/procgroup.conf" <<EOF
interval = 1
group "demo-daemon" {
    description = "a daemon that this demonstration starts, ends and starts again"
    name = "demo-daemon"
    path = "$tmp/bin/demo-daemon"
    count = "1-1"
    recheck = 1
}
group "shells" { name = {"sh", "bash", "dash"} }
group "procgroupd" { name = {"procgroupd", "procgroupd-snmp"}  count = "2-"  recheck = 2 }
group "gid0-not-uid0" { gid = 0  except { uid = 0 }  recheck = 5 }
group "cpu-hog" {
    except { name = {"gzip", "xz", "cc1"} }
    condition "spinning" { metric = "cpu"  each = true  range = "-95"  window = 5  recheck = 20 }
}
EOF
say 'The configuration'
sed 's/^/    /' "$tmp/procgroup.conf"
"$bin/procgroupd" -t -c "$tmp/procgroup.conf" || fail 'the configuration has errors'

run_program demo-daemon
first=$pid
start_trapd || fail 'snmptrapd did not start'
if [ "$mode" = standalone ]; then
    say "Starting procgroupd as the SNMP agent on udp 127.0.0.1:$port"
    start_standalone
else
    say "Starting a private snmpd on udp 127.0.0.1:$port and procgroupd as its subagent"
    start_snmpd || fail 'snmpd did not start'
    start_procgroupd
fi
ready || fail 'procgroupd does not answer'
wait_for 5 col_is $COUNT demo-daemon 1 || fail 'the daemon is not in the table'

say 'The table as an SNMP manager reads it'
table
say "Killing the daemon (pid $first)"
kill "$first"
wait "$first" 2>/dev/null
wait_for 10 trap_has "$root\.0\.1.*demo-daemon: " || fail 'no notification received'
echo "notification: procGroupViolation $(last_message)"
table | sed -n '1p; /^demo-daemon/p'

say 'Starting it again'
run_program demo-daemon
wait_for 10 trap_has "$root\.0\.2.*demo-daemon: " || fail 'no recovery notification received'
echo "notification: procGroupRecovery $(last_message)"
wait_for 5 col_is $STATUS demo-daemon 0 || fail 'the table does not show the recovery'
table | sed -n '1p; /^demo-daemon/p'
say 'The log of procgroupd'
grep -E 'event=' "$tmp/procgroupd.log" | sed 's/^/    /'
say 'The demonstration succeeded.'
