#!/bin/bash
# Responses that do not fit: standalone for every msgMaxSize, over UDP and TCP; through snmpd
# for every number of varbinds. None may be wrong, late, or cost the connection to snmpd.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"
requests=$BUILD/tools/requests
long=$(printf 'x%.0s' {1..50})
{
    echo 'interval = 0.5 recheck = 1'
    for i in $(seq 60); do echo "group \"g$i-$long\" { name = \"pg-none-$i\"  count = \"1-\" }"; done
} >"$tmp/procgroup.conf"
message=$root.1.2.1.10
names=("$root.1.2.1.2.1" "$root.1.2.1.2.2" "$message.1" "$message.2")
query() { "$requests" "$@" 2>&1; }
has_rows() { [ "$(walk "$message" | grep -c "$long")" = 60 ]; }

# within MILLISECONDS PATTERN TEXT: the response of the tool matches and was in time
within() { grep -qE -- "$2" <<<"$3" && [ "$(sed -nE 's/.* ([0-9]+) ms$/\1/p' <<<"$3")" -lt "$1" ]; }

# ------------------------------------------------------------ standalone
cat >"$tmp/standalone.conf" <<EOF
rocommunity public 127.0.0.1
createUser usr SHA "authpass12" AES "privpass12"
createUser other MD5 "authpass12" DES "privpass12"
rouser usr noauth
rouser other priv
agentaddress tcp:127.0.0.1:$port
EOF
"$bin/procgroupd" -f -R "$run_folder" -c "$tmp/procgroup.conf" -s "$tmp/state" -L "udp:127.0.0.1:$port" \
    -C "$tmp/standalone.conf" >>"$tmp/procgroupd.log" 2>&1 &
daemon=$!
started+=("$daemon")
check 'standalone: it answers' ready
check 'standalone: rows exist' wait_for 15 has_rows
udp=127.0.0.1:$port tcp=tcp:127.0.0.1:$port
v2=(-v2c -c public -t 5 -r 0)
v3=(-v3 -u usr -a SHA -A authpass12 -x AES -X privpass12 -t 5 -r 0)
des=(-v3 -u other -l authPriv -a MD5 -A authpass12 -x DES -X privpass12 -t 5 -r 0)

check_like 'GETBULK with every msgMaxSize' ' 0 wrong' \
    "$(query "${v3[@]}" -l authPriv "$udp" sweep 484 2000 1 "$message" 1 2 5 20 50 200)"
check_like 'GETBULK of every length' ' 0 wrong' \
    "$(query "${v3[@]}" -l authPriv "$udp" sweep 484 2000 97 "$message" $(seq 200))"
check_like 'GETBULK with every msgMaxSize, not encrypted' ' 0 wrong' \
    "$(query "${v3[@]}" -l authNoPriv "$udp" sweep 484 2000 7 "$message" 1 10 50 200)"
check_like 'GETBULK with every msgMaxSize, not authenticated' ' 0 wrong' \
    "$(query "${v3[@]}" -l noAuthNoPriv "$udp" sweep 484 2000 7 "$message" 1 10 50 200)"
check_like 'GETBULK with every msgMaxSize, DES' ' 0 wrong' \
    "$(query "${des[@]}" "$udp" sweep 484 2000 7 "$message" 1 10 50 200)"
check_like 'GETBULK with every msgMaxSize, TCP' ' 0 wrong' \
    "$(query "${v3[@]}" -l authPriv "$tcp" sweep 484 2000 7 "$message" 1 10 50 200)"
check_like 'GETBULK of scalars and short columns' ' 0 wrong' \
    "$(query "${v3[@]}" -l authPriv "$udp" sweep 484 2000 7 "$root.1.2.1.3" 1 10 50 100)"
small=(--sendMessageMaxSize=484)
for kind in get next; do
    check_like "$kind that does not fit is tooBig and has no varbinds" '^.tooBig.* 0 varbinds' \
        "$(query "${v3[@]}" -l authPriv "${small[@]}" "$udp" "$kind" 8 "${names[@]}")"
done
# net-snmp would leave varbinds out: the last name is after everything, so that it searches on.
check_like 'GETNEXT past the end that does not fit' '^.tooBig.* 0 varbinds' \
    "$(query "${v3[@]}" -l authPriv "${small[@]}" "$udp" next 9 "${names[@]}" "${names[@]}" .1.3.6.1.6)"
check_like 'an unknown user with a small msgMaxSize gets a report' 'Unknown user' \
    "$(query -v3 -u unknown -l noAuthNoPriv -t 5 -r 0 "${small[@]}" "$udp" bulk=50 1 "$message")"
