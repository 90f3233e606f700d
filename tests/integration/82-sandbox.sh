#!/bin/bash
# What the two processes keep: capabilities, descriptors, environment, filters, from /proc; and
# what is published of the arguments of processes.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"
if [ "$(id -u)" != 0 ]; then
    not_ok "this test needs root to see what is dropped"
    summary
fi
program watched
run_program watched 47110815
echo "interval = 1
group \"watched\" { path = \"$tmp/bin/watched\" count = \"1-1\" }
group \"offending\" { path = \"$tmp/bin/watched\" count = \"0-0\" recheck = 0
    condition \"threads\" { metric = \"threads\" each = true range = \"5-\" recheck = 0 } }" >"$tmp/procgroup.conf"
field() { awk -v f="$2:" '$1 == f { print $2 }' "/proc/$1/status"; }
# What this test has, reduced to the given capabilities (a container may have less).
of_ours() { printf '%016x' $((0x$(field $$ CapEff) & $1)); }
snmp_process() { pgrep -P "$daemon" -x procgroupd-snmp; }
is_filtered=1
grep -qa __asan_init "$bin/procgroupd-snmp" && is_filtered=
ldd "$bin/procgroupd-snmp" | grep -q libseccomp || is_filtered=

check_confined() { # MODE PID BOUNDING-SET: an SNMP process
    for set in CapInh CapPrm CapEff CapAmb; do
        check_eq "$1: $set of the SNMP process" 0000000000000000 "$(field "$2" $set)"
    done
    check_eq "$1: CapBnd of the SNMP process" "$3" "$(field "$2" CapBnd)"
    check_eq "$1: no_new_privs" 1 "$(field "$2" NoNewPrivs)"
    check "$1: another account" [ "$(field "$2" Uid)" != 0 ]
    check_eq "$1: no groups" '' "$(field "$2" Groups)"
    [ -z "$is_filtered" ] || check_eq "$1: a filter of system calls" 2 "$(field "$2" Seccomp)"
}
descriptors() { # PID
    local fd
    for fd in "/proc/$1/fd"/*; do readlink "$fd"; done | sed 's/:.*//' | sort | uniq -c | xargs
}
has_descriptors() { [ "$(descriptors "$1")" = "$2" ]; }
check_processes() { # MODE CAPABILITIES-OF-THE-DAEMON DESCRIPTORS-OF-THE-SNMP-PROCESS
    local child
    child=$(snmp_process)
    check_eq "$1: capabilities of the daemon" "$(of_ours "$2")" "$(field "$daemon" CapEff)"
    check_eq "$1: and no others permitted" "$(of_ours "$2")" "$(field "$daemon" CapPrm)"
    check_eq "$1: nor inherited" 0000000000000000 "$(field "$daemon" CapInh)"
    check_confined "$1" "$child" 0000000000000000
    check_eq "$1: environment" "SNMPCONFPATH=$tmp/c" "$(tr '\0' '\n' <"/proc/$child/environ" | grep -v ^VALGRIND)"
    # stdio, the daemon's socket and pipe; net-snmp has two pipes of its own.
    wait_for 10 has_descriptors "$child" "$3" # a table that is being taken is one more
    check_eq "$1: descriptors" "$3" "$(descriptors "$child")"
}
# SECRET would be in the environment of a child that inherits it.
export SECRET=x LD_BIND_NOW=1
start_snmpd
start_procgroupd
check "agentx: it answers" ready
check "agentx: the path is read" wait_for 10 col_is $STATUS watched 0
# CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH, CAP_SETUID, CAP_SETGID, CAP_SETPCAP, CAP_KILL
check_processes agentx 0x801e4 '1 /dev/null 7 pipe 2 socket'
stop "$snmpd"
start_snmpd
check "agentx: it reconnects" ready
check_eq "agentx: a SET" 2 "$(set_ "$root.1.2.1.$ADMIN.$(index_of watched)" i 2)"

# Arguments may have passwords. A message, a notification and the log name the process without them.
start_trapd
arguments() { get "$root.1.4.1.4.$(index_of watched).$pid"; }
check_eq "arguments are not published" '""' "$(arguments)"
check_eq "nor in another column" '' "$(walk "$root" | grep 47110815)"
check_like "procgroup show has them" 'watched 47110815' "$("$bin/procgroup" show -m -c "$tmp/procgroup.conf" watched)"
echo 'publish-cmdline = true' >>"$tmp/procgroup.conf"
kill -HUP "$daemon"
published() { arguments | grep -q 'watched 47110815'; }
check "publish-cmdline publishes them" wait_for 20 published
offending=$root.1.4.1.4.$(index_of offending).$pid
check_eq "in their column, and in no other one" "$root.1.4.1.4.$(index_of watched).$pid $offending" \
    "$(walk "$root" | awk '/47110815/ { print $1 }' | xargs)"
check_like "a message names the process" "pid $pid" "$(col $MESSAGE offending)"
offend() { # violations begin while arguments are published, for a new process too
    run_program watched 47110815
    wait_for 20 trap_has "pid $pid"
}
check "so does a notification" offend
check_eq "they are in no notification" '' "$(grep 47110815 "$tmp/traps")"
check_like "the log names the process" "pid $pid" "$(cat "$tmp/procgroupd.log")"
check_eq "they are not in the log" '' "$(grep 47110815 "$tmp/procgroupd.log")"
stop "$pid"
stop "$daemon"

