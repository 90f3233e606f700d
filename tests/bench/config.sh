#!/bin/bash
# How long a large configuration takes: many groups, many errors, includes that multiply.
#   tests/bench/config.sh [BUILD]     GROUPS_COUNT=20000
set -u
cd "$(dirname "$0")/../.." || exit 1
build=${1:-${BUILD:-build}} count=${GROUPS_COUNT:-20000}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
TIMEFORMAT='%R s, of these %U s in the program and %S s in the kernel'

# line TEXT FILE
line() {
    printf '%s: ' "$1"
    { time "$build/bin/procgroupd" -t -c "$2" >"$tmp/out" 2>&1; } 2>&1
    tail -n 1 "$tmp/out" | sed "s,$tmp/,    ,"
}
for ((i = 0; i < count; i++)); do
    printf 'group "group-%d" {\n    name = {"a-%d", "b-%d"}\n    count = "1-9"\n' $i $i $i
    printf '    condition "big" { metric = rss  range = "-1G" }\n    except { age = "-5" }\n}\n'
done >"$tmp/groups.conf"
line "$count groups" "$tmp/groups.conf"

sed 's/rss/rs/' "$tmp/groups.conf" >"$tmp/errors.conf"
line "$count groups with an error each" "$tmp/errors.conf"

for level in 1 2 3 4 5 6 7 8; do
    for i in 0 1 2 3 4 5 6 7 8 9; do
        printf 'include = "%s-*.conf"\n' $((level + 1)) >"$tmp/$level-$i.conf"
    done
done
line '8 levels of 10 files that include 10' "$tmp/1-0.conf"
