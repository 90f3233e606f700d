#!/bin/bash
# procgroup(1): check, show, explain and config, on real processes.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"
pg=$bin/procgroup
program pg-one
program pg-two
run_program pg-one
one=$pid
run_program pg-two
run_program pg-two
comm_is() { [ "$(cat "/proc/$1/comm" 2>/dev/null)" = "$2" ]; }
for i in "${started[@]}"; do wait_for 5 grep -q '^pg-' "/proc/$i/comm"; done

# run COMMAND...: its output in $out, stderr in $err, exit status in $status
run() {
    out=$("$@" 2>"$tmp/err") && status=0 || status=$?
    err=$(cat "$tmp/err")
}
lacks() { ! grep -qE -- "$1" <<<"$2"; }
is_json() { python3 -m json.tool >/dev/null 2>&1 <<<"$1"; }
# json EXPRESSION TEXT: the Python expression about the object `d`, which is TEXT
json() { python3 -c 'import json, sys; d = json.load(sys.stdin); print('"$1"')' <<<"$2"; }

# ---------------------------------------------------------------- check
run "$pg" check pg-one:1-1 pg-two:1-
check_eq 'no violation: status 0' 0 "$status"
check_eq 'and an empty first line' '' "$(head -n 1 <<<"$out")"
check_eq 'and nothing on stderr' '' "$err"
check_like 'a group without violation is in the details' '^ok: pg-two: .*2' "$out"
run "$pg" check pg-two:1-1 pg-one:2- pg-none:1-
check_eq 'a violation: status 1' 1 "$status"
check_eq 'the first line has the names, sorted' 'pg-none pg-one pg-two' "$(head -n 1 <<<"$out")"
check_like 'below' '^critical: pg-one: count 1, below 2$' "$out"
check_like 'above, and the newest process' '^critical: pg-two: count 2, above 1-1 .*pid' "$out"
run "$pg" check pg-one:1-1 'pg-two=1' pg-one,usr=root:1-1
check_eq 'a bad spec: status 1 for mon' 1 "$status"
check_like 'and the word is printed' 'pg-two=1' "$err"
check_like 'and the next wrong word as well' 'pg-one,usr=root:1-1: column 8: unknown criterion "usr"; did you mean "user"?' "$err"
run "$pg" check -f nagios pg-two=1
check_eq 'a bad spec: status 3 for Nagios' 3 "$status"
check_like 'and the reason is on stdout' '^PROCS UNKNOWN: .*pg-two=1' "$out"
run "$pg" check
check_eq 'nothing to check: status 2' 2 "$status"
run "$pg" check -f xml pg-one:1-1
check_eq 'unknown format: status 2' 2 "$status"
check_like 'and the word is printed' 'xml' "$err"
run "$pg" check -P "$tmp" pg-one:1-1
check_eq '-P with a folder that is not a procfs mount: status 1' 1 "$status"
run "$pg" check -f nagios -P "$tmp" pg-one:0-0
check_eq 'and 3 for Nagios' 3 "$status"

for format in json nagios; do
    run "$pg" check -f $format pg-one:1-1 pg-two:1-1
    check_eq "$format: status of the worst group" "$([ $format = json ] && echo 1 || echo 2)" "$status"
done
check_like 'Nagios: one line' "^PROCS CRITICAL: pg-two: count 2, above 1-1 .*\) \| 'pg-one'=1;;1:1;0 'pg-two'=2;;1:1;0\$" \
    "$(head -n 1 <<<"$out")"
run "$pg" check -f json pg-one:1-1 'pg-two:1-1' ",cmdline=\"a\\\\b:0-"
check 'JSON is valid' is_json "$out"
check_eq 'with counts' '1 2' "$(json '*[g["count"] for g in d["groups"][:2]]' "$out" 2>&1)"
check_eq 'and the names as given' ',cmdline="a\\b' "$(json 'd["groups"][2]["name"]' "$out")"
run "$pg" check -f json pg-two=1
check 'JSON is valid for a bad spec' is_json "$out"
check_eq 'and the status is 2' 2 "$status"

