# shellcheck shell=bash disable=SC2154,SC2317 # names of inside.sh, and wait_for calls
# A kernel without a security module that labels processes.
conf_of_mode() { cat <<EOF
group "any-domain" { domain = "*" count = "0-0" }
security { enforcing = true }
EOF
}
module_of_mode() { echo none; }
enforcing_of_mode() { echo 3; }
before_start() { :; }
# A user without privilege locks the memory of a process for ever, in a user namespace with
# a FUSE file system: readers of its arguments wait.
stuck_by_a_user() {
    local server stuck watched
    cp locked /usr/local/bin/pg-locked
    modprobe fuse && chmod 666 /dev/fuse && mkdir -m 777 /tmp/stuck
    setpriv --reuid=65534 --regid=65534 --clear-groups unshare -Urm sh -c '
        /usr/local/bin/pg-locked serve /tmp/stuck & sleep 1
        exec /usr/local/bin/pg-locked wait /tmp/stuck/f1 /bin/sleep 600' >/tmp/stuck.log 2>&1 &
    is_stuck() { stuck=$(grep -lE '^[0-9]+ \(pg-locked\) D' /proc/[0-9]*/stat | tr -dc '0-9 '); [ -n "$stuck" ]; }
    check "a user's process is stuck" wait_for 20 is_stuck
    check "its user has no privilege" [ "$(status_word "$stuck" Uid)" = 65534 ]
    server=$(awk '/\(pg-locked\) S/ { print $1 }' /proc/[0-9]*/stat)
    configure 'interval = 1
recheck = 0
group "watched" { comm = "watched-daemon" count = "1-1" }
group "arguments" { cmdline = "no-such-argument" count = "0-0" }'
    /usr/local/bin/watched-daemon 600 &
    watched=$!
    check "stuck: a started process is counted" wait_for 60 col_is "$COUNT" watched 1
    unresponsive() { [ "$(get "$root.1.1.25.0")" -ge 1 ]; }
    check "stuck: the process is counted in the MIB" wait_for 20 unresponsive
    check "stuck: what needs its arguments is unknown" wait_for 20 col_is "$STATUS" arguments 3
    check "stuck: it is named in the log" eval \
        "journalctl -b --no-pager -u procgroupd | grep -q 'pid $stuck (pg-locked)'"
    kill $watched
    check "stuck: the end of a daemon is a violation" wait_for 20 col_is "$STATUS" watched 2
    check "stuck: procgroup check answers" timeout 20 procgroup check cron:1-
    # Not after 90 s, when systemd sends it SIGKILL.
    check "stuck: the unit stops by itself" timeout 45 systemctl stop procgroupd
    # shellcheck disable=SC2086 # may be two
    kill $server
    configure "$configuration"
}
after_start() {
    check_eq "no process has a domain" 0 "$(col "$COUNT" any-domain)"
    check "no enforcing module is a violation" wait_for 20 col_is "$STATUS" security 2
    check_eq "no group exists for a domain" "" "$(walk "$root.1.2.1.2" | grep '"d-')"
    procgroup check ,domain=init_t:1-1 >/dev/null
    check_eq "procgroup check finds no process in init_t" 1 $?
    procgroup check --security-enforcing cron:1- >/dev/null
    check_eq "procgroup check --security-enforcing" 1 $?
    stuck_by_a_user
}
summary_of_mode() { :; }
