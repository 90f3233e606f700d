#!/bin/bash
# CPU time of one `procgroup check` with 5,000 processes, from exec to exit, and of programs
# with the same purpose: etbemon's ps.monitor, check_procs, pgrep. They run in turn; 'ratio' is
# the median of the ratios of the turns. Usage: check.sh [BUILD] (SIZE, TURNS)
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/../integration/lib.sh"
size=${SIZE:-5000} turns=${TURNS:-11}
mkfifo "$tmp/in"
"$BUILD/bench/population" "$size" <"$tmp/in" >"$tmp/out" &
holder=$!
exec 9>"$tmp/in"
wait_for 120 grep -q ready "$tmp/out" || { echo 'no population'; exit 1; }

# cpu COMMAND...: user and system time in ms, with its children
cpu() { { TIMEFORMAT='%3U %3S'; time "$@" >/dev/null 2>&1; } 2>&1 | awk '{ print ($1 + $2) * 1000 }'; }

psmonitor=/usr/lib/mon/mon-local.d/ps.monitor
if [ ! -e $psmonitor ]; then
    sh "$top/scripts/deps.sh" unpack mon "$BUILD/deps/mon" >/dev/null 2>&1
    psmonitor=$BUILD/deps/mon$psmonitor
fi
plugin=/usr/lib/nagios/plugins/check_procs
specs=(tor:0-1 master:0-2 auditd:0-1 cron:0-5 rsyslogd:0-1 dbus-daemon:0- sshd:0- watchdog:0-2)
ours=("$bin/procgroup" check)
rows=("procgroup check, 8 names" "the same, a path" "the same, ids" "ps.monitor, 8 names"
    "check_procs -C" "pgrep -x")
run() { # ROW
    case $1 in
    0) cpu "${ours[@]}" "${specs[@]}" ;;
    1) cpu "${ours[@]}" /usr/sbin/sshd:0-1 ;;
    2) cpu "${ours[@]}" ,gid=0,uid!=0:0-0 ;;
    3) [ -e "$psmonitor" ] && cpu perl "$psmonitor" "${specs[@]}" ;;
    4) [ -x $plugin ] && cpu $plugin -C sshd ;;
    5) command -v pgrep >/dev/null && cpu pgrep -x sshd ;;
    esac
}
perl -MProc::ProcessTable -e 1 2>/dev/null || psmonitor=/nonexistent
for ((turn = 0; turn <= turns; turn++)); do
    for row in "${!rows[@]}"; do
        ms=$(run "$row") && [ "$turn" != 0 ] && echo "$turn $row $ms" # the first one warms up
    done
done >"$tmp/times"
exec 9>&-
wait "$holder"

printf 'CPU of one answer at %s processes, medians of %s turns\n' "$size" "$turns"
printf '%-26s %8s %11s  %s\n' what 'ms CPU' us/process 'ours is (aim)'
aims=([3]=0.20 [4]=0.33)
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
for row in "${!rows[@]}"; do
    ms=$(awk -v r="$row" '$2 == r { print $3 }' "$tmp/times" | median)
    [ -n "$ms" ] || { printf '%-26s %8s\n' "${rows[row]}" 'not here'; continue; }
    ratio=
    if [ "$row" -ge 3 ]; then
        ratio=$(awk -v r="$row" '$2 == 0 { ours[$1] = $3 } $2 == r { print ours[$1] / $3 }' \
            "$tmp/times" | median | awk '{ printf "%.2f of it", $1 }')
        ratio+=${aims[row]:+ (${aims[row]})}
    fi
    awk -v w="${rows[row]}" -v ms="$ms" -v n="$size" -v r="$ratio" \
        'BEGIN { printf "%-26s %8.1f %11.1f  %s\n", w, ms, ms * 1000 / n, r }'
done