# Called by other names.
ln -s "$pg" "$tmp/bin/ps.monitor"
ln -s "$pg" "$tmp/bin/procs.monitor"
run "$tmp/bin/ps.monitor" pg-one:1-1 pg-none:1-
check_eq 'as ps.monitor: status' 1 "$status"
check_eq 'as ps.monitor: the first line' pg-none "$(head -n 1 <<<"$out")"
run "$tmp/bin/procs.monitor" pg-one:1-1
check_eq 'as *.monitor: status' 0 "$status"
run "$tmp/bin/ps.monitor" pg-one
check_like 'errors begin with the name of the program as called' '^ps.monitor: .*pg-one' "$err"

ln -s "$pg" "$tmp/bin/check_procgroup"
run "$tmp/bin/check_procgroup" pg-one:1-1 pg-none:1-
check_eq 'as check_procgroup: the status of a plugin' 2 "$status"
check_like 'as check_procgroup: the output of a plugin' '^PROCS CRITICAL: pg-none: ' "$out"
run "$tmp/bin/check_procgroup" -f mon pg-none:1-
check_eq 'as check_procgroup: -f selects another format' 1:pg-none "$status:$(head -n 1 <<<"$out")"

# A full disk is an error.
"$pg" check pg-one:1-1 >/dev/full 2>"$tmp/err"
check_eq 'full disk: status 1' 1 $?
check_like 'and it is reported' 'cannot write: No space left' "$(cat "$tmp/err")"

# A name with an escape sequence of terminals.
cp /bin/sleep "$tmp/bin/"$'pg\e[31m'
"$tmp/bin/"$'pg\e[31m' 300 &
started+=($!)
wait_for 5 comm_is $! $'pg\e[31m'
run "$pg" check ',cmdline=pg.\[31m:0-0'
check_like 'an escape character is printed as text' 'pid [0-9]+ pg\\x1b\[31m' "$out"
check 'and never raw' lacks $'\e' "$out"

# ---------------------------------------------------------------- -r: a second scan
program pg-late
# A check that sleeps has finished its first scan.
asleep() { comm_is "$1" procgroup && grep -q '^State:.S' "/proc/$1/status"; }
start=${EPOCHREALTIME/./}
"$pg" check -r 2 pg-late:1-1 pg-none:1- pg-one:1-1 >"$tmp/late" 2>&1 &
late=$!
wait_for 1 asleep $late
run_program pg-late
wait $late
check_eq '-r: group that still fails: status' 1 $?
check_eq '-r: only that group is printed' pg-none "$(head -n 1 "$tmp/late")"
check '-r: the first scan had failed' [ $((${EPOCHREALTIME/./} - start)) -ge 2000000 ]
start=${EPOCHREALTIME/./}
run "$pg" check -r 60 pg-late:1-1 pg-one:1-1
check_eq '-r: no violation: status' 0 "$status"
check '-r: no second scan' [ $((${EPOCHREALTIME/./} - start)) -le 30000000 ]
run "$pg" check -r 1x pg-one:1-1
check_eq '-r: not a number: status 2' 2 "$status"
check_like '-r: the word is printed' 1x "$err"

