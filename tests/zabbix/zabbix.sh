#!/bin/bash
# docs/integrations/zabbix with a real Zabbix server 6.0: the template is imported by its own API, a
# host is discovered and polled, and a group that fails is a problem. The database is a PostgreSQL
# of the test; the web front end runs in PHP's own server. It takes about two minutes.
# Uses the network: packages are downloaded.
# shellcheck source=tests/zabbix/lib.sh
. "$(dirname "$0")/lib.sh"
check "the database is made" has_database
check "the API answers" wait_for 30 api version
check "the template is imported" api import "$docs/zabbix/template_procgroup.yaml"
[ "$failed" = 0 ] || summary

# --- a host with groups
start_groups
check "the host has the template" api host web1 127.0.0.1 "$port" 'procgroup by SNMP'
start_server StartPollers=2
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
