#!/bin/bash
# procgroup maintenance: requested on the host, shown everywhere, ends by itself, survives a
# restart; requests of users without permission, and of clients that do harm.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"
cat >"$tmp/procgroup.conf" <<EOF
interval = 0.5
recheck = 0
group "one" { name = "pg-one"  count = "1-1" }
group "two" { name = "pg-two"  count = "1-1" }
EOF

# maintain ARG...: sets out and rc; out has stderr too
maintain() {
    out=$("$bin/procgroup" maintenance -R "$run_folder" "$@" 2>&1)
    rc=$?
}
shows() { "$bin/procgroup" status -R "$run_folder" | grep -qE -- "$1"; }
# refused RC PATTERN ARG...
refused() {
    local want=$1 pattern=$2
    shift 2
    maintain "$@"
    [ "$rc" = "$want" ] && grep -qE -- "$pattern" <<<"$out"
}
logged() { grep -qE -- "$1" "$tmp/procgroupd.log"; }

check 'without a daemon it is an error' refused 1 'procgroupd is not running' one on
start_trapd
start_standalone
check 'it runs' wait_for 20 shows '^one +critical'
check 'the violation is notified' wait_for 15 trap_has "$root.0.1[^0-9].*\"one\""
maintain
check_eq 'no group is in maintenance' '0 no group is in maintenance or off' "$rc $out"

# ------------------------------------------------------------ without an end
maintain one on
check_eq 'on' '0 one: in maintenance' "$rc $out"
check 'status shows it' shows '^one +maintenance +[0-9]+s +0 +count 0, below 1-1$'
check_eq 'SNMP too' 2 "$(col $ADMIN one)"
check_like 'it does not end' 'o Such Instance' "$(get "$root.1.2.1.37.$(index_of one)")"
check 'the log has the uid' logged 'group "one": set to maintenance by uid 0$'
check_eq 'a check is ok' 0 "$("$bin/procgroup" status -R "$run_folder" -f mon one >"$tmp/out"; echo $?)"
maintain one off
check_eq 'off' '0 one: monitored' "$rc $out"
check_eq 'SNMP: monitored' 1 "$(col $ADMIN one)"
check 'the log has it' logged 'group "one": set to monitored by uid 0$'

