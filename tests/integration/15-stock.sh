#!/bin/bash
# The drop-in beside the snmpd.conf that Debian ships, and snmpd as Debian's unit runs it:
# its own account, the stock view.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

# The package's own file where it is unchanged, else one with the directives of 5.9.3-2.
stock=$tmp/stock.conf
sum=$(dpkg-query -W -f '${Conffiles}\n' snmpd 2>/dev/null |
    awk '$1 == "/etc/snmp/snmpd.conf" { print $2 }')
if [ -n "$sum" ] && echo "$sum  /etc/snmp/snmpd.conf" | md5sum -c --status 2>/dev/null; then
    cp /etc/snmp/snmpd.conf "$stock"
    echo "# the stock file of this machine"
else
    cat >"$stock" <<-EOF
	master agentx
	agentaddress 127.0.0.1,[::1]
	view systemonly included .1.3.6.1.2.1.1
	view systemonly included .1.3.6.1.2.1.25.1
	rocommunity public default -V systemonly
	rocommunity6 public default -V systemonly
	rouser authPrivUser authpriv -V systemonly
	includeDir /etc/snmp/snmpd.conf.d
	EOF
fi
check "the stock file includes the folder of drop-ins" \
    grep -qE '^includeDir +/etc/snmp/snmpd.conf.d' "$stock"

# The same, but in places of this test: port, socket, drop-ins. The group of the socket is
# one that the SNMP side of this test is in: no account is made here.
account=nobody
getent passwd procgroup >/dev/null && account=procgroup
mkdir "$tmp/snmpd.conf.d" "$tmp/agentx"
sed -E "s,^agentaddress.*,agentaddress udp:127.0.0.1:$port,
    s,^includeDir .*,includeDir $tmp/snmpd.conf.d," "$stock" >"$tmp/snmpd.conf"
sed -E "s/^(agentXPerms .*) procgroup\$/\1 $(id -gn "$account")/" \
    "$top/snmpd.conf.d/procgroup.conf" >"$tmp/snmpd.conf.d/procgroup.conf"
agentx=$tmp/agentx/master
echo "agentXSocket $agentx" >"$tmp/snmpd.conf.d/test.conf"

as=()
if [ "$(id -u)" = 0 ] && getent passwd Debian-snmp >/dev/null; then
    as=(-u Debian-snmp -g Debian-snmp)
    chown Debian-snmp "$tmp/p"
fi
snmpd -LOw "${as[@]}" -I -smux,mteTrigger,mteTriggerConf -f -C -c "$tmp/snmpd.conf" \
    >"$tmp/snmpd.log" 2>&1 &
started+=("$!")
check "snmpd takes both files" wait_for 10 get .1.3.6.1.2.1.1.3.0
check_eq "and complains about none" "" "$(grep -iE 'error|warning|unknown' "$tmp/snmpd.log")"

cat >"$tmp/procgroup.conf" <<-EOF
	interval = 0.5
	group "me" { name = "15-stock.sh" count = "1-" }
EOF
# As snmpd makes the folder where it started before the drop-in was there.
chmod 700 "$tmp/agentx"
start_procgroupd
if [ "$(id -u)" = 0 ]; then
    check "a folder that keeps the SNMP side out is told" wait_for 15 \
        grep -q "$agentx yet: Permission denied; trying again" "$tmp/procgroupd.log"
fi
# What tmpfiles.d does to /var/agentx.
check_eq "tmpfiles.d opens it" 'd /var/agentx 0755 root root' \
    "$(grep -v '^#' "$top/systemd/procgroup.tmpfiles")"
chmod 755 "$tmp/agentx"
check "procgroupd gets through the socket that snmpd keeps" ready
perms() { [ "$(stat -c '%a %G' "$agentx")" = "660 $(id -gn "$account")" ]; }
[ "${#as[@]}" = 0 ] || check "which is for snmpd and for procgroup alone" perms
seen() { [ "$(col $COUNT me)" -ge 1 ]; }
check "the stock community sees the table" wait_for 10 seen
check_like "and still not what the stock view hides" "^$root" "$(getnext .1.3.6.1.2.1.25.4.2)"
check_like "nor may it write" 'noAccess|notWritable|authorization' \
    "$(snmpset -v2c -c public -t 2 -r 0 "127.0.0.1:$port" \
        "$root.1.2.1.$ADMIN.$(index_of me)" i 2 2>&1)"
summary
