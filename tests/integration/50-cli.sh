#!/bin/bash
# procgroup by hand: check, show, explain, config, on processes that really run.
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
# json PROGRAM TEXT: what the Python expression says of the object `d`
json() { python3 -c 'import json, sys; d = json.load(sys.stdin); print('"$1"')' <<<"$2"; }

# ---------------------------------------------------------------- check
run "$pg" check pg-one:1-1 pg-two:1-
check_eq 'all fine: status 0' 0 "$status"
check_eq 'and an empty first line' '' "$(head -n 1 <<<"$out")"
check_eq 'and nothing on stderr' '' "$err"
check_like 'what is fine is a detail' '^ok: pg-two: .*2' "$out"
run "$pg" check pg-two:1-1 pg-one:2- pg-none:1-
check_eq 'a violation: status 1' 1 "$status"
check_eq 'the names, sorted, and nothing else' 'pg-none pg-one pg-two' "$(head -n 1 <<<"$out")"
check_like 'below' '^critical: pg-one: count 1, below 2-$' "$out"
check_like 'above, and who came last' '^critical: pg-two: count 2, above 1-1 .*pid' "$out"
run "$pg" check pg-one:1-1 'pg-two=1' pg-one,usr=root:1-1
check_eq 'a bad spec: status 1 for mon' 1 "$status"
check_like 'with the word' 'pg-two=1' "$err"
check_like 'and the next word too' "usr, no such criterion: 'pg-one,usr=root:1-1'" "$err"
run "$pg" check -f nagios pg-two=1
check_eq 'a bad spec: status 3 for Nagios' 3 "$status"
check_like 'which reads stdout' '^PROCS UNKNOWN: .*pg-two=1' "$out"
run "$pg" check
check_eq 'nothing to check: status 2' 2 "$status"
run "$pg" check -f xml pg-one:1-1
check_eq 'no such face: status 2' 2 "$status"
check_like 'with its word' 'xml' "$err"
run "$pg" check -P "$tmp" pg-one:1-1
check_eq 'a folder that is no /proc: status 1' 1 "$status"
run "$pg" check -f nagios -P "$tmp" pg-one:0-0
check_eq 'and 3 for Nagios: it is never fine' 3 "$status"

for face in json nagios; do
    run "$pg" check -f $face pg-one:1-1 pg-two:1-1
    check_eq "$face: the worst wins" "$([ $face = json ] && echo 1 || echo 2)" "$status"
done
check_like 'Nagios: one line' "^PROCS CRITICAL: pg-two: count 2, above 1-1 .*\) \| 'pg-one'=1;;1:1;0 'pg-two'=2;;1:1;0\$" \
    "$(head -n 1 <<<"$out")"
run "$pg" check -f json pg-one:1-1 'pg-two:1-1' ",cmdline=\"a\\\\b:0-"
check 'JSON is valid' is_json "$out"
check_eq 'with counts' '1 2' "$(json '*[g["count"] for g in d["groups"][:2]]' "$out" 2>&1)"
check_eq 'and names as they were given' ',cmdline="a\\b' "$(json 'd["groups"][2]["name"]' "$out")"
run "$pg" check -f json pg-two=1
check 'JSON is valid of a bad spec' is_json "$out"
check_eq 'which is status 2' 2 "$status"

# By its other names.
ln -s "$pg" "$tmp/bin/ps.monitor"
ln -s "$pg" "$tmp/bin/procs.monitor"
run "$tmp/bin/ps.monitor" pg-one:1-1 pg-none:1-
check_eq 'as ps.monitor: status' 1 "$status"
check_eq 'as ps.monitor: the first line' pg-none "$(head -n 1 <<<"$out")"
run "$tmp/bin/procs.monitor" pg-one:1-1
check_eq 'as *.monitor: status' 0 "$status"
run "$tmp/bin/ps.monitor" pg-one
check_like 'errors have the name that was called' '^ps.monitor: .*pg-one' "$err"

