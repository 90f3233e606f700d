#!/bin/bash
# Notification sinks of a standalone agent that do not answer, of each kind, beside one that
# does: requests are answered at once, notifications reach the one that answers, and a sink
# that comes back.
# In namespaces of its own, because one test replaces resolv.conf.
if [ -z "${PROCGROUP_ISOLATED:-}" ]; then
    PROCGROUP_ISOLATED=1 exec unshare --net --mount --pid --fork --kill-child --mount-proc \
        "$BASH" "$0" "$@"
fi
ip link set lo up
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"
requests=$BUILD/tools/requests
for i in $(seq 6); do program "pg-s$i-$$"; done
{
    echo 'interval = 0.2 recheck = 0'
    for i in $(seq 6); do echo "group \"s$i\" { name = \"pg-s$i-$$\"  count = \"1-\" }"; done
} >"$tmp/procgroup.conf"
engine=0x80001f880461787465737402
keys=(-v 3 -u usr -l authPriv -a SHA -A authpass12 -x AES -X privpass12)
late_port=$(free_port) tcp_port=$(free_port) other_port=$(free_port)

# receiver NAME PORT [ENGINE_ID]: an SNMPv3 receiver; its notifications are in the file NAME
receiver() {
    # shellcheck disable=SC2016 # format letters of snmptrapd
    printf 'authCommunity log public\nexactEngineID %s\ncreateUser %s usr SHA "authpass12" AES "privpass12"\nauthUser log usr\nformat2 TRAP %%#v\\n\n' \
        "${3:-$engine}" "$([ -n "${4:-}" ] && echo "-e $4")" >"$tmp/$1.conf"
    mkdir -p "$tmp/pt.$1"
    SNMP_PERSISTENT_DIR=$tmp/pt.$1 snmptrapd -f -C -c "$tmp/$1.conf" -X -Lo -On -n -m '' \
        "udp:127.0.0.1:$2" >>"$tmp/$1" 2>&1 &
    received=$!
    started+=("$received")
    wait_for 10 grep -q "$(printf ':%04X ' "$2")" /proc/net/udp
}
# standalone LINE...: an agent with these lines in its snmpd_conf
standalone() {
    rm -rf "$tmp/state" "$tmp/state.events" "$tmp/state.snmp"
    printf 'rocommunity public 127.0.0.1\n' >"$tmp/standalone.conf"
    printf '%s\n' "$@" >>"$tmp/standalone.conf"
    : >"$tmp/procgroupd.log"
    "$bin/procgroupd" -f -R "$run_folder" -c "$tmp/procgroup.conf" -s "$tmp/state" -L "udp:127.0.0.1:$port" \
        -C "$tmp/standalone.conf" >>"$tmp/procgroupd.log" 2>&1 &
    daemon=$!
    started+=("$daemon")
}
# turn N: a process of group sN starts and ends: two events
turn() {
    run_program "pg-s$1-$$"
    wait_for 10 col_is $COUNT "s$1" 1
    stop "$pid" KILL
    wait_for 10 col_is $COUNT "s$1" 0
}
has() { grep -qE -- "$2" "$tmp/$1"; } # has FILE PATTERN
# quick WHAT: the agent answers within 50 ms while events happen
quick() {
    "$requests" -v2c -c public -t 5 -r 0 "127.0.0.1:$port" latency 2 "$root.1.1.1.0" \
        >"$tmp/latency" 2>&1 &
    local measured=$!
    for i in 1 2 3; do turn "$i"; done
    wait "$measured"
    check_like "$1: each GET is answered" ' 0 without a response' "$(cat "$tmp/latency")"
    # This machine may be busy; net-snmp would wait for 6 s.
    check "$1: none takes long ($(cat "$tmp/latency"))" \
        awk '{ exit !($(NF - 1) < 250) }' "$tmp/latency"
}

# tcp_receiver NAME PORT: over TCP; its notifications are in the file NAME
tcp_receiver() {
    # shellcheck disable=SC2016 # format letters of snmptrapd
    SNMP_PERSISTENT_DIR=$tmp/pt snmptrapd -f -C -c "$tmp/trapd.conf" -X -Lo -On -n -m '' \
        "tcp:127.0.0.1:$2" >"$tmp/$1" 2>&1 &
    received=$!
    started+=("$received")
}

start_trapd
alive="trap2sink 127.0.0.1:$trap_port public"
dead=$(free_port)
# dead WHAT LINE...: with these sinks, before and after the one that answers
dead() {
    local what=$1
    shift
    : >"$tmp/traps"
    standalone "$@" "$alive" "$@"
    check "$what: it answers" ready 5
    check "$what: the other sink gets the first notification" wait_for 8 trap_has '\.0\.3'
    quick "$what"
    check "$what: and the others" wait_for 8 trap_has 's3: count 0'
    check "$what: it ends" stop "$daemon"
}
dead 'SNMPv3 informs' "trapsess -Ci ${keys[*]} 127.0.0.1:$dead" \
    "trapsess -Ci -v 3 -u usr -l noAuthNoPriv 127.0.0.1:$dead"
