#!/bin/bash
# Both lines of each row of docs/migrating.md on the same processes, with the real programs of
# the packages mon, monitoring-plugins-basic, monit, prometheus-process-exporter and snmpd.
# Uses the network: packages are downloaded.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"
debs=$BUILD/debs
check 'the packages can be downloaded' sh "$top/tests/tools/unpack.sh" "$debs" mon \
    monitoring-plugins-basic monit prometheus-process-exporter
[ "$failed" = 0 ] || summary
mon=$debs/usr/lib/mon/mon-local.d plugins=$debs/usr/lib/nagios/plugins
mkdir -p "$tmp/links"
ln -s "$bin/procgroup" "$tmp/links/check_procgroup"

# rows HEAD: "THEIRS<tab>OURS" of each row in the section "## HEAD" that has three cells
# shellcheck disable=SC2016 # backticks of Markdown
rows() {
    awk -v head="## $1" '/^## / { here = $0 == head } here' "$top/docs/migrating.md" |
        sed -nE 's/^[|] `([^`]+)` \| `([^`]+)` \| [^|]+ \|$/\1\t\2/p'
}
comm_is() { [ "$(cat "/proc/$1/comm")" = "$2" ]; }
running=()
# run_copies COUNT NAME...: so many processes of each name, and no others
run_copies() {
    local n=$1 name i p
    shift
    for p in "${running[@]}"; do stop "$p"; done
    running=()
    for name; do
        for ((i = 0; i < n; i++)); do
            run_program "$name"
            running+=("$pid")
            wait_for 5 comm_is "$pid" "$name"
        done
    done
}
# state COMMAND...: its exit status
state() {
    "$@" >"$tmp/out" 2>&1
    echo $?
}
# ours LINE: the exit status of the right side
ours() {
    local words
    case $1 in
    group* | security*)
        echo "$1" >"$tmp/row.conf"
        state "${2:-$tmp/links/check_procgroup}" ${3:+"$3"} -c "$tmp/row.conf"
        ;;
    *)
        eval "words=(${1/%;;/\\;\\;})" # quotes of the document
        case ${words[0]} in
        procgroup) state "$bin/procgroup" "${words[@]:1}" ;;
        *) state "$tmp/links/${words[0]}" "${words[@]:1}" ;;
        esac
        ;;
    esac
}
names=(cron cron2 cron3 cron4 telnetd)
for name in "${names[@]}"; do program "$name"; done

# ---------------------------------------------------------------- ps.monitor, selinux.monitor
n=0
seen='' # results, of which each kind must occur
while IFS=$'\t' read -r left right; do
    for copies in 0 1 2 6; do
        run_copies $copies cron
        read -ra words <<<"${left% ;;}" # mon removes it
        theirs=$(state perl "$mon/ps.monitor" "${words[@]:1}")
        seen="$seen $theirs"
        check_eq "$left: $copies" "$theirs" "$(ours "$right")"
    done
    n=$((n + 1))
done < <(rows 'etbemon: ps.monitor')
check_eq 'ps.monitor has 4 rows' 4 $n
check_like 'which succeed and fail' '0.*1' "$(tr ' ' '\n' <<<"$seen" | sort -u | tr '\n' ' ')"
n=0
while IFS=$'\t' read -r left right; do
    check_eq "$left: $right" "$(state bash "$mon/$left")" "$(ours "$right" "$bin/procgroup" check)"
    n=$((n + 1))
done < <(rows 'etbemon: selinux.monitor')
check_eq 'selinux.monitor has 2 rows' 2 $n

# ---------------------------------------------------------------- check_procs
n=0 seen=''
while IFS=$'\t' read -r left right; do
    for copies in 0 1 2 6; do
        run_copies $copies cron telnetd
        eval "words=($left)"
        # A process that has just started uses a CPU for a moment, which one of both may see.
        for _ in 1 2 3 4 5; do
            theirs=$(state "$plugins/${words[0]}" "${words[@]:1}")
            mine=$(ours "$right")
            if [ "$theirs" = "$mine" ] || [[ $left != *CPU* ]]; then break; fi
            sleep 1
        done
        seen="$seen $theirs"
        check_eq "$left: $copies" "$theirs" "$mine"
    done
    n=$((n + 1))
done < <(rows 'Nagios: check_procs')
check_eq 'check_procs has 9 rows' 9 $n
check_like 'with all of its states' '0 1 2' "$(tr ' ' '\n' <<<"$seen" | sort -u | tr '\n' ' ')"

# ---------------------------------------------------------------- prTable
flag() { get ".1.3.6.1.4.1.2021.2.1.100.$1"; }
has_flags() { [[ $(flag 1) == [01] || $(flag 1) == *[Ee]rror* ]]; }
seen=''
for copies in 0 1 2 6; do
    run_copies $copies "${names[@]}"
    port=$(free_port)
    printf 'rocommunity public 127.0.0.1\n' >"$tmp/proc.conf"
    rows 'snmpd: proc lines and prTable' | cut -f1 >>"$tmp/proc.conf"
    snmpd -f -C -c "$tmp/proc.conf" -Lf "$tmp/proc.log" -p "$tmp/proc.pid" -I -smux \
        "udp:127.0.0.1:$port" &
    proc_snmpd=$!
    started+=("$proc_snmpd")
    check "snmpd answers: $copies" wait_for 10 has_flags
    n=0 failing=0
    while IFS=$'\t' read -r left right; do
        case $left in procfix*) continue ;; esac
        n=$((n + 1))
        theirs=$(flag $n)
        case $theirs in 0 | noError*) theirs=0 ;; *) theirs=1 ;; esac
        failing=$((failing | theirs)) seen="$seen $theirs"
        check_eq "$left: $copies" "$theirs" "$(ours "$right" "$bin/procgroup" check)"
    done < <(rows 'snmpd: proc lines and prTable')
    check_eq "prTable has 5 rows: $copies" 5 $n
    check_eq "snmp-procgroup --ucd: $copies" $failing \
        "$(state "$bin/snmp-procgroup" --ucd -t 2 "127.0.0.1:$port")"
    stop "$proc_snmpd"