# ---------------------------------------------------------------- --cpu-max and others
cp "$(readlink -f /bin/sh)" "$tmp/bin/pg-hog"
"$tmp/bin/pg-hog" -c 'while :; do :; done' &
hog=$!
started+=("$hog")
# Its share is small on a machine with load, and there may be none in a short time: what lists it is
# repeated.
lists() { # OPTION...: sets out and status
    run "$pg" check -w 0.5 "$@"
    grep -q "pid $hog " <<<"$out"
}
check 'a process above --cpu-max is listed' wait_for 60 lists --cpu-max=1%
check 'the unit may be left out' wait_for 60 lists --cpu-max=1
check_eq '--cpu-max: status' 1 "$status"
check_eq '--cpu-max: the first line has no pid' cpu-max "$(head -n 1 <<<"$out")"
check_like '--cpu-max: the details have' "critical: cpu-max: .*pid $hog pg-hog user root, cpu [0-9.]+ %, above 1 %" "$out"
run "$pg" check --cpu-max=1 -w 0.5 --exempt-name=pg-none,pg-h*
check '--exempt-name' lacks "pid $hog " "$out"
check_like '--exempt-name: the other processes are checked' 'cpu-max: ' "$out"
run "$pg" check --cpu-max=1 -w 0.5 --exempt-user=nobody --exempt-user="$(id -un)"
check '--exempt-user' lacks "pid $hog " "$out"
check '--exempt-user: another user' wait_for 60 lists --cpu-max=1 --exempt-user=nobody
check '--cpu-lifetime-max' wait_for 60 lists --cpu-lifetime-max=0.1 --min-age=0
check_like '--cpu-lifetime-max: the details have' "cpu-lifetime-max: .*pid $hog .*, cpu-lifetime [0-9.]+ %, above 0\.1 %" "$out"
run "$pg" check --cpu-lifetime-max=0.1
check '--min-age: the process is too young by default' lacks "pid $hog " "$out"
stop "$hog"
run "$pg" check -f nagios --cpu-max=100000 pg-one:1-1
check_eq 'with a SPEC, for Nagios' 0 "$status"
check_like 'a value for each' "^PROCS OK: 2 groups \| 'pg-one'=1;;1:1;0 'cpu-max'=[0-9]+;;;0\$" "$out"
run "$pg" check --cpu-max=much
check_eq 'not a percentage: status 2' 2 "$status"
check_like 'not a percentage: the word is printed' much "$err"
run "$pg" check --cpu-max=20 --exempt-user=pg-nobody
check_eq 'unknown user to exempt: status 1' 1 "$status"
check_like 'unknown user to exempt: the word is printed' pg-nobody "$err"
run "$pg" check --exempt-user=root pg-one:1-1
check_eq '--exempt-user without a check for processes: status 2' 2 "$status"

echo 'group "x" { name = "pg-one" }' >"$tmp/x.conf"
enforcing=1
"$pg" show -c "$tmp/x.conf" | grep -q '(enforcing)' && enforcing=0
run "$pg" check --security-enforcing
check_eq '--security-enforcing' "$enforcing" "$status"
[ $enforcing = 0 ] || check_eq '--security-enforcing: its name' security "$(head -n 1 <<<"$out")"

# ---------------------------------------------------------------- Nagios' ranges
nagios() { run "$pg" check -f nagios "$@"; }
for case in 2:0 1:2 2::0 3::2 '~:2:0' '~:1:2' 1:2:0 3:9:2 @3:9:0 @1:2:2 @2:2 @1:0 0:2 1-1:2 2-:0; do
    nagios "pg-two:${case%:*}"
    check_eq "Nagios: count 2 and range ${case%:*}" "${case##*:}" "$status"
done
nagios pg-two:@1:2
check_like 'Nagios: within' "^PROCS CRITICAL: pg-two: count 2, within 1-2 \| 'pg-two'=2;;@1:2;0\$" "$out"
run "$pg" check pg-two:5
check_eq '":5" is an error with the format mon' 1 "$status"
check_like 'and the word is printed' 'pg-two:5' "$err"