dead 'SNMPv2c informs' "trapsess -Ci -v2c -c public 127.0.0.1:$dead" \
    "informsink 127.0.0.1:$dead public"
dead 'traps' "trapsess -e $engine ${keys[*]} 127.0.0.1:$dead" "trap2sink 127.0.0.1:$dead public" \
    "trapsink 127.0.0.1:$dead public" "trap2sink tcp:127.0.0.1:$tcp_port public"
dead 'names that do not exist' "trap2sink sink-$$.invalid public" \
    "trapsess -Ci ${keys[*]} sink-$$.invalid"

# ------------------------------------------------------------ informs that come back
standalone "trapsess -Ci ${keys[*]} 127.0.0.1:$late_port" "informsink 127.0.0.1:$other_port public" \
    "$alive"
check 'SNMPv3 informs: it answers' ready 5
turn 4
check 'SNMPv3 informs: the log names the sink that does not answer' \
    wait_for 20 has procgroupd.log "sink 127.0.0.1:$late_port does not answer"
check 'SNMPv2c informs: so does it of the other' \
    wait_for 20 has procgroupd.log "sink 127.0.0.1:$other_port does not answer"
receiver late "$late_port"
late=$received
check 'SNMPv3 informs: it gets what happened before' wait_for 20 has late 's4: count 0'
check 'SNMPv3 informs: the log says so' wait_for 20 has procgroupd.log "$late_port acknowledges again"
turn 5
check 'SNMPv3 informs: and what happens now' wait_for 10 has late 's5: count 0'
receiver other "$other_port"
check 'SNMPv2c informs: it gets what happened before' wait_for 20 has other 's4: count 0'
check 'SNMPv2c informs: in order' eval \
    '[ "$(grep -n "s4: count 0" "$tmp/other" | head -n 1 | cut -d: -f1)" -lt "$(grep -n "s5: count 0" "$tmp/other" | head -n 1 | cut -d: -f1)" ]'
stop "$late"
turn 6
: >"$tmp/late"
receiver late "$late_port" "$engine"
check 'SNMPv3 informs: a receiver that was restarted gets them' wait_for 30 has late 's6: count 0'
stop "$received"
rm -rf "$tmp/pt.late"
: >"$tmp/late"
receiver late "$late_port" 0x80001f880461787465737409
turn 1
check 'SNMPv3 informs: a receiver with another engine ID gets them' wait_for 30 has late 's1: count 0'
check 'they end' stop "$daemon"

# ------------------------------------------------------------ informs that are lost with the process
stop "$received"
never_port=$(free_port)
: >"$tmp/traps"
standalone "trapsess -Ci -v2c -c public -t 0.2 -r 0 127.0.0.1:$never_port" "$alive"
check 'lost informs: it answers' ready 5
turn 1
check 'lost informs: the other sink has them' wait_for 10 trap_has 's1: count 0'
counts() { get "$root.1.1.$1.0"; }
last() { sed -n 's/.*event=\([0-9]*\) .*/\1/p' "$tmp/procgroupd.log" | tail -n 1; }
all_wait() { [ "$(counts 22)" = "$(last)" ]; }
check 'lost informs: all wait for the sink' wait_for 20 all_wait
wait_for 20 has procgroupd.log "sink 127.0.0.1:$never_port does not answer"
held=$(last) sent=$(grep -c 's1: count 0' "$tmp/traps")
held_in_file() { [ "$(grep -c '	held	' "$tmp/state.events")" -ge "$held" ]; }
check 'lost informs: the file says so' wait_for 10 held_in_file
kill -KILL "$(pgrep -P "$daemon" -x procgroupd-snmp)"
check 'lost informs: they are counted as dropped' wait_for 20 has procgroupd.log \
    " $held notifications were dropped; read the tables again"
ready
check_eq 'lost informs: by the counter too' "$held" "$(counts 23)"
check 'lost informs: an event says so' wait_for 10 trap_has "$held notifications were dropped"
check_eq 'lost informs: the other sink gets none twice' "$sent" "$(grep -c 's1: count 0' "$tmp/traps")"
more=$(last)
held_in_file() { grep -q "	held	$more\$" "$tmp/state.events"; }
check 'lost informs: the next event is held' wait_for 20 held_in_file
kill -KILL "$daemon"
wait "$daemon" 2>/dev/null
: >"$tmp/traps"
"$bin/procgroupd" -f -R "$run_folder" -c "$tmp/procgroup.conf" -s "$tmp/state" -L "udp:127.0.0.1:$port" \
    -C "$tmp/standalone.conf" >>"$tmp/procgroupd.log" 2>&1 &
