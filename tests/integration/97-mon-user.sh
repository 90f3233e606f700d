#!/bin/bash
# A monitor that runs as an unprivileged user, as mon's do: what it knows of root's programs
# by their paths, without privileges and with those of docs/integrations/mon/README.md.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"
if [ "$(id -u)" != 0 ]; then
    not_ok "this test needs root to set capabilities"
    summary
fi
mon=54323 other=54324 # accounts and groups that need no name
program pg-mon
program pg-mon-too
run_program pg-mon
root=$pid
path=$tmp/bin/pg-mon
comm_is() { [ "$(cat "/proc/$1/comm")" = "$2" ]; }
wait_for 5 comm_is "$root" pg-mon

# run ACCOUNT COMMAND...: its output in $out, exit status in $status. The shell executes it,
# because setpriv still has the privileges to execute any file.
run() {
    # shellcheck disable=SC2016 # expanded by that shell
    out=$(setpriv --reuid="$1" --regid="$1" --clear-groups sh -c '"$@"' sh "${@:2}" 2>&1) &&
        status=0 || status=$?
}

# ---------------------------------------------------------------- without privileges
cp "$bin/procgroup" "$tmp/bin/procgroup.monitor"
chmod 755 "$tmp/bin/procgroup.monitor"
run $mon "$tmp/bin/procgroup.monitor" pg-mon:1-1
check_eq 'by name: ok' 0 "$status"
run $mon "$tmp/bin/procgroup.monitor" "$path:1-1"
check_eq 'by path: not ok' 1 "$status"
check_eq 'the first line has the name' "$path" "$(head -n 1 <<<"$out")"
check_like 'unknown, and which process is the reason' \
    "^unknown: .*: path of pid $root \\(pg-mon\\) not readable: Permission denied\$" "$out"
run $mon "$tmp/bin/procgroup.monitor" "$tmp/bin/pg-mon-too:0-0"
check_eq 'a program that does not run: ok, whatever else cannot be read' '0:' "$status:$(head -n 1 <<<"$out")"
run $mon "$tmp/bin/procgroup.monitor" "$tmp/bin/pg-mon-too:1-"
check_like 'and too few' "^critical: $tmp/bin/pg-mon-too: count 0, below 1\$" "$out"
printf 'group "strict" { path = "%s" count = "0-0" undecided = any }\n' "$tmp/bin/pg-mon-too" >"$tmp/strict.conf"
run $mon "$tmp/bin/procgroup.monitor" -c "$tmp/strict.conf"
check_like 'undecided = any: processes of all names matter' '^unknown: strict: .*path of pid .*not readable' "$out"
setpriv --reuid=$mon --regid=$mon --clear-groups "$path" 301 &
own=$!
started+=("$own")
wait_for 5 comm_is "$own" pg-mon
run $mon "$tmp/bin/procgroup.monitor" "$path,user=#$mon:1-1"
check_eq 'processes of its own can be read' 0 "$status"
stop "$own"

# ---------------------------------------------------------------- with the commands of the README
monitor=$tmp/mon.d/procgroup.monitor
sed -n 's/^    \(mkdir\|install\|setcap\|ln\) /&/p' "$top/docs/integrations/mon/README.md" |
    sed -n '/install -o root/,/ps.monitor/p' |
    sed "s,/usr/local/lib/mon/mon.d,$tmp/mon.d,; s,/usr/bin/procgroup,$bin/procgroup,; s/-g mon/-g $mon/" >"$tmp/commands"
check_eq 'the README has three commands' 3 "$(wc -l <"$tmp/commands")"
mkdir "$tmp/mon.d"
check 'they succeed' sh -e "$tmp/commands"
run $mon "$monitor" "$path:1-1"
check_eq 'the user mon knows the path' '0:' "$status:$(head -n 1 <<<"$out")"
run $mon "$tmp/mon.d/ps.monitor" "$path:1-1"
check_eq 'as ps.monitor too' '0:' "$status:$(head -n 1 <<<"$out")"
run $mon "$monitor" "$path:0-0" "$tmp/bin/pg-mon-too:1-"
check_eq 'violations are certain' 1 "$status"
check_like 'too many' "^critical: $path: count 1, above 0-0 " "$out"
check_like 'too few' "^critical: $tmp/bin/pg-mon-too: count 0, below 1\$" "$out"
run $other "$monitor" "$path:1-1"
check_like 'no other user can execute it' 'Permission denied' "$out"
printf 'secret "of root"\n' >"$tmp/secret"
chmod 600 "$tmp/secret"
run $mon "$monitor" -c "$tmp/secret"
check_eq 'files are opened with the permissions of mon' '' "$(grep secret <<<"$out" | grep root)"
check_like 'and it says so' 'Permission denied' "$out"
summary
