#!/bin/bash
# Runs in the virtual machine, as root, in /mnt/host. MODE: enforcing permissive apparmor none
set -u
mode=$1
cd /mnt/host || exit 125
passed=0 failed=0
root=.1.3.6.1.4.1.8072.9999.9999.2017
ok() { passed=$((passed + 1)); echo "ok - $*"; }
not_ok() { failed=$((failed + 1)); echo "not ok - $*"; }
check() { local what=$1; shift; if "$@"; then ok "$what"; else not_ok "$what"; fi; }
check_eq() { if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1: expected '$2', got '$3'"; fi; }
check_like() { if grep -qE -- "$2" <<<"$3"; then ok "$1"; else not_ok "$1: no '$2' in '$3'"; fi; }
wait_for() { # SECONDS COMMAND...
    local end=$((${EPOCHREALTIME/./} + $1 * 1000000))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "${EPOCHREALTIME/./}" -lt "$end" ] || return 1
        sleep 0.2
    done
}
walk() { snmpbulkwalk -v2c -c public -t 3 -r 2 -Oqn 127.0.0.1 "$@" 2>&1; }
get() { snmpget -v2c -c public -t 3 -r 2 -Oqvn 127.0.0.1 "$@" 2>&1 | sed 's/^"//; s/"$//'; }
index_of() { walk "$root.1.2.1.2" | awk -v n="\"$1\"" '$2 == n { k = split($1, a, "."); print a[k] }'; }
col() { get "$root.1.2.1.$1.$(index_of "$2")"; }
readonly STATUS=3 COUNT=4
col_is() { [ "$(col "$1" "$2")" = "$3" ]; }
export MIBS=

# ------------------------------------------------------------ the product, installed
tar -C root -cf - . | tar -C / --keep-directory-symlink --no-overwrite-dir -xf -
mkdir -p /etc/procgroup/conf.d /usr/local/bin
systemd-sysusers >/dev/null 2>&1
# Programs of the tests, with unique names.
for name in watched-daemon mover; do cp /bin/sleep "/usr/local/bin/$name"; done
cp relabel /usr/local/bin/relabel
# shellcheck source=/dev/null
. "./inside-$( [ "$mode" = enforcing ] || [ "$mode" = permissive ] && echo selinux || echo "$mode").sh"

configure() { # CONF: writes the configuration and restarts procgroupd
    printf '%s\n' "$1" >/etc/procgroup/procgroup.conf
    systemctl reset-failed procgroupd snmpd 2>/dev/null
    systemctl restart procgroupd
}
configuration=$(cat <<EOF
interval = 1
recheck = 1
group "watched" { comm = "watched-daemon" count = "1-1" }
group "d-%{domain}" { expire = 60  include-self = true }
$(conf_of_mode)
EOF
)
before_start
systemd-tmpfiles --create procgroup.conf
systemctl daemon-reload
systemctl restart snmpd
configure "$configuration"
answers() { get "$root.1.1.1.0" | grep -qE '^[0-9]'; }
check "procgroupd answers through snmpd" wait_for 60 answers
if [ "$failed" != 0 ]; then # no other test can pass
    journalctl -b --no-pager -u procgroupd -u snmpd | tail -n 20
    summary_of_mode
    echo "$passed passed, $failed failed"
    exit 1
fi
check_eq "procgroupd runs" active "$(systemctl is-active procgroupd)"

# ------------------------------------------------------------ the source
# The kernel has BTF, and the unit has the capabilities; they are gone afterwards.
check_eq "processes are read by BPF, events are reported" bpf+events "$(get $root.1.1.3.0)"
main_pid=$(systemctl show -p MainPID --value procgroupd)
check_eq "without CAP_NET_ADMIN, CAP_BPF and CAP_PERFMON" 0 \
    "$((0x$(awk '$1 == "CapPrm:" { print $2 }' "/proc/$main_pid/status") & 0xc000001000))"

# ------------------------------------------------------------ least privilege
status_word() { awk -v w="$2:" '$1 == w { print $2 }' "/proc/$1/status"; }
check_eq "the daemon has two capabilities" 0000000000080004 "$(status_word "$main_pid" CapEff)"
snmp_pid=$(pgrep -P "$main_pid" -x procgroupd-snmp)
check_eq "the SNMP process has none" 0000000000000000 "$(status_word "$snmp_pid" CapPrm)"
filters() { status_word "$1" Seccomp_filters; }
check "it filters its system calls further" [ "$(filters "$snmp_pid")" -gt "$(filters "$main_pid")" ]
check_eq "they are filtered" "" "$(journalctl -b --no-pager -u procgroupd | grep "not filtered")"
exposure=$(systemd-analyze security --no-pager procgroupd | sed -n 's/.*exposure level.*: \([0-9.]*\) .*/\1/p')
check "the exposure of the unit is $exposure" awk -v e="$exposure" 'BEGIN { exit !(e > 0 && e <= 2.0) }'

