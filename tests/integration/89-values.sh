#!/bin/bash
# Values that no group judges are measured in each cycle while they are read, else once a
# minute. Those that a group judges are always measured.
# Runs on the host: in a PID namespace there are no events, and each cycle reads all.
# Its names have its pid, because other tests may run at the same time.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

readonly RSS=23
mkdir -p "$tmp/bin"
for name in large judged; do
    cp -L "$(command -v bash)" "$tmp/bin/pg-$name$$"
    mkfifo "$tmp/$name"
    # A line makes it large; then it grows.
    "$tmp/bin/pg-$name$$" -c "read -r _ <'$tmp/$name'; printf -v x '%*s' 40000000 x
        while ! read -r -t 0.3 _ <>'$tmp/$name'; do printf -v y '%*s' 500000 x; x+=\$y; done" &
    started+=("$!")
done
cat >"$tmp/procgroup.conf" <<EOF
interval = 1
group "large" { name = "pg-large$$" count = "1-" }
group "judged" { name = "pg-judged$$"
    condition "rss" { metric = rss range = "-30M" recheck = 0 } }
EOF
scans() { get "$root.1.1.11.0"; }
scanned() { [ "$(scans)" -ge "$1" ]; }
both() { col_is $COUNT large 1 && col_is $COUNT judged 1; }
# What the SNMP process would answer; a GET would be noticed.
shown() {
    "$bin/procgroup" status -R "$run_folder" -f json large |
        sed -n 's/^.*"rss": *\([0-9.]*\).*$/\1/p' | head -n 1
}
start_snmpd
start_procgroupd
check 'it answers' ready
check 'both have a member' wait_for 15 both
case $(get "$root.1.1.3.0" | unquote) in
*+events)
    check 'they are small for two cycles' wait_for 30 scanned $(($(scans) + 2))
    before=$(shown)
    check_like 'status shows a value' '^[0-9.]+$' "$before"
    for name in large judged; do echo >"$tmp/$name"; done
    check 'what is judged is measured' wait_for 30 col_is $STATUS judged 2
    check 'two cycles pass' wait_for 30 scanned $(($(scans) + 2))
    # Once a minute it is.
    for _ in 1 2 3 4 5 6; do
        shown
        wait_for 30 scanned $(($(scans) + 1))
    done >"$tmp/values"
    values=$(sort -u "$tmp/values" | wc -l)
    check "what no manager reads is not (here $values values)" [ "$values" -le 2 ]
    is_large() { [ "$(col $RSS large)" -gt 30000 ]; }
    check 'what one reads is measured' wait_for 30 is_large
    ;;
*) echo 'not run: the kernel reports no events here' ;;
esac
summary
