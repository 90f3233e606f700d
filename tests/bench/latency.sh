#!/bin/bash
# (c) Time from a kill(2) of a member, and from the start of a forbidden process, to the line
# that snmptrapd writes, through snmpd, at the interval of 10 s and at random moments. SIZES,
# TURNS: other numbers.
# shellcheck source=tests/bench/lib.sh
. "$(dirname "$0")/lib.sh"
turns=${TURNS:-50}
mkdir -p "$base/bin"
for name in pg-member pg-forbidden; do cp /bin/sleep "$base/bin/$name"; done
cat >"$base/latency.conf" <<EOF
group "member" { name = "pg-member"  count = "1-1"  recheck = 0 }
group "forbidden" { name = "pg-forbidden"  count = "0-0"  recheck = 0 }
EOF
# line SIZE HOW AIM...: the aims of ends and of starts
line() {
    local out ends starts
    if ! out=$("$bench/latency" "$turns" "$base/traps" "$base/bin/pg-member" "$base/bin/pg-forbidden" 2>&1); then
        row "$1, $2: end" "${out:0:22}" "$3"
        return
    fi
    read -r ends <<<"$out"
    read -r starts <<<"$(sed -n 2p <<<"$out")"
    row "$1, $2: end" "${ends// / \/ } ms" "$3"
    row "$1, $2: forbidden start" "${starts// / \/ } ms" "$4"
}
start_trapd || exit 1
title "Event to notification, by processes: median / 99 % / worst of $turns" 'tests/bench/run.sh latency'
for size in ${SIZES:-100 5000 20000}; do
    population "$size"
    instance latency --
    line "$size" quiet '2 / 10 ms' '3 / 20 ms'
    if [ "$size" = 5000 ]; then
        burners=()
        for _ in 1 2 3 4; do
            sh -c 'while :; do :; done' &
            burners+=("$!") started+=("$!")
        done
        line "$size" '4 CPU burners' '- / 15 ms' -
        kill "${burners[@]}"
        wait "${burners[@]}" 2>/dev/null
        "$BUILD/tools/churn" 500 600 >/dev/null &
        churner=$!
        started+=("$churner")
        line "$size" '500 starts/s' '- / 50 ms' -
        stop "$churner"
    fi
    end_instance latency
    end_population
done
