#!/bin/bash
# The files for Zabbix (which make check-zabbix runs), Telegraf and LibreNMS: their form, and that
# each of their OIDs is an object of PROCGROUP-MIB.
# shellcheck source=tests/integrations/lib.sh
. "$(dirname "$0")/lib.sh"
python3 -c 'import yaml, tomllib' 2>/dev/null ||
    { not_run 'formats: no Python module yaml or tomllib (scripts/deps.sh integrations)'; echo '0 passed, 0 failed'; exit 0; }
formats() { python3 "$top/tests/integrations/formats.py" "$1" "$2" "$top/mibs/PROCGROUP-MIB.txt"; }
template=$docs/zabbix/template_procgroup.yaml
check "the template of Zabbix" formats zabbix "$template"
check "the input of Telegraf" formats telegraf "$docs/telegraf/procgroup.conf"
check "the sensors of LibreNMS" formats librenms "$docs/librenms/procgroup.yaml"
# The check finds what is wrong.
sed 's/\.1\.2\.1\.9\./.1.2.1.99./' "$template" >"$tmp/wrong.yaml"
check_like "a column that does not exist" "1.2.1.99 is not an object" "$(formats zabbix "$tmp/wrong.yaml")"
sed 's/name: procGroupLevel/name: procGroupLevels/' "$template" | sed '0,/procGroupLevels/s//procGroupLevel/' >"$tmp/wrong.yaml"
check_like "a value map that does not exist" "no value map" "$(formats zabbix "$tmp/wrong.yaml")"
summary
