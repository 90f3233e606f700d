#!/bin/bash
# Processes whose memory is locked, so that reading their arguments waits for ever: all else
# goes on. Once with files of /proc that are FIFOs, and once with real processes where FUSE
# can be used (tests/tools/locked.c). Real ones are in a PID namespace of their own: they would
# stop other programs that read /proc.
if [ -z "${STUCK_APART:-}" ]; then
    apart=(unshare --pid --fork --kill-child --mount --mount-proc)
    if "${apart[@]}" true 2>/dev/null; then
        STUCK_APART=yes exec "${apart[@]}" bash "$0" "$@"
    fi
    STUCK_APART=no
fi
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"
program pg-life
mkdir -p "$tmp/proc" "$tmp/mnt" "$tmp/bin"
cp "$BUILD/tools/locked" "$tmp/bin/pg-stuck"
cat >"$tmp/procgroup.conf" <<EOF
interval = 0.5
recheck = 0
group "life" { name = "pg-life"  count = "1-1" }
group "stuck" { name = "pg-stuck" }
group "words" { cmdline = "forbidden-word"  count = "-0" }
EOF
padding=$(printf '%060000d' 0) # two of them are more than 64 KiB

# ---------------------------------------------------------------- processes of files

# fake PID COMM STACK: another STACK is another program
fake() {
    mkdir -p "$tmp/proc/$1"
    [ -e "$tmp/proc/$1/cmdline" ] || printf '%s\0' "$2" >"$tmp/proc/$1/cmdline"
    echo "$1 ($2) S 1 1 1 0 -1 0 0 0 0 0 50 25 0 0 20 0 1 0 100 4096 1 0 1 1 $3 0" \
        >"$tmp/proc/$1/stat"
}
fifo_set_up() {
    proc=$tmp/proc
    holders=()
    echo cpu >"$tmp/proc/stat"
    fake 1 init 1
}
fifo_life() { fake 10 pg-life 1; }
fifo_end_life() { rm -r "$tmp/proc/10"; }
fifo_stuck() { # NUMBER
    pid=$((20 + $1))
    mkdir "$tmp/proc/$pid"
    mkfifo "$tmp/proc/$pid/cmdline"
    sleep 600 0<>"$tmp/proc/$pid/cmdline" & # a writer: the open does not wait
    holders+=($!)
    started+=($!)
    fake "$pid" pg-stuck 1
}
fifo_padded() {
    mkdir "$tmp/proc/60"
    printf '%s\0' bash "$padding" "$padding" forbidden-word >"$tmp/proc/60/cmdline"
    fake 60 bash 1
}
fifo_end_padded() { rm -r "$tmp/proc/60"; }
fifo_release() { # NUMBER...
    local n
    for n; do
        echo sleep >"$tmp/sleep"
        mv "$tmp/sleep" "$tmp/proc/$((20 + n))/cmdline"
        fake $((20 + n)) sleep 2
    done
    kill "${holders[@]}"
}
fifo_tear_down() { rm -r "$tmp/proc"; }

# ---------------------------------------------------------------- real processes

fuse_set_up() {
    proc=/proc
    if [ "$STUCK_APART" = no ]; then
        echo 'no PID namespace' >"$tmp/server"
        return 1
    fi
    "$BUILD/tools/locked" serve "$tmp/mnt" >"$tmp/server" 2>&1 &
    server=$!
    started+=("$server")
    wait_for 5 grep -q '^ready' "$tmp/server"
}
fuse_life() {
    run_program pg-life
    life=$pid
}
fuse_end_life() { kill "$life"; }
is_locked() { grep -q '^[0-9]* (pg-stuck) D' "/proc/$1/stat"; }
fuse_stuck() { # NUMBER
    "$tmp/bin/pg-stuck" wait "$tmp/mnt/f$1" /bin/sleep 300 >>"$tmp/stuck.log" 2>&1 &
    pid=$!
    started+=("$pid")
    check "fuse: the memory of process $pid is locked" wait_for 10 is_locked "$pid"
}
# While it executes another file: not even its stat answers (Linux 6.18).
fuse_exec() {
    "$tmp/bin/pg-stuck" exec "$tmp/mnt/f60" /bin/sleep 300 >>"$tmp/stuck.log" 2>&1 &
    pid=$!
    started+=("$pid")
    wait_for 10 cannot_be_read "$pid"
}
cannot_be_read() { ! timeout -s KILL 1 cat "/proc/$1/io" >/dev/null 2>&1; }
fuse_padded() {
    bash -c 'sleep 300; :' bash "$padding" "$padding" forbidden-word </dev/null >/dev/null 2>&1 &
    padded=$!
    started+=("$padded")
}
fuse_end_padded() { kill "$padded"; }
fuse_release() { kill "$server"; }
fuse_tear_down() { umount -l "$tmp/mnt"; }

# ---------------------------------------------------------------- the same for both