# ------------------------------------------------------------ a time and a reason
maintain --for 2h --reason 'disk swap' two on
check_like 'with a time' '^two: in maintenance until [0-9-]+T[0-9:]+' "$out"
until=${out##* } until_re=${until/+/.}
maintain
check_like 'the list has it' '^two +maintenance +[0-9:-]+ +disk swap$' "$out"
check_eq 'and no other group' 2 "$(wc -l <<<"$out")"
check_eq 'SNMP has the reason' 'disk swap' "$(get "$root.1.2.1.38.$(index_of two)" | unquote)"
check_like 'and the time' '^"?07 E' "$(get "$root.1.2.1.37.$(index_of two)")"
check_eq 'and both in the message' "two: count 0, below 1-1 [in maintenance until $until: disk swap]" "$(col $MESSAGE two)"
check 'the log has both' logged "group \"two\": set to maintenance by uid 0, until $until_re: disk swap"
check_like 'JSON has them too' '"adminStatus": "maintenance", "adminUntil": "20.*", "adminReason": "disk swap"' \
    "$("$bin/procgroup" status -R "$run_folder" -f json)"
stop "$daemon"
start_standalone
check 'a restart' wait_for 20 shows '^two +maintenance'
check_eq 'keeps both' "two: count 0, below 1-1 [in maintenance until $until: disk swap]" "$(col $MESSAGE two)"
kill -KILL "$daemon"
wait_for 15 gone "$daemon"
wait "$daemon" 2>/dev/null
start_standalone
check 'a crash too' wait_for 20 shows '^two +maintenance +[0-9]+s +0 +until [0-9:-]+: disk swap; count 0, below 1-1$'
check 'SNMP can end it' test "$(set_ "$root.1.2.1.$ADMIN.$(index_of two)" i 1)" = 1
check 'then there is no end any more' wait_for 15 test "$(get "$root.1.2.1.38.$(index_of two)")" = '""'
check_eq 'nor a reason' 'two: count 0, below 1-1' "$(col $MESSAGE two)"

# ------------------------------------------------------------ the same by SET
for_=39 reason_=38
two=$(index_of two)
check_eq 'no time: 0' 0 "$(col $for_ two)"
set_ "$root.1.2.1.$ADMIN.$two" i 2 "$root.1.2.1.$for_.$two" u 7200 "$root.1.2.1.$reason_.$two" s 'by SNMP' >"$tmp/out"
check_like 'status, time and reason in one SET' '^two +maintenance +[0-9:-]+ +by SNMP$' "$("$bin/procgroup" maintenance -R "$run_folder" | tail -1)"
left() { col $for_ two; }
check 'the time that is left can be read' test "$(left)" -gt 7100 -a "$(left)" -le 7200
check 'the log has all three' logged 'group "two": set to maintenance by SNMP, until [0-9T:+-]+: by SNMP$'
until=$(get "$root.1.2.1.37.$two")
stop "$daemon"
start_standalone
check 'a restart' wait_for 20 shows '^two +maintenance'
check_eq 'keeps the time' "$until" "$(get "$root.1.2.1.37.$two")"
check_eq 'and the reason' 'by SNMP' "$(col $reason_ two)"
check_like 'more than 366 days are refused' 'wrongValue' "$(set_ "$root.1.2.1.$for_.$two" u 31622401)"
check_like 'a reason with a control character is refused' 'wrongValue' "$(set_ "$root.1.2.1.$reason_.$two" x 610a62)"
check_like 'a reason of 121 bytes too' 'wrongLength' "$(set_ "$root.1.2.1.$reason_.$two" s "$(printf 'x%.0s' {1..121})")"
check_eq 'and nothing has changed' "$until by SNMP" "$(get "$root.1.2.1.37.$two") $(col $reason_ two)"
check 'a time of 0 removes the end only' test "$(set_ "$root.1.2.1.$for_.$two" u 0)" = 0
check_like 'the list shows it' '^two +maintenance +- +by SNMP$' "$("$bin/procgroup" maintenance -R "$run_folder" | tail -1)"
set_ "$root.1.2.1.$ADMIN.$two" i 1 >/dev/null
check_like 'a reason needs maintenance' 'commitFailed' "$(set_ "$root.1.2.1.$reason_.$two" s x)"
set_ "$root.1.2.1.$for_.$two" u 5 >/dev/null
check_eq 'a time alone begins maintenance' 2 "$(col $ADMIN two)"
check 'and ends it' wait_for 15 shows '^two +critical'
set_ "$root.1.2.1.$ADMIN.$two" i 3 >/dev/null
check_like 'a group that is off has no time' 'commitFailed' "$(set_ "$root.1.2.1.$for_.$two" u 60)"
set_ "$root.1.2.1.$ADMIN.$two" i 1 >/dev/null
maintain two on --for 1h --reason kept
check_like 'a SET of which a part fails' 'commitFailed' "$(set_ "$root.1.2.1.$ADMIN.$two" i 1 "$root.1.2.1.$reason_.$two" s x)"
check_like 'is undone, with time and reason' '^two +maintenance +[0-9:-]+ +kept$' "$("$bin/procgroup" maintenance -R "$run_folder" | tail -1)"
maintain two off

# ------------------------------------------------------------ it ends by itself
maintain two on --for 4s
check 'it is on' shows '^two +maintenance'
check 'it ends by itself' wait_for 20 shows '^two +critical'
check 'this is logged' logged 'group "two": the time of its maintenance is over'
check_eq 'SNMP: monitored' 1 "$(col $ADMIN two)"
maintain two on --for 1s
stop "$daemon"
sleep 1.2
start_standalone
check 'it ends while the daemon does not run' wait_for 20 shows '^two +critical'
check_eq 'SNMP: monitored again' 1 "$(col $ADMIN two)"
maintain two on --for 1h
maintain two on
check_eq 'without a time it has no end any more' '0 two: in maintenance' "$rc $out"
check_like 'the list says so' '^two +maintenance +- *$' "$("$bin/procgroup" maintenance -R "$run_folder")"
maintain two off

# ------------------------------------------------------------ mistakes
check 'no such group' refused 1 'no such group: three' three on
check 'a wrong word: status 2' refused 2 'expected "on" or "off"' two maybe
check 'one word: status 2' refused 2 'expected GROUP on, or GROUP off' two
check 'a time without "on"' refused 2 'need GROUP on' two off --for 1h
check 'a wrong time' refused 2 'expected a duration from 1s to 366d' two on --for 0
check 'a long reason' refused 2 'longer than 120 bytes' two on --reason "$(printf 'x%.0s' {1..121})"
check 'a reason is escaped' test "$("$bin/procgroup" maintenance -R "$run_folder" two on --reason $'a\nb' && "$bin/procgroup" maintenance -R "$run_folder" | grep -cF 'a\nb')" = $'two: in maintenance\n1'
set_ "$root.1.2.1.$ADMIN.$(index_of two)" i 3 >/dev/null
check 'a group that is off is not in maintenance' refused 1 'off, not in maintenance' two off
check_like 'the list has it' '^two +off' "$("$bin/procgroup" maintenance -R "$run_folder")"
set_ "$root.1.2.1.$ADMIN.$(index_of two)" i 1 >/dev/null

# ------------------------------------------------------------ permissions
gid=$(stat -c %g "$run_folder")
as() { setpriv --reuid 65534 --regid 65534 "$@"; }
out=$(as --clear-groups "$bin/procgroup" maintenance -R "$run_folder" one on 2>&1)
check_like 'another user may not' '^1.*Permission denied' "$? $out"
out=$(as --groups "$gid" "$bin/procgroup" maintenance -R "$run_folder" one on --reason mine 2>&1)
check_eq 'a member of the group may' '0 one: in maintenance' "$? $out"
check 'the log has its uid' logged 'group "one": set to maintenance by uid 65534: mine'
chmod 777 "$run_folder" "$run_folder/control"
out=$(as --clear-groups "$bin/procgroup" maintenance -R "$run_folder" one off 2>&1)
check_like 'the daemon checks it too, whatever the modes are' '^1.*only root and members of the group may' "$? $out"
chmod 2750 "$run_folder"
chmod 660 "$run_folder/control"
maintain one off

# ------------------------------------------------------------ clients that do harm
python3 - "$run_folder/control" <<'EOF'
import socket, sys
held = []
for _ in range(60): # that send nothing
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.settimeout(1)
    try:
        s.connect(sys.argv[1])
    except OSError:
        break
    held.append(s)
for packet in b'', b'x', b'\0' * 100000, b'\1\0\0\0' + b'\xff' * 395:
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.settimeout(2)
    try:
        s.connect(sys.argv[1])
        s.send(packet)
        s.recv(1000)
    except OSError:
        pass
    held.append(s)
EOF
maintain one on
check_eq 'after clients that send nothing, or anything, it works' '0 one: in maintenance' "$rc $out"
python3 - "$run_folder/control" <<'EOF' &
import socket, sys, time
end = time.time() + 60
while time.time() < end:
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.setblocking(False)
    try:
        s.connect(sys.argv[1])
    except OSError:
        pass
EOF
flood=$!
started+=("$flood")
sleep 0.5
# Compared with the client, which does nothing else: the machine may have other work.
ticks() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }
used=$(ticks "$daemon") wasted=$(ticks "$flood")
scans=$(get "$root.1.1.11.0")
scans_again() { [ "$(get "$root.1.1.11.0")" -ge $((scans + 3)) ]; }
check 'a flood of connections stops no scan' wait_for 20 scans_again
spent() { [ $(($(ticks "$flood") - wasted)) -ge 100 ]; }
check 'the flood is one' wait_for 40 spent
used=$(($(ticks "$daemon") - used)) wasted=$(($(ticks "$flood") - wasted))
check "it takes the daemon less than a fifth of the client's time (here $used of $wasted ticks)" \
    test "$used" -lt $((wasted / 5))
stop "$flood"
check 'after it requests are answered' wait_for 15 "$bin/procgroup" maintenance -R "$run_folder" one off
for i in $(seq 1000); do # at most two a second are allowed in the long run
    "$bin/procgroup" maintenance -R "$run_folder" one on --reason "$i" >/dev/null 2>"$tmp/err" || break
    "$bin/procgroup" maintenance -R "$run_folder" one off >/dev/null 2>"$tmp/err" || break
done
check_like 'changes are limited' 'too many changes; try again later|does not respond' "$(cat "$tmp/err")"
check 'SNMP can still change' test "$(set_ "$root.1.2.1.$ADMIN.$(index_of two)" i 2)" = 2

# ------------------------------------------------------------ a daemon that is stopped
kill -STOP "$daemon"
check 'a stopped daemon does not respond' refused 1 'procgroupd does not respond' two off
kill -CONT "$daemon"
sleep 1
check_eq 'and what it was sent is not done later' 2 "$(col $ADMIN two)"
summary
