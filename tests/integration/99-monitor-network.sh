#!/bin/bash
# snmp-procgroup where the network or the agent can do little: large answers are lost or are
# genErr, answers come late or from another address, views hide columns, an engine has
# started too often, an address is malformed.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

tools=$BUILD/tools
poll() { "$bin/snmp-procgroup" --again 0 "$@" >"$tmp/out" 2>"$tmp/err"; status=$?; }
out() { cat "$tmp/out"; }
first() { head -n 1 "$tmp/out"; }
ok_groups() { grep -cE ": group-[0-9]+: ok: 1 \(1-1\)" "$tmp/out"; }

# responder KIND GROUPS: an agent at all addresses of 127.0.0.0/8; sets at
responder() {
    rm -f "$tmp/responder-$1"
    "$tools/responder" -g "$2" --ucd --hostres --hostile "$1" >"$tmp/responder-$1" &
    started+=("$!")
    wait_for 10 [ -s "$tmp/responder-$1" ]
    at=127.3.0.1:$(head -n 1 "$tmp/responder-$1")
}

# --- large answers: all that is longer than 484 octets is lost; genErr to GETBULK; genErr to
# more than eight objects
for kind in fragments no-bulk few-objects; do
    responder $kind 40
    for version in 1 2c; do
        poll -v $version -t 2 -r 2 "$at"
        check_eq "$kind, v$version: exit status" 0 $status
        check_eq "$kind, v$version: all groups" 40 "$(ok_groups)"
    done
    poll -t 2 -r 2 -g group-2 -g 'group-3*' "$at"
    check_eq "$kind: groups by name" 12 "$(ok_groups)"
    poll -t 2 -r 2 --ucd "$at"
    check_eq "$kind: prTable" 40 "$(grep -c ': proc-[0-9]*: ok: 1 ' "$tmp/out")"
    poll -t 2 -r 2 --hostres /usr/bin/proc-7:1-1 proc-8:1-1 "$at"
    check_eq "$kind: hrSWRunTable" 0 $status
    poll -t 2 -r 2 -f json --repetitions 1000 "$at"
    check_eq "$kind: JSON, 1000 repetitions" 40 "$(grep -c '"result": "ok"' "$tmp/out")"
done
responder fragments 40
poll -t 0.5 -r 0 "$at"
check_like "without a retry the answer is lost" "no answer critical: no answer in time" "$(out)"
# The deadline leaves time for three tries of six.
poll -t 2 -r 5 --deadline 7 "$at"
check_eq "the last try before the deadline is small too" 40 "$(ok_groups)"

# --- an answer that is later than the timeout, but before the last try's
responder late 3
poll -t 1 -r 4 "$at"
check_eq "an answer after three seconds is one to an earlier try" 3 "$(ok_groups)"

# --- answers from another address
responder spoof 3
poll -t 0.5 -r 1 "$at"
check_like "another address" "no answer critical: no answer in time" "$(out)"
poll -t 2 -r 1 --any-source "$at"
check_eq "another address, with --any-source" 3 "$(ok_groups)"
poll -t 2 -r 1 --any-source -f nagios 127.3.0.{1..9}:"${at##*:}"
check_like "nine of them" "^PROCS OK: 9 hosts, 27 groups" "$(first)"
for kind in spoof-id spoof-community; do
    responder $kind 3
    poll -t 0.5 -r 1 --any-source "$at"
    check_like "$kind is not an answer, also with --any-source" "no answer critical" "$(out)"
done
# A forged answer with another community comes first, the right one later.
python3 - >"$tmp/ports" <<'PY' &
import socket
s, other = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
s.bind(("127.0.0.1", 0))
other.bind(("127.0.0.9", 0))
print(s.getsockname()[1], flush=True)
while True:
    data, peer = s.recvfrom(65536)
    # GetResponse with errorStatus 2, which is "no such object": first with another community
    pdu = bytearray(data)
    i = pdu.index(b"public")
    pdu[i + 6] = 0xa2
    answer = bytes(pdu)
    other.sendto(answer.replace(b"public", b"secret"), peer)
    other.sendto(answer, peer)
