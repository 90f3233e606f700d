# shellcheck shell=bash disable=SC2034 # the scripts use the names
# Shared by the benchmarks; source it. Figures are rows of a table in Markdown, 80 columns wide.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../integration/lib.sh"
bench=$BUILD/bench
base=$tmp

# title TEXT COMMAND [COLUMN]: what was measured, and the command that measures it
title() {
    # shellcheck disable=SC2016 # the quotes are Markdown
    printf '\n### %s\n\n`%s`\n\n' "$1" "$2"
    row what measured "${3:-aim}"
    row "$(printf '%.0s-' {1..36})" "$(printf '%.0s-' {1..22})" "$(printf '%.0s-' {1..12})"
}
# row WHAT MEASURED [AIM]
row() { printf '| %-36s | %22s | %12s |\n' "$1" "$2" "${3:-}"; }
calc() { awk "BEGIN { printf \"$1\", $2 }"; } # FORMAT EXPRESSION

# population N: N sleeping processes in a PID namespace of their own, in which there is nothing
# else; sets inside to the command that enters it. On the host they are processes among others.
population() {
    local i
    rm -rf "$base/in" "$base/sleepers"
    mkfifo "$base/in"
    mkdir "$base/sleepers"
    cp "$bench/population" "$base/sleepers/sleeper-00"
    for i in $(seq -w 19); do ln "$base/sleepers/sleeper-00" "$base/sleepers/sleeper-$i"; done
    unshare --pid --fork --kill-child --mount --mount-proc \
        "$bench/population" "$1" "$base/sleepers" <"$base/in" >"$base/population" 2>/dev/null &
    holder=$!
    started+=("$holder") # also if the script ends early
    exec 9>"$base/in"
    wait_for 300 grep -q ready "$base/population" || { echo "no $1 processes"; exit 1; }
    inside=(nsenter -p -m -t "$(child_of "$holder")")
}
end_population() { # and all else in its namespace
    exec 9>&-
    kill -KILL "$(child_of "$holder")"
    wait "$holder" 2>/dev/null
}
child_of() { awk '{ print $1 }' "/proc/$1/task/$1/children"; }

# instance NAME [COMMAND...] -- [OPTION...]: runs a daemon, with COMMAND, below an snmpd of its
# own, with $base/NAME.conf; use NAME selects it
declare -A daemons=() snmps=() masters=() ports=()
instance() {
    local name=$1 command=()
    shift
    while [ "$1" != -- ]; do command+=("$1"); shift; done
    shift
    tmp=$base/$name agentx=$base/$name/agentx port=$(free_port)
    mkdir "$tmp"
    start_snmpd || { echo "$name: no snmpd"; exit 1; }
    "${command[@]}" "$bin/procgroupd" -f -c "$base/$name.conf" -s "$tmp/state" -x "$agentx" "$@" \
        >"$tmp/procgroupd.log" 2>&1 &
    daemon=$!
    started+=("$daemon")
    ready 60 || { echo "$name: the daemon does not answer"; exit 1; }
    [ "${command[0]:-}" != nsenter ] || daemon=$(child_of "$daemon")
    daemons[$name]=$daemon masters[$name]=$snmpd snmps[$name]=$(child_of "$daemon") ports[$name]=$port
    tmp=$base
}
end_instance() { # NAME
    use "$1"
    stop "$daemon"
    stop "${masters[$1]}"
    rm -rf "${base:?}/$1"
}
use() { daemon=${daemons[$1]} snmp=${snmps[$1]} port=${ports[$1]}; }

# CPU time in ns, and how often it was woken up, of all threads of a process
cpu_ns() { cat "/proc/$1/task/"*/schedstat | awk '{ s += $1 } END { printf "%d", s }'; }
wakeups() { awk '/^voluntary/ { s += $2 } END { print s + 0 }' "/proc/$1/task/"*/status; }
rss() { awk '/^VmRSS/ { printf "%.1f", $2 / 1024 }' "/proc/$1/status"; }
scans() { get "$root.1.1.11.0"; }
processes() { get "$root.1.1.14.0"; }
source_name() { get "$root.1.1.3.0" | unquote; }