# As in the unit: an ordinary account with ambient capabilities, which are also its bounding set.
chmod 755 "$tmp" "$tmp/bin"
cp "$bin/procgroup" "$bin/procgroupd" "$bin/procgroupd-snmp" "$tmp/bin/"
mkdir -m 777 "$tmp/unit"
is_replaced() { local now; now=$(snmp_process) && [ "$now" != "$1" ] && answers; }
as_the_unit() { # MODE CAPABILITIES NUMBER BOUNDING-SET-OF-THE-SNMP-PROCESS
    local caps=$2 child
    setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps="$caps" --ambient-caps="$caps" \
        --bounding-set="-all,$caps" --no-new-privs "$tmp/bin/procgroupd" -f -R "$run_folder" -c "$tmp/procgroup.conf" \
        -s "$tmp/unit/state" -x "$agentx" >>"$tmp/procgroupd.log" 2>&1 &
    daemon=$!
    started+=("$daemon")
    check "$1: it answers" ready
    check_eq "$1: capabilities of the daemon" "$(of_ours "$3")" "$(field "$daemon" CapEff)"
    child=$(snmp_process)
    check_confined "$1" "$child" "$4"
    kill -KILL "$child"
    check "$1: the SNMP process is replaced" wait_for 20 is_replaced "$child"
    check_confined "$1, replaced" "$(snmp_process)" "$4"
    stop "$daemon"
}
as_the_unit "unit" +sys_ptrace,+dac_read_search 0x80004 "$(of_ours 0x80004)"
as_the_unit "unit with CAP_SETPCAP" +sys_ptrace,+dac_read_search,+setpcap 0x80104 0000000000000000

# The account of both processes may use the control socket, but the SNMP process may not, nor
# what it starts: a program in its place tries it before it becomes the SNMP process.
mkdir "$tmp/bin/real"
mv "$tmp/bin/procgroupd-snmp" "$tmp/bin/real/"
run_folder=$tmp/unit/run
cat >"$tmp/bin/procgroupd-snmp" <<EOF
#!/usr/bin/python3 -I
import os, socket, struct, subprocess, sys
with open("$tmp/unit/tried", "w") as out:
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.settimeout(5)
    s.connect("$run_folder/control")
    s.send(struct.pack("=IIq256s128s", 1, 2, 0, b"watched", b""))
    print("itself:", s.recv(1000)[16:].rstrip(b"\\0").decode(), file=out)
    r = subprocess.run(["$tmp/bin/procgroup", "maintenance", "-R", "$run_folder", "watched", "on"], env={},
                       capture_output=True, text=True)
    print("its child:", r.returncode, r.stderr, end="", file=out)
os.execv("$tmp/bin/real/procgroupd-snmp", ["procgroupd-snmp"] + sys.argv[1:])
EOF
chmod 755 "$tmp/bin/procgroupd-snmp"
as_the_unit "unit, tried" +sys_ptrace,+dac_read_search 0x80004 "$(of_ours 0x80004)"
only='only root and members of the group may request this'
check_like "the SNMP process cannot use the control socket" "^itself: $only\$" "$(cat "$tmp/unit/tried")"
check_like "nor can what it starts" "^its child: 1 procgroup: $only: watched\$" "$(cat "$tmp/unit/tried")"
stop "$snmpd"

cat >"$tmp/standalone.conf" <<-EOF
	createUser user SHA "authentication" AES "encryption"
	rouser user
	rocommunity public 127.0.0.1
	informsink localhost:$trap_port public
EOF
chmod 600 "$tmp/standalone.conf"
: >"$tmp/traps" # without those that came through snmpd
"$bin/procgroupd" -f -R "$run_folder" -c "$tmp/procgroup.conf" -s "$tmp/state" \
    -L "udp:127.0.0.1:$port,tcp:127.0.0.1:$port" -C "$tmp/standalone.conf" >>"$tmp/procgroupd.log" 2>&1 &
daemon=$!
started+=("$daemon")
check "standalone: it answers" ready
check_eq "standalone: TCP" 0 "$(snmpget -v2c -c public -Oqvn "tcp:127.0.0.1:$port" "$root.1.1.1.0" >/dev/null; echo $?)"
check_eq "standalone: SNMPv3" 0 "$(snmpget -v3 -l authPriv -u user -a SHA -A authentication -x AES \
    -X encryption -Oqvn "127.0.0.1:$port" "$root.1.1.1.0" >/dev/null; echo $?)"
check "standalone: a sink is found by its name" wait_for 20 trap_has 'procgroupd .* started'
# The closed TCP session may still be there.
sockets() { [ "$(for fd in "/proc/$(snmp_process)/fd"/*; do readlink "$fd"; done | grep -c socket)" = 4 ]; }
wait_for 10 sockets
check_processes standalone 0x805e4 '1 /dev/null 7 pipe 4 socket'
check "standalone: the same SNMP process" [ "$(grep -c 'listening for SNMP' "$tmp/procgroupd.log")" = 1 ]
summary