# The daemon may send it signals without CAP_KILL, because both have one account.
kill -STOP "$snmp_pid"
is_new() { [ "$(pgrep -P "$main_pid" -x procgroupd-snmp)" != "$snmp_pid" ] && answers; }
check "an SNMP process that does not respond is replaced" wait_for 90 is_new

# ------------------------------------------------------------ the state of an earlier version
# Its daemon was root, and so was the owner of its files. Without them, a group in front of the
# others would get the index of the first one.
upgrade() {
    local index state=/var/lib/procgroup/state
    index=$(index_of watched)
    systemctl stop procgroupd
    chown -R root:root /var/lib/procgroup
    configure "group \"added\" { comm = \"added\" }
$configuration"
    check "state files of root: it answers" wait_for 60 answers
    check_eq "state files of root: row indexes are kept" "$index" "$(index_of watched)"
    check_eq "state files of root: they are given to the account" "" \
        "$(find /var/lib/procgroup ! -user procgroup)"
    check_eq "state files of root: the log has no error of them" "" \
        "$(journalctl -b --no-pager -u procgroupd | grep -F $state)"
    configure "$configuration"
    check "state files of root: the first configuration again" wait_for 60 answers
}
upgrade

# ------------------------------------------------------------ the security module
check_eq "module in the MIB" "$(module_of_mode)" "$(get $root.1.1.4.0)"
check_eq "enforcing in the MIB" "$(enforcing_of_mode)" "$(get $root.1.1.5.0)"
check_like "module in procgroup show" "security module $(module_of_mode)" \
    "$(procgroup show 2>&1 | sed -n 2p)"

# ------------------------------------------------------------ a process that starts and ends
/usr/local/bin/watched-daemon 600 &
watched=$!
check "a started process: ok" wait_for 20 col_is $STATUS watched 0
check_eq "and counted" 1 "$(col $COUNT watched)"
kill $watched
check "its end is a violation" wait_for 20 col_is $STATUS watched 2
check_eq "snmp-procgroup: status" 1 "$(snmp-procgroup -g watched 127.0.0.1 >/dev/null; echo $?)"
check_like "snmp-procgroup: output" "^127.0.0.1: watched: violation critical: 0" \
    "$(snmp-procgroup -g watched 127.0.0.1)"

# ------------------------------------------------------------ a daemon that does not respond
# With a shorter WatchdogSec= than that of the unit (60): it is sent SIGABRT, and killed later.
stopped_daemon() {
    local drop_in=/etc/systemd/system/procgroupd.service.d/watchdog.conf
    mkdir -p "${drop_in%/*}"
    printf '[Service]\nWatchdogSec=25\nTimeoutAbortSec=3\n' >"$drop_in"
    systemctl daemon-reload
    configure "$configuration"
    check "a daemon with a watchdog: it answers" wait_for 60 col_is $STATUS watched 2
    stopped=$(systemctl show -p MainPID --value procgroupd)
    is_replaced() { [ "$(systemctl show -p MainPID --value procgroupd)" != "$stopped" ] && answers; }
    kill -STOP "$stopped"
    check "a stopped daemon: unknown" wait_for 60 col_is $STATUS watched 3
    check_like "a stopped daemon: snmp-procgroup says why" "watched: unknown: no scan since" \
        "$(snmp-procgroup -g watched 127.0.0.1)"
    check "a stopped daemon: systemd replaces it" wait_for 120 is_replaced
    check "a stopped daemon: then the status is known" wait_for 30 col_is $STATUS watched 2
    rm "$drop_in"
    systemctl daemon-reload
}
[ "$mode" != none ] || stopped_daemon

