#!/bin/bash
# All faults at random while groups change: afterwards the table is right, every event number
# is accounted for, and neither memory nor descriptors of both processes have grown.
#
#   BUILD=build SOAK_TIME=600 SEED=1 tests/soak/run.sh
# shellcheck source=tests/fault/lib.sh
. "$(dirname "$0")/../fault/lib.sh"
seconds=${SOAK_TIME:-600}
figure "seed $SEED, $seconds s"
world_conf 8
mkdir "$tmp/disk"
trap 'umount -l "$tmp/disk" 2>/dev/null; cleanup' EXIT
mount -t tmpfs -o size=2m tmpfs "$tmp/disk" 2>/dev/null || echo '# cannot mount here: no full disk'
start_procgroupd() {
    "$bin/procgroupd" -f -R "$run_folder" -c "$tmp/procgroup.conf" -s "$tmp/disk/state" -x "$agentx" \
        >>"$tmp/procgroupd.log" 2>&1 &
    daemon=$!
    started+=("$daemon")
}
world 0.2

# A fault is a function; each leaves the world as it was.
snmpd_term() { stop "$snmpd" TERM; nap 2000; start_snmpd; }
snmpd_kill() { stop "$snmpd" KILL; nap 2000; start_snmpd; }
snmpd_stop() { kill -STOP "$snmpd"; nap 12000; kill -CONT "$snmpd"; }
child_kill() { pid=$(child) && [ -n "$pid" ] && kill -KILL "$pid"; }
child_stop() { pid=$(child) && [ -n "$pid" ] && kill -STOP "$pid" && nap 9000; kill -CONT "$pid"; }
daemon_stop() { kill -STOP "$daemon"; nap 8000; kill -CONT "$daemon"; }
daemon_kill() { stop "$daemon" KILL; nap 2000; start_procgroupd; }
daemon_term() { stop "$daemon" TERM; nap 2000; start_procgroupd; }
reload() { kill -HUP "$daemon"; }
reload_groups() { # another group, or not
    if grep -q '"more"' "$tmp/procgroup.conf"; then
        sed -i '/"more"/d' "$tmp/procgroup.conf"
    else
        echo 'group "more" { name = "pg-none" count = "-5" }' >>"$tmp/procgroup.conf"
    fi
    kill -HUP "$daemon"
}
reload_broken() {
    cp "$tmp/procgroup.conf" "$tmp/conf.good"
    echo 'group {' >>"$tmp/procgroup.conf"
    kill -HUP "$daemon"
    nap 1000
    cp "$tmp/conf.good" "$tmp/procgroup.conf"
    kill -HUP "$daemon"
}
scan_now() { for _ in 1 2 3 4 5; do kill -USR1 "$daemon"; done; }
disk_full() {
    dd if=/dev/zero of="$tmp/disk/fill" bs=4k 2>/dev/null
    nap 3000
    rm -f "$tmp/disk/fill"
}
walks() { walk "$root" >/dev/null & walk "$root" >/dev/null; wait $!; }
sets() { # maintenance of a group, and back
    local index
    index=$(index_of c1)
    set_ "$root.1.2.1.$ADMIN.$index" i 2
    nap 500
    set_ "$root.1.2.1.$ADMIN.$index" i 1
} >/dev/null
storm() { # short-lived processes
    local i
    for i in $(seq 300); do "$tmp/bin/${members[0]}" 0 </dev/null & done
    wait_for 20 eval '! pgrep -P $$ -x "${members[0]}"'
}
gentle=(snmpd_term snmpd_kill snmpd_stop daemon_stop reload reload_groups reload_broken scan_now
    disk_full walks sets storm)
rough=(child_kill child_stop daemon_kill daemon_term) # another process has other figures

# usage PID: resident KiB and descriptors
usage() {
    printf '%s %s\n' "$(awk '/^VmRSS/ { print $2 }' "/proc/$1/status" 2>/dev/null)" \
        "$(find "/proc/$1/fd" -mindepth 1 2>/dev/null | wc -l)"
}
end=0
faults() { # SECONDS FAULT...: adds lines "TIME daemon|child RESIDENT DESCRIPTORS" to usage
    end=$((SECONDS + $1))
    shift
    while [ $SECONDS -lt $end ]; do
        fault=${*:RANDOM % $# + 1:1}
        echo "$fault" >>"$tmp/faults"
        "$fault" 2>/dev/null
        nap 1000
        ready 60 || not_ok "it answers after $fault"
        echo "daemon $(usage "$daemon")" >>"$tmp/usage"
        echo "child $(usage "$(child)")" >>"$tmp/usage"
    done
}
# flat WHICH: the middle value of the last third is at most 5 % above that of the first one
flat() {
    grep "^$1 [0-9]" "$tmp/usage" >"$tmp/usage.$1"
    local n field name third first last
    n=$(wc -l <"$tmp/usage.$1") third=$(((n + 2) / 3))
    for field in 2 3; do
        name=$([ $field = 2 ] && echo 'KiB resident' || echo descriptors)
        middle() { cut -d' ' -f$field | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
        first=$(head -n $third "$tmp/usage.$1" | middle)
        last=$(tail -n $third "$tmp/usage.$1" | middle)
        figure "$1: $first $name in the first third, $last in the last"
        # One descriptor more may be a connection that has just been opened.
        check "$1: $name are flat" [ $((last * 100)) -le $((first * 105 + (field - 2) * 100)) ]
    done
}
# First rough faults, which replace both processes, then others for as long as they live.
faults $((seconds / 3)) "${rough[@]}" "${gentle[@]}"
holds 'all faults at random'
: >"$tmp/usage"
restarts=$(number "$root.1.1.26.0") pid=$daemon
faults 20 "${gentle[@]}" # what is allocated once
: >"$tmp/usage"
faults $((seconds - seconds / 3)) "${gentle[@]}"
holds 'faults of others'
check_eq 'the daemon is the same' "$pid" "$(gone "$daemon" || echo "$daemon")"
check_eq 'and so is the SNMP process' "$restarts" "$(number "$root.1.1.26.0")"
flat daemon
flat child
figure "$(wc -l <"$tmp/faults") faults: $(sort "$tmp/faults" | uniq -c | awk '{ printf "%s%s %s", n++ ? ", " : "", $1, $2 }')"
events soak
check_eq 'one SNMP process' 1 "$(pgrep -fc -- "--agentx=$agentx")"
summary
