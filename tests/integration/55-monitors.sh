#!/bin/bash
# etbemon's ps.monitor of Debian's package mon beside procgroup.monitor on the same
# processes: results agree wherever ps.monitor is right; where they differ, the row has the
# right result and the reason.
# Uses the network: packages are downloaded.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"
mkdir -p "$tmp/bin"
ln -s "$bin/procgroup" "$tmp/ps.monitor"

# ---------------------------------------------------------------- ps.monitor
theirs=/usr/lib/mon/mon-local.d/ps.monitor
if [ ! -e $theirs ]; then
    sh "$top/scripts/deps.sh" unpack mon "$BUILD/deps/mon" >/dev/null 2>&1
    theirs=$BUILD/deps/mon$theirs
fi
perl -MProc::ProcessTable -e 1 2>/dev/null && [ -e "$theirs" ] || theirs=
[ -n "$theirs" ] || echo 'not run: no ps.monitor here (package mon, libproc-processtable-perl): only procgroup.monitor is tested'

# ---------------------------------------------------------------- processes
comm_is() { grep -qxF -- "$2" "/proc/$1/comm"; }
# start COMM COMMAND...: in the background; returns when its comm is COMM; its pid is in $pid
start() {
    local comm=$1
    shift
    "$@" </dev/null >/dev/null 2>&1 &
    pid=$!
    started+=("$pid")
    wait_for 5 comm_is "$pid" "$comm" || not_ok "start $comm"
}
for name in pg-one pg-two pg-zombie pg-with-a-very-long-name tor master auditd cron \
    rsyslogd dbus-daemon sshd watchdog; do program $name; done
start pg-one "$tmp/bin/pg-one" 300
one=$pid
start pg-two "$tmp/bin/pg-two" 300
start pg-two "$tmp/bin/pg-two" 300
second=$pid
start pg-with-a-very- "$tmp/bin/pg-with-a-very-long-name" 300
for name in tor master auditd cron rsyslogd dbus-daemon sshd watchdog; do
    start $name "$tmp/bin/$name" 300
done
mkdir "$tmp/scripts"
echo 'sleep 300' >"$tmp/scripts/pg-perl"
cp "$tmp/scripts/pg-perl" "$tmp/scripts/pg-perl-w"
printf 'import time\ntime.sleep(300)\n' >"$tmp/scripts/pg-python"
printf 'read -r x <%s/never\n' "$tmp" >"$tmp/scripts/pg-bash"
printf '#!/bin/sh\nread -r x <%s/never\n' "$tmp" >"$tmp/scripts/pg-direct"
printf 'echo pg-title worker >/proc/$$/comm\nread -r x <%s/never\n' "$tmp" >"$tmp/scripts/pg-titled"
chmod 755 "$tmp/scripts/pg-direct"
mkfifo "$tmp/never"
start perl perl "$tmp/scripts/pg-perl"
perl=$pid
start perl perl -w "$tmp/scripts/pg-perl-w"
start python3 python3 "$tmp/scripts/pg-python"
python=$pid
start bash bash "$tmp/scripts/pg-bash"
start pg-direct "$tmp/scripts/pg-direct"
direct=$pid
start 'pg-title worker' bash "$tmp/scripts/pg-titled"
start sleep bash -c 'exec -a /usr/sbin/pg-impostor sleep 300'
python3 - "$tmp/bin/pg-zombie" <<'EOF' &
import os, sys, time
if os.fork() == 0:
    os.execv(sys.argv[1], ["pg-zombie", "0"])
time.sleep(300)
EOF
started+=($!)
zombie_is_there() {
    local comm
    for comm in $(grep -lxs pg-zombie /proc/[0-9]*/comm); do
        grep -q '^State:.Z' "${comm%comm}status" && return
    done
    return 1
}
check 'a zombie is there' wait_for 5 zombie_is_there

# ---------------------------------------------------------------- rows
# A result is "STATUS NAME...": the exit status and the failing names, sorted.
ours() {
    local out status
    out=$("$tmp/ps.monitor" "$@" 2>"$tmp/ours.err") && status=0 || status=$?
    # An error: the summary is the program's name, then comes the reason.
    case $out in procgroup*) [ -s "$tmp/ours.err" ] && echo "$status" && return ;; esac
    echo "$status" "$(head -n 1 <<<"$out")" | sed 's/ $//'
}
# The first line of ps.monitor has counts, in any order.
theirs() {
    local out status
    out=$(perl "$theirs" "$@" 2>/dev/null) && status=0 || status=$?
    case $out in "Can't parse"*) echo "$status" && return ;; esac
    echo "$status" "$(head -n 1 <<<"$out" | tr ' ' '\n' | sed -E 's/:[0-9]*$//; /^$/d' |
        LC_ALL=C sort | tr '\n' ' ')" | sed 's/ *$//'
}
# agree WHAT RESULT SPEC...
agree() {
    local what=$1 result=$2
    shift 2
    check_eq "both: $what" "$result" "$(ours "$@")"
    [ -z "$theirs" ] || check_eq "both: $what (theirs)" "$result" "$(theirs "$@")"
}
# better REASON OURS THEIRS SPEC...: OURS is right
better() {
    local what=$1 result=$2 wrong=$3
    shift 3
    check_eq "ours: $what" "$result" "$(ours "$@")"
    # If this fails, ps.monitor may have been fixed: then the row becomes `agree`.
    [ -z "$theirs" ] || check_eq "ours: $what (theirs is wrong)" "$wrong" "$(theirs "$@")"
}

ln -s bin/pg-one "$tmp/link"

