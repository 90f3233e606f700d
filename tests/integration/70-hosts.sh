#!/bin/bash
# snmp-procgroup with real agents: snmpd with procgroupd, procgroupd alone, prTable,
# hrSWRunTable; v1, v2c, v3; hosts that are dead, have no table, or refuse.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

# A name that only this run has: another one may be going on.
name=watched$$
daemon=$tmp/$name
cp /bin/sleep "$daemon"
cat >"$tmp/pg.conf" <<EOF
interval = 0.5
recheck = 0
group "watched" { comm = "$name" count = "1-1" }
group "never" { comm = "no-such-program" count = "0-0" }
group "loose" { comm = "no-such-program" condition "few" { metric = "count" range = "1-" severity = "warning" } }
EOF
cat >"$tmp/snmpd.conf" <<EOF
rocommunity public 127.0.0.0/8
rocommunity6 public ::1
master agentx
agentXSocket $agentx
agentXPerms 0777 0755
agentXTimeout 5
agentXRetries 0
createUser tst SHA "authpass12" AES "privpass12"
rwuser tst
proc $name 1 1
proc no-such-program 1 1
EOF
snmpd -f -C -c "$tmp/snmpd.conf" -Lf "$tmp/snmpd.log" -I -smux \
    "udp:127.0.0.1:$port" "udp6:[::1]:$port" "tcp:127.0.0.1:$port" &
started+=("$!")
wait_for 10 get .1.3.6.1.2.1.1.3.0

poll() { "$bin/snmp-procgroup" "$@" >"$tmp/out" 2>"$tmp/err"; status=$?; }
out() { cat "$tmp/out"; }
first() { head -n 1 "$tmp/out"; }
here=127.0.0.1:$port
v3=(-v 3 -u tst -l authPriv -a SHA -A authpass12 -x AES -X privpass12)

# --- a host without procgroupd
poll --again 0 "$here"
check_eq "without procgroupd: exit 1" 1 $status
check_like "without procgroupd: its state" "^$here: no such object unknown: procgroupd is not" "$(out)"
poll --again 0 -f nagios "$here"
check_eq "without procgroupd: UNKNOWN for Nagios" 3 $status

# --- the subagent registers while the host is polled
"$bin/snmp-procgroup" --again 3 "$here" >"$tmp/late" 2>&1 &
late=$!
"$bin/procgroupd" -f -R "$run_folder" -c "$tmp/pg.conf" -s "$tmp/state" -x "$agentx" 2>"$tmp/procgroupd.log" &
started+=("$!")
wait_for 10 has_row watched
wait "$late"
check_like "a host without its subagent is polled again" "watched: violation" "$(cat "$tmp/late")"

# --- groups
"$daemon" 300 &
watched=$!
started+=("$watched")
all_fine() { [ "$(col $STATUS watched)" = 0 ]; }
wait_for 10 all_fine
poll "$here"
check_eq "a warning fails under mon" 1 $status
check_eq "the summary is the host" "$here" "$(first)"
check_like "a group that is ok" "^$here: watched: ok: 1 \(1-1\)" "$(out)"
check_like "a group that fails" "^$here: loose: violation warning: 0" "$(out)"
poll -f nagios "$here"
check_eq "WARNING for Nagios" 1 $status
check_like "one line with performance data" \
    "^PROCS WARNING: loose \| 'loose'=.* 'never'=0;;0;0 'watched'=1;;1:1;0\$" "$(first)"
poll -g watched "$here"
check_eq "one group by name" 0 $status
check_eq "and no other line" 2 "$(wc -l <"$tmp/out")"
poll -g no-such "$here"
check_like "a group that does not exist" "no-such: no such group unknown" "$(out)"
poll watched:2-3 "$here"
check_like "limits of the command line" "watched: violation critical: 1 \(2-3\): too few" "$(out)"
poll watched:1- never:0-0 "$here"
check_eq "limits that are kept" 0 $status
poll -f json "$here"
check "JSON is JSON" python3 -m json.tool "$tmp/out"

# --- protocols
poll -v 1 -g watched "$here"; check_eq "v1" 0 $status
poll "${v3[@]}" -g watched "$here"; check_eq "v3 authPriv" 0 $status
poll -g watched "tcp:$here"; check_eq "TCP" 0 $status
poll -g watched -p "$port" ::1; check_eq "IPv6" 0 $status
# net-snmp does not take it for an address; resolving needs neither /etc/hosts nor a server.
poll -g watched "0x7f.1:$port"; check_eq "a name" 0 $status
poll -v 3 -u tst -l authPriv -a SHA -A wrongpass12 -x AES -X privpass12 "$here"
check_like "a wrong passphrase" "refused unknown: authentication failed" "$(out)"
poll -v 3 -u no-such -l noAuthNoPriv "$here"
check_like "a wrong user" "refused unknown: unknown user" "$(out)"
poll -v 3 -u tst -l authPriv -A authpass12 "$here"
check_like "a passphrase is missing" "a passphrase for privacy" "$(cat "$tmp/err")"
poll -r 0 -t 0.3 -c wrong "$here"
check_like "a wrong community" "no answer critical: no answer in time" "$(out)"
echo authpass12 >"$tmp/auth"
SNMP_PROCGROUP_PRIV=privpass12 poll -v 3 -u tst -l authPriv -a SHA -x AES --auth-file "$tmp/auth" -g watched "$here"
check_eq "passphrases from a file and from the environment" 0 $status
echo 'defCommunity public' >"$tmp/c/snmp.conf"
poll -g watched "$here"; check_eq "the community of snmp.conf" 0 $status
rm "$tmp/c/snmp.conf"