# ------------------------------------------------------------ without BPF, without events
# run_with LINE...: the unit with these lines in addition
run_with() {
    local drop_in=/etc/systemd/system/procgroupd.service.d
    mkdir -p "$drop_in"
    printf '%s\n' '[Service]' "$@" >"$drop_in/source.conf"
    [ "$(module_of_mode)" != selinux ] || restorecon -RF "$drop_in"
    systemctl daemon-reload
    configure "$configuration"
}
source_is() { [ "$(get $root.1.1.3.0)" = "$1" ]; }
# verify_source WHAT NAME: the results are those of the best source
verify_source() {
    local pid daemon
    check "$1: the source is $2" wait_for 60 source_is "$2"
    daemon=$(systemctl show -p MainPID --value procgroupd)
    check_eq "$1: it says so once" 1 \
        "$(journalctl -b --no-pager _PID="$daemon" | grep -c 'source bpf is not used')"
    /usr/local/bin/watched-daemon 600 &
    pid=$!
    check "$1: a started process: ok" wait_for 20 col_is $STATUS watched 0
    check_eq "$1: and counted" 1 "$(col $COUNT watched)"
    kill $pid
    check "$1: its end is a violation" wait_for 20 col_is $STATUS watched 2
    [ "$mode" = none ] || check "$1: counts by context agree with /proc" wait_for 30 agree
}
without_sources() {
    local bounds='CAP_SYS_PTRACE CAP_DAC_READ_SEARCH CAP_SETUID CAP_SETGID CAP_KILL'
    run_with CapabilityBoundingSet= "CapabilityBoundingSet=$bounds CAP_NET_ADMIN"
    verify_source "without CAP_BPF" procfs+events
    # The proc connector is in the first network namespace only.
    run_with CapabilityBoundingSet= "CapabilityBoundingSet=$bounds" PrivateNetwork=yes
    verify_source "and without the network" procfs
    rm /etc/systemd/system/procgroupd.service.d/source.conf
    systemctl daemon-reload
    # A kernel that lets no BPF program read its memory; it stays like that.
    if [ "$mode" = none ]; then
        echo confidentiality >/sys/kernel/security/lockdown
        configure "$configuration"
        verify_source "in lockdown" procfs+events
    fi
}

# ------------------------------------------------------------ not as root
# Runs the unit under an account with CAPS (as in systemd.exec(5)) instead of as root.
run_as_account() { # CAPS
    local drop_in=/etc/systemd/system/procgroupd.service.d
    mkdir -p "$drop_in"
    printf '[Service]\n%s\n%s\n%s\n%s\n' 'CapabilityBoundingSet=' 'AmbientCapabilities=' \
        "CapabilityBoundingSet=$1" "AmbientCapabilities=$1" \
        >"$drop_in/account.conf"
    [ "$(module_of_mode)" != selinux ] || restorecon -RF "$drop_in"
    systemctl daemon-reload
    # The path of a process of another account can only be read with CAP_SYS_PTRACE.
    configure 'interval = 1
group "by-path" { path = "/usr/local/bin/watched-daemon" count = "1-1" recheck = 0 }'
}

without_root() {
    local pid daemon
    /usr/local/bin/watched-daemon 600 &
    pid=$!
    run_as_account 'CAP_SYS_PTRACE CAP_SETPCAP'
    check "an account: procgroupd answers" wait_for 60 col_is "$COUNT" by-path 1
    daemon=$(systemctl show -p MainPID --value procgroupd)
    check_eq "an account: the daemon is not root" "$(id -u procgroup)" \
        "$(status_word "$daemon" Uid)"
    check_eq "an account: two capabilities" 0000000000080100 "$(status_word "$daemon" CapEff)"
    check_eq "an account: the SNMP process has no bounding set" 0000000000000000 \
        "$(status_word "$(pgrep -x -o procgroupd-snmp)" CapBnd)"
    check_eq "an account: the SNMP process has none" 0000000000000000 \
        "$(status_word "$(pgrep -x -o procgroupd-snmp)" CapPrm)"
    check_eq "an account: the group is ok" 0 "$(col "$STATUS" by-path)"
    check_eq "an account: nothing is unreadable" 0 "$(get "$root.1.1.15.0")"
    # Without the capability the path cannot be read: unknown.
    run_as_account ''
    check "no capability: unknown, not 0" wait_for 60 col_is "$STATUS" by-path 3
    kill $pid
    systemctl stop procgroupd
}

# Standalone, with the same security policy.
standalone() {
    local drop_in=/etc/systemd/system/procgroupd.service.d
    mkdir -p "$drop_in"
    rm -f "$drop_in/account.conf"
    echo 'rocommunity own 127.0.0.1' >/etc/procgroup/snmpd.conf
    printf '[Service]\nRestrictAddressFamilies=AF_INET AF_INET6\nIPAddressDeny=\nExecStart=\nExecStart=%s\n' "/usr/sbin/procgroupd -f \
-L udp:127.0.0.1:1161 -C /etc/procgroup/snmpd.conf" >"$drop_in/standalone.conf"
    [ "$(module_of_mode)" != selinux ] || restorecon -RF "$drop_in" /etc/procgroup
    systemctl daemon-reload
    configure 'interval = 1
group "pid1" { parent = "systemd" count = "1-" }'
    own() { snmpget -v2c -c own -t 2 -Oqvn 127.0.0.1:1161 "$root.1.1.4.0"; }
    own_answers() { own | grep -qx "\"$(module_of_mode)\""; }
    check "standalone: it answers" wait_for 60 own_answers
    systemctl stop procgroupd
}

after_start
if [ "$mode" = none ]; then
    configure "$configuration"
    without_sources
fi
without_root
standalone
summary_of_mode
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
