# shellcheck shell=bash disable=SC2154,SC2317 # names of inside.sh, and wait_for calls
# SELinux, enforcing or permissive: procgroupd in its own domain.
conf_of_mode() { cat <<EOF
group "init_t" { domain = "init_t" except { comm = "(sd-pam)" } count = "1-1" recheck = 3 }
group "moved" { domain = "unconfined_t" comm = "relabel" count = "0-0" recheck = 0 }
group "kernel" { domain = "kernel_t" kernel = true }
group "permissive-domain" { context-mode = "permissive" domain = "chronyd_t" count = "0-0" recheck = 0 }
group "pattern" { cmdline = "^no-such-program[0-9]+" count = "0-0" }
group "levels" { context-level = "s0:c1,c3" }
group "watched-outside" { path = "/usr/local/bin/watched-daemon" except { domain = "unconfined_t" } count = "0-0" recheck = 0 }
security { enforcing = true }
EOF
}
module_of_mode() { echo selinux; }
enforcing_of_mode() { if [ "$mode" = enforcing ]; then echo 1; else echo 2; fi; }

before_start() {
    # setcon(3) needs a permission, which this rule gives to logins.
    echo '(allow unconfined_t self (process (setcurrent dyntransition)))' >setcon.cil
    semodule -i /usr/share/selinux/packages/procgroup.pp -i setcon.cil || not_ok "the policy module can't be loaded"
    restorecon -RF /usr/sbin/procgroupd /usr/libexec/procgroup /etc/procgroup \
        /usr/local/bin /usr/bin/procgroup /usr/bin/snmp-procgroup \
        /lib/systemd/system/procgroupd.service /usr/lib/sysusers.d /etc/snmp 2>&1 |
        head -n 3
    mkdir -p /var/lib/procgroup && restorecon -RF /var/lib/procgroup
}

# The domains and the number of processes in each, from /proc.
domains_of_proc() {
    local p first type
    for p in /proc/[0-9]*; do # without other programs: without KVM they take minutes
        # no zombies, no kernel threads
        first='' type=''
        IFS= read -r -d '' first <"$p/cmdline"
        [ -n "$first" ] || continue
        IFS=: read -r _ _ type _ <"$p/attr/current"
        echo "$type"
    done 2>/dev/null | sort | uniq -c | awk '$2 != "" { print $2, $1 }'
}
domains_of_mib() {
    snmp-procgroup -g 'd-*' 127.0.0.1 | awk -F': ' '$3 == "ok" && $4 > 0 { print substr($2, 3), $4 }' |
        grep -v '^unconfined ' | sort
}
# Not compared: the scripts of the test in initrc_t and workers of udev in udev_t start and end.
steady() { grep -vE '^(initrc_t|udev_t|unconfined_t) '; }
agree() { [ -n "$(domains_of_proc | steady)" ] && [ "$(domains_of_proc | steady)" = "$(domains_of_mib | steady)" ]; }

kernel_agrees() {
    local n
    n=$(cat /proc/[0-9]*/attr/current 2>/dev/null | tr '\0' '\n' | grep -c ':kernel_t:')
    [ "$n" -gt 10 ] && col_is "$COUNT" kernel "$n"
}

context_of() { tr -d '\0' <"/proc/$1/attr/current"; }
denials() { # with our domains as source or target
    grep -aE '^type=(AVC|USER_AVC|SELINUX_ERR)' /var/log/audit/audit.log |
        grep -aE '(context|domain)=[^ ]*:procgroupd(_snmp)?_t:'
}