daemon=$!
started+=("$daemon")
check 'lost informs: a new daemon answers' ready 15
check_eq 'lost informs: it counts the others too' "$more" "$(counts 23)"
check_eq 'lost informs: and sends none again' '' "$(grep 'notifications were dropped' "$tmp/traps")"
check 'it ends' stop "$daemon"

# ------------------------------------------------------------ SNMPv3 traps and names
stop "$received"
closing_port=$(free_port)
closing_sink=tcp:127.0.0.1:$closing_port
python3 - "$closing_port" >"$tmp/closed" <<-'EOF' &
	import socket, sys
	sink = socket.socket()
	sink.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
	sink.bind(("127.0.0.1", int(sys.argv[1])))
	sink.listen(50)
	while True:
	    sink.accept()[0].close()
	    print("closed", flush=True)
EOF
closing=$!
started+=("$closing")
wait_for 10 grep -q "$(printf ':%04X 00000000:0000 0A' "$closing_port")" /proc/net/tcp
standalone "createUser usr SHA authpass12 AES privpass12" \
    "trapsess ${keys[*]} localhost:$late_port" "trap2sink localhost:$trap_port" \
    "trap2sink tcp:localhost:$tcp_port" "trap2sink $closing_sink public" \
    "trapsess -Ci -v2c -c public $closing_sink"
: >"$tmp/late"
: >"$tmp/traps"
check 'names: it answers' ready 5
check 'names: the first notification is sent when they are resolved' wait_for 10 trap_has '\.0\.3'
id=$(sed -n 's/^oldEngineID //p' "$tmp/state.snmp/engine")
receiver late "$late_port" "$engine" "$id"
turn 2
check 'SNMPv3 traps: they arrive' wait_for 10 has late 's2: count 0'
check 'closing sink: the log says that it closed' \
    wait_for 10 has procgroupd.log "sink $closing_sink closed the connection"
before=$(wc -l <"$tmp/closed")
quick 'closing sink'
sleep 5 # a flood would be seen
n=$(($(wc -l <"$tmp/closed") - before)) lines=$(grep -c "$closing_sink" "$tmp/procgroupd.log")
check "closing sink: few connections ($n)" [ "$n" -le 4 ]
check "closing sink: few lines in the log ($lines)" [ "$lines" -le 3 ]
stop "$closing" KILL
tcp_receiver closing "$closing_port"
tcp_receiver tcp "$tcp_port"
tcp=$received
check 'TCP: the sink is found when it listens' \
    wait_for 45 has procgroupd.log "sink tcp:localhost:$tcp_port: found"
check 'closing sink: it gets the informs of that time when it takes them' \
    wait_for 45 has closing 's3: count 0'
check 'closing sink: the log says so' \
    wait_for 10 has procgroupd.log "sink $closing_sink takes notifications again"
turn 3
check 'TCP: notifications arrive' wait_for 10 has tcp 's3: count 0'
kill -KILL "$tcp"
check 'TCP: the end of the connection is seen' wait_for 10 has procgroupd.log 'closed the connection'
turn 4
check 'TCP: it answers still' answers
check_eq 'TCP: the SNMP process was not restarted' 1 \
    "$(grep -c 'listening for SNMP' "$tmp/procgroupd.log")"
check 'it ends' stop "$daemon"

# ------------------------------------------------------------ a name server that does not answer
echo 'nameserver 127.0.0.1' >"$tmp/resolv.conf"
mount --bind "$tmp/resolv.conf" /etc/resolv.conf
SNMP_PERSISTENT_DIR=$tmp/pt snmptrapd -f -C -c "$tmp/trapd.conf" -X -Lo -On -n -m '' \
    "udp:127.0.0.1:53" >"$tmp/dns" 2>&1 &
started+=("$!")
wait_for 10 grep -q ':0035 ' /proc/net/udp
: >"$tmp/traps"
standalone "trap2sink nms.example public" "trapsess -Ci ${keys[*]} nms.example" \
    "v1trapaddress agent.example" "$alive" "trapsink 127.0.0.1:$dead public"
check 'no name server: it answers at once' ready 3
check_eq 'no name server: it searches still' 0 "$(grep -c 'cannot resolve' "$tmp/procgroupd.log")"
check 'no name server: the other sinks get the first notification' wait_for 12 trap_has '\.0\.3'
quick 'no name server'
check 'no name server: the log says so' wait_for 40 has procgroupd.log \
    'notification sink nms.example: cannot resolve the name'
umount /etc/resolv.conf
check_eq 'the SNMP process was not restarted' 1 "$(grep -c 'listening for SNMP' "$tmp/procgroupd.log")"
check 'it ends' stop "$daemon"
summary
