# shellcheck shell=bash
# Shared by the fault tests and the soak test; source it. A "world" is snmpd, a receiver of
# notifications, a daemon, and programs that start and end at random; after each fault the
# published table is compared with the processes, and every event number is accounted for.
#
# FAULTS=long runs each case in full (make check-fault), else a short form of it (make check).
# SEED is the seed of what is random.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../integration/lib.sh"
SEED=${SEED:-1}
RANDOM=$SEED
readonly LAST_EVENT=$root.1.1.20.0 QUEUED=$root.1.1.22.0
# shellcheck disable=SC2034 # used by the tests
readonly DROPPED=$root.1.1.23.0 SCANS=$root.1.1.11.0
# pick SHORT LONG: what this run uses
pick() { if [ "${FAULTS:-short}" = long ]; then echo "$2"; else echo "$1"; fi; }
figure() { echo "count: $*"; }
number() { local n; n=$(get "$1"); [[ $n =~ ^[0-9]+$ ]] && echo "$n" || echo 0; }
child() { tr -d ' ' <"/proc/$daemon/task/$daemon/children"; }
nap() { # MOST: sleeps for up to MOST ms
    local ms=$((RANDOM % $1))
    sleep "$((ms / 1000)).$(printf %03d $((ms % 1000)))"
}

# ---------------------------------------------------------------- the world
members=() # programs of the groups c1, c2, ...: one each, or it is a violation
world_conf() { # [N]: N programs, which have names of their own
    local i
    members=()
    for i in $(seq "${1:-6}"); do
        members+=("pgf$i.$$")
        program "pgf$i.$$"
    done
    {
        echo 'interval = 0.3 recheck = 0'
        for i in "${!members[@]}"; do
            echo "group \"c$((i + 1))\" { name = \"${members[i]}\" count = \"1-1\" }"
        done
    } >"$tmp/procgroup.conf"
}
start_receiver() {
    python3 "$top/tests/tools/receiver.py" "$trap_port" "$tmp/numbers" 2>"$tmp/receiver.log" &
    receiver=$!
    started+=("$receiver")
    wait_for 100 grep -q "$(printf ':%04X ' "$trap_port")" /proc/net/udp
}
start_churn() { # [PAUSE]
    python3 "$top/tests/tools/toggle.py" "$tmp/churn" "$SEED" "${1:-0.2}" "${members[@]/#/$tmp/bin/}" &
    started+=("$!")
    check 'programs start and end' wait_for 60 grep -q . "$tmp/churn"
    churn=$(cat "$tmp/churn")
}
world() { # [PAUSE]
    check 'a receiver runs' start_receiver
    check 'snmpd runs' start_snmpd
    start_procgroupd
    check 'it answers' ready 100
    start_churn "$@"
}

# ---------------------------------------------------------------- what must hold
# Numbers are reserved in blocks: after a SIGKILL some are never used. Those in the log are. An
# event during maintenance is not sent.
is_accounted() {
    local last dropped queued
    last=$(number "$LAST_EVENT") dropped=$(number "$DROPPED") queued=$(number "$QUEUED")
    cat "$tmp"/procgroupd.log* | grep -v ' silent=maintenance' |
        grep -oE ' event=[0-9]+' | cut -d= -f2 | sort -u |
        awk -v last="$last" 'FILENAME != "-" { here[$1]; next } $1 <= last && !($1 in here)' \
            "$tmp/numbers" - >"$tmp/missing"
    missing=$(wc -l <"$tmp/missing")
    [ "$last" -gt 0 ] && [ "$queued" = 0 ] && [ "$missing" -le "$dropped" ]
}
counts() { # the published counts, "c1=0 c2=1 "
    local table
    table=$(walk "$root.1.2.1.$NAME" && walk "$root.1.2.1.$COUNT")
    awk -v name="$root.1.2.1.$NAME." -v count="$root.1.2.1.$COUNT." '
        index($1, name) == 1 { gsub(/"/, "", $2); names[substr($1, length(name) + 1)] = $2 }
        index($1, count) == 1 { print names[substr($1, length(count) + 1)] "=" $2 }
    ' <<<"$table" | grep '^c[0-9]' | sort | xargs
}
truth() { # what runs
    local i
    for i in "${!members[@]}"; do
        echo "c$((i + 1))=$(pgrep -xc "${members[i]}")"
    done | sort | xargs
}
is_true() { [ "$(counts)" = "$(truth)" ]; }
# right WHAT: the programs stop changing; the table is right
right() {
    kill -USR1 "$churn"
    if wait_for 120 is_true; then
        ok "$1: the table is right"
    else
        not_ok "$1: the table is right: $(counts), and not $(truth)"
    fi
}
# holds WHAT: so it is, and no number is missing
holds() {
    right "$1"
    if wait_for 120 is_accounted; then
        ok "$1: every number is accounted for"
    else
        not_ok "$1: every number is accounted for: $missing missing, \
$(number "$DROPPED") dropped, $(number "$QUEUED") queued"
        sed 's/.*/ event=& /' "$tmp/missing" >"$tmp/patterns"
        cat "$tmp"/procgroupd.log* | grep -F -f "$tmp/patterns" | head -n 20
    fi
    kill -USR2 "$churn"
}
# events WHAT: prints how many there were
events() { figure "$1: $(wc -l <"$tmp/numbers") events arrived, $missing did not, $(number "$DROPPED") dropped"; }
