#!/bin/bash
# The drop-in with Debian's snmpd.conf, and snmpd as Debian's unit runs it: under its own
# account, with the stock view.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

# The file of the package if it is unchanged, else one with the directives of 5.9.3-2.
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

# The same with port, socket and drop-ins of this test. The socket gets a group that the SNMP
# process of this test is a member of; no account is created.
account=nobody
getent passwd procgroup >/dev/null && account=procgroup
mkdir "$tmp/snmpd.conf.d" "$tmp/agentx"
sed -E "s,^agentaddress.*,agentaddress udp:127.0.0.1:$port,
    s,^includeDir .*,includeDir $tmp/snmpd.conf.d," "$stock" >"$tmp/snmpd.conf"
sed -E "s/^(agentXPerms .*) procgroup\$/\1 $(id -gn "$account")/" \
    "$top/snmpd.conf.d/procgroup.conf" >"$tmp/snmpd.conf.d/procgroup.conf"
agentx=$tmp/agentx/master
cat >"$tmp/snmpd.conf.d/test.conf" <<-EOF
	agentXSocket $agentx
	createUser writer SHA "authentication" AES "encryption"
	rwuser writer authpriv -V procgroupwrite
EOF

as=()
if [ "$(id -u)" = 0 ] && getent passwd Debian-snmp >/dev/null; then
    as=(-u Debian-snmp -g Debian-snmp)
    chown Debian-snmp "$tmp/p"
fi
snmpd -LOw "${as[@]}" -I -smux,mteTrigger,mteTriggerConf -f -C -c "$tmp/snmpd.conf" \
    >"$tmp/snmpd.log" 2>&1 &
started+=("$!")
check "snmpd starts with both files" wait_for 10 get .1.3.6.1.2.1.1.3.0
check_eq "and reports no error in them" "" "$(grep -iE 'error|warning|unknown' "$tmp/snmpd.log")"

cat >"$tmp/procgroup.conf" <<-EOF
	interval = 0.5
	group "me" { name = "15-stock.sh" count = "1-" }
EOF
# The mode of the folder if snmpd created it before the drop-in was installed.
chmod 700 "$tmp/agentx"
start_procgroupd
if [ "$(id -u)" = 0 ]; then
    check "a folder without permission for the SNMP process is logged" wait_for 15 \
        grep -q "$agentx, retrying: Permission denied" "$tmp/procgroupd.log"
fi
# The effect of tmpfiles.d on /var/agentx.
check_eq "tmpfiles.d sets its mode" 'd /var/agentx 0755 root root' \
    "$(grep -v '^#' "$top/systemd/procgroup.tmpfiles")"
chmod 755 "$tmp/agentx"
check "procgroupd connects to the socket of snmpd" ready
perms() { [ "$(stat -c '%a %G' "$agentx")" = "660 $(id -gn "$account")" ]; }
[ "${#as[@]}" = 0 ] || check "only snmpd and procgroup may use the socket" perms
seen() { [ "$(col $COUNT me)" -ge 1 ]; }
check "the stock community can read the table" wait_for 10 seen
check_like "but not what the stock view excludes" "^$root" "$(getnext .1.3.6.1.2.1.25.4.2)"
check_like "and cannot write" 'noAccess|notWritable|authorization' \
    "$(snmpset -v2c -c public -t 2 -r 0 "127.0.0.1:$port" \
        "$root.1.2.1.$ADMIN.$(index_of me)" i 2 2>&1)"
# The drop-in gives write access to no one, but has a view for it.
writer() { # COMMAND LEVEL ARGUMENT...
    "$1" -v3 -u writer -l "$2" -a SHA -A authentication -x AES -X encryption -t 2 -r 0 -Oqvn \
        "127.0.0.1:$port" "${@:3}" 2>&1
}
row=$(index_of me)
check_eq "a user with authentication and privacy can write the admin status" 2 \
    "$(writer snmpset authPriv "$root.1.2.1.$ADMIN.$row" i 2)"
check_eq "and the time and the reason of maintenance" $'60\n"disk"' \
    "$(writer snmpset authPriv "$root.1.2.1.39.$row" u 60 "$root.1.2.1.38.$row" s disk)"
check_eq "and the switch for notifications" 2 "$(writer snmpset authPriv "$root.1.1.24.0" i 2)"
check_like "and reads nothing else by it" 'No Such|authorization' "$(writer snmpget authPriv "$root.1.2.1.2.$row")"
check_like "but without privacy it cannot" 'authorizationError' \
    "$(writer snmpset authNoPriv "$root.1.2.1.$ADMIN.$row" i 1)"
check_eq "and changes nothing" 2 "$(col $ADMIN me)"
summary
