#!/bin/bash
# Whatever calls procgroup is not counted by it: the command itself, the shell of a cron job, and
# the processes of procgroupd. All programs are copies with names of their own, because other
# tests may run at the same time.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"
mkdir -p "$tmp/bin"
cp "$bin/procgroup" "$tmp/bin/pg-observer"
cp "$bin/procgroupd" "$bin/procgroupd-snmp" "$tmp/bin/"
pg=$tmp/bin/pg-observer
word=pgword$$x$RANDOM # in no arguments but those of a call

# run COMMAND...: its output in $out, exit status in $status
run() { out=$("$@" 2>&1) && status=0 || status=$?; }
# is_zero WHAT COMMAND...: a check of "$word" that finds no process, so that 1-1 is a violation
is_zero() {
    local what=$1
    shift
    run "$@"
    check_like "$what is not counted" "cmdline=$word.*: count 0, below 1-1" "$out"
}

# ---------------------------------------------------------------- the command itself
run "$pg" check ",cmdline=$word:1-"
check_eq 'a check does not find itself by its arguments' 1 "$status"
run "$pg" check pg-observer:0-0
check_eq 'nor by its name' 0 "$status"
run "$pg" check "$pg:0-0"
check_like 'nor by its path' "$pg: (0 processes|.*could not be determined)" "$out"
run "$pg" check --cpu-max=0 -w 0.3
check_eq 'nor by its CPU time' '' "$(grep -o pg-observer <<<"$out")"
run "$pg" check --include-self ",cmdline=$word:1-1" pg-observer:1-1
check_eq '--include-self counts it' 0 "$status"

# ---------------------------------------------------------------- what called it
spec=",cmdline=$word:1-1"
is_zero 'sh -c' sh -c "$pg check $spec; true"
is_zero 'sh -c with quotes' sh -c "'$pg' \"check\"   ',cmdline=$word:1-1'; true"
is_zero 'bash -c in sh -c' sh -c "bash -c '$pg check $spec; true'; true"
is_zero 'a pipeline' sh -c "$pg check $spec | cat; true"
is_zero 'a fork at the other end of a pipeline' \
    sh -c "{ sleep 0.2; $pg check $spec; } | { cat; true; }; true"
for wrapper in 'env A=1' 'timeout 60' 'nice -n 1' 'setsid -w' 'nohup' 'setpriv --nnp' \
    'env timeout 60 nice setpriv --nnp'; do
    # shellcheck disable=SC2086 # split into words
    is_zero "$wrapper" $wrapper "$pg" check "$spec"
    is_zero "$wrapper in sh -c" sh -c "$wrapper $pg check $spec; true"
done
cat >"$tmp/script" <<EOF
#!/bin/sh
$pg check -f mon "\$@"
true
EOF
chmod 755 "$tmp/script"
is_zero 'a script with the SPEC as its argument' "$tmp/script" "$spec"
is_zero 'such a script below sh -c' sh -c "$tmp/script $spec; true"
run sh -c "$pg check --include-self ,cmdline=$word:2-2; true"
check_like '--include-self counts the shell too' "^ok: ,cmdline=$word" "$out"
# Its arguments are the same, but it has called nothing.
sh -c "sleep 300; : $pg check ,cmdline=$word:1-1" &
alike=$!
started+=("$alike")
wait_for 5 grep -q "$word" "/proc/$alike/cmdline"
run sh -c "$pg check ,cmdline=$word:1-1; true"
check_like 'a process that only looks like the caller is counted' "^ok: ,cmdline=$word" "$out"
stop "$alike" KILL

# ---------------------------------------------------------------- other commands
# begin COMMAND...: a command of procgroup that scans for an hour; its pid in $command
begin() {
    "$@" >"$tmp/other.out" 2>&1 &
    command=$!
    started+=("$command")
    wait_for 10 runs "$command"
}
runs() { grep -qx pg-observer "/proc/$1/comm"; }
long=(-w 3600 --cpu-max=99999)
begin "$pg" check "${long[@]}" "$spec"
is_zero 'another command with this call' "$pg" check "$spec"
is_zero 'another command with this call, which a shell made,' sh -c "$pg check $spec; true"
is_zero 'another command with more arguments' "$pg" check -f mon "$spec"
run "$pg" check --include-self "$spec"
check_like '--include-self counts it' "cmdline=$word.*: count 2, above 1" "$out"
run "$pg" check ",cmdline=$word:1-2"
check_eq 'a command with another SPEC is counted' 0 "$status"
ln "$pg" "$tmp/bin/pg-link"
is_zero 'another command, of a link,' "$tmp/bin/pg-link" check "$spec"
cp "$pg" "$tmp/bin/pg-copy"
run "$tmp/bin/pg-copy" check "$spec"
check_eq 'a command of another file is counted' 0 "$status"
stop "$command" KILL
# The shell that made it belongs to it.
sh -c "$pg check ${long[*]} $spec; true" >"$tmp/other.out" 2>&1 &
shell=$!
started+=("$shell")
child() { command=$(grep -ls "^PPid:.$shell\$" /proc/[0-9]*/status | grep -o '[0-9]*'); }
wait_for 10 child && started+=("$command") && wait_for 10 runs "$command"
is_zero 'another command and its shell' "$pg" check "$spec"
stop "$shell" KILL
stop "$command" KILL
# It begins after the first of two scans.
"$pg" check -w 3 --cpu-max=99999 "$spec" >"$tmp/second" 2>&1 &
second=$!
started+=("$second")
wait_for 10 runs "$second"
sleep 0.5
begin "$pg" check "${long[@]}" "$spec"
wait "$second"
check_like 'a command that begins later' "cmdline=$word.*: count 0, below 1" "$(cat "$tmp/second")"
stop "$command" KILL

