#!/bin/bash
# valgrind reports neither errors nor leaks in both processes: start, 100 reloads, another
# master, end.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/../integration/lib.sh"
if grep -qa __asan_init "$bin/procgroupd"; then
    echo '0 passed, 0 failed' # sanitizers find the same
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
    # Groups with a violation that the next reload removes.
    [ "$1" = 1-1 ] || for i in $(seq 30); do
        echo "group \"gone-$i\" { name = \"pg-none\" count = \"1-\" recheck = 0 }"
    done >>"$tmp/procgroup.conf"
}
conf 1-1
start_snmpd && start_trapd
valgrind -q --vgdb=no --suppressions="$top/tests/fault/net-snmp.supp" \
    --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite \
    --trace-children=yes --error-exitcode=99 --log-file="$tmp/valgrind.%p" \
    "$bin/procgroupd" -f -R "$run_folder" -c "$tmp/procgroup.conf" -s "$tmp/state" -x "$agentx" \
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
check 'a second master' ready 30
# A master that dies with unread data: the next read of its socket fails.
unread() { ss -xHn src "$agentx" | awk '$3 > 0 { found = 1 } END { exit !found }'; }
kill -STOP "$snmpd"
check 'a master that hangs: a ping is unread' wait_for 20 unread
stop "$snmpd" KILL
start_snmpd
check 'a third master' ready 30
kill "$daemon"
check 'procgroupd ends' wait_for 30 gone "$daemon"
wait "$daemon"
check_eq 'daemon: no errors, no leaks' 0 $?
# valgrind's own messages begin with --PID--, errors with ==PID==.
errors=$(cat "$tmp"/valgrind.* | grep '^==' || :)
check_eq 'both processes: no errors, no leaks' '' "$errors"
summary
