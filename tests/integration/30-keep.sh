#!/bin/bash
# What is kept over reloads and restarts: indexes, admin status, the configuration.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"
conf() { # GROUP...
    local g
    echo 'interval = 0.5 recheck = 0'
    for g; do echo "group \"$g\" { name = \"pg-$g\"  count = \"1-\" }"; done
}
conf alpha beta gamma >"$tmp/procgroup.conf"
start_snmpd && start_trapd && start_procgroupd
check 'it answers' ready
a=$(index_of alpha) b=$(index_of beta) c=$(index_of gamma)
check 'three rows, three indexes' [ "$a" != "$b" -a "$b" != "$c" -a "$a" != "$c" ]

# Another order and additional groups change no index.
conf gamma delta alpha beta >"$tmp/procgroup.conf"
kill -HUP "$daemon"
check 'the new group has a row' wait_for 5 has_row delta
check_eq 'alpha keeps its index' "$a" "$(index_of alpha)"
check_eq 'gamma keeps its index' "$c" "$(index_of gamma)"
conf delta alpha gamma >"$tmp/procgroup.conf"
kill -HUP "$daemon"
check 'the row of beta is removed' wait_for 5 eval '[ -z "$(index_now beta)" ]'
conf epsilon alpha beta gamma >"$tmp/procgroup.conf"
kill -HUP "$daemon"
check 'beta has its index again' wait_for 5 eval "[ \"\$(index_of beta)\" = $b ]"

# A file with errors changes nothing and is reported.
echo 'group "alpha" { nmae = "x" }' >"$tmp/procgroup.conf"
kill -HUP "$daemon"
check 'the log has file, line and word' wait_for 5 grep -q 'procgroup.conf:1:.*nmae' \
    "$tmp/procgroupd.log"
check_eq 'the groups are unchanged' "$b" "$(index_of beta)"
check 'the MIB reports that the load failed' wait_for 5 eval \
    "walk $root.1.1 | grep -q 'procgroup.conf:1'"

# A SET of the admin status is kept over a restart.
conf alpha beta gamma >"$tmp/procgroup.conf"
kill -HUP "$daemon"
check_eq 'SET maintenance is accepted' 2 "$(set_ "$root.1.2.1.$ADMIN.$a" i 2)"
check_eq 'and read back at once' 2 "$(get "$root.1.2.1.$ADMIN.$a")"
check_eq 'SET off' 3 "$(set_ "$root.1.2.1.$ADMIN.$b" i 3)"
check 'a group that is off is not evaluated' wait_for 5 col_is $STATUS beta 0
check_like 'wrong value' 'wrongValue' "$(set_ "$root.1.2.1.$ADMIN.$a" i 4)"
check_like 'wrong type' 'wrongType' "$(set_ "$root.1.2.1.$ADMIN.$a" s x)"
check_like 'not writable' 'notWritable' "$(set_ "$root.1.2.1.$NAME.$a" s x)"
check_like 'no such row' 'noCreation|notWritable|noSuchName|inconsistentName' \
    "$(set_ "$root.1.2.1.$ADMIN.999" i 1)"
check_like 'read-only community' 'noAccess|authorization' \
    "$(snmpset -v2c -c public -t 1 -r 0 "127.0.0.1:$port" "$root.1.2.1.$ADMIN.$a" i 1 2>&1)"

check 'procgroupd stops' stop "$daemon"
conf gamma beta alpha >"$tmp/procgroup.conf"
start_procgroupd
check 'it answers again' ready
check_eq 'alpha: same index after the restart' "$a" "$(index_of alpha)"
check_eq 'maintenance is kept' 2 "$(get "$root.1.2.1.$ADMIN.$a")"
check_eq 'off is kept' 3 "$(get "$root.1.2.1.$ADMIN.$b")"
check_eq 'back to monitored' 1 "$(set_ "$root.1.2.1.$ADMIN.$a" i 1)"

# Killed with SIGKILL: what was set is kept.
stop "$daemon" KILL
start_procgroupd
check 'it answers after SIGKILL' ready
check_eq 'off is still kept' 3 "$(get "$root.1.2.1.$ADMIN.$b")"
summary
