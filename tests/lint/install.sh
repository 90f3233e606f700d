#!/bin/bash
# make install installs all files below DESTDIR; the root OID of the MIB changes everywhere.
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build}
passed=0 failed=0
ok() { passed=$((passed + 1)); }
not_ok() { echo "not ok - $*"; failed=$((failed + 1)); }
dest=$(mktemp -d)
trap 'rm -rf "$dest"' EXIT
if make -s BUILD="$BUILD" DESTDIR="$dest" UNITDIR=/lib/systemd/system install >"$dest.log" 2>&1; then
    ok
else
    not_ok 'make install'
    cat "$dest.log"
fi
rm -f "$dest.log"
for file in usr/bin/procgroup usr/sbin/procgroupd usr/libexec/procgroup/procgroupd-snmp \
    usr/share/man/man1/procgroup.1 usr/share/man/man5/procgroup.conf.5 \
    usr/share/man/man7/procgroup-mib.7 \
    usr/share/man/man8/procgroupd.8 usr/share/snmp/mibs/PROCGROUP-MIB.txt \
    usr/share/procgroup/mibs/SNMPv2-SMI.txt usr/share/procgroup/procgroup.schema.json \
    usr/share/bash-completion/completions/procgroup usr/share/zsh/vendor-completions/_procgroup \
    usr/share/bash-completion/completions/snmp-procgroup usr/share/zsh/vendor-completions/_snmp-procgroup \
    etc/snmp/snmpd.conf.d/procgroup.conf \
    etc/procgroup/procgroup.conf lib/systemd/system/procgroupd.service \
    usr/lib/sysusers.d/procgroup.conf usr/lib/tmpfiles.d/procgroup.conf \
    usr/lib/systemd/catalog/procgroup.catalog \
    usr/bin/snmp-procgroup usr/share/man/man1/snmp-procgroup.1 \
    usr/share/doc/procgroup/README.md usr/share/doc/procgroup/docs/examples/selinux.conf \
    usr/share/doc/procgroup/docs/integrations/nagios/commands.cfg; do
    if [ -s "$dest/$file" ]; then ok; else not_ok "not installed: $file"; fi
done
if "$dest/usr/bin/procgroup" config "$dest/etc/procgroup/procgroup.conf" >/dev/null; then
    ok
else
    not_ok 'the example configuration has errors'
fi
for link in lib/mon/mon.d/procgroup.monitor:procgroup \
    lib/mon/mon.d/snmp-procgroup.monitor:snmp-procgroup \
    lib/nagios/plugins/check_procgroup:procgroup \
    lib/nagios/plugins/check_snmp_procgroup:snmp-procgroup; do
    if [ "$(readlink "$dest/usr/${link%:*}")" = "/usr/bin/${link#*:}" ]; then
        ok
    else
        not_ok "no link: $link"
    fi
done
# A changed configuration file is not overwritten.
echo '# mine' >"$dest/etc/procgroup/procgroup.conf"
make -s BUILD="$BUILD" DESTDIR="$dest" UNITDIR=/lib/systemd/system install >/dev/null 2>&1
if [ "$(cat "$dest/etc/procgroup/procgroup.conf")" = '# mine' ]; then ok; else not_ok 'overwritten'; fi
make -s BUILD="$BUILD" DESTDIR="$dest" UNITDIR=/lib/systemd/system APPARMOR=1 install >/dev/null 2>&1
# Each file is in one of the packages; debian/rules moves the unit.
missing=$(cd "$dest" && find . -not -type d | sed 's,^\./,,' | while read -r file; do
    packaged=no
    while read -r entry; do
        case $file in "$entry" | "$entry"/*) packaged=yes ;; esac
    done < <(cat "$OLDPWD"/debian/*.install)
    [ "$packaged" = yes ] || [ "${file##*/}" = procgroupd.service ] || echo "$file"
done)
if [ -z "$missing" ]; then ok; else not_ok "not in debian/*.install: $missing"; fi
make -s BUILD="$BUILD" DESTDIR="$dest" UNITDIR=/lib/systemd/system uninstall >/dev/null
left=$(cd "$dest" && find . -not -type d | sort | tr '\n' ' ')
if [ "$left" = './etc/procgroup/procgroup.conf ./etc/snmp/snmpd.conf.d/procgroup.conf ' ]; then
    ok
else
    not_ok "files left by uninstall: $left"
fi

moved=$(sh scripts/move-root.sh 1.3.6.1.4.1.32473.1 mib <mibs/PROCGROUP-MIB.txt | diff - \
    mibs/PROCGROUP-MIB.txt | grep -c '^<')
if [ "$moved" = 1 ]; then ok; else not_ok "the root OID is in $moved places of the MIB"; fi
# One view for reading, four lines of the view for writing.
moved=$(sh scripts/move-root.sh 1.3.6.1.4.1.32473.1 conf <snmpd.conf.d/procgroup.conf | diff - \
    snmpd.conf.d/procgroup.conf | grep -c '^<')
if [ "$moved" = 5 ]; then ok; else not_ok "the root OID is in $moved places of the drop-in"; fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
