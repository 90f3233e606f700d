# shellcheck shell=bash
# What every integration and fault test shares. Source it; it makes a folder of the test's
# own, finds free ports, and ends what was started (by pid) when the test ends.
set -u
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

# Nothing of the machine's own SNMP set-up, and no MIB files.
mkdir -p "$tmp/p" "$tmp/pt" "$tmp/c"
export MIBS='' SNMP_PERSISTENT_DIR=$tmp/p SNMPCONFPATH=$tmp/c

cleanup() {
    local pid
    # KILL: a wedged snmpd ignores TERM. CONT first: one may be stopped.
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
# is WHAT holds PATTERN TEXT (grep -E)
check_like() {
    if grep -qE -- "$2" <<<"$3"; then ok "$1"; else not_ok "$1: no '$2' in '$3'"; fi
}
summary() {
    if [ "$failed" != 0 ]; then
        for f in "$tmp"/*.log "$tmp"/traps; do
            [ -s "$f" ] && { echo "--- $f"; tail -n 20 "$f" | cut -c1-300; }
        done
    fi
    echo "$passed passed, $failed failed"
    [ "$failed" = 0 ]
    exit
}

# wait_for SECONDS COMMAND...: until it succeeds; fails when the time is up
wait_for() {
    local end=$((${EPOCHREALTIME/./} + $1 * 1000000))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "${EPOCHREALTIME/./}" -lt "$end" ] || return 1
        sleep 0.05
    done
}
gone() { [ ! -d "/proc/$1" ] || ! kill -0 "$1" 2>/dev/null || grep -q '^State:.Z' "/proc/$1/status" 2>/dev/null; }
# stop PID [SIGNAL]: and wait for its end
stop() {
    kill "-${2:-TERM}" "$1" 2>/dev/null
    wait_for 5 gone "$1" || { kill -KILL "$1" 2>/dev/null; return 1; }
    wait "$1" 2>/dev/null
    return 0
}

# A UDP port that nobody has now.
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

get() { snmpget -v2c -c public -t 1 -r 2 -Oqvn "127.0.0.1:$port" "$@" 2>&1; }
getnext() { snmpgetnext -v2c -c public -t 1 -r 2 -Oqn "127.0.0.1:$port" "$@" 2>&1; }
walk() { snmpbulkwalk -v2c -c public -t 1 -r 2 -Oqn "127.0.0.1:$port" "$@" 2>&1; }
set_() { snmpset -v2c -c private -t 2 -r 0 -Oqvn "127.0.0.1:$port" "$@" 2>&1; }
unquote() { sed 's/^"//; s/"$//'; }

# Columns of procGroupTable
# shellcheck disable=SC2034 # for those who source this
readonly NAME=2 STATUS=3 COUNT=4 PENDING=14 ADMIN=12 MESSAGE=10
# index_of GROUP: its row
index_of() {
    walk "$root.1.2.1.$NAME" | awk -v n="\"$1\"" '$2 == n { k = split($1, a, "."); print a[k] }'
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
    wait_for 10 get .1.3.6.1.2.1.1.3.0
}
# What arrives, one notification a block, ends in the file "traps".
start_trapd() {
    # shellcheck disable=SC2016 # snmptrapd's own letters
    printf 'authCommunity log,execute,net public\nformat2 TRAP %%#v\\n\n' >"$tmp/trapd.conf"
    SNMP_PERSISTENT_DIR=$tmp/pt snmptrapd -f -C -c "$tmp/trapd.conf" -X -Lo -On -n -m '' \
        "udp:127.0.0.1:$trap_port" >"$tmp/traps" 2>&1 &
    trapd=$!
    started+=("$trapd")
    wait_for 10 grep -q "$(printf ':%04X ' "$trap_port")" /proc/net/udp
}
# start_procgroupd [ARG...]: with $tmp/procgroup.conf, a state file, the private master
start_procgroupd() {
    "$bin/procgroupd" -f -c "$tmp/procgroup.conf" -s "$tmp/state" -x "$agentx" "$@" \
        >>"$tmp/procgroupd.log" 2>&1 &
    daemon=$!
    started+=("$daemon")
}
# start_standalone [ARG...]: the same without snmpd
start_standalone() {
    cat >"$tmp/standalone.conf" <<-EOF
	rocommunity public 127.0.0.1
	rwcommunity private 127.0.0.1
	trap2sink 127.0.0.1:$trap_port public
	EOF
    "$bin/procgroupd" -f -c "$tmp/procgroup.conf" -s "$tmp/state" \
        -L "udp:127.0.0.1:$port" -C "$tmp/standalone.conf" "$@" >>"$tmp/procgroupd.log" 2>&1 &
    daemon=$!
    started+=("$daemon")
}
# The daemon answers: its version is there.
answers() { get "$root.1.1.1.0" | grep -qE '^"?[0-9]'; }
ready() { wait_for "${1:-15}" answers; }

# trap_has PATTERN: a line of the notifications that fits (grep -E)
trap_has() { grep -qE -- "$1" "$tmp/traps"; }
traps_like() { grep -cE -- "$1" "$tmp/traps"; }

# Some machines (containers, sandboxes) hide the executable of a process even from root.
# Such a process might be any path's, and a group that asks for a path is then unknown:
# rightly, but that is not what a test of something else is about.
readable_except() {
    local p
    for p in /proc/[0-9]*; do
        if [ -n "$(tr -d "\\000" <"$p/cmdline")" ] && ! readlink "$p/exe" >/dev/null; then
            printf 'except { comm = "%s" } ' "$(cat "$p/comm")"
        fi
    done 2>/dev/null
}

# program NAME: a program of that name, to be run as $tmp/bin/NAME SECONDS
program() {
    mkdir -p "$tmp/bin"
    cp /bin/sleep "$tmp/bin/$1"
}
# run_program NAME [SECONDS]: in the background; its pid is in $pid
run_program() {
    "$tmp/bin/$1" "${2:-300}" </dev/null >/dev/null 2>&1 &
    pid=$!
    started+=("$pid")
}
