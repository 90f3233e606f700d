# shellcheck shell=bash disable=SC2154,SC2317 # names of inside.sh, and wait_for calls
# AppArmor: procgroupd under its profile, and processes with profiles in all modes.
conf_of_mode() { cat <<EOF
group "chronyd" { domain = "/usr/sbin/chronyd" count = "1-" }
group "complaining" { context = "* (complain)" count = "0-0" recheck = 0 }
group "odd" { domain = "odd name" count = "0-1" }
group "child" { domain = "sleeper//sub" }
group "moved" { domain = "sleeper" comm = "mover" }
security { enforcing = true }
EOF
}
module_of_mode() { echo apparmor; }
# Only root and the group root may read whether it enforces.
enforcing_of_mode() { echo 4; }

before_start() {
    cat >/tmp/profiles <<'P'
profile sleeper flags=(complain) { file, signal, ptrace (readby), profile sub { file, signal, ptrace (readby), } }
profile "odd name" { file, signal, ptrace (readby), }
P
    apparmor_parser -r /tmp/profiles || not_ok "profiles for the tests can't be loaded"
    apparmor_parser -r /etc/apparmor.d/usr.sbin.procgroupd ||
        not_ok "procgroupd's profile can't be loaded"
}

labels_of_proc() {
    local p first label
    for p in /proc/[0-9]*; do # without other programs: without KVM they take minutes
        first='' label=''
        IFS= read -r -d '' first <"$p/cmdline"
        [ -n "$first" ] || continue
        IFS= read -r label <"$p/attr/current"
        [ -z "$label" ] || echo "${label% (*)}"
    done 2>/dev/null | grep -v '^unconfined$' | sort | uniq -c | awk '{ print $2, $1 }'
}
labels_of_mib() {
    snmp-procgroup -g 'd-*' 127.0.0.1 | awk -F': ' '$3 == "ok" && $4 > 0 { print substr($2, 3), $4 }' |
        grep -v '^unconfined ' | sort
}
agree() { [ -n "$(labels_of_proc)" ] && [ "$(labels_of_proc)" = "$(labels_of_mib)" ]; }

after_start() {
    local pid
    pid=$(systemctl show -p MainPID --value procgroupd)
    check_eq "the daemon is under its profile" "procgroupd (enforce)" "$(cat "/proc/$pid/attr/current")"
    check_eq "and so is the SNMP process" "procgroupd (enforce)" \
        "$(cat "/proc/$(pgrep -x -o procgroupd-snmp)/attr/current")"
    check "counts by profile agree with /proc" wait_for 30 agree
    agree || diff <(labels_of_proc) <(labels_of_mib)
    check_eq "nothing is unreadable" 0 "$(get "$root.1.1.15.0")"
    check_eq "whether AppArmor enforces is unknown, not ok" 3 "$(col "$STATUS" security)"
    check_eq "chronyd is confined" 0 "$(col "$STATUS" chronyd)"
    aa-exec -p 'odd name' /usr/local/bin/watched-daemon 600 &
    pid=$!
    check "a profile name with a space" wait_for 20 col_is "$COUNT" odd 1
    kill $pid
    aa-exec -p sleeper /usr/local/bin/watched-daemon 600 &
    pid=$!
    check "a profile in complain mode is a violation" wait_for 20 col_is "$STATUS" complaining 2
    kill $pid
    check "and a recovery when it ends" wait_for 20 col_is "$STATUS" complaining 0
    aa-exec -p 'sleeper//sub' /usr/local/bin/watched-daemon 600 &
    pid=$!
    check "a child profile" wait_for 20 col_is "$COUNT" child 1
    kill $pid
    procgroup check ',domain=/usr/sbin/chronyd:1-' >/dev/null
    check_eq "procgroup check by profile" 0 $?
    with_group_root
    examples_raise_and_clear
}

# The line of procgroupd(8) with which the daemon reads whether AppArmor enforces.
with_group_root() {
    run_with SupplementaryGroups=root
    check "in the group root: enforcing in the MIB" wait_for 60 enforces
    check_eq "in the group root: enforcing is not a violation" 0 "$(col "$STATUS" security)"
    rm /etc/systemd/system/procgroupd.service.d/source.conf
    systemctl daemon-reload
}
enforces() { [ "$(get "$root.1.1.5.0")" = 1 ]; }

examples_raise_and_clear() {
    local pid
    configure "$(printf 'interval = 1\n'; sed 's/recheck = [0-9]*/recheck = 1/' examples/apparmor.conf)"
    check "the examples are loaded" wait_for 60 answers
    aa-exec -p sleeper /usr/local/bin/watched-daemon 600 &
    pid=$!
    check "complaining" wait_for 30 col_is "$STATUS" complaining 1
    kill $pid
    check "recovered" wait_for 30 col_is "$STATUS" complaining 0
    check_eq "chronyd is under its profile" 0 "$(col "$STATUS" chronyd-unconfined)"
    systemctl stop procgroupd
}

# Denials before the start of auditd are in the kernel log.
denials() {
    { cat /var/log/audit/audit.log; journalctl -k -b --no-pager; } |
        grep -a 'apparmor="DENIED"' | grep -a procgroup
}

summary_of_mode() {
    check_eq "no denials of the profile in the log" "" \
        "$(denials | sed 's,.*apparmor=,apparmor=,; s, pid=[0-9]*,,' | sort | uniq -c | head -n 8)"
    # Verify that denials are logged: the profile does not allow reading passwords.
    aa-exec -p procgroupd -- /usr/sbin/procgroupd -t -c /etc/shadow >/dev/null 2>&1
    logged() { [ -n "$(denials)" ]; }
    check "a denial is in the log" wait_for 10 logged
}