# A full disk is no answer.
"$pg" check pg-one:1-1 >/dev/full 2>"$tmp/err"
check_eq 'a disk that is full: status 1' 1 $?
check_like 'and says so' 'cannot write: No space left' "$(cat "$tmp/err")"

# A name with what a terminal minds, and what the others mind.
cp /bin/sleep "$tmp/bin/"$'pg\e[31m'
"$tmp/bin/"$'pg\e[31m' 300 &
started+=($!)
wait_for 5 comm_is $! $'pg\e[31m'
run "$pg" check ',cmdline=pg.\[31m:0-0'
check_like 'an escape of a name is no escape any more' 'pid [0-9]+ pg\\x1b\[31m' "$out"
check 'not even one' lacks $'\e' "$out"

# ---------------------------------------------------------------- -r: a second look
program pg-late
# A process that sleeps has had its first look.
asleep() { comm_is "$1" procgroup && grep -q '^State:.S' "/proc/$1/status"; }
start=${EPOCHREALTIME/./}
"$pg" check -r 2 pg-late:1-1 pg-none:1- pg-one:1-1 >"$tmp/late" 2>&1 &
late=$!
wait_for 1 asleep $late
run_program pg-late
wait $late
check_eq '-r: what still fails: status' 1 $?
check_eq '-r: and nothing else' pg-none "$(head -n 1 "$tmp/late")"
check '-r: the first look had failed' [ $((${EPOCHREALTIME/./} - start)) -ge 2000000 ]
start=${EPOCHREALTIME/./}
run "$pg" check -r 60 pg-late:1-1 pg-one:1-1
check_eq '-r: all fine: status' 0 "$status"
check '-r: and no second look' [ $((${EPOCHREALTIME/./} - start)) -le 30000000 ]
run "$pg" check -r 1x pg-one:1-1
check_eq '-r: no seconds: status 2' 2 "$status"
check_like '-r: with the word' 1x "$err"

# ---------------------------------------------------------------- hogs
cp "$(readlink -f /bin/sh)" "$tmp/bin/pg-hog"
"$tmp/bin/pg-hog" -c 'while :; do :; done' &
hog=$!
started+=("$hog")
burns() { run "$pg" check --cpu-max=20% -w 0.5; grep -q "pid $hog " <<<"$out"; }
check 'a hog is found, and named' wait_for 15 burns
run "$pg" check --cpu-max=20 -w 0.5
check_eq 'a hog: status' 1 "$status"
check_eq 'a hog: the first line has no pid' cpu-max "$(head -n 1 <<<"$out")"
check_like 'a hog: the details have' "critical: cpu-max: .*pid $hog pg-hog user root, cpu [0-9.]+ %, above 20 %" "$out"
run "$pg" check --cpu-max=20 -w 0.5 --exempt-name=pg-none,pg-h*
check '--exempt-name' lacks "pid $hog " "$out"
check_like '--exempt-name: the others are judged' 'cpu-max: ' "$out"
run "$pg" check --cpu-max=20 -w 0.5 --exempt-user=nobody --exempt-user="$(id -un)"
check '--exempt-user' lacks "pid $hog " "$out"
run "$pg" check --cpu-max=20 --exempt-user=nobody -w 0.5
check_like '--exempt-user: of another user' "pid $hog " "$out"
run "$pg" check --cpu-lifetime-max=10 --min-age=0
check_like '--cpu-lifetime-max' "cpu-lifetime-max: pid $hog .*, cpu-lifetime [0-9.]+ %, above 10 %" "$out"
run "$pg" check --cpu-lifetime-max=10
check '--min-age: it is too young by default' lacks "pid $hog " "$out"
stop "$hog"
run "$pg" check -f nagios --cpu-max=100000 pg-one:1-1
check_eq 'with a SPEC, for Nagios' 0 "$status"
check_like 'a number for each' "^PROCS OK: 2 groups \| 'pg-one'=1;;1:1;0 'cpu-max'=[0-9]+;;;0\$" "$out"
run "$pg" check --cpu-max=much
check_eq 'no percentage: status 2' 2 "$status"
check_like 'no percentage: the word' much "$err"
run "$pg" check --cpu-max=20 --exempt-user=pg-nobody
check_eq 'nobody to be exempt: status 1' 1 "$status"
check_like 'nobody to be exempt: the word' pg-nobody "$err"
run "$pg" check --exempt-user=root pg-one:1-1
check_eq 'nothing to be exempt from: status 2' 2 "$status"

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
    check_eq "Nagios: two, and the range is ${case%:*}" "${case##*:}" "$status"
