#!/bin/bash
# Runs in a fresh tree of Debian, as root (run.sh); /out has the packages, /src the source.
#
#   inside.sh prepare          installs what the tests need beside the packages: with a network
#   inside.sh test VERSION     without one
set -u
# shellcheck source=tests/packages/lib.sh
. /src/tests/packages/lib.sh
if [ "$1" = prepare ]; then
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
    chmod 755 /usr/sbin/policy-rc.d
    echo force-unsafe-io >/etc/dpkg/dpkg.cfg.d/tests
    apt-get -qq update || exit 1
    # mon and monitoring-plugins, which the links are for, then what the packages and debian/tests
    # need: snmpd as anyone installs it.
    # shellcheck disable=SC2046 # split into words
    apt-get -qq -y -o Dpkg::Use-Pty=0 install --no-install-recommends mon monitoring-plugins-basic \
        $({ for f in /out/one/procgroup*.deb; do dpkg-deb -f "$f" Depends; done
            sed -n 's/^Depends: *//p' /src/debian/tests/control
        } | tr ',' '\n' | sed -E 's/[|(].*//; /^ *(procgroup|@)/d' | sort -u)
    exit
fi
version=$2
export DEBIAN_FRONTEND=noninteractive
# A cache of snmp-procgroup is the user's: no package removes it.
export XDG_CACHE_HOME=/tmp/cache
apt() { apt-get -qq -y -o Dpkg::Use-Pty=0 "$@"; }
files() { # everything in the tree but what changes by itself
    find / -xdev \( -path /out -o -path /src -o -path /tmp -o -path /proc -o -path /dev -o -path /run \
        -o -path '/var/cache/*' -o -path '/var/log/*' -o -path '/var/lib/dpkg/*' \
        -o -path '/var/lib/apt/*' \) -prune -o -print | sort
}
mine() { find / -xdev \( -path /out -o -path /src -o -path /tmp -o -path /proc \) -prune -o -name '*procgroup*' -print; }
sums() { md5sum /var/lib/procgroup/state /var/lib/procgroup/state.events; }
have() { for file; do [ -e "$file" ] || { echo "missing: $file"; return 1; }; done; }

# ------------------------------------------------------------ a host that only polls
check_eq 'the tree is fresh' '' "$(mine)"
files >/tmp/before
check 'procgroup-monitor is installed alone' apt install "/out/one/procgroup-monitor_${version}"_*.deb
check 'and its program starts' snmp-procgroup --version
check 'it is where mon and monitoring-plugins look' \
    have /usr/lib/mon/mon.d/snmp-procgroup.monitor /usr/lib/mon/mon.d/fping.monitor \
    /usr/lib/nagios/plugins/check_snmp_procgroup /usr/lib/nagios/plugins/check_load
check_eq 'without the agent' '' "$(find / -xdev -path /src -prune -o -name 'procgroupd*' -print)"
check 'it is purged' apt purge procgroup-monitor
check_eq 'and leaves nothing' '' "$(mine)"

# ------------------------------------------------------------ the agent, an older version
check 'procgroup-agent is installed alone' apt install --no-install-recommends /out/old/procgroup-agent_*.deb
check 'the account exists' getent passwd procgroup
check_eq 'its shell permits no login' /usr/sbin/nologin "$(getent passwd procgroup | cut -d: -f7)"
check_eq 'the folder of the AgentX socket can be entered' '755 root' "$(stat -c '%a %U' /var/agentx)"
check 'the unit is enabled' have /etc/systemd/system/multi-user.target.wants/procgroupd.service
check 'the drop-in and the AppArmor profile are there' have /etc/snmp/snmpd.conf.d/procgroup.conf \
    /etc/apparmor.d/usr.sbin.procgroupd /etc/apparmor.d/local/usr.sbin.procgroupd