readonly UNRESPONSIVE=$root.1.1.25.0 SAMPLES=$root.1.1.11.0
is() { [ "$(get "$1")" = "$2" ]; }
unresponsive_at_least() { [ "$(get "$UNRESPONSIVE")" -ge "$1" ]; }
samples_pass() { [ "$(get "$SAMPLES")" -gt "$1" ]; }
cycles_continue() { wait_for 10 samples_pass $(($(get "$SAMPLES") + 2)); }
log_has() { grep -qE -- "$1" "$tmp/procgroupd.log"; }
# run STATUS COMMAND ARG...: procgroup ends with this status; `said` is its output
run() {
    local expected=$1 command=$2 begin=${EPOCHREALTIME/./} status
    shift 2
    said=$(timeout -s KILL 30 "$bin/procgroup" "$command" -P "$proc" "$@" 2>&1)
    status=$?
    check_eq "$mode: procgroup $command $*: status" "$expected" "$status"
    check "$mode: procgroup $command: at once" [ $((${EPOCHREALTIME/./} - begin)) -lt 5000000 ]
}
start() {
    start_procgroupd -P "$proc"
    check "$mode: procgroupd starts" ready
}

one_stuck_process() {
    "${mode}_life"
    "${mode}_stuck" 1
    first=$pid
    start
    check "$mode: the stuck process is counted by its name" wait_for 5 col_is $COUNT stuck 1
    check "$mode: the others too" wait_for 5 col_is $COUNT life 1
    check "$mode: a group by arguments is unknown" wait_for 5 col_is $STATUS words 3
    check "$mode: procGroupAgentUnresponsive is 1" wait_for 5 is "$UNRESPONSIVE" 1
    check "$mode: the log names it" wait_for 5 log_has "process $first \(pg-stuck\) does not answer"
    check "$mode: cycles continue" cycles_continue
    check_eq "$mode: it is named once" 1 \
        "$(grep -c "process $first .* does not answer" "$tmp/procgroupd.log")"
    "${mode}_padded"
    check "$mode: padded arguments do not evade a forbidding group" wait_for 5 col_is $STATUS words 2
    "${mode}_end_padded"
    "${mode}_end_life"
    check "$mode: the end of a daemon is notified" wait_for 5 trap_has 'life: .*count 0'
}

commands() {
    run 0 check pg-stuck:1- ,comm=pg-life:1-
    run 1 check ,cmdline=forbidden-word:0-0
    check_like "$mode: unknown, not ok" '^unknown: .*not readable: no answer within 100 ms' "$said"
    run 0 show -c "$tmp/procgroup.conf"
    check_like "$mode: show counts them" '[1-9] do not answer' "$said"
    run 0 explain -c "$tmp/procgroup.conf" "$first"
    check_like "$mode: explain says why" 'arguments.*no answer within 100 ms' "$said"
    run 0 explain -c "$tmp/procgroup.conf" words
    check_like "$mode: explain of a group, too" "undecided +$first .*no answer within 100 ms" "$said"
}

# A process that executes a file is the last one known, or hidden; all else goes on.
executing_process() {
    [ "$mode" = fuse ] || return
    check "$mode: a process executes for ever" fuse_exec
    check "$mode: cycles continue beside it" cycles_continue
    "${mode}_life"
    check "$mode: another process is counted" wait_for 5 col_is $COUNT life 1
    "${mode}_end_life"
    check "$mode: and its end is seen" wait_for 5 col_is $COUNT life 0
    run 0 check ,comm=snmpd:1-
}

# More than a scan tries.
six_stuck_processes() {
    local n begin
    for n in 2 3 4 5 6; do "${mode}_stuck" "$n"; done
    check "$mode: six are counted" wait_for 10 col_is $COUNT stuck 6
    check "$mode: all of them are tried" wait_for 10 unresponsive_at_least 6
    "${mode}_life"
    check "$mode: other processes are counted" wait_for 5 col_is $COUNT life 1
    check "$mode: cycles continue with six" cycles_continue
    commands
    begin=${EPOCHREALTIME/./}
    kill "$daemon"
    check "$mode: SIGTERM ends procgroupd" wait_for 5 gone "$daemon"
    check "$mode: within 2 s" [ $((${EPOCHREALTIME/./} - begin)) -lt 2000000 ]
    start
    check "$mode: it starts with six stuck processes" wait_for 5 col_is $COUNT stuck 6
    check "$mode: and finds them" wait_for 10 unresponsive_at_least 6
    "${mode}_release" 1 2 3 4 5 6
    check "$mode: they answer again" wait_for 20 is "$UNRESPONSIVE" 0
    check "$mode: and the log says so" wait_for 5 log_has "process $first answers again"
    check "$mode: a group by arguments is ok again" wait_for 20 col_is $STATUS words 0
    stop "$daemon"
}

start_snmpd && start_trapd
for mode in fifo fuse; do
    if ! "${mode}_set_up"; then
        echo "not run: FUSE cannot be used here: $(tail -n 1 "$tmp/server")"
        continue
    fi
    : >"$tmp/procgroupd.log"
    one_stuck_process
    executing_process
    six_stuck_processes
    "${mode}_tear_down"
done
summary