# ---------------------------------------------------------------- without permission
# A copy, as other users may not be able to read the build folder.
cp "$pg" "$tmp/procgroup"
as_nobody() {
    if [ "$(id -u)" = 0 ]; then setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; else "$@"; fi
}
# Another user's process has the name of the program; its executable cannot be read.
if [ "$(id -u)" = 0 ]; then
    for limits in 1- 0-0; do
        run as_nobody "$tmp/procgroup" check "/usr/sbin/pg-one:$limits"
        check_eq "paths of other users are unknown: status ($limits)" 1 "$status"
        check_eq "the name ($limits)" /usr/sbin/pg-one "$(head -n 1 <<<"$out")"
        check_like "and the reason ($limits)" \
            "^unknown: .*: path of pid $one \\(pg-one\\) not readable: Permission denied\$" "$out"
        run as_nobody "$tmp/procgroup" check -f nagios "/usr/sbin/pg-one:$limits"
        check_eq "for Nagios: status 3 ($limits)" 3 "$status"
        check_like "for Nagios: unknown ($limits)" "^PROCS UNKNOWN: /usr/sbin/pg-one.* \| '/usr/sbin/pg-one'=U;;" "$out"
    done
    run as_nobody "$tmp/procgroup" check -f nagios /usr/sbin/pg-one:0-0 pg-none:1-
    check_eq 'a certain violation is worse than unknown' 2 "$status"
fi
run as_nobody "$tmp/procgroup" check /usr/sbin/pg-nowhere:0-0
check_eq 'processes of other names are none of that path' "0:" "$status:$(head -n 1 <<<"$out")"
run as_nobody "$tmp/procgroup" check /usr/sbin/pg-nowhere:1-
check_like 'and none runs' '^critical: /usr/sbin/pg-nowhere: count 0, below 1$' "$out"
run as_nobody "$tmp/procgroup" check pg-one:1-1
check_eq 'names of all processes are known' 0 "$status"
# A /proc that hides processes of other users, in a mount namespace that ends with its processes.
mkdir "$tmp/proc"
hidden() {
    unshare -m sh -c 'mount -t proc -o hidepid=2 proc "$1" && shift && exec setpriv "$@"' - \
        "$tmp/proc" --reuid=65534 --regid=65534 --clear-groups "$@"
}
if hidden true 2>/dev/null; then
    for limits in 1- 0-0; do
        run hidden "$tmp/procgroup" check -P "$tmp/proc" "pg-one:$limits"
        check_eq "hidden processes: status ($limits)" 1 "$status"
        check_like "hidden processes: why ($limits)" '^unknown: pg-one: .*processes are hidden \(hidepid\)' "$out"
    done
else
    echo 'not run: cannot mount here: hidepid is not tested'
fi

# ---------------------------------------------------------------- a configuration
cat >"$tmp/good.conf" <<EOF
recheck = 3600
group "one" { path = "$tmp/bin/pg-one" count = "1-1" }
group "two" { name = "pg-two"  count = "-1"  severity = warning }
group "of-%{name}" { name = "pg-t*" }
EOF
run "$pg" check -c "$tmp/good.conf"
check_eq 'check -c: recheck of the file has no effect' 1 "$status"
check_eq 'check -c: the failing group' two "$(head -n 1 <<<"$out")"
run "$pg" check -f nagios -c "$tmp/good.conf"
check_eq 'check -c: a warning for Nagios' 1 "$status"
run "$pg" check -c "$tmp/good.conf" pg-none:1-
check_eq 'check -c and a spec' 'pg-none two' "$(head -n 1 <<<"$out")"

run "$pg" config "$tmp/good.conf"
check_eq 'config: status 0' 0 "$status"
echo "$out" >"$tmp/again.conf"
check_eq 'config: its output means the same' "$out" "$("$pg" config "$tmp/again.conf" 2>&1)"
cat >"$tmp/bad.conf" <<'EOF'
interval = 10
group "a" { state = "Q"  count = "1-1" }
group "b" { name = "sshd"  count = "5-1" }
group "b" { name = "cron" }
group "c" {
    user = "no-such-user"
    condition "x" { metric = "cpus"  range = "-1" }
}
EOF
for command in config 'check -c' 'show -c' 'explain 1 -c'; do
    # shellcheck disable=SC2086 # split into words
    run "$pg" $command "$tmp/bad.conf"
    check_eq "$command: a file with errors: status 1" 1 "$status"
    check_eq "$command: no group is evaluated" '' "$(grep -E '^(ok|critical|warning|GROUP|group)' <<<"$out")"
    n=0
    for wrong in '2:.*Q' '3:.*5-1' '4:.*b' '6:.*no-such-user' '7:.*cpus'; do
        grep -qE "^$tmp/bad.conf:$wrong" <<<"$err" && n=$((n + 1))
    done
    check_eq "$command: every error has file, line and word" 5 $n
