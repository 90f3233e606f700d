#!/bin/bash
# Storms of short-lived processes, with members among them, and three daemons that read the
# processes in different ways: afterwards each publishes what a fresh scan finds, starts less
# exits are the members, and no violation was raised, although one member is restarted all the
# time. CHURN_SECONDS: of each storm; `make check-fault` takes a minute.
# Runs on the host: in a PID namespace there are no events.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"
seconds=${CHURN_SECONDS:-20}
program pg-stay$$
program pg-serve$$
cp "$BUILD/tools/churn" "$tmp/bin/pg-come$$"
# With the default recheck.
cat >"$tmp/procgroup.conf" <<EOF
interval = 5
group "stay" { comm = "pg-stay$$" count = "5-5" }
group "come" { comm = "pg-come$$" count = "-100000" }
group "serve" { comm = "pg-serve$$" count = "1-1" }
group "short" { comm = "churn" }
EOF
declare -A ports=() sources=()

# daemon NAME [COMMAND...] -- [OPTION...]: a daemon of its own, run by COMMAND
daemon() {
    local name=$1 command=()
    shift
    while [ "$1" != -- ]; do command+=("$1"); shift; done
    shift
    port=$(free_port) ports[$name]=$port
    echo 'rocommunity public 127.0.0.1' >"$tmp/$name.conf"
    "${command[@]}" "$bin/procgroupd" -f -R "$run_folder" -c "$tmp/procgroup.conf" -s "$tmp/state-$name" \
        -L "udp:127.0.0.1:$port" -C "$tmp/$name.conf" "$@" >"$tmp/$name.log" 2>&1 &
    started+=("$!")
    ready 30 || { not_ok "$name: it answers"; summary; }
    sources[$name]=$(get "$root.1.1.3.0" | unquote)
}
# A service manager that restarts its daemon, in less time than the default recheck, until the
# file "enough" is there; the last one stays.
keep_restarting() {
    local served begin
    while :; do
        "$tmp/bin/pg-serve$$" 300 </dev/null >/dev/null 2>&1 &
        served=$!
        echo "$served" >"$tmp/served"
        [ ! -e "$tmp/enough" ] || return 0
        sleep "2.$((RANDOM % 10))"
        kill "$served"
        wait "$served" 2>/dev/null
        begin=${EPOCHREALTIME/./}
        sleep "0.$((RANDOM % 5))"
        echo $((${EPOCHREALTIME/./} - begin)) >>"$tmp/gaps"
    done
}
for _ in 1 2 3 4 5; do run_program pg-stay$$; done
run_program pg-serve$$
echo "$pid" >"$tmp/served"
daemon procfs -- --collector=procfs
daemon auto --
# The third source; in a namespace of its own there is only one.
case ${sources[auto]} in
bpf*)
    daemon no-bpf setpriv --bounding-set=-bpf,-perfmon,-sys_admin --
    check_eq 'why bpf is not used is logged once' 1 \
        "$(grep -c 'source bpf is not used: Operation not permitted' "$tmp/no-bpf.log")"
    ;;
esac
echo "count: sources ${sources[*]}"

# values GROUP: its count, starts and exits, of one request
values() {
    local i
    i=$(index_of "$1")
    get "$root.1.2.1.$COUNT.$i" "$root.1.2.1.33.$i" "$root.1.2.1.34.$i" | tr '\n' ' '
}
declare -A offset=() starts=()
remember() { # DAEMON GROUP
    local v
    read -ra v <<<"$(values "$2")"
    offset[$1$2]=$((v[1] - v[2] - v[0])) starts[$1$2]=${v[1]}
}
agrees() { # DAEMON GROUP COUNT: and starts less exits are the members
    local v
    read -ra v <<<"$(values "$2")"
    [ "${v[0]}" = "$3" ] && [ $((v[1] - v[2] - v[0])) = "${offset[$1$2]}" ]
}
for_each() { # COMMAND...: with DAEMON and GROUP
    local name group
    for name in "${!ports[@]}"; do
        port=${ports[$name]}
        for group in stay come serve; do "$@" "$name" "$group"; done
    done
}
verify() { # DAEMON GROUP
    check "${sources[$1]}: $2 as a fresh scan finds it" wait_for 30 agrees "$1" "$2" "${fresh[$2]}"
    [ "$(agrees "$1" "$2" "${fresh[$2]}" && echo yes)" ] || values "$2"
}

declare -A fresh=()
storm() { # RATE EVERY: each EVERY-th process is a member and lives for a second
    local line name restarter v
    for_each remember
    rm -f "$tmp/enough"
    stop "$(cat "$tmp/served")"
    keep_restarting &
    restarter=$!
    started+=("$restarter")
    line=$("$BUILD/tools/churn" "$1" "$seconds" "$2" 1000 "$tmp/bin/pg-come$$")
    touch "$tmp/enough"
    wait "$restarter"
    started+=("$(cat "$tmp/served")")
    while read -r name _ count _; do fresh[$name]=$count; done < <(
        "$bin/procgroup" show -c "$tmp/procgroup.conf" | tr -d '*')
    check_eq "$1 a second: a fresh scan finds the members" '5 0 1' \
        "${fresh[stay]} ${fresh[come]} ${fresh[serve]}"
    for_each verify
    for name in "${!ports[@]}"; do
        port=${ports[$name]}
        read -ra v <<<"$(values come)"
        echo "count: $1 a second, $line: ${sources[$name]} saw $((v[1] - starts[${name}come]))," \
            "lost $(get "$root.1.1.17.0"), $(get "$root.1.1.11.0") scans"
        case ${sources[$name]} in *+events) # members live longer than they are left to settle
            check "${sources[$name]}: it saw members come and go" [ "${v[1]}" -gt "${starts[${name}come]}" ]
            ;;
        esac
    done
}
storm 500 50
storm 5000 100
# A source without events may find the member missing twice, between two restarts each. And on
# a machine that is too busy to restart it in time, it is missing for longer than the recheck.
longest=$(sort -n "$tmp/gaps" | tail -n 1)
echo "count: the longest restart took $((longest / 1000)) ms"
for name in "${!ports[@]}"; do
    allowed=serve
    case ${sources[$name]} in *+events) [ "$longest" -gt 1500000 ] || allowed=none ;; esac
    check_eq "${sources[$name]}: no violation" '' \
        "$(grep "kind=raised.*severity=critical" "$tmp/$name.log" | grep -v "group=\"$allowed\"")"
done
summary