PY
started+=($!)
wait_for 10 [ -s "$tmp/ports" ]
poll -v 1 -t 2 -r 0 --any-source "127.0.0.1:$(cat "$tmp/ports")"
check_like "the right community is waited for" "(wrong answer|no such object) unknown" "$(out)"

# --- malformed addresses are a wrong command line, not dead hosts
for address in 127.0.0.1:99999 127.0.0.1:0 ::1:zz '[::1' '[::1]:' host: udp: : :161 161 '' \
    web/24 127.0.0.256 udp6:127.0.0.1 udp:::1 fe80::1% unix: web..example; do
    poll "$address"
    check_eq "'$address': a wrong command line" 2 $status
    poll -f nagios -H "$address"
    check_eq "'$address': UNKNOWN for Nagios" 3 $status
    check_like "'$address': and it says so" "^PROCS UNKNOWN: .*[a-z]" "$(first)"
    check_eq "'$address': no host is reported as dead" 0 "$(grep -c 'no answer' "$tmp/out")"
done
printf '127.0.0.1\n10.0.0.1:70000\n' >"$tmp/hosts"
poll --hosts-file "$tmp/hosts"
check_like "in a file, with its line" "hosts:2: a port is a number from 1 to 65535: 10.0.0.1:70000" "$(cat "$tmp/err")"
# Unusual ones that are right: nothing listens there.
for address in fe80::1%lo '[::1]:9' udp-gw.invalid:161 127.1:9 0x7f.1:9 TCP:127.0.0.1:9 unix:/nonexistent; do
    poll -t 0.2 -r 0 --deadline 5 "$address"
    check_like "'$address' is a host" "^$(sed 's/[][]/\\&/g' <<<"$address"): no answer critical" "$(out)"
done

# --- real agents: views, and an engine that has started too often
engine=0x80001f880461787465737401
cat >"$tmp/snmpd.conf" <<EOF
exactEngineID $engine
oldEngineID $engine
engineBoots 2147483646
createUser tst SHA "authpass12" AES "privpass12"
rwuser tst noauth
master agentx
agentXSocket $agentx
agentXPerms 0777 0755
agentXTimeout 5
agentXRetries 0
rocommunity public 127.0.0.0/8
EOF
view() { # NAME OID...: the community NAME sees all without these
    local name=$1 oid
    shift
    {
        echo "com2sec sec$name 127.0.0.0/8 $name"
        echo "group grp$name v1 sec$name"
        echo "group grp$name v2c sec$name"
        echo "view view$name included .1"
        for oid in "$@"; do echo "view view$name excluded $oid"; done
        echo "access grp$name \"\" any noauth exact view$name none none"
    } >>"$tmp/snmpd.conf"
}
view noname $root.1.2.1.2
view noname2 $root.1.2.1.2 $root.1.1.18
view nototal $root.1.1.18
view nomin $root.1.2.1.5
view nostatus $root.1.2.1.3
view notable $root.1.2
view noage $root.1.1.27
view notime $root.1.1.12 $root.1.1.27
view noscalars $root.1.1.12 $root.1.1.18 $root.1.1.27
view nopath .1.3.6.1.2.1.25.4.2.1.4
snmpd -f -C -c "$tmp/snmpd.conf" -Lf "$tmp/snmpd.log" -I -smux "udp:127.0.0.1:$port" &
started+=("$!")
wait_for 10 get .1.3.6.1.2.1.1.3.0
cat >"$tmp/procgroup.conf" <<EOF
interval = 0.5
recheck = 0
group "never" { comm = "no-such-program" count = "0-0" }
group "also" { comm = "no-such-program" count = "0-0" }
EOF
start_procgroupd
ready
here=127.0.0.1:$port
green() { "$bin/snmp-procgroup" -t 2 -r 1 --again 0 "$here"; }
check "the groups are ok" wait_for 15 green
for name in noname noname2 notable; do
    for options in '-v 2c' '-v 1' '-g never' '-g never -v 1'; do
        # shellcheck disable=SC2086 # words
        poll -t 2 -r 1 -c $name $options "$here"
        check_like "a view ($name, $options): no such object" "no such object unknown" "$(out)"
        check_eq "a view ($name, $options): not ok" 1 $status
    done
