#!/bin/bash
# make bench: measures the figures of docs/performance.md, in under 20 minutes, as root.
#
#   run.sh [PART...]     default: all but hosts, pollers and zabbix
#
# Prints Markdown. Nothing else should run: it prints the load of the machine, too.
set -u
cd "$(dirname "$0")/../.." || exit 1
export BUILD=${BUILD:-build}
[ "$(id -u)" = 0 ] || { echo 'run.sh: needs root, for PID namespaces and BPF'; exit 1; }
[ $# -gt 0 ] || set -- cycle groups start latency storm peers scan rows config
# The highest numbers of processes need as many pids.
[ "$(cat /proc/sys/kernel/pid_max)" -ge 32768 ] || echo 'kernel.pid_max is below 32768'
load() { cut -d ' ' -f 1-3 /proc/loadavg; }
printf '%s, %s, %s CPUs, Linux %s, %s.\nLoad at the start %s' "$(date -u +%F)" \
    "$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" "$(uname -r)" \
    "$(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' /etc/os-release)" "$(load)"
printf ', %s other processes.\n' "$(find /proc -maxdepth 1 -name '[0-9]*' | wc -l)"
status=0
for part; do
    case $part in
    cycle | groups | start | latency | storm | peers | packets | memory | pollers | zabbix) bash "tests/bench/$part.sh" || status=1 ;;
    *) # tables of their own
        # shellcheck disable=SC2016 # the quotes are Markdown
        printf '\n### %s\n\n`tests/bench/run.sh %s`\n\n```\n' "$part" "$part"
        within=()
        [ "$part" != scan ] || within=(unshare --pid --fork --kill-child --mount --mount-proc)
        "${within[@]}" bash "tests/bench/$part.sh" "$BUILD" || status=1
        printf '```\n'
        ;;
    esac
done
printf '\nLoad at the end %s; it took %s minutes.\n' "$(load)" $((SECONDS / 60))
exit $status