# ps.monitor is right.
agree 'exactly one' 0 pg-one:1-1
agree 'at least one' 0 pg-one:1- pg-two:1-
agree 'at most' 0 pg-one:-5 pg-two:-2
agree 'a range' 0 pg-two:1-5
agree 'too few' '1 pg-one' pg-one:2-3
agree 'too many' '1 pg-two' pg-two:1-1
agree 'too many, without a minimum' '1 pg-two' pg-two:-1
agree 'nobody' '1 pg-none' pg-none:1-
agree 'nobody, and that is fine' 0 pg-none:-5
agree '0 for the minimum' 0 pg-none:0-5
agree 'some of several' '1 pg-none pg-two' pg-two:1-1 pg-one:1-1 pg-none:1-1
agree 'no limits at all' 0 pg-one:- pg-none:-
agree 'leading zeros' 0 pg-two:02-002
agree 'a script under perl' 0 pg-perl:1-1
agree 'a script under python3' 0 pg-python:1-1
agree 'a script that the kernel starts' 0 pg-direct:1-1
agree 'no limits written' 1 pg-one
agree 'no numbers' 1 pg-one:a-b
agree 'a host name: the line lacks ;;' 1 pg-one:1- localhost
agree 'several in one word, as quotes leave them' '1 pg-two' 'pg-one:1-1  pg-two:1-1'
agree 'a name with a slash is nobody by argv[0]' '1 /usr/sbin/pg-impostor' /usr/sbin/pg-impostor:1-
[ "$(cat /proc/2/comm)" != kthreadd ] || agree 'a kernel thread' 0 kthreadd:1-1
agree 'the line of the manual' 0 tor:1-9 master:1-9 auditd:1-9 cron:1-9 rsyslogd:1-9 \
    dbus-daemon:1- sshd:1- watchdog:1-9
agree 'and as it fails' '1 auditd tor' tor:99- master:1-9 auditd:99-99 cron:1-9

# ps.monitor is wrong.
better '0 is a maximum too' '1 pg-two' 0 pg-two:0-0
better 'written short as well' '1 pg-two' 0 pg-two:-0
# A process whose executable is unreadable might be that path: such ones are left out here.
check_eq 'ours: a path is where the program is' 0 "$(ours "$tmp/bin/pg-one:1-1")"
[ -z "$theirs" ] || check_eq 'ours: a path is where the program is (theirs is wrong)' \
    "1 $tmp/bin/pg-one" "$(theirs "$tmp/bin/pg-one:1-1")"
check_eq 'ours: a link leads there as well' 0 "$(ours "$tmp/link:1-1")"
better 'two checks of one name: each counts' '1 pg-two' 0 pg-two:-1 pg-two:1-
better 'and the second one has a name of its own' '1 pg-two:-1' '1 pg-two' pg-two:1- pg-two:-1
better 'a pattern is of names, not of files: nothing is nobody' '1 pg-none*' 0 'pg-none*:1-'
better 'a pattern that finds' 0 0 'pg-on*:1-1'
better 'what follows the limits is a slip' 1 0 pg-one:1-1x
better 'a minimum above the maximum cannot be' 1 '1 pg-one' pg-one:5-1
better 'nothing to check is a wrong call, not all is fine' 2 0
better 'a dead process does not run' '1 pg-zombie' 0 pg-zombie:1-1
better 'more than 15 letters' 0 '1 pg-with-a-very-long-name' pg-with-a-very-long-name:1-1
agree 'a name as ps shows it, cut after 15 letters' 0 pg-with-a-very-:1-1
better 'options of an interpreter are not the name' 0 '1 pg-perl-w' pg-perl-w:1-1
better 'bash is an interpreter as well' 0 '1 pg-bash' pg-bash:1-1
better 'a name does not end at a blank' '1 pg-title' 0 pg-title:1-1
better 'and can be written whole' 0 1 'pg-title worker:1-1'
better 'a name may have a colon' '1 a:pg-one' 0 a:pg-one:1-1

# The first line: mon takes a changed one for a new event.
first() { "$tmp/ps.monitor" "$@" 2>/dev/null | head -n 1; }
specs=(pg-two:9- pg-none:1- pg-one:9- pg-absent:1- tor:99-)
line=$(first "${specs[@]}")
check_eq 'the first line is sorted' 'pg-absent pg-none pg-one pg-two tor' "$line"
stop "$second"
check_eq 'and the same when a number changes' "$line" "$(first "${specs[@]}")"
check_eq 'and when the words come in another order' "$line" \
    "$(first tor:99- pg-absent:1- pg-one:9- pg-none:1- pg-two:9-)"
if [ -n "$theirs" ]; then
    check_like 'theirs has numbers in it' ':[0-9]' "$(perl "$theirs" "${specs[@]}" | head -n 1)"
fi
check_eq 'a line copied from mon.cf, with its ;;' 0 "$(ours pg-one:1-1 pg-two:1-1 ';;')"
check_eq ';; alone is a usage error' 2 "$(ours ';;')"

# -x: the name of a process.
for i in "$one" "$perl" "$python" "$direct"; do
    name=$("$tmp/ps.monitor" -x "$i")
    check_like "-x $i" "^PID:$i has name \"pg-[a-z]+\"\$" "$name"
    [ -z "$theirs" ] || check_eq "-x $i: same as ps.monitor" "$(perl "$theirs" -x "$i")" "$name"
done
check_eq '-x of a missing process fails' 1 "$(ours -x 4194305)"
check_eq '-x without a pid is a wrong call' 2 "$(ours -x)"
summary