# mon runs monitors itself: it is their parent, and may be what they are to find.
cp /bin/bash "$tmp/bin/pg-mon"
ln -s "$pg" "$tmp/bin/ps.monitor"
# shellcheck disable=SC2016 # expanded by the script
printf '"$1" pg-mon:1-1 pg-none:0- ";;"\ntrue\n' >"$tmp/mon.cf"
run "$tmp/bin/pg-mon" "$tmp/mon.cf" "$tmp/bin/ps.monitor"
check_like 'mon is counted by its monitor' '^ok: pg-mon: 1 process' "$out"

# Another process may have the name.
mkdir "$tmp/other"
cp /bin/sleep "$tmp/other/pg-observer"
"$tmp/other/pg-observer" 300 &
other=$!
started+=("$other")
wait_for 5 grep -q '^pg-observer' "/proc/$other/comm"
run "$pg" check pg-observer:1-1
check_eq 'another process of its name is counted' 0 "$status"

# ---------------------------------------------------------------- show and explain
cat >"$tmp/groups.conf" <<EOF
group "plain" { name = "pg-observer" }
group "self" { name = "pg-observer"  include-self = true }
EOF
run "$pg" show -c "$tmp/groups.conf"
check_like 'show does not count itself' '^plain +ok +1 ' "$out"
check_like 'show with include-self in the group' '^self +ok +2 ' "$out"
run "$pg" show --include-self -c "$tmp/groups.conf"
check_like 'show --include-self' '^plain +ok +2 ' "$out"
begin "$pg" show -c "$tmp/groups.conf" -i 3600
run "$pg" show -c "$tmp/groups.conf"
check_like 'show does not count another show' '^plain +ok +1 ' "$out"
check_like 'but with include-self in the group' '^self +ok +3 ' "$out"
stop "$command" KILL
run "$pg" explain -c "$tmp/groups.conf" plain
check_like 'explain GROUP says what is left out' \
    'left out +[0-9]+ \(pg-observer\).*: not counted: this is procgroup itself' "$out"
check_like 'explain GROUP counts the other' "member +$other " "$out"
echo "group \"sh\" { cmdline = '$word' }" >"$tmp/sh.conf"
run sh -c "$pg explain -c $tmp/sh.conf sh; : $word"
check_like 'explain GROUP says why a caller is not counted' \
    'left out .*\(sh\).*not counted: its arguments contain this call of procgroup' "$out"
run sh -c "$pg explain -c $tmp/sh.conf \$\$; : $word"
check_like 'explain PID of a process that has other arguments' 'sh: matches$' "$out"

# ---------------------------------------------------------------- another pid namespace
if unshare --pid --fork true 2>/dev/null; then
    is_zero 'the caller in a pid namespace of its own, with the outer /proc,' \
        unshare --pid --fork sh -c "$pg check -P /proc $spec; true"
else
    echo 'not run: no pid namespaces here: not tested'
fi

# ---------------------------------------------------------------- procgroupd
bin=$tmp/bin
program pg-plain
cat >"$tmp/procgroup.conf" <<EOF
interval = 0.5
recheck = 0
group "bin" { path = "$tmp/bin/p*"  count = "1-1" }
group "with" { path = "$tmp/bin/p*"  include-self = true }
group "named" { path = "$tmp/bin/procgroupd"  count = "1-1" }
group "snmp" { path = "$tmp/bin/procgroupd-snmp" }
EOF
run_program pg-plain
start_snmpd && start_procgroupd
check 'procgroupd answers' ready
check 'a pattern does not count procgroupd and its SNMP process' wait_for 5 col_is $COUNT bin 1
check 'include-self counts both' wait_for 5 col_is $COUNT with 3
check_eq 'a group that names procgroupd counts it' 1 "$(col $COUNT named)"
check 'a group that names the SNMP process counts it' wait_for 5 col_is $COUNT snmp 1
# The pattern may fit process 1, whose path some sandboxes hide.
check_eq 'no violation' "$(readlink /proc/1/exe >/dev/null && echo 0 || echo 3)" \
    "$(col $STATUS bin)"
hint='not counted by procgroupd if it is its own process'
run "$pg" explain -c "$tmp/procgroup.conf" "$daemon"
check_like 'explain PID says what procgroupd leaves out' "^  [+] bin: matches \($hint\)" "$out"
check_like 'and where it counts itself' '^  [+] named: matches$' "$out"
run "$pg" explain -c "$tmp/procgroup.conf" bin
check_like 'explain GROUP says it too' "member +$daemon \(procgroupd\) .* \($hint\)" "$out"
snmp_process() {
    local p
    for p in /proc/[0-9]*; do
        grep -q "^PPid:.$daemon\$" "$p/status" 2>/dev/null && echo "${p#/proc/}"
    done
}
old=$(snmp_process)
check_like 'the SNMP process is a child of the daemon' '^[0-9]+$' "$old"
kill -KILL "$old"
replaced() { [ -n "$(snmp_process)" ] && [ "$(snmp_process)" != "$old" ]; }
check 'the SNMP process is replaced' wait_for 10 replaced
check 'and answers' ready
check 'the new one is counted with include-self' wait_for 5 col_is $COUNT with 3
check_eq 'and not without' 1 "$(col $COUNT bin)"
cp /bin/sleep "$tmp/bin/procgroupd-snmp.copy"
"$tmp/bin/procgroupd-snmp.copy" 300 &
started+=($!)
check 'a process of a similar name is counted' wait_for 5 col_is $COUNT bin 2
summary