done
run "$pg" check -f nagios -c "$tmp/bad.conf"
check_eq 'a file with errors: 3 for Nagios' 3 "$status"
check_like 'with the first error' '^PROCS UNKNOWN: .*bad.conf:2:' "$out"
echo 'group "a" { comm = "a-name-that-is-cut"  count = "0-0" }' >"$tmp/never.conf"
run "$pg" check -f nagios -c "$tmp/never.conf"
check_eq 'a criterion that no process can meet: 3 for Nagios' 3 "$status"
check_like 'and it says so' '^PROCS UNKNOWN: .*never.conf:1:20: comm has at most 15 bytes' "$out"
run "$bin/procgroupd" -t -c "$tmp/never.conf"
check_eq 'procgroupd -t: status 1' 1 "$status"
check_like 'and it says so as well' 'never.conf:1:20: comm has at most 15 bytes' "$err"
run "$pg" check ',unit=ssh:0-0'
check_eq 'the same in a SPEC: status 1' 1 "$status"
check_like 'with the column' ',unit=ssh:0-0: column 7: a unit ends with .service' "$err"
echo 'group "a" { nmae = "sshd" }' >"$tmp/typo.conf"
run "$pg" config "$tmp/typo.conf"
check_like 'unknown option' "typo.conf:1:13: unknown option \"nmae\"; did you mean \"name\"?" "$err"
run "$pg" config "$tmp/no-such-file"
check_eq 'no such file: status 1' 1 "$status"
check_like 'and its name' 'no-such-file' "$err"

# ---------------------------------------------------------------- show
run "$pg" show -c "$tmp/good.conf"
check_eq 'show: status 0' 0 "$status"
check_like 'show: a group that fails' '^two +warning +2 +-1 ' "$out"
check_like 'show: a group of a template' '^of-pg-two +ok +2 ' "$out"
run "$pg" show -m -c "$tmp/good.conf" one
check_like 'show -m: its member' "^ +$one +root " "$out"
check 'show GROUP: no others' lacks '^two' "$out"
run "$pg" show -c "$tmp/good.conf" 'of-%{name}'
check_like 'show TEMPLATE: its groups' '^of-pg-two +ok +2 ' "$out"
check 'show TEMPLATE: no others' lacks '^two' "$out"
run "$pg" show -c "$tmp/good.conf" pg-nothing
check_eq 'show: no such group: status 2' 2 "$status"
check_like 'show: with its name' pg-nothing "$err"

# ---------------------------------------------------------------- explain
run "$pg" explain -c "$tmp/good.conf" "$one"
check_eq 'explain PID: status 0' 0 "$status"
check_like 'explain PID: the process' "^$one \(pg-one\) user root state S" "$out"
echo 'group "ids" { uid = 12345 gid = 12345 count = "0-0" }' >"$tmp/ids.conf"
check_like 'explain PID: also if no process has the ids of a group' "^$one \(pg-one\)" \
    "$("$pg" explain -c "$tmp/ids.conf" "$one")"