done
check_like 'which succeed and fail' '0.*1' "$(tr ' ' '\n' <<<"$seen" | sort -u | tr '\n' ' ')"
check_eq 'snmpd accepts all lines' '' "$(grep -iE 'warning|error|unknown' "$tmp/proc.log" | head -n 1)"

# ---------------------------------------------------------------- monit
monit() { timeout 60 "$debs/usr/bin/monit" -c "$tmp/monitrc" "$@" >"$tmp/monit.out" 2>&1; }
{
    printf 'set daemon 30\nset log %s/monit.log\n' "$tmp"
    printf 'set %s %s\n' pidfile "$tmp/monit.pid" idfile "$tmp/monit.id" statefile "$tmp/monit.state"
    printf 'check process cron matching "%s/bin/cron"\n' "$tmp"
    rows monit | cut -f1 | sed 's/^/    /'
} >"$tmp/monitrc"
chmod 600 "$tmp/monitrc"
check 'monit accepts its lines' monit -t
n=0
while IFS=$'\t' read -r left right; do
    echo "group \"cron\" { path = \"*/bin/cron\" $right }" >"$tmp/row.conf"
    check "procgroup accepts: $left" "$bin/procgroup" config "$tmp/row.conf" >"$tmp/out"
    run_copies 1 cron
    case $left in
    *uptime*) check_eq "$left: a young one" 1 "$(state "$bin/procgroup" check -c "$tmp/row.conf")" ;;
    *) check_eq "$left: ok" 0 "$(state "$bin/procgroup" check -w 0.1 -c "$tmp/row.conf")" ;;
    esac
    n=$((n + 1))
done < <(rows monit)
check_eq 'monit has 11 rows' 11 $n
echo 'group "cron" { path = "*/bin/cron" count = "1-" }' >"$tmp/row.conf"
for copies in 0 1; do
    run_copies $copies cron
    monit validate
    check_eq "monit validate finds the process: $copies" $((1 - copies)) \
        "$(grep -q 'is not running' "$tmp/monit.out" && echo 1 || echo 0)"
    check_eq "procgroup check: $copies" $((1 - copies)) \
        "$(state "$bin/procgroup" check -c "$tmp/row.conf")"
done

# ---------------------------------------------------------------- process-exporter
grep -q 'comm: \["cron"\]' < <(rows process-exporter) || not_ok 'the row of comm'
printf 'process_names:\n  - %s\n' "$(rows process-exporter | sed -n 's/^\(comm: [^\t]*\).*/\1/p')" \
    >"$tmp/exporter.yml"
web=$(free_port)
"$debs/usr/bin/prometheus-process-exporter" -children=false -config.path "$tmp/exporter.yml" \
    -web.listen-address "127.0.0.1:$web" >"$tmp/exporter.log" 2>&1 &
started+=("$!")
# metric TEXT NAME: the first value of a metric
metric() { sed -nE "s/^$2(\\{[^}]*\"cron\"[^}]*\\})? ([0-9.e+]+)\$/\\2/p" <<<"$1" | head -n 1; }
scrape() {
    python3 -c 'import sys, urllib.request as u; print(u.urlopen(sys.argv[1]).read().decode())' \
        "http://127.0.0.1:$web/metrics" 2>/dev/null
}
rows process-exporter | sed -n 's/^comm[^\t]*\t//p' >"$tmp/row.conf"
for copies in 1 6; do
    run_copies $copies cron
    [ $copies = 6 ] || check 'process-exporter answers' wait_for 10 scrape
    theirs=$(scrape)
    mine=$("$bin/procgroup" check -f prometheus -c "$tmp/row.conf")
    check_eq "process-exporter counts: $copies" $copies \
        "$(metric "$theirs" namedprocess_namegroup_num_procs)"
    check_eq "procgroup_processes: $copies" $copies "$(metric "$mine" procgroup_processes)"
    check 'the resident memory is similar' awk -v a="$(metric "$mine" procgroup_resident_memory_bytes)" \
        -v b="$(sed -nE 's/^namedprocess_namegroup_memory_bytes\{groupname="cron",memtype="resident"\} //p' <<<"$theirs")" \
        'BEGIN { exit !(a > b / 2 && a < b * 2 && b > 0) }'
    check 'procgroup_cpu_usage_ratio exists' [ -n "$(metric "$mine" procgroup_cpu_usage_ratio)" ]
done
rows process-exporter | sed -n 's/^name: [^\t]*\t//p' >"$tmp/row.conf"
check_like 'a group for each user' 'procgroup_processes\{group="root"\}' \
    "$("$bin/procgroup" check -f prometheus -c "$tmp/row.conf")"
run_copies 0
echo 'group "cron" { name = "cron" count = "1-" }' >"$tmp/row.conf"
check_like 'a group without processes has the value 0' 'procgroup_processes\{group="cron"\} 0' \
    "$("$bin/procgroup" check -f prometheus -c "$tmp/row.conf")"
check_like 'and is critical' 'procgroup_status\{group="cron"\} 2' \
    "$("$bin/procgroup" check -f prometheus -c "$tmp/row.conf")"
summary
