#!/bin/bash
# (d) snmp-procgroup polls 10,000 hosts: agents at as many loopback addresses, all up or one
# in ten down; procgroupd over SNMPv3; and other tools with a sample of the hosts, in the same
# run. Figures are the median of three runs.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/../integration/lib.sh"
hosts=${HOSTS:-10000} groups=${GROUPS_EACH:-5} sample=${SAMPLE:-300}
ulimit -n "$(ulimit -Hn)"

# addresses N PORT: from 127.1.0.0 on; the last two digits of its number decide if a host is down
addresses() {
    awk -v n="$1" -v port="$2" 'BEGIN { for (i = 65536; i < 65536 + n; i++)
        printf "127.%d.%d.%d:%d\n", i / 65536, i / 256 % 256, i % 256, port }'
}
fail() { echo "hosts: $*"; exit 1; }
# thrice WHAT EXPECTED_FAILING COMMAND...: prints no figure unless each result is correct
thrice() {
    local what=$1 failing=$2
    shift 2
    : >"$tmp/figures"
    for _ in 1 2 3; do
        "$BUILD/tools/measure" "$@" >"$tmp/out" 2>>"$tmp/figures"
        [ "$(head -n 1 "$tmp/out" | wc -w)" = "$failing" ] ||
            fail "$what: $(head -n 1 "$tmp/out" | wc -w) hosts fail, not $failing"
        [ "$(grep -c ': ok: ' "$tmp/out")" = $(((hosts - failing) * groups)) ] ||
            fail "$what: $(grep -c ': ok: ' "$tmp/out") groups are fine"
    done
    printf '%s hosts, %s: %s\n' "$hosts" "$what" "$(sort -n "$tmp/figures" | sed -n 2p)"
}
# start_responder OPTION...: sets responder to its pid and at to its port
start_responder() {
    "$BUILD/tools/responder" -g "$groups" "$@" >"$tmp/responder" &
    responder=$!
    started+=("$responder")
    wait_for 5 grep -q . "$tmp/responder" || fail "no responder"
    at=$(head -n 1 "$tmp/responder")
}

start_responder
addresses "$hosts" "$at" >"$tmp/hosts"
thrice "v2c" 0 "$bin/snmp-procgroup" --hosts-file "$tmp/hosts"
# One row per request: the requests per second of one thread.
requests=$((hosts * (groups + 1)))
thrice "v2c, $requests requests of a row" 0 "$bin/snmp-procgroup" --repetitions 1 --hosts-file "$tmp/hosts"
sort -n "$tmp/figures" | awk -v n="$requests" 'NR == 2 { printf "... that is %.0f requests/s\n", n / $1 }'
stop "$responder"
start_responder --dead 10
addresses "$hosts" "$at" >"$tmp/hosts"
dead=$(awk -v n="$hosts" 'BEGIN { for (i = 65536; i < 65536 + n; i++) d += i % 100 < 10; print d }')
thrice "v2c, 10 % dead (-t 1 -r 1)" "$dead" "$bin/snmp-procgroup" -t 1 -r 1 --hosts-file "$tmp/hosts"
stop "$responder"

# --- procgroupd at all addresses
{
    echo 'interval = 10'
    for i in $(seq "$groups"); do
        printf 'group "group-%d" { comm = "no-such-%d" count = "0-0" }\n' "$i" "$i"
    done
} >"$tmp/procgroup.conf"
cat >"$tmp/alone.conf" <<END
rocommunity public 127.0.0.0/8
createUser bench SHA "authpass12" AES "privpass12"
rouser bench
END
"$bin/procgroupd" -f -c "$tmp/procgroup.conf" -s "$tmp/state" -L "udp:0.0.0.0:$port" \
    -C "$tmp/alone.conf" 2>"$tmp/procgroupd.log" &
started+=("$!")
fine() { "$bin/snmp-procgroup" "127.0.0.1:$port"; }
wait_for 10 fine || fail "no daemon"
addresses "$hosts" "$port" >"$tmp/hosts"
# All hosts share the buffer of one socket, which 500 requests at once would overflow.
real=("$bin/snmp-procgroup" --window 100 --hosts-file "$tmp/hosts")
v3=(-v 3 -u bench -l authPriv -a SHA -A authpass12 -x AES -X privpass12)
thrice "one procgroupd is all of them, v2c" 0 "${real[@]}"
thrice "one procgroupd is all of them, v3 SHA/AES" 0 "${real[@]}" "${v3[@]}"
start_responder --dead 100 # listens and does not answer
sed -i "0~10s/:.*/:$at/" "$tmp/hosts"
thrice "one procgroupd, v3 SHA/AES, 10 % dead (-t 1 -r 1)" $((hosts / 10)) \
    "${real[@]}" "${v3[@]}" -t 1 -r 1
stop "$responder"

# --- other tools, with the same hosts and the same agent, one after the other
start_responder --ucd
addresses "$sample" "$at" >"$tmp/hosts"
mapfile -t peers <"$tmp/hosts"
debs=$BUILD/debs
sh "$top/tests/tools/unpack.sh" "$debs" mon mon-client libtime-period-perl \
    monitoring-plugins-standard libsnmp-perl libconvert-ber-perl || echo "hosts: only the installed tools are measured"
us() { echo "${EPOCHREALTIME/./}"; }
# beside WHAT COMMAND: prints no figure if the command fails
beside() {
    local what=$1 begin took
    shift
    begin=$(us)
    if ! "$@" >"$tmp/out" 2>&1; then
        printf '%s: not measured: %s\n' "$what" "$(head -n 1 "$tmp/out")"
        return
    fi
    took=$(($(us) - begin))
    [ -n "${ours:-}" ] || ours=$took
    awk -v what="$what" -v n="$sample" -v t="$took" -v ours="$ours" 'BEGIN {
        printf "%d hosts, %s: %.3f s, %.0f hosts/s", n, what, t / 1e6, n / t * 1e6
        if (t != ours) printf ", %.1f times as long", t / ours
        print "" }'
}
by_snmpget() {
    local peer
    for peer in "${peers[@]}"; do
        snmpget -v2c -c public -t 1 -r 1 -Oqvn "$peer" "$root.1.2.1.3.1" || return
    done
}
by_check_snmp() {
    local peer
    for peer in "${peers[@]}"; do
        "$debs/usr/lib/nagios/plugins/check_snmp" -H "${peer%:*}" -p "${peer#*:}" -P 2c -C public \
            -o "$root.1.2.1.3.1" -c 0:0 || return
    done
}
# process.monitor does not load SNMP.pm itself.
by_process_monitor() {
    PERL5LIB=$debs/usr/share/perl5:$(echo "$debs"/usr/lib/*/perl5/*) MIBDIRS=$top/mibs/base:/usr/share/snmp/mibs \
        perl -MSNMP "$debs/usr/lib/mon/mon.d/process.monitor" -c public "${peers[@]}"
}
beside "snmp-procgroup, all groups" "$bin/snmp-procgroup" --hosts-file "$tmp/hosts"
beside "snmp-procgroup --ucd, all of prTable" "$bin/snmp-procgroup" --ucd --hosts-file "$tmp/hosts"
beside "mon's process.monitor, all of prTable" by_process_monitor
beside "snmpget in a loop, one object" by_snmpget
beside "check_snmp in a loop, one object" by_check_snmp
