#!/bin/sh
# Copies the MIB or the snmpd.conf drop-in from stdin to stdout and replaces its root OID.
#
#   scripts/move-root.sh 1.3.6.1.4.1.N... mib|conf
set -eu
default=1.3.6.1.4.1.8072.9999.9999.2017
case $1 in
1.3.6.1.4.1.[0-9]*) ;;
*)
    echo "move-root.sh: the root is not below enterprises (1.3.6.1.4.1): $1" >&2
    exit 2
    ;;
esac
# "32473 1" -> "{ enterprises procGroupRoot1(32473) 1 }": inner nodes need names.
below() {
    n=1 out='{ enterprises'
    # shellcheck disable=SC2046 # split into words
    set -- $(printf '%s' "${1#1.3.6.1.4.1.}" | tr . ' ')
    while [ $# -gt 1 ]; do
        out="$out procGroupRoot$n($1)" n=$((n + 1))
        shift
    done
    echo "$out $1 }"
}
if [ "$1" = "$default" ]; then
    cat
    exit
fi
case $2 in
mib) sed "s/{ enterprises netSnmp(8072).* }/$(below "$1")/" ;;
conf) sed "s/\.$default/.$1/" ;;
esac
