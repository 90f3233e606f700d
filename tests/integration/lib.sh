# shellcheck shell=bash
# Shared by all integration and fault tests; source it. It creates a temporary folder, finds
# free ports, and ends the processes that the test started (by pid) when the test ends.
set -u
[ -z "${started+set}" ] || return 0 # two other files have sourced it
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=${BUILD:-build}
case $BUILD in /*) ;; *) BUILD=$top/$BUILD ;; esac
bin=$BUILD/bin
export PATH=$PATH:/usr/sbin:/sbin
tmp=$(mktemp -d "${TMPDIR:-/tmp}/procgroup.XXXXXX")
chmod 755 "$tmp"
root=.1.3.6.1.4.1.8072.9999.9999.2017
passed=0 failed=0
started=() # pids to end

# Use neither the SNMP configuration of this machine nor MIB files.
mkdir -p "$tmp/p" "$tmp/pt" "$tmp/c"
# No ticks and crosses of a UTF-8 locale.
export LC_ALL=C
export XDG_CACHE_HOME=$tmp/cache
export MIBS='' SNMP_PERSISTENT_DIR=$tmp/p SNMPCONFPATH=$tmp/c

cleanup() {
    local pid
    # CONT because a process may be stopped; KILL because a hung snmpd ignores TERM.
    for pid in "${started[@]}"; do kill -CONT "$pid" 2>/dev/null; kill "$pid" 2>/dev/null; done
    for pid in "${started[@]}"; do
        wait_for 3 gone "$pid" || kill -KILL "$pid" 2>/dev/null
    done
    rm -rf "$tmp"
}
trap cleanup EXIT

ok() { passed=$((passed + 1)); echo "ok - $*"; }
not_ok() { failed=$((failed + 1)); echo "not ok - $*"; }
# check WHAT COMMAND...
check() {
    local what=$1
    shift
    if "$@"; then ok "$what"; else not_ok "$what"; fi
}
# check_eq WHAT EXPECTED GOT
check_eq() {
    if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1: expected '$2', got '$3'"; fi
}
# check_like WHAT PATTERN TEXT: TEXT matches PATTERN (grep -E)
check_like() {
    if grep -qE -- "$2" <<<"$3"; then ok "$1"; else not_ok "$1: no '$2' in '$3'"; fi
}
summary() {
    if [ "$failed" != 0 ]; then
        [ -n "${trapd:-}" ] && gone "$trapd" && echo "--- snmptrapd has ended"
        for f in "$tmp"/*.log "$tmp"/traps; do
            [ -s "$f" ] && { echo "--- $f"; tail -n 20 "$f" | cut -c1-300; }
        done
    fi
    echo "$passed passed, $failed failed"
    [ "$failed" = 0 ]
    exit
}

# wait_for SECONDS COMMAND...: repeats COMMAND until it succeeds; fails after SECONDS
wait_for() {
    local end=$((${EPOCHREALTIME/./} + $1 * 1000000))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "${EPOCHREALTIME/./}" -lt "$end" ] || return 1
        sleep 0.05
    done
}
gone() { [ ! -d "/proc/$1" ] || ! kill -0 "$1" 2>/dev/null || grep -q '^State:.Z' "/proc/$1/status" 2>/dev/null; }
# stop PID [SIGNAL]: ends a process and waits for it
stop() {
    kill "-${2:-TERM}" "$1" 2>/dev/null
    wait_for 5 gone "$1" || { kill -KILL "$1" 2>/dev/null; return 1; }
    wait "$1" 2>/dev/null
    return 0
}

# Prints a UDP port that is not in use.
free_port() {
    local port hex
    for _ in $(seq 100); do
        port=$((20000 + RANDOM % 30000)) hex=$(printf ':%04X ' "$port")
        grep -q "$hex" /proc/net/udp /proc/net/udp6 2>/dev/null || { echo "$port"; return; }
    done
    return 1
}
port=$(free_port) trap_port=$(free_port)
agentx=$tmp/agentx.sock
run_folder=$tmp/run # the folder for procgroup status

# A machine with load may take long; a request may be lost while an agent restarts.
get() { snmpget -v2c -c public -t 1 -r 4 -Oqvn "127.0.0.1:$port" "$@" 2>&1; }
getnext() { snmpgetnext -v2c -c public -t 1 -r 4 -Oqn "127.0.0.1:$port" "$@" 2>&1; }
walk() { snmpbulkwalk -v2c -c public -t 1 -r 4 -Oqn "127.0.0.1:$port" "$@" 2>&1; }
set_() { snmpset -v2c -c private -t 10 -r 0 -Oqvn "127.0.0.1:$port" "$@" 2>&1; }
unquote() { sed 's/^"//; s/"$//'; }

# Columns of procGroupTable
# shellcheck disable=SC2034 # used by the tests
readonly NAME=2 STATUS=3 COUNT=4 PENDING=14 ADMIN=12 MESSAGE=10
# index_now GROUP: the index of its row, nothing if there is none
index_now() {
    walk "$root.1.2.1.$NAME" | awk -v n="\"$1\"" '$2 == n { k = split($1, a, "."); print a[k] }'
}
has_row() { row_index=$(index_now "$1") && [ -n "$row_index" ]; }
# index_of GROUP: that of a row which is there, or will be soon
index_of() {
    local row_index=
    wait_for 15 has_row "$1"
    echo "$row_index"
}
# col COLUMN GROUP
col() { get "$root.1.2.1.$1.$(index_of "$2")" | unquote; }
col_is() { [ "$(col "$1" "$2")" = "$3" ]; }

start_snmpd() {
    cat >"$tmp/snmpd.conf" <<-EOF
	rocommunity public 127.0.0.1
	rwcommunity private 127.0.0.1
	master agentx
	agentXSocket $agentx
	agentXPerms 0777 0755
	agentXTimeout 5
	agentXRetries 0
	trap2sink 127.0.0.1:$trap_port public
	EOF
    snmpd -f -C -c "$tmp/snmpd.conf" -Lf "$tmp/snmpd.log" -p "$tmp/snmpd.pid" -I -smux \
        "udp:127.0.0.1:$port" &
    snmpd=$!
    started+=("$snmpd")
    wait_for 60 get .1.3.6.1.2.1.1.3.0 # on a machine with load
}
# Received notifications are appended to the file "traps". A receiver that does not receive
# would make later checks fail at a place that says nothing of the reason: it has to acknowledge
# an inform first, of a community that is not logged.
receives() {
    snmpinform -v2c -c unlogged -Ln -t 1 -r 2 "127.0.0.1:$trap_port" '' .1.3.6.1.4.1.8072.9999.1
}
start_trapd() {
    # shellcheck disable=SC2016 # format letters of snmptrapd
    printf 'authCommunity log,execute,net public\nauthCommunity net unlogged\nformat2 TRAP %%#v\\n\n' \
        >"$tmp/trapd.conf"
    : >"$tmp/traps"
    SNMP_PERSISTENT_DIR=$tmp/pt snmptrapd -f -C -c "$tmp/trapd.conf" -X -Lo -On -n -m '' \
        "udp:127.0.0.1:$trap_port" >>"$tmp/traps" 2>&1 &
    trapd=$!
    started+=("$trapd")
    wait_for 20 receives || { not_ok 'snmptrapd receives nothing'; return 1; }
}
# start_procgroupd [ARG...]: with $tmp/procgroup.conf and $tmp/state, below the private snmpd
start_procgroupd() {
    "$bin/procgroupd" -f -c "$tmp/procgroup.conf" -s "$tmp/state" -R "$run_folder" -x "$agentx" "$@" \
        >>"$tmp/procgroupd.log" 2>&1 &
    daemon=$!
    started+=("$daemon")
}
# start_standalone [ARG...]: the same, without snmpd
start_standalone() {
    cat >"$tmp/standalone.conf" <<-EOF
	rocommunity public 127.0.0.1
	rwcommunity private 127.0.0.1
	trap2sink 127.0.0.1:$trap_port public
	EOF
    "$bin/procgroupd" -f -c "$tmp/procgroup.conf" -s "$tmp/state" -R "$run_folder" \
        -L "udp:127.0.0.1:$port" -C "$tmp/standalone.conf" "$@" >>"$tmp/procgroupd.log" 2>&1 &
    daemon=$!
    started+=("$daemon")
}
# procgroupd answers: its version can be read.
answers() { get "$root.1.1.1.0" | grep -qE '^"?[0-9]'; }
ready() { wait_for "${1:-15}" answers; }

# trap_has PATTERN: a received notification matches PATTERN (grep -E)
trap_has() { grep -qE -- "$1" "$tmp/traps"; }
traps_like() { grep -cE -- "$1" "$tmp/traps"; }

# program NAME: makes a program $tmp/bin/NAME, which sleeps for as many seconds as its argument
program() {
    mkdir -p "$tmp/bin"
    cp /bin/sleep "$tmp/bin/$1"
}
# run_program NAME [SECONDS]: runs it in the background, for an hour if nothing else is said, and sets pid
run_program() {
    "$tmp/bin/$1" "${2:-3600}" </dev/null >/dev/null 2>&1 &
    pid=$!
    started+=("$pid")
}