after_start() {
    local pid
    pid=$(systemctl show -p MainPID --value procgroupd)
    check_like "the daemon has its own domain" ':procgroupd_t:' "$(context_of "$pid")"
    check_like "and so has the SNMP process" ':procgroupd_snmp_t:' \
        "$(context_of "$(pgrep -x -o procgroupd-snmp)")"
    check_like "and so has snmpd" ':snmpd_t:' "$(context_of "$(pgrep -x -o snmpd)")"
    check "counts by domain agree with /proc" wait_for 30 agree
    agree || diff <(domains_of_proc) <(domains_of_mib)
    check "kernel threads agree with /proc" wait_for 30 kernel_agrees
    check_eq "nothing is unreadable" 0 "$(get "$root.1.1.15.0")"
    check "only process 1 is in init_t" wait_for 30 col_is "$STATUS" init_t 0
    procgroup check ,domain=init_t:1-1 >/dev/null || procgroup check -r 3 ,domain=init_t:1-1
    check_eq "procgroup check ,domain=init_t:1-1" 0 $?

    # A given label, with categories
    runcon -t unconfined_t -r unconfined_r -u unconfined_u -l s0:c1,c3 /usr/local/bin/watched-daemon 600 &
    pid=$!
    check "categories are compared whole" wait_for 20 col_is "$COUNT" levels 1
    check_eq "a daemon in its domain is not a member" 0 "$(col "$COUNT" watched-outside)"
    kill $pid
    /usr/local/bin/watched-daemon 600 &
    pid=$!
    check "a daemon outside its domain" wait_for 20 col_is "$STATUS" watched-outside 2
    kill $pid
    check "and a recovery when it ends" wait_for 20 col_is "$STATUS" watched-outside 0

    local moved_to=unconfined_u:unconfined_r:unconfined_t:s0-s0:c7
    # setcon(3) without an exec, in a group by context
    runcon -t unconfined_t -r unconfined_r -u unconfined_u -l s0-s0:c0.c1023 /usr/local/bin/relabel \
        "$moved_to" 600 &
    pid=$!
    check "a member of a group by context is counted" wait_for 20 col_is "$COUNT" moved 1
    kill -USR1 $pid
    changed() { [ "$(get "$root.1.2.1.8.$(index_of moved)")" = "$moved_to" ]; }
    check "and its setcon() is found by the next scan" wait_for 5 changed
    kill $pid

    if [ "$mode" = permissive ]; then
        check "permissive is a violation" wait_for 20 col_is "$STATUS" security 2
        check_eq "procgroup check --security-enforcing" 1 \
            "$(procgroup check --security-enforcing cron:1- >/dev/null; echo $?)"
    else
        check_eq "enforcing is not a violation" 0 "$(col "$STATUS" security)"
        check_eq "chronyd_t enforces" 0 "$(col "$STATUS" permissive-domain)"
        echo '(typepermissive chronyd_t)' >permissive-domain.cil
        semodule -i permissive-domain.cil
        procgroup check ,domain=chronyd_t,context-mode=permissive:1- >/dev/null
        check_eq "procgroup check finds a permissive domain" 0 $?
        # The context of a process that is in no group by its context is read again after a minute.
        check "and by procgroupd, without a restart" wait_for 70 col_is "$STATUS" permissive-domain 2
        setenforce 0
        check "permissive is a violation" wait_for 20 col_is "$STATUS" security 2
        setenforce 1
        check "enforcing again is a recovery" wait_for 20 col_is "$STATUS" security 0
    fi
    examples_raise_and_clear
}

# The example groups as shipped, but with short times.
examples_raise_and_clear() {
    local pid
    configure "$(printf 'interval = 1\n'; sed 's/recheck = [0-9]*/recheck = 1/' examples/selinux.conf)"
    check "the examples are loaded" wait_for 60 answers
    check "init_t" wait_for 30 col_is "$STATUS" init_t 0
    check "initrc_t: has this script" wait_for 30 col_is "$STATUS" initrc_t 2
    check "snmpd is in its domain" col_is "$STATUS" snmpd-outside 0
    runcon -t unconfined_t -r unconfined_r -u unconfined_u /usr/local/bin/watched-daemon 600 &
    pid=$!
    check "unconfined_t: not a login" wait_for 30 col_is "$STATUS" unconfined_t 1
    kill $pid
    check "recovered" wait_for 30 col_is "$STATUS" unconfined_t 0
    setpriv --reuid 65534 --regid 0 --clear-groups /usr/local/bin/watched-daemon 600 &
    pid=$!
    check "gid 0 without uid 0" wait_for 30 col_is "$STATUS" gid0-without-uid0 2
    kill $pid
    check "recovered" wait_for 30 col_is "$STATUS" gid0-without-uid0 0
    systemctl stop procgroupd
}

summary_of_mode() {
    local found
    found=$(denials | sed 's/.*avc:/avc:/; s/pid=[0-9]* //; s/ino=[0-9]* //' | sort | uniq -c | head -n 8)
    check_eq "no denials of the domains in the audit log" "" "$found"
    # Verify that denials are logged: the domain may not read passwords.
    runcon -u system_u -r system_r -t procgroupd_t -- /usr/sbin/procgroupd -t -c /etc/shadow >/dev/null 2>&1
    logged() { [ -n "$(denials)" ]; }
    check "a denial is in the log" wait_for 10 logged
}
