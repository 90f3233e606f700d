#!/bin/bash
# The real mon daemon with docs/integrations/mon: it runs both monitors; the end of a
# process leads to one alert, changed numbers to none, its return to one up-alert; a trap makes mon
# check at once.
# Uses the network: packages are downloaded.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

debs=$BUILD/debs
check "mon can be downloaded" sh "$top/tests/tools/unpack.sh" "$debs" mon mon-client libtime-period-perl
[ "$failed" = 0 ] || summary
docs=$top/docs/integrations/mon
export PERL5LIB=$debs/usr/share/perl5

# --- what is watched: two processes of one program that needs two, and a third program
# Names that only this run has: another one may be going on.
pair_name=pair$$ loner_name=loner$$
for name in "$pair_name" "$loner_name"; do program "$name"; done
cat >"$tmp/procgroup.conf" <<EOF
interval = 0.3
recheck = 0
group "pair" { comm = "$pair_name" count = "2-5" }
group "loner" { comm = "$loner_name" count = "1-1" }
EOF
run_program "$pair_name"; pair1=$pid
run_program "$pair_name"; pair2=$pid
run_program "$loner_name"; loner=$pid
start_standalone
ready
green() { [ "$("$bin/snmp-procgroup" -t 1 "127.0.0.1:$port" | head -n 1)" = "" ]; }
wait_for 10 green

# --- mon, with folders and ports of its own
mkdir -p "$tmp/mon.d" "$tmp/alert.d" "$tmp/state.d" "$tmp/log" "$tmp/etc"
ln -s "$bin/procgroup" "$tmp/mon.d/procgroup.monitor"
ln -s "$bin/snmp-procgroup" "$tmp/mon.d/snmp-procgroup.monitor"
echo public >"$tmp/etc/snmp-community"
# A line for each alert: "alert GROUP SERVICE SUMMARY", or "up ..."; mon(8), ALERT PROGRAMS.
cat >"$tmp/alert.d/test.alert" <<EOF
#!/bin/sh
kind=alert
while getopts s:g:h:l:t:uOT option; do
    case \$option in
    s) service=\$OPTARG ;;
    g) group=\$OPTARG ;;
    u) kind=up ;;
    esac
done
read -r summary
{ echo "--- \$kind \$group/\$service: \$summary"; cat; } >>"$tmp/details.log"
echo "\$kind \$group/\$service \$summary" >>"$tmp/alerts"
EOF
chmod 755 "$tmp/alert.d/test.alert"
printf 'command section\nlist: all\ntest: all\nquit: all\n' >"$tmp/etc/auth.cf"
mon_port=$(free_port)
# The example file; only hosts, programs, paths and times are changed.
make_config() { # INTERVAL
    cat <<EOF
alertdir = $tmp/alert.d
mondir = $tmp/mon.d
logdir = $tmp/log
statedir = $tmp/state.d
cfbasedir = $tmp/etc
authfile = $tmp/etc/auth.cf
serverbind = 127.0.0.1
trapbind = 127.0.0.1
trapport = $mon_port
clientallow = 127.0.0.1
EOF
    sed -e "s/^\( *interval\) .*/\1 $1/" \
        -e "s/-r 5 auditd:1-1 .* ;;/-r 0.2 $pair_name:2-5 $loner_name:1-1 ;;/" \
        -e "s/web1 web2 db1/127.0.0.1:$port/" \
        -e "s,/etc/mon/snmp-community,$tmp/etc/snmp-community," \
        -e 's/nginx:2-50/loner:1-1/' \
        -e 's/mail.alert root@localhost/test.alert/' "$docs/mon.cf"
}
start_mon() { # INTERVAL
    make_config "$1" >"$tmp/etc/mon.cf"
    : >"$tmp/alerts"
    "$debs/usr/sbin/mon" -c "$tmp/etc/mon.cf" -p "$mon_port" -r 0 -P "$tmp/mon.pid" \
        -b "$tmp" -i 1 </dev/null >>"$tmp/mon.log" 2>&1 &
    mon=$!
    started+=("$mon")
}
moncmd() { "$debs/usr/bin/moncmd" -s 127.0.0.1 -p "$mon_port" "$@" 2>&1; }
# All three services have this state: 1 ok, 0 failing, 7 untested (Mon::Client's %OPSTAT)
all_are() { [ "$(moncmd list opstatus | grep -cE "^group=.* opstatus=$1 ")" = 3 ]; }
alerts() { grep -cE "^$1" "$tmp/alerts"; }
alerts_are() { [ "$(alerts "$1")" = "$2" ]; }

