#!/bin/bash
# docs/integrations/zabbix with a real Zabbix server 6.0: the template is imported by its own API, a
# host is discovered and polled, and a group that fails is a problem. The database is a PostgreSQL
# of the test; the web front end runs in PHP's own server. It takes about two minutes.
# Uses the network: packages are downloaded.
# shellcheck source=tests/integrations/lib.sh
. "$(dirname "$0")/../integrations/lib.sh"
needs zabbix-server-pgsql zabbix-frontend-php fping libodbc2 libopenipmi0 libltdl7
# End as not run: WHY
without() { not_run "zabbix: $*"; echo '0 passed, 0 failed'; exit 0; }
pg=$(echo /usr/lib/postgresql/*/bin)
[ -x "$pg/initdb" ] || without 'no PostgreSQL (scripts/deps.sh zabbix)'
php -m 2>/dev/null | grep -qx pgsql || without 'no PHP with pgsql (scripts/deps.sh zabbix)'
export LD_LIBRARY_PATH=$debs/usr/lib/x86_64-linux-gnu
"$debs/usr/sbin/zabbix_server" -V >"$tmp/version.log" 2>&1 || without "$(head -n 1 "$tmp/version.log")"

# --- the database, under an account that is not root; nothing has to survive
mkdir "$tmp/db"
chown "nobody" "$tmp/db"
# as COMMAND...: under that account, with the libraries of this system
as() { env -u LD_LIBRARY_PATH setpriv --reuid=nobody --regid=nogroup --clear-groups "$@"; }
as "$pg/initdb" -D "$tmp/db/data" -U zabbix -A trust >"$tmp/initdb.log" 2>&1
db_port=$(free_tcp_port)
as "$pg/postgres" -D "$tmp/db/data" -k "$tmp/db" -p "$db_port" -c listen_addresses=127.0.0.1 -c fsync=off \
    -c synchronous_commit=off -c full_page_writes=off </dev/null >"$tmp/postgres.log" 2>&1 &
started+=("$!")
sql() { env -u LD_LIBRARY_PATH "$pg/psql" -qAt -h 127.0.0.1 -p "$db_port" -U zabbix -d "${db:-zabbix}" "$@"; }
wait_for 20 sql -d postgres -c 'select 1'
sql -d postgres -c 'create database zabbix' >"$tmp/schema.log" 2>&1
for file in schema images data; do
    zcat "$debs/usr/share/zabbix-server-pgsql/$file.sql.gz" | sql --single-transaction -f - >>"$tmp/schema.log" 2>&1
done
check "the database is made" test "$(sql -c 'select count(*) from users')" -ge 1

# --- the front end and its API
web=$tmp/web
cp -r "$debs/usr/share/zabbix" "$web"
# Debian's front end reads its file from /etc.
sed -i "s,/etc/zabbix/zabbix.conf.php,$web/conf/zabbix.conf.php," "$web/include/classes/core/CConfigFile.php"
cat >"$web/conf/zabbix.conf.php" <<EOF
<?php
\$DB['TYPE'] = 'POSTGRESQL'; \$DB['SERVER'] = '127.0.0.1'; \$DB['PORT'] = '$db_port';
\$DB['DATABASE'] = 'zabbix'; \$DB['USER'] = 'zabbix'; \$DB['PASSWORD'] = ''; \$DB['SCHEMA'] = '';
\$DB['ENCRYPTION'] = false; \$DB['KEY_FILE'] = ''; \$DB['CERT_FILE'] = ''; \$DB['CA_FILE'] = '';
\$DB['VERIFY_HOST'] = false; \$DB['CIPHER_LIST'] = ''; \$DB['DOUBLE_IEEE754'] = true;
\$DB['VAULT_URL'] = ''; \$DB['VAULT_DB_PATH'] = ''; \$DB['VAULT_TOKEN'] = '';
\$ZBX_SERVER_NAME = ''; \$IMAGE_FORMAT_DEFAULT = IMAGE_FORMAT_PNG;
EOF
web_port=$(free_tcp_port)
background web env -u LD_LIBRARY_PATH php -d max_execution_time=300 -d memory_limit=256M -d error_reporting=0 -S "127.0.0.1:$web_port" -t "$web"
# api ...: tests/zabbix/api.py with this front end
api() { python3 "$top/tests/zabbix/api.py" "http://127.0.0.1:$web_port/api_jsonrpc.php" "$@"; }
check "the API answers" wait_for 30 api version
check "the template is imported" api import "$docs/zabbix/template_procgroup.yaml"
[ "$failed" = 0 ] || summary

# --- a host with groups
start_groups
check "the host has the template" api host web1 127.0.0.1 "$port" 'procgroup by SNMP'
server_port=$(free_tcp_port)
cat >"$tmp/zabbix.conf" <<EOF
ListenPort=$server_port
ListenIP=127.0.0.1
LogFile=$tmp/zabbix_server.log
PidFile=$tmp/zabbix.pid
SocketDir=$tmp
DBHost=127.0.0.1
DBPort=$db_port
DBName=zabbix
DBUser=zabbix
AllowRoot=1
FpingLocation=$debs/usr/bin/fping
StartVMwareCollectors=0
CacheUpdateFrequency=1
StartPollers=2
EOF
background zabbix "$debs/usr/sbin/zabbix_server" -f -c "$tmp/zabbix.conf"
# The intervals of the template are minutes: here seconds.
sql -c "update items set delay = '2s' where delay in ('1m', '10m', '1h')"
discovered() { [ "$(sql -c "select count(*) from items where key_ like 'procgroup.status[%' and flags = 4")" = 2 ]; }
check "both groups are discovered" wait_for 90 discovered
sql -c "update items set delay = '2s' where delay in ('1m', '10m', '1h')"
conditions() { [ "$(sql -c "select count(*) from items where key_ like 'procgroup.condition.value[%' and flags = 4")" = 3 ]; }
check "and the conditions" wait_for 60 conditions
sql -c "update items set delay = '2s' where delay in ('1m', '10m', '1h')"
# value NAME: the last value of the item with this name
value() { api value web1 "$1"; }
value_is() { [ "$(value "$1")" = "$2" ]; }
check "the number of processes" wait_for 60 value_is 'pair: processes' 2
check "the status" wait_for 30 value_is 'loner: status' 0
check "memory in bytes" wait_for 30 value_is 'loner: resident memory' $(($(col 23 loner) * 1024))
check "the limit of a condition in its unit" wait_for 30 value_is "Condition memory ($(index_of pair).$(walk "$root.1.3.1.2" | awk '/"memory"/ { n = split($1, a, "."); print a[n] }')): upper limit" 1073741824
problem() { api problems | grep -qxF "$1"; }
no_problem() { ! problem "$1"; }
check "no problem while all is well" no_problem 'Process group loner is critical'
stop "$loner" KILL
check "a group that fails is a problem" wait_for 60 problem 'Process group loner is critical'
run_program "$loner_name"
check "and none when it is back" wait_for 60 no_problem 'Process group loner is critical'
summary
