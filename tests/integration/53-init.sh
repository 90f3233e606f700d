#!/bin/bash
# procgroup init: the configuration that it writes is accepted, and all of its groups are ok
# in procgroupd, whatever the names of processes are.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"
pg=$bin/procgroup
# orphan FILE: runs it as a child of the first process, without a terminal
orphan() {
    # shellcheck disable=SC2016 # expanded by that shell
    setsid sh -c '"$0" 1000 & echo $! >"$1"' "$1" "$tmp/pid" </dev/null >/dev/null 2>&1
    started+=("$(cat "$tmp/pid")")
}
# count NAME FILE: how many groups of that name the file has
count() { grep -c "^group \"$1\" {" "$2"; }
quietly() { "$@" >/dev/null; }
mkdir -p "$tmp/bin"
for name in pg-one pg-two 'pg "q" * {$x} # a' $'pg\n}\ngroup "forged" {' 'pg%{user}' '[pg-k]' '*'; do
    cp "$(command -v sleep)" "$tmp/bin/$name"
    orphan "$tmp/bin/$name"
done
orphan "$tmp/bin/pg-two"
two() { [ "$(cat /proc/[0-9]*/comm 2>/dev/null | grep -c '^pg-two$')" = 2 ]; }
wait_for 5 two

# Programs without a lasting name: a removed file, and one that has only been in memory.
cp "$(command -v sleep)" "$tmp/bin/pg-gone"
orphan "$tmp/bin/pg-gone"
cat >"$tmp/bin/in-memory" <<EOF
#!/bin/sh
exec python3 -c 'import os
fd = os.memfd_create("pg-memory")
os.write(fd, open("$(command -v sleep)", "rb").read())
os.execv(f"/proc/self/fd/{fd}", ["pg-memory", "1000"])'
EOF
chmod 755 "$tmp/bin/in-memory"
orphan "$tmp/bin/in-memory"
in_memory() { readlink "/proc/${started[-1]}/exe" | grep -q '^/memfd:pg-memory'; }
wait_for 10 in_memory
rm "$tmp/bin/pg-gone"

"$pg" init >"$tmp/stdout.conf" 2>"$tmp/err"
check_eq 'it succeeds' 0 $?
check_like 'services without a group are counted' '^procgroup: 2 of [0-9]+ services have no group; comments say why$' "$(cat "$tmp/err")"
why='no group, because the file of its program is removed'
check_like 'a program whose file is removed has none' "^# pg-gone: $why\$" "$(cat "$tmp/stdout.conf")"
check_eq 'nor one that was only in memory' 2 "$(grep -c ": $why\$" "$tmp/stdout.conf")"
check_eq 'its head fits 80 columns' '' "$(sed '/^interval/q' "$tmp/stdout.conf" | grep -E '.{81}')"
check_eq 'numbers are not quoted' '' "$(grep -E '(window|recheck) = "' "$tmp/stdout.conf")"
"$pg" init -o "$tmp/procgroup.conf"
check_eq '-o writes the file' 0 $?
check_eq 'a program is a group' 1 "$(count pg-one "$tmp/procgroup.conf")"
check_like 'with its count' '^    count = "2-2"$' "$(grep -A3 'group "pg-two"' "$tmp/procgroup.conf")"
check_eq 'both have the same groups' "$(grep '^group' "$tmp/procgroup.conf")" "$(grep '^group' "$tmp/stdout.conf")"
check_eq 'its comments fit a terminal' '' "$(grep '^#' "$tmp/procgroup.conf" | awk 'length > 80')"
check_eq 'a name does not make a group' 0 "$(count forged "$tmp/procgroup.conf")"
before=$(cksum <"$tmp/procgroup.conf")
"$pg" init -o "$tmp/procgroup.conf" 2>"$tmp/err"
check_eq 'a file that exists: status 1' 1 $?
check_like 'and the message says so' 'exists and is not overwritten; name another one with -o: .*/procgroup.conf$' "$(cat "$tmp/err")"
check_eq 'it is unchanged' "$before" "$(cksum <"$tmp/procgroup.conf")"
"$pg" init -o "$tmp/no/folder" 2>"$tmp/err"
check_eq 'a folder that does not exist: status 1' 1 $?
check_like 'and why' 'cannot write: .*/no/folder: No such file' "$(cat "$tmp/err")"
"$pg" init extra 2>"$tmp/err"
check_eq 'an argument: status 2' 2 $?
check 'procgroup config accepts it' quietly "$pg" config "$tmp/procgroup.conf"
check 'procgroupd accepts it' quietly "$bin/procgroupd" -t -c "$tmp/procgroup.conf"
out=$("$pg" show -c "$tmp/procgroup.conf")
check_like 'all groups are ok' '^[0-9]+ ok; ' "$out"
check_like 'and the hostile names are among them' '^pg "q" . {.x} # a +ok +1 ' "$out"
check_like 'a name in brackets does not mean a kernel thread' '^\[pg-k\] +ok +1 ' "$out"
check_like 'a name with %{ does not make a template' '^pg%\(user} +ok +1 ' "$out"

check_like 'nor is a star a pattern' '^[*] +ok +1 ' "$out"

# In procgroupd, with a group that the default recheck does not hide.
sed -i 's/^recheck = 30 .*/recheck = 0/' "$tmp/procgroup.conf"
start_standalone
groups=$(grep -c '^group' "$tmp/procgroup.conf")
statuses() { walk "$root.1.2.1.$STATUS" | awk '{ print $2 }' | sort | uniq -c | awk '{ print $2 "x" $1 }' | paste -sd ' '; }
all_ok() { [ "$(statuses)" = "0x$groups" ]; }
check "all $groups groups are ok in procgroupd" wait_for 10 all_ok
sleep 2
check_eq 'and after some scans' "0x$groups" "$(statuses)"
summary