done
nagios pg-two:@1:2
check_like 'Nagios: within' "^PROCS CRITICAL: pg-two: count 2, within 1-2 \| 'pg-two'=2;;@1:2;0\$" "$out"
run "$pg" check pg-two:5
check_eq 'to mon ":5" is a slip' 1 "$status"
check_like 'with the word' 'pg-two:5' "$err"

# ---------------------------------------------------------------- what may not be read
# A copy, as the build may be where nobody may look.
cp "$pg" "$tmp/procgroup"
as_nobody() {
    if [ "$(id -u)" = 0 ]; then setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; else "$@"; fi
}
for limits in 1- 0-0; do
    run as_nobody "$tmp/procgroup" check "/usr/sbin/pg-nowhere:$limits"
    check_eq "others' paths are not known: status ($limits)" 1 "$status"
    check_eq "the name ($limits)" /usr/sbin/pg-nowhere "$(head -n 1 <<<"$out")"
    check_like "and that nobody could look ($limits)" '^unknown: .*[0-9]+ processes could not be determined' "$out"
    run as_nobody "$tmp/procgroup" check -f nagios "/usr/sbin/pg-nowhere:$limits"
    check_eq "for Nagios: status 3 ($limits)" 3 "$status"
    check_like "for Nagios: unknown ($limits)" "^PROCS UNKNOWN: /usr/sbin/pg-nowhere.* \| '/usr/sbin/pg-nowhere'=U;;" "$out"
done
run as_nobody "$tmp/procgroup" check -f nagios /usr/sbin/pg-nowhere:0-0 pg-none:1-
check_eq 'what is known to be wrong is worse' 2 "$status"
run as_nobody "$tmp/procgroup" check pg-one:1-1
check_eq 'names are known of all' 0 "$status"
# A /proc that hides others' processes. A mount of its own: it ends with its processes.
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
    echo '# no mounts of our own here: not tried with hidepid'
fi

# ---------------------------------------------------------------- a configuration
but=$(readable_except)
cat >"$tmp/good.conf" <<EOF
recheck = 3600
group "one" { path = "$tmp/bin/pg-one" $but count = "1-1" }
group "two" { name = "pg-two"  count = "-1"  severity = warning }
group "of-%{name}" { name = "pg-t*" }
EOF
run "$pg" check -c "$tmp/good.conf"
check_eq 'check -c: hold-downs of a file mean nothing' 1 "$status"
check_eq 'check -c: the failing group' two "$(head -n 1 <<<"$out")"
run "$pg" check -f nagios -c "$tmp/good.conf"
check_eq 'check -c: a warning for Nagios' 1 "$status"
run "$pg" check -c "$tmp/good.conf" pg-none:1-
check_eq 'check -c and a spec' 'pg-none two' "$(head -n 1 <<<"$out")"

