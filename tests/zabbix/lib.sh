# shellcheck shell=bash
# A Zabbix server with its database (a PostgreSQL of the test) and its front end (in PHP's own
# server); source it.
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

# has_database: whether the schema and the first data are there
has_database() { [ "$(sql -c 'select count(*) from users')" -ge 1 ]; }

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

# --- the server
# free_zabbix_port: prints one that Zabbix listens on; it refuses those above 32767
free_zabbix_port() {
    local number
    for _ in $(seq 100); do
        number=$(free_tcp_port)
        [ "$number" -gt 32767 ] || { echo "$number"; return; }
    done
    return 1
}
server_port=$(free_zabbix_port)
# start_zabbix NAME PROGRAM LINE...: starts the server or a proxy with these lines in its file
start_zabbix() {
    local name=$1 program=$2
    shift 2
    mkdir "$tmp/$name"
    printf '%s\n' "LogFile=$tmp/$name.log" "PidFile=$tmp/$name/pid" "SocketDir=$tmp/$name" \
        AllowRoot=1 "FpingLocation=$debs/usr/bin/fping" StartVMwareCollectors=0 "$@" >"$tmp/$name.conf"
    background "$name" "$debs/usr/sbin/$program" -f -c "$tmp/$name.conf"
}
start_server() { # LINE...
    start_zabbix zabbix zabbix_server "ListenPort=$server_port" ListenIP=127.0.0.1 DBHost=127.0.0.1 \
        "DBPort=$db_port" DBName=zabbix DBUser=zabbix CacheUpdateFrequency=1 "$@"
}