check 'the other packages are installed' apt install /out/old/*.deb
check 'procgroup config accepts the configuration' procgroup config
check_eq 'which is a configuration file of the package' 3 \
    "$(dpkg-query -W -f '${Conffiles}\n' procgroup-agent | grep -c '^ /etc')"
check 'procgroupd accepts it' procgroupd -t
check 'manual pages and documents' have /usr/share/man/man{1/procgroup.1,5/procgroup.conf.5}.gz \
    /usr/share/man/man{8/procgroupd.8,1/snmp-procgroup.1,7/procgroup-mib.7}.gz \
    /usr/share/bash-completion/completions/procgroup /usr/share/zsh/vendor-completions/_procgroup \
    /usr/share/doc/procgroup/README.md /usr/share/doc/procgroup/docs/packaging.md

# ------------------------------------------------------------ rows at once, and debian/tests
autopkgtest() { # NAME: as autopkgtest runs it
    (cd /src && AUTOPKGTEST_TMP=$(mktemp -d) debian/tests/"$1")
}
names=$(sed -n 's/^Tests: *//p' /src/debian/tests/control)
for name in $names; do
    check "debian/tests/$name passes" autopkgtest "$name"
done

# ------------------------------------------------------------ upgrade
# A group out of its limits, and no receiver that acknowledges its event.
cat >/etc/procgroup/conf.d/local.conf <<'EOF'
group "never-there" { name = "no-such-program" count = "1-" recheck = 0 }
EOF
echo '# mine' >>/etc/procgroup/procgroup.conf
install -d -o procgroup -g procgroup -m 750 /run/procgroup
chown -R procgroup: /var/lib/procgroup
setpriv --reuid procgroup --regid procgroup --init-groups /usr/sbin/procgroupd -f >/tmp/log 2>&1 &
daemon=$!
for _ in $(seq 100); do
    grep -q never-there /var/lib/procgroup/state.events 2>/dev/null && break
    sleep 0.1
done
check 'an event waits in the outbox' grep -q never-there /var/lib/procgroup/state.events
kill "$daemon"
wait "$daemon"
before=$(sums)
check 'the packages are upgraded' apt install /out/one/procgroup{,-agent,-monitor,-mibs}_"$version"_*.deb
check_eq 'to the new version' "$version $version $version $version" \
    "$(dpkg-query -W -f '${Version} ' procgroup procgroup-agent procgroup-monitor procgroup-mibs |
        sed 's/ $//')"
check_eq 'the state and the outbox are kept' "$before" "$(sums)"
check 'the changed configuration is kept' grep -qx '# mine' /etc/procgroup/procgroup.conf
setpriv --reuid procgroup --regid procgroup --init-groups /usr/sbin/procgroupd -f >/tmp/log 2>&1 &
daemon=$!
for _ in $(seq 100); do
    procgroup status -f json >/tmp/status 2>/dev/null
    grep -q never-there /tmp/status && break
    sleep 0.1
done
check 'the new version starts with them' grep -q never-there /tmp/status
check_eq 'and reports no fault of the state' '' "$(grep -iE 'state.*(error|cannot|invalid|ignored)' /tmp/log)"
kill "$daemon"
wait "$daemon"

# ------------------------------------------------------------ remove, purge
check 'the packages are removed' apt remove procgroup procgroup-agent procgroup-monitor procgroup-mibs
check_eq 'programs are gone' '' "$(find /usr /lib/systemd -name '*procgroup*')"
check 'configuration and state stay' have /etc/procgroup/procgroup.conf /var/lib/procgroup/state
rm -f /etc/procgroup/conf.d/local.conf
rm -rf /run/procgroup
# dpkg has forgotten the others, which have no configuration files.
check 'the agent is purged' apt purge procgroup-agent
check_eq 'no file of ours is left' '' "$(mine)"
check 'the account stays' getent passwd procgroup
files >/tmp/after
# The folder of snmpd's socket, and files that tools keep of accounts.
check_eq 'and nothing else is left' '' "$(comm -13 /tmp/before /tmp/after |
    grep -vE '^/var/agentx|^/etc/((passwd|shadow|group|gshadow)-|\.pwd\.lock)$|^/var/lib/(snmp|systemd|python)/|__pycache__')"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