done
for options in '-v 2c' '-v 1' '-g never -g also' '-g never -g also -v 1'; do
    # shellcheck disable=SC2086 # words
    poll -t 2 -r 1 -c nomin $options "$here"
    check_eq "a view without another column ($options): ok" 0 $status
    check_eq "a view without another column ($options): both groups" 2 "$(grep -c ': ok: 0' "$tmp/out")"
    # shellcheck disable=SC2086
    poll -t 2 -r 1 -c nostatus $options "$here"
    check_eq "a view without the status ($options): unknown" 2 \
        "$(grep -c 'unknown: the agent did not send a status' "$tmp/out")"
done
poll -t 2 -r 1 -c nototal "$here"
check_eq "a view without the number of groups: ok" 0 $status
# An older procgroupd whose daemon has ended has old counts.
for options in '-v 2c' '-v 1' '-g never -g also' '-g never -g also -v 1' \
    'never:0-0 also:0-0' '-v 1 never:0-0 also:0-0'; do
    for name in notime noscalars; do
        # shellcheck disable=SC2086 # words
        poll -t 2 -r 1 -c $name "$here" $options
        check_eq "a view without the age and the time ($name, $options): unknown" 2 \
            "$(grep -cE ' (never|also): unknown: the age of the table is not visible; let' "$tmp/out")"
        check_eq "a view without the age and the time ($name, $options): not ok" 1 $status
        # shellcheck disable=SC2086 # words
        poll -t 2 -r 1 -c $name --max-age 0 "$here" $options
        check_eq "a view without the age and the time ($name, $options), any age: ok" 0 $status
    done
    # shellcheck disable=SC2086 # words
    poll -t 2 -r 1 -c noage "$here" $options
    check_eq "a view without the age ($options): ok by the time" 0 $status
done
# snmpd may read its table again while it is walked; names then decrease once.
nopath() {
    poll -t 2 -r 1 -c nopath --hostres /no/such/program:0-0 "$here"
    grep -q 'unknown: some processes could not be matched' "$tmp/out"
}
check "a view without hrSWRunPath: unknown" wait_for 30 nopath

v3=(-v 3 -u tst -a SHA -A authpass12 -x AES -X privpass12)
check_eq "the engine has started 2147483647 times" 2147483647 "$(get .1.3.6.1.6.3.10.2.1.2.0)"
for level in authNoPriv authPriv; do
    poll -t 2 -r 1 "${v3[@]}" -l $level "$here"
    check_like "such an engine, $level: it says so" "refused unknown: .*snmpEngineBoots" "$(out)"
    poll -t 3 -r 1 "${v3[@]}" -l $level -e $engine "$here"
    check_like "such an engine, $level, without discovery" "refused unknown: .*snmpEngineBoots" "$(out)"
done
poll -t 2 -r 1 "${v3[@]}" -l noAuthNoPriv "$here"
check_eq "such an engine, noAuthNoPriv" 0 $status

# --- SNMPv3, and all answers come from another address
python3 - "$port" >"$tmp/relay" <<'PY' &
import select, socket, sys
front, back, other = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(3))
front.bind(("127.0.0.1", 0))
other.bind(("127.0.0.9", 0))
back.connect(("127.0.0.1", int(sys.argv[1])))
print(front.getsockname()[1], flush=True)
peer = None
while True:
    for s in select.select([front, back], [], [])[0]:
        if s is front:
            data, peer = front.recvfrom(65536)
            back.send(data)
        else:
            other.sendto(back.recv(65536), peer)
PY
started+=($!)
wait_for 10 [ -s "$tmp/relay" ]
relay=127.0.0.1:$(cat "$tmp/relay")
poll -t 2 -r 1 -v 3 -u tst -l noAuthNoPriv --any-source "$relay"
check_eq "SNMPv3 with --any-source" 0 $status
poll -t 0.5 -r 0 -v 3 -u tst -l noAuthNoPriv "$relay"
check_like "SNMPv3 without it" "no answer critical: no answer in time" "$(out)"
summary