check_like 'a msgMaxSize that is not allowed is ignored' 'no response' \
    "$(query "${v3[@]}" -t 0.3 -l noAuthNoPriv "$udp" sweep 100 100 1 "$message" 50)"
for n in 100 800 1000 1500 2000 2600; do
    for kind in get next; do
        big='noError.* '$n' varbinds'
        [ "$n" -le 100 ] || big='noError.* '$n' varbinds|^.tooBig.* 0 varbinds'
        check "$kind of $n varbinds, UDP" within 3000 "$big" \
            "$(query "${v2[@]}" "$udp" "$kind" "$n" "${names[@]}")"
        check "$kind of $n varbinds, SNMPv3" within 3000 "$big" \
            "$(query "${v3[@]}" -l authPriv "$udp" "$kind" "$n" "${names[@]}")"
        check "$kind of $n varbinds, SNMPv1" within 3000 "(noError|tooBig).* $n varbinds" \
            "$(query -v1 -c public -t 5 -r 0 "$udp" "$kind" "$n" "${names[@]}")"
        check "$kind of $n varbinds, TCP" within 3000 "noError.* $n varbinds" \
            "$(query "${v2[@]}" "$tcp" "$kind" "$n" "${names[@]}")"
    done
done
check_like 'GET of 3000 varbinds over TCP' 'noError.* 3000 varbinds' \
    "$(query "${v2[@]}" "$tcp" get 3000 "${names[@]}")"
check_like 'GETBULK of 99 columns' 'noError.* 99 varbinds' \
    "$(query "${v2[@]}" "$udp" bulk=5 99 "${names[@]}")"
check_like 'GETBULK of more columns than it can return is tooBig, not an empty table' '^.tooBig' \
    "$(query "${v2[@]}" "$udp" bulk=5 400 "${names[@]}")"
check_like 'GETBULK that asks for nothing gets nothing' 'noError.* 0 varbinds' \
    "$(query "${v2[@]}" "$udp" bulk=0 4 "${names[@]}")"
# GETBULK of 100 messages, again and again; the responses are not read.
bulk='\x30\x2f\x02\x01\x01\x04\x06public\xa5\x22\x02\x01\x01\x02\x01\x00\x02\x01\x64'
bulk+='\x30\x17\x30\x15\x06\x11\x2b\x06\x01\x04\x01\xbf\x08\xce\x0f\xce\x0f\x8f\x61\x01\x02\x01\x0a\x05\x00'
(
    exec 3<>"/dev/tcp/127.0.0.1/$port"
    for _ in {1..5000}; do printf '%b' "$bulk" >&3 || break; done 2>/dev/null
    exec sleep 60 3>&3
) &
started+=("$!")
check_like 'a requester over TCP that reads nothing does not stop it' ' 0 without a response' \
    "$(query -v2c -c public -t 1 -r 0 "$udp" latency 3 "$root.1.1.1.0")"
check_like 'nor others over TCP' '^.noError' "$(query "${v2[@]}" "$tcp" get 4 "${names[@]}")"
check 'it answers at the end' ready 2
check_eq 'the SNMP process was not restarted' 1 "$(grep -c 'listening for SNMP' "$tmp/procgroupd.log")"
stop "$daemon"

# ------------------------------------------------------------ through snmpd
: >"$tmp/procgroupd.log"
start_snmpd
start_procgroupd
check 'agentx: it answers' ready
check 'agentx: rows exist' wait_for 15 has_rows
for n in 100 500 700 800 900 1000 1092 1100 1200 1300 1360 1364 1365 1366 1400 2000 2600; do
    for kind in get next; do
        check "agentx: $kind of $n varbinds" within 3000 "noError.* $n varbinds|^.tooBig" \
            "$(query "${v2[@]}" "$udp" "$kind" "$n" "${names[@]}")"
    done
    # snmpd returns 100 varbinds at most, and nothing if there are more columns.
    check "agentx: GETBULK of $n columns" within 3000 'noError|^.tooBig' \
        "$(query "${v2[@]}" "$udp" bulk=5 "$n" "${names[@]}")"
done
check_like 'agentx: GET of 500 varbinds has values' 'noError.* 500 varbinds' \
    "$(query "${v2[@]}" "$udp" get 500 "${names[@]}")"
check_like 'agentx: GETNEXT of short names, which become long' 'noError|^.tooBig' \
    "$(query "${v2[@]}" "$udp" next 2600 "$root" "$root.1.2.1.2")"
check 'agentx: it answers at the end' answers
check_eq 'agentx: the connection to snmpd is the first one' 0 \
    "$(grep -c 'lost connection' "$tmp/procgroupd.log")"
summary