run "$pg" config "$tmp/good.conf"
check_eq 'config: status 0' 0 "$status"
echo "$out" >"$tmp/again.conf"
check_eq 'config: what it prints means the same' "$out" "$("$pg" config "$tmp/again.conf" 2>&1)"
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
    # shellcheck disable=SC2086 # words
    run "$pg" $command "$tmp/bad.conf"
    check_eq "$command: a broken file: status 1" 1 "$status"
    check_eq "$command: nothing is done with it" '' "$(grep -E '^(ok|critical|warning|GROUP|group)' <<<"$out")"
    n=0
    for wrong in '2:.*Q' '3:.*5-1' '4:.*b' '6:.*no-such-user' '7:.*cpus'; do
        grep -qE "^$tmp/bad.conf:$wrong" <<<"$err" && n=$((n + 1))
    done
    check_eq "$command: every mistake has file, line and word" 5 $n
done
run "$pg" check -f nagios -c "$tmp/bad.conf"
check_eq 'a broken file: 3 for Nagios' 3 "$status"
check_like 'with the first mistake' '^PROCS UNKNOWN: .*bad.conf:2:' "$out"
echo 'group "a" { nmae = "sshd" }' >"$tmp/typo.conf"
run "$pg" config "$tmp/typo.conf"
check_like 'an option that is none' "typo.conf:1: .*'nmae'" "$err"
run "$pg" config "$tmp/no-such-file"
check_eq 'no such file: status 1' 1 "$status"
check_like 'and its name' 'no-such-file' "$err"

# ---------------------------------------------------------------- show
run "$pg" show -c "$tmp/good.conf"
check_eq 'show: status 0' 0 "$status"
check_like 'show: a group that fails' '^two +warning +2 +0-1 ' "$out"
check_like 'show: a group of a template' '^of-pg-two +ok +2 ' "$out"
run "$pg" show -m -c "$tmp/good.conf" one
check_like 'show -m: its member' "^ +$one +root " "$out"
check 'show GROUP: no others' lacks '^two' "$out"
run "$pg" show -c "$tmp/good.conf" pg-nothing
check_eq 'show: no such group: status 2' 2 "$status"
check_like 'show: with its name' pg-nothing "$err"

# ---------------------------------------------------------------- explain
run "$pg" explain -c "$tmp/good.conf" "$one"
check_eq 'explain PID: status 0' 0 "$status"
check_like 'explain PID: who it is' "^$one \(pg-one\) user root state S" "$out"
check_like 'explain PID: its group' '^  one: matches' "$out"
check_like 'explain PID: why not the other' '^  two: name is pg-one, not pg-two' "$out"
run "$pg" explain -c "$tmp/good.conf" one
check_like 'explain GROUP: its member' "$one \(pg-one\)" "$out"
run "$pg" explain -c "$tmp/good.conf" 4194305
check_eq 'explain: no such process: status 1' 1 "$status"
run "$pg" explain -c "$tmp/good.conf" no-such
check_eq 'explain: neither group nor pid: status 2' 2 "$status"

# ---------------------------------------------------------------- the frame
run "$pg" --version
check_like 'version' '^procgroup [0-9]+\.' "$out"
for face in mon:1 nagios:3 json:2; do
    status=0
    "$pg" check -f "${face%:*}" pg-one:1-1 >/dev/full 2>/dev/null || status=$?
    check_eq "an answer that nobody gets: ${face%:*}" "${face#*:}" "$status"
done
run "$pg" check -f nagios -w abc pg-one:1-1
check_eq 'Nagios gets the reason of a wrong call' \
    'PROCS UNKNOWN: invalid value "abc" for -w: expected a number of seconds from 0.01 to 3600' "$out"
check_eq 'and its status' 3 "$status"
for command in check show explain config; do
    run "$pg" $command -V
    check_like "$command -V, as plugins have it" '^procgroup [0-9]+\.' "$out"
done
for command in check show explain config; do
    run "$pg" $command --help
    check_eq "$command --help: status 0" 0 "$status"
    check "$command --help: no wider than 80" lacks '.{81}' "$out"
    run "$pg" $command --no-such
    check_eq "$command: a wrong option: status 2" 2 "$status"
    check_like "$command: and which" 'no-such' "$err"
done
run "$pg" frobnicate
check_eq 'no such command: status 2' 2 "$status"
summary
