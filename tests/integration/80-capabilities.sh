#!/bin/bash
# Capabilities as described in docs/security.md: without CAP_SYS_PTRACE a path that cannot be
# read makes a group unknown, not empty; with it an ordinary user gets the results of root.
# Runs on the host: what is read without capabilities differs in a PID namespace.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"
if [ "$(id -u)" != 0 ]; then
    not_ok "this test needs root to set capabilities"
    summary
fi
program watched
run_program watched
chmod 755 "$tmp" "$tmp/bin"
cp "$bin/procgroup" "$bin/procgroupd" "$bin/procgroupd-snmp" "$tmp/bin/"
mkdir -m 777 "$tmp/state"
cat >"$tmp/procgroup.conf" <<-EOF
	interval = 0.5
	group "watched" { path = "$tmp/bin/watched" count = "1-1" recheck = 0 }
EOF
as_nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
ptrace=(--inh-caps=+sys_ptrace --ambient-caps=+sys_ptrace)

check_like "root can read the path" 'watched +ok +1 ' "$("$tmp/bin/procgroup" show -c "$tmp/procgroup.conf")"
check_like "the account nobody cannot: unknown" 'watched +unknown ' \
    "$(as_nobody "$tmp/bin/procgroup" show -c "$tmp/procgroup.conf")"
check_like "the account nobody with CAP_SYS_PTRACE can" 'watched +ok +1 ' \
    "$(as_nobody "${ptrace[@]}" "$tmp/bin/procgroup" show -c "$tmp/procgroup.conf")"

# The file io belongs to the owner of the process.
cat >"$tmp/io.conf" <<-EOF
	group "io" { path = "$tmp/bin/watched" condition "c" { metric = "read-rate" range = "-1T" recheck = 0 } }
EOF
both=(--inh-caps="+sys_ptrace,+dac_read_search" --ambient-caps="+sys_ptrace,+dac_read_search")
check_like "I/O needs CAP_DAC_READ_SEARCH too" 'io +unknown ' \
    "$(as_nobody "${ptrace[@]}" "$tmp/bin/procgroup" show -c "$tmp/io.conf")"
check_like "I/O is read with both" 'io +ok ' \
    "$(as_nobody "${both[@]}" "$tmp/bin/procgroup" show -c "$tmp/io.conf")"
# shellcheck disable=SC2016 # expanded by that shell
hidepid() {
    unshare --mount sh -c 'mount -t proc -o hidepid=2 proc /proc && exec "$@"' - setpriv --reuid 65534 --regid 65534 \
        --clear-groups "$@" "$tmp/bin/procgroup" show -c "$tmp/procgroup.conf"
}
check_like "with hidepid it is hidden" 'watched +unknown +0 ' "$(hidepid)"
# In a container, process 1 may still be hidden, and then the group is unknown.
check_like "not with CAP_SYS_PTRACE" 'watched +(ok|unknown) +1 ' "$(hidepid "${ptrace[@]}")"

start_snmpd
run_as_nobody() { # NAME OPTION...: procgroupd with options of setpriv
    local name=$1
    shift
    setpriv --reuid 65534 --regid 65534 --clear-groups "$@" "$tmp/bin/procgroupd" -f -R "$run_folder" -c "$tmp/procgroup.conf" -s "$tmp/state/$name" \
        -x "$agentx" >>"$tmp/procgroupd.log" 2>&1 &
    daemon=$!
    started+=("$daemon")
}
unreadable() { [ "$(get "$root.1.1.15.0")" -gt "${1:-0}" ]; }
run_as_nobody without
check "procgroupd runs as nobody" ready
check "the group is unknown" wait_for 10 col_is $STATUS watched 3
check "processes that could not be read are counted" unreadable 1
stop "$daemon"
gone_from_snmpd() { ! answers; }
wait_for 10 gone_from_snmpd
run_as_nobody with "${ptrace[@]}"
check "procgroupd runs as nobody with CAP_SYS_PTRACE" ready
check "the group is ok" wait_for 10 col_is $STATUS watched 0
check_eq "and counted" 1 "$(col $COUNT watched)"
summary