# mark NAME: from here on; since NAME sets what was used since then:
# ms of CPU of the daemon and the SNMP process, wake-ups of both, cycles, seconds
declare -A marks=()
mark() {
    use "$1"
    marks[$1]="$(scans) $(cpu_ns "$daemon") $(cpu_ns "$snmp") $(wakeups "$daemon") $(wakeups "$snmp") ${EPOCHREALTIME/./}"
}
since() {
    local old now
    use "$1"
    read -ra old <<<"${marks[$1]}"
    now=("${EPOCHREALTIME/./}" "$(cpu_ns "$daemon")" "$(cpu_ns "$snmp")" "$(wakeups "$daemon")" "$(wakeups "$snmp")" "$(scans)")
    seconds=$(calc %.3f "(${now[0]} - ${old[5]}) / 1e6")
    daemon_ms=$(calc %.3f "(${now[1]} - ${old[1]}) / 1e6") snmp_ms=$(calc %.3f "(${now[2]} - ${old[2]}) / 1e6")
    daemon_wakeups=$((now[3] - old[3])) snmp_wakeups=$((now[4] - old[4])) cycles=$((now[5] - old[0]))
}

# 20 groups: with members, without, by name, path, user and pattern; two measure their members
mixed_groups() {
    local i
    for i in 0 1 2 3 4; do
        echo "group \"member-$i\" { name = \"sleeper-0$i\"  count = \"-100000\" }"
        echo "group \"none-$i\" { name = \"none-$i\"  count = \"0-0\" }"
    done
    for i in 0 1 2; do
        echo "group \"path-$i\" { path = \"/usr/sbin/none-$i\"  count = \"-5\" }"
        echo "group \"uid-$i\" { uid = 2000$i  except { gid = 0 }  count = \"-100000\" }"
    done
    echo 'group "pattern" { name = "sleeper-1*"  user = "root"  count = "-9" }'
    echo 'group "unit" { unit = "none.service"  count = "-9" }'
}
measured_groups() {
    echo 'group "cpu" { name = "sleeper-05"  condition "busy" { metric = cpu  range = "-50" } }'
    echo 'group "rss" { name = "sleeper-06"  condition "big" { metric = rss  range = "-50G" } }'
}
counted_groups() {
    echo 'group "five" { name = "sleeper-05"  count = "-100000" }'
    echo 'group "six" { name = "sleeper-06"  count = "-100000" }'
}
# scan_often NAME: 20 scans, one after the other
scan_often() {
    local before
    use "$1"
    is_scanned() { [ "$(scans)" -gt "$before" ]; }
    for _ in $(seq 20); do
        before=$(scans)
        kill -USR1 "$daemon"
        wait_for 10 is_scanned || return
    done
}

# start_fleet GROUPS: a standalone procgroupd with so many groups, at each address of the loopback
# interface: many hosts for a poller. Sets daemon.
start_fleet() {
    local i
    ulimit -n "$(ulimit -Hn)"
    {
        echo 'interval = 10'
        for i in $(seq "$1"); do printf 'group "group-%d" { comm = "no-such-%d" count = "0-0" }\n' "$i" "$i"; done
    } >"$tmp/procgroup.conf"
    echo 'rocommunity public 127.0.0.0/8' >"$tmp/alone.conf"
    "$bin/procgroupd" -f -R "$run_folder" -c "$tmp/procgroup.conf" -s "$tmp/state" -L "udp:0.0.0.0:$port" \
        -C "$tmp/alone.conf" 2>"$tmp/procgroupd.log" &
    daemon=$!
    started+=("$daemon")
    wait_for 20 "$bin/snmp-procgroup" "127.0.0.1:$port" >"$tmp/first"
}
# fleet_addresses N: N addresses of it, one a line
fleet_addresses() {
    awk -v n="$1" 'BEGIN { for (i = 65536; i < 65536 + n; i++)
        printf "127.%d.%d.%d\n", i / 65536, i / 256 % 256, i % 256 }'
}
