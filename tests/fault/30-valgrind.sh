#!/bin/bash
# No error and nothing lost in both processes: start, 100 reloads, a new master, the end.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/../integration/lib.sh"
if grep -qa __asan_init "$bin/procgroupd"; then
    echo '0 passed, 0 failed' # a sanitized program looks after itself
    exit 0
fi
program pg-v
conf() { # LIMITS
    local i
    cat >"$tmp/procgroup.conf" <<-EOF
	interval = 1
	group "v" { name = "pg-v"  count = "$1"  recheck = 0 }
	group "all-%{name}" { uid = 0  expire = 1 }
	group "hog" { uid = 0 condition "c" { metric = "cpu" each = true range = "-50" } }
	EOF
    # Violated rows that go with the next reload.
    [ "$1" = 1-1 ] || for i in $(seq 30); do
        echo "group \"gone-$i\" { name = \"pg-none\" count = \"1-\" recheck = 0 }"
    done >>"$tmp/procgroup.conf"
}
conf 1-1
start_snmpd && start_trapd
valgrind -q --vgdb=no --suppressions="$top/tests/fault/net-snmp.supp" \
    --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite \
    --trace-children=yes --error-exitcode=99 --log-file="$tmp/valgrind.%p" \
    "$bin/procgroupd" -f -c "$tmp/procgroup.conf" -s "$tmp/state" -x "$agentx" \
    >"$tmp/procgroupd.log" 2>&1 &
daemon=$!
started+=("$daemon")
check 'it answers under valgrind' ready 60
reloads() { [ "$(grep -c ': reloaded: ' "$tmp/procgroupd.log")" -ge "$1" ]; }
for i in $(seq 100); do
    conf "$((i % 2))-1"
    kill -HUP "$daemon"
    wait_for 20 reloads "$i" || break
done
check '100 reloads' reloads 100
check 'a SET' [ "$(set_ "$root.1.2.1.$ADMIN.$(index_of v)" i 2)" = 2 ]
stop "$snmpd" KILL
start_snmpd
check 'a new master' ready 30
# One that dies with something of ours unread: our next read of it fails.
unread() { ss -xHn src "$agentx" | awk '$3 > 0 { found = 1 } END { exit !found }'; }
kill -STOP "$snmpd"
check 'a master that hangs: our ping waits' wait_for 20 unread
stop "$snmpd" KILL
start_snmpd
check 'a third master' ready 30
kill "$daemon"
check 'it ends' wait_for 30 gone "$daemon"
wait "$daemon"
check_eq 'the watcher: no error, nothing lost' 0 $?
# Lines of its own have --PID--, findings ==PID==.
errors=$(cat "$tmp"/valgrind.* | grep '^==' || :)
check_eq 'both processes: no error, nothing lost' '' "$errors"
summary