# --- other tables
poll --ucd "$here"
check_like "prTable: ok" "$here: $name: ok: 1 \(1-1\)" "$(out)"
check_like "prTable: failing" "$here: no-such-program: violation critical: 0 \(1-1\): No no-such" "$(out)"
poll --hostres $name:1-1 "$daemon:1-1" no-such-program:0-0 "$here"
check_eq "hrSWRunTable" 0 $status
poll --hostres $name:2- "$here"
check_like "hrSWRunTable: too few" "$name: violation critical: 1 \(2-\): too few" "$(out)"

# --- many hosts, some of them dead
for i in $(seq 1 20); do echo "127.0.7.$i:9 # dead"; done >"$tmp/hosts"
begin=${EPOCHREALTIME/./}
poll -t 0.5 -r 1 -g watched --hosts-file "$tmp/hosts" "$here" "tcp:127.0.0.1:9" nosuch.invalid
took=$(((${EPOCHREALTIME/./} - begin) / 1000))
check_eq "22 hosts are dead" 22 "$(first | wc -w)"
check "and cost one timeout together ($took ms)" [ "$took" -lt 2500 ]
check_like "the live host is ok" "^$here: watched: ok" "$(out)"
check_like "a closed port" "^127.0.7.1:9: no answer critical: port is closed" "$(out)"
check_like "a name that does not exist" "^nosuch.invalid: no answer critical: cannot resolve the name" "$(out)"
check_eq "the summary is sorted" "$(first | tr ' ' '\n' | LC_ALL=C sort | tr '\n' ' ')" "$(first) "
poll --deadline 0.5 -t 5 "127.0.7.1:$trap_port" "$here"
check_like "the deadline" "no answer critical: no" "$(out)"

# --- TCP: an agent that accepts connections and does not answer, one that resets them
python3 - >"$tmp/ports" <<'EOF' &
import socket, struct, time
deaf, rude = socket.socket(), socket.socket()
for s in deaf, rude:
    s.bind(("127.0.0.1", 0))
    s.listen(0)
print(deaf.getsockname()[1], rude.getsockname()[1], flush=True)
while True:
    s, _ = rude.accept()
    s.recv(1)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    s.close()
EOF
started+=($!)
wait_for 10 [ -s "$tmp/ports" ]
read -r deaf rude <"$tmp/ports"
begin=${EPOCHREALTIME/./}
poll --deadline 4 -t 0.5 -r 0 -g watched "tcp:127.0.0.1:$deaf" "tcp:127.0.0.1:$rude" "$here"
took=$(((${EPOCHREALTIME/./} - begin) / 1000))
check "an agent that does not answer costs one timeout ($took ms)" [ "$took" -lt 3500 ]
check_like "and has no answer" "^tcp:127.0.0.1:$deaf: no answer critical: no answer in time" "$(out)"
check_like "a reset connection has no answer" "^tcp:127.0.0.1:$rude: no answer critical: [^S]" "$(out)"
check_like "the other host is ok" "^$here: watched: ok" "$(out)"

# --- the process ends; the summary does not change when only reasons change
stop "$watched" KILL
violated() { [ "$(col $STATUS watched)" = 2 ]; }
wait_for 10 violated
poll -f nagios "$here"
check_eq "CRITICAL for Nagios" 2 $status
check_like "both groups in the line" "^PROCS CRITICAL: loose watched \|" "$(first)"
poll "$here"
check_eq "the summary of mon has no numbers" "$here" "$(first)"

# --- names
ln -s "$bin/snmp-procgroup" "$tmp/check_snmp_procgroup"
ln -s "$bin/snmp-procgroup" "$tmp/snmp-procgroup.monitor"
check_like "check_snmp_procgroup is a plugin" "^PROCS CRITICAL: watched \|" \
    "$("$tmp/check_snmp_procgroup" -H "$here" -C public -g watched | head -n 1)"
check_eq "snmp-procgroup.monitor is a monitor" "$here" \
    "$("$tmp/snmp-procgroup.monitor" -g watched "$here" | head -n 1)"

# --- standalone
stop "${started[1]}"
alone=$(free_port)
printf 'rocommunity public 127.0.0.0/8\n' >"$tmp/alone.conf"
"$bin/procgroupd" -f -R "$run_folder" -c "$tmp/pg.conf" -s "$tmp/state2" -L "udp:0.0.0.0:$alone" \
    -C "$tmp/alone.conf" 2>"$tmp/alone.log" &
started+=("$!")
answers() { "$bin/snmp-procgroup" -t 0.5 -r 0 -g never "127.0.0.1:$alone"; }
wait_for 10 answers
poll -g never $(seq -f "127.0.8.%g:$alone" 1 100)
check_eq "a hundred agents" 0 $status
check_eq "each has its group" 100 "$(grep -c 'never: ok: 0' "$tmp/out")"
check "and with few descriptors a few at a time" bash -c 'ulimit -n 12; "$@"' - \
    "$bin/snmp-procgroup" -g never $(seq -f "127.0.8.%g:$alone" 1 100)
summary
