#!/bin/bash
# The entries of procgroupd in the journal, with the real journalctl: procgroupd sends them to a
# socket in place of journald's, systemd-journal-remote makes a journal file of them, and journalctl
# shows it with the catalog. Under systemd: tests/vm/inside-package.sh.
# Uses the network: packages are downloaded.
# shellcheck source=tests/integrations/lib.sh
. "$(dirname "$0")/lib.sh"
needs systemd libsystemd-shared systemd-journal-remote libmicrohttpd12
export LD_LIBRARY_PATH=$debs/usr/lib/x86_64-linux-gnu/systemd:$debs/lib/x86_64-linux-gnu/systemd:$debs/usr/lib/x86_64-linux-gnu
journalctl=$debs/bin/journalctl
"$journalctl" --version >/dev/null 2>"$tmp/version" ||
    { not_run "journal: $(tail -n 1 "$tmp/version")"; echo '0 passed, 0 failed'; exit 0; }

# --- the catalog
catalog=$top/systemd/procgroup.catalog
mkdir -p "$tmp/tree/usr/lib/systemd/catalog" "$tmp/tree/var/lib/systemd/catalog"
cp "$catalog" "$tmp/tree/usr/lib/systemd/catalog"
check "journalctl accepts the catalog" "$journalctl" --root="$tmp/tree" --update-catalog 2>"$tmp/update"
check_eq "without a complaint" '' "$(cat "$tmp/update")"
in_program=$(grep -oE '"[0-9a-f]{32}"' "$top/src/engine/event.c" | tr -d '"' | sort)
check_eq "each kind of event has an entry" "$in_program" \
    "$("$journalctl" --root="$tmp/tree" --list-catalog | cut -d' ' -f1 | sort)"
check_eq "and all IDs are different" 7 "$(echo "$in_program" | sort -u | wc -l)"

# --- procgroupd sends entries
mkdir "$tmp/journal" && chmod 755 "$tmp/journal"
background receiver python3 "$top/tests/tools/journal_receiver.py" "$tmp/journal/socket" "$tmp/export"
receiver=$pid
wait_for 10 test -S "$tmp/journal/socket"
cat >"$tmp/with-journal" <<EOF
#!/bin/bash
mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/journal && mount --bind $tmp/journal /run/systemd/journal || exit
export JOURNAL_STREAM=\$(stat -L -c %d:%i /proc/self/fd/2)
exec $bin/procgroupd "\$@"
EOF
chmod 755 "$tmp/with-journal"
# The script of start_standalone with this program in a mount namespace.
mkdir "$tmp/wrapped"
ln -s "$bin"/* "$tmp/wrapped"
rm "$tmp/wrapped/procgroupd"
printf '#!/bin/sh\nexec unshare --mount %s "$@"\n' "$tmp/with-journal" >"$tmp/wrapped/procgroupd"
chmod 755 "$tmp/wrapped/procgroupd"
bin_before=$bin bin=$tmp/wrapped
start_groups
bin=$bin_before
stop "$loner" KILL
sent() { grep -qx -- "$1" "$tmp/export"; }
check "the end of a process is an entry" wait_for 10 sent 'PROCGROUP_KIND=raised'
check_eq "and not a line of the standard error as well" '' "$(grep event= "$tmp/procgroupd.log")"
check "other lines are on the standard error, with priorities" grep -q '^<[5-6]>' "$tmp/procgroupd.log"
run_program "$loner_name"
check "its return is one" wait_for 10 sent 'PROCGROUP_KIND=recovered'

# --- journald is gone for a while: the line has the way of all others
rm "$tmp/journal/socket"
stop "$receiver" KILL
stop "$pid" KILL
check "without the socket, an event is a line" \
    wait_for 10 grep -q '^<5>event=.*kind=raised group="loner"' "$tmp/procgroupd.log"
mv "$tmp/export" "$tmp/export.first"
background receiver python3 "$top/tests/tools/journal_receiver.py" "$tmp/journal/socket" "$tmp/export"
wait_for 10 test -S "$tmp/journal/socket"
run_program "$loner_name"
check "with a new socket, the next one is an entry" wait_for 10 sent 'PROCGROUP_KIND=recovered'

# --- the journal
cat "$tmp/export.first" "$tmp/export" >"$tmp/all"
"$debs/lib/systemd/systemd-journal-remote" --split-mode=none -o "$tmp/x.journal" "$tmp/all" >"$tmp/remote.log" 2>&1
# journal ARGUMENT...: with the catalog of the tree
journal() {
    unshare --mount sh -c 'mkdir -p /var/lib/systemd && mount -t tmpfs tmpfs /var/lib/systemd &&
        mkdir /var/lib/systemd/catalog && cp "$1" /var/lib/systemd/catalog && shift && exec "$@"' - \
        "$tmp/tree/var/lib/systemd/catalog/database" "$journalctl" --file "$tmp/x.journal" --no-pager -q "$@" 2>&1
}
check_eq "the entries of a group" 'raised recovered recovered' \
    "$(journal PROCGROUP_GROUP=loner --output-fields=PROCGROUP_KIND -o cat | tr '\n' ' ' | sed 's/ $//')"
check_like "have the line of the log as their message" \
    '^event=[0-9]+ kind=raised group="loner" condition="count" severity=critical value="0" limit="1-1" offender="": loner: count 0, below 1-1$' \
    "$(journal PROCGROUP_KIND=raised -o cat)"
fields=$(grep '^|' "$docs/syslog/README.md" | grep -oE 'PROCGROUP_[A-Z_]+')
check_like "the document lists fields" PROCGROUP_GROUP "$fields"
journal -o export >"$tmp/fields"
for field in $(grep -oE '^PROCGROUP_[A-Z_]+' "$tmp/fields" | sort -u); do
    check "the document has $field" grep -qx "$field" <<<"$fields"
done
check_eq "the priority and the program" 'PRIORITY=5 SYSLOG_IDENTIFIER=procgroupd' \
    "$(grep -E '^(PRIORITY|SYSLOG_IDENTIFIER)=' "$tmp/fields" | sort -u | tr '\n' ' ' | sed 's/ $//')"
journal -x PROCGROUP_KIND=raised >"$tmp/explained"
check_like "journalctl -x says what happened" 'Subject: Process group loner left its limits' "$(cat "$tmp/explained")"
check_like "with the values" 'its value is 0, its limit is 1-1' "$(cat "$tmp/explained")"
check_like "and what to do" 'procgroup explain loner' "$(cat "$tmp/explained")"
journal -x >"$tmp/explained"
for word in 'is within a limit again' 'procgroupd was started'; do
    check_like "another kind is explained: $word" "$word" "$(cat "$tmp/explained")"
done
check_eq "every name of a field is replaced" '' "$(grep '^-- ' "$tmp/explained" | grep -E '@|PROCGROUP_[A-Z_]+($|[^=A-Z_])')"
# The commands of the document.
grep -E '^ {4}journalctl' "$docs/syslog/README.md" >"$tmp/commands"
check "the document has commands" [ -s "$tmp/commands" ]
while read -r _ arguments; do
    arguments=${arguments/-u procgroupd/} arguments=${arguments//sshd-listener/loner} arguments=${arguments%%#*}
    found=$(eval "journal $arguments" | grep -c .)
    check "journalctl $arguments finds entries" [ "$found" -gt 0 ]
done <"$tmp/commands"
summary