check_like 'explain PID: its group' '^  [+] one: matches' "$out"
check_like 'explain PID: why it is not in the other group' '^  - two: name is pg-one, not pg-two' "$out"
run "$pg" explain -c "$tmp/good.conf" one
check_like 'explain GROUP: its member' "$one \(pg-one\)" "$out"
check_like 'explain GROUP: why it is ok' '^  condition  [+] count: count 1, within 1-1, otherwise critical$' "$out"
check_like 'explain GROUP: which members count' "^  [+] member +$one \(pg-one\)" "$out"
run "$pg" explain -c "$tmp/good.conf" two
check_like 'explain GROUP: why it is not ok' '^  condition  - count: count 2, not at most 1: warning$' "$out"
check_like 'explain GROUP: since when' '^ +at least since [0-9:]{8} \([0-9]+s\), when pid [0-9]+ started$' "$out"
cat >"$tmp/why.conf" <<EOF
group "none" { name = "pg-none"  count = "1-" }
group "all" {
    name = "pg-one"  user = "root"  except { state = "Z" }
    condition "memory" { metric = "rss"  each = true  range = "-1K" }
    condition "cpu" { metric = "cpu"  range = "-90" }
    condition "space" { metric = "vsz"  range = "-1073741824" }
}
group "other" { name = "pg-*"  user = "daemon" }
EOF
run "$pg" explain -c "$tmp/why.conf" none
check_like 'explain GROUP: a missing process' '^  condition  - count: count 0, not at least 1: critical$' "$out"
check_like 'explain GROUP: seen by this run only' '^ +seen at [0-9:]{8} by this run$' "$out"
run "$pg" explain -c "$tmp/why.conf" all
check_like 'explain GROUP: a number of one' '^1 member, 0 undecided, 0 zombies, of [0-9]+ processes$' "$out"
check_like 'explain GROUP: a condition of each member' '^  condition  - memory: rss of each member, not at most 1K: critical$' "$out"
check_like 'explain GROUP: the member that violates it' "^ +- pid $one pg-one user root.*: [0-9.]+[KM]$" "$out"
check_like 'explain GROUP: a unit is shown' '^  condition  [+] cpu: cpu [0-9.]+ %, at most 90 %, otherwise critical$' "$out"
run "$pg" explain -c "$tmp/why.conf" "$one"
check_like 'explain PID: every criterion of its group' "$(printf '^      [+] name is pg-one$')" "$out"
check_like 'explain PID: a user by name' '^      [+] user is 0 [(]root[)]$' "$out"
check_like 'explain PID: an except block' '^      [+] except [{] state = "Z" [}]: state is S, not Z$' "$out"
check_like 'explain PID: what keeps it out' '^      - user is 0, not daemon$' "$out"
check_like 'explain PID: and what does not' '^      [+] name is pg-one [(]pg-[*][)]$' "$out"
check 'explain in a UTF-8 locale has ticks' grep -q '^  ✓ all: matches$' \
    <(LC_ALL=C.UTF-8 "$pg" explain -c "$tmp/why.conf" "$one")
run "$pg" explain -c "$tmp/good.conf" 4194305
check_eq 'explain: no such process: status 1' 1 "$status"
run "$pg" explain -c "$tmp/good.conf" no-such
check_eq 'explain: neither group nor pid: status 2' 2 "$status"

# ---------------------------------------------------------------- options of all commands
run "$pg" --version
check_like 'version' '^procgroup [0-9]+\.' "$out"
for format in mon:1 nagios:3 json:2; do
    status=0
    "$pg" check -f "${format%:*}" pg-one:1-1 >/dev/full 2>/dev/null || status=$?
    check_eq "output cannot be written: ${format%:*}" "${format#*:}" "$status"
done
run "$pg" check -f nagios -w abc pg-one:1-1
check_eq 'a wrong option is reported to Nagios' \
    'PROCS UNKNOWN: invalid value "abc" for -w: expected a number of seconds from 0.01 to 3600' "$out"
check_eq 'and its status' 3 "$status"
for command in check show explain config init; do
    run "$pg" $command -V
    check_like "$command -V, as plugins have it" '^procgroup [0-9]+\.' "$out"
done
for command in check show explain config init; do
    run "$pg" $command --help
    check_eq "$command --help: status 0" 0 "$status"
    check "$command --help: no wider than 80" lacks '.{81}' "$out"
    run "$pg" $command --no-such
    check_eq "$command: unknown option: status 2" 2 "$status"
    check_like "$command: and its name" 'no-such' "$err"
done
run "$pg" frobnicate
check_eq 'unknown command: status 2' 2 "$status"
summary