start_mon 1s
check "all three services are ok" wait_for 20 all_are 1
check_eq "and there is no alert" 0 "$(alerts .)"

# --- a process ends
stop "$loner" KILL
check "each service fails" wait_for 20 all_are 0
check "and alerts" wait_for 10 alerts_are alert 3
check_eq "procgroup.monitor's summary is the program" 1 "$(alerts "alert this-host/processes $loner_name\$")"
check_eq "snmp-procgroup's is the host" 1 \
    "$(alerts "alert procgroup-hosts/processes 127.0.0.1:$port\$")"
check_eq "and with limits of mon.cf too" 1 \
    "$(alerts "alert procgroup-hosts/web-server 127.0.0.1:$port\$")"
check_like "details have the group" "^127.0.0.1:$port: loner: violation critical: 0 \(1-1\)" \
    "$(cat "$tmp/details.log")"

# --- another program fails: procgroup.monitor's names change, the host is the same
stop "$pair1" KILL
check "a second program is a second alert of procgroup.monitor" \
    wait_for 10 alerts_are "alert this-host/processes $loner_name $pair_name\$" 1
# --- then only a number changes, from one to none; mon has it when the details have it
stop "$pair2" KILL
# "\\20" is mon's blank.
sees_none() {
    [ "$(moncmd list opstatus | sed 's/\\20/ /g' |
        grep -cE "$pair_name: count 0|: pair: violation critical: 0 ")" = 2 ]
}
# Each service was checked at that time or later.
checked_at() { [ "$(moncmd list opstatus | awk -F'last_check=' -v t="$1" '/^group=/ && $2 + 0 >= t' | wc -l)" = 3 ]; }
check "mon has the changed count" wait_for 10 sees_none
check "and checks again" wait_for 20 checked_at $((EPOCHSECONDS + 3))
check_eq "no alert for changed numbers" 4 "$(alerts alert)"
check_eq "and no up-alert" 0 "$(alerts up)"

# --- all are back
run_program "$pair_name"
run_program "$pair_name"
run_program "$loner_name"; loner=$pid
check "each service is ok again" wait_for 20 all_are 1
check "with one up-alert each" wait_for 10 alerts_are up 3
check_eq "and no further alert" 4 "$(alerts alert)"

# --- traps: mon checks once an hour, but a trap makes it check at once
stop "$mon"
wait_for 5 gone "$mon"
start_mon 1h
check "mon waits for an hour" wait_for 20 all_are 7
mkdir -p "$tmp/bin"
sed "s,exec moncmd,exec env PERL5LIB=$PERL5LIB $debs/usr/bin/moncmd," "$docs/procgroup-trap" >"$tmp/bin/procgroup-trap"
chmod 755 "$tmp/bin/procgroup-trap"
{
    echo 'authCommunity log,execute,net public'
    # The lines of the README, with this test's script.
    sed -n "s,^ *\(traphandle .*\) /usr/local/bin/\(procgroup-trap .*\)\$,\1 $tmp/bin/\2,p" "$docs/README.md"
} >"$tmp/trapd.conf"
check_eq "the README names all notifications" 6 "$(grep -c traphandle "$tmp/trapd.conf")"
MON_SERVER=127.0.0.1 MON_PORT=$mon_port SNMP_PERSISTENT_DIR=$tmp/pt snmptrapd -f -C -c "$tmp/trapd.conf" \
    -X -Lo -On -n -m '' "udp:127.0.0.1:$trap_port" >"$tmp/traps" 2>&1 &
started+=("$!")
wait_for 10 grep -q "$(printf ':%04X ' "$trap_port")" /proc/net/udp
stop "$loner" KILL
check "a trap makes mon check, and alert" \
    wait_for 15 alerts_are "alert procgroup-hosts/processes 127.0.0.1:$port\$" 1
check_eq "only that service" 1 "$(alerts alert)"
run_program "$loner_name"
check "and the trap of the recovery is an up-alert" wait_for 15 alerts_are "up procgroup-hosts/processes" 1
summary
