#!/bin/bash
# Checks which modules each file includes; the compiler lists the headers.
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build}
passed=0 failed=0
declare -A may=(
    [base]='base' [model]='model base'
    [proc]='proc model base' [label]='label model base' [select]='select model base'
    [rule]='rule select model base'
    [config]='config rule select model base'
    [table]='table rule model base' [state]='state model base'
    [engine]='engine table state rule select model base'
    [mib]='mib engine table rule model base'
    [report]='report engine table rule model base'
    [cli]='cli report mib engine table state config rule select label proc model base'
    [monitor]='monitor report mib table rule model base'
)
ok() { passed=$((passed + 1)); }
bad() { echo "not ok - $*"; failed=$((failed + 1)); }

make -s BUILD="$BUILD" "$BUILD/gen/config.h" >/dev/null || exit 1
modules_of() { # FILE: the modules of all headers that it includes, and "net-snmp"
    cc -D_GNU_SOURCE -DPCRE2_CODE_UNIT_WIDTH=8 -Isrc -I. -I"$BUILD/gen" \
        -isystem "$BUILD/bpf" -M "$1" |
        tr ' \\' '\n\n' | sed -nE 's,^src/([a-z]+)/.*\.h$,\1,p; s,^agent/([a-z]+)/.*\.h$,agent-\1,p
            s,^.*/(net-snmp)/.*\.h$,\1,p' | sort -u
}
for file in src/*/*.c agent/*/*.c; do
    case $file in
    src/*) module=${file#src/} module=${module%%/*} allowed=" ${may[$module]} " ;;
    esac
    case $file in
    src/monitor/client*.c) allowed+='net-snmp ' ;;
    agent/ipc/*) allowed=' agent-ipc base ' ;;
    agent/daemon/*) allowed=' agent-daemon agent-ipc engine table state config rule select label proc model base ' ;;
    agent/snmp/*) allowed=' agent-snmp agent-ipc net-snmp mib engine table model base ' ;;
    esac
    wrong=
    for seen in $(modules_of "$file"); do
        [[ $allowed == *" $seen "* ]] || wrong+=" $seen"
    done
    if [ -z "$wrong" ]; then ok; else bad "$file includes$wrong"; fi
done
# Only src/proc opens /proc and netlink; /proc/self is the program itself.
while IFS= read -r hit; do
    bad "opens /proc outside src/proc: $hit"
done < <(grep -nE '"/proc/|NETLINK_' -r src agent --include='*.c' |
    grep -vE '^src/proc/|"/proc/self/(exe|fd|oom)' || :)
# Headers have no static functions or objects.
while IFS= read -r hit; do
    bad "static in a header: $hit"
done < <(grep -nE '^static ' -r src agent --include='*.h' || :)
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
