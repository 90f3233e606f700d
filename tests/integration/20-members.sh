#!/bin/bash
# Membership: zombies, ids, processes that use much CPU.
# Runs on the host: in a PID namespace there are no events, no BPF.
# Its names have its pid, because other tests may run at the same time.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"
program pg-gid
program pg-dead$$
cat >"$tmp/burn" <<'EOF'
#!/bin/sh
while :; do :; done
EOF
chmod 755 "$tmp/burn"
mkdir -p "$tmp/bin"
cp /bin/dash "$tmp/bin/pg-hog" 2>/dev/null || cp /bin/sh "$tmp/bin/pg-hog"
cat >"$tmp/procgroup.conf" <<EOF
interval = 0.5
recheck = 0
group "zombie" { name = "pg-dead$$"  count = "1-" recheck = 0 }
group "dead" { name = "pg-dead$$"  state = "Z" }
group "gid0-not-uid0" { gid = 0  path = "$tmp/bin/*"  except { uid = 0 }  count = "0-0" }
group "hog" {
    path = "$tmp/bin/pg-hog"
    condition "spinning" { metric = "cpu"  each = true  range = "-10"  window = 1  recheck = 1 }
}
EOF
start_snmpd && start_trapd && start_procgroupd
check 'it answers' ready

# A zombie: its parent does not wait for it.
python3 - "$tmp/bin/pg-dead$$" <<'EOF' &
import os, sys, time
if os.fork() == 0:
    os.execv(sys.argv[1], [os.path.basename(sys.argv[1]), "0"])
time.sleep(300)
EOF
started+=($!)
check 'the zombie is counted with state Z' wait_for 15 col_is $COUNT dead 1
check_eq 'a zombie is not counted as running' 0 "$(col $COUNT zombie)"
check 'so the daemon is missing' wait_for 5 col_is $STATUS zombie 2

check_eq 'no process has gid 0 without uid 0' 0 "$(col $COUNT gid0-not-uid0)"
setpriv --reuid=65534 --regid=0 --clear-groups "$tmp/bin/pg-gid" 300 &
started+=($!)
check 'gid 0 without uid 0 is a violation' wait_for 5 col_is $STATUS gid0-not-uid0 2
check 'and the notification has the pid' wait_for 5 trap_has "gid0-not-uid0.*pid $!"

"$tmp/bin/pg-hog" "$tmp/burn" &
first=$!
started+=("$first")
check 'a process above the CPU limit is notified' wait_for 15 trap_has "hog.*pid $first"
"$tmp/bin/pg-hog" "$tmp/burn" &
second=$!
started+=("$second")
check 'a second one is notified while the first still runs' wait_for 15 trap_has "hog.*pid $second"
check 'the first still runs' kill -0 "$first"
kill "$second"
wait "$second" 2>/dev/null
check 'its end is a separate recovery' wait_for 10 trap_has "$root.0.2.*pid $second"
check_eq 'the group is still critical' 2 "$(col $STATUS hog)"
kill "$first"
wait "$first" 2>/dev/null
check 'both ended: ok' wait_for 10 col_is $STATUS hog 0
summary
