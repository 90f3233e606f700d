#!/bin/sh
# Copies the MIB or the snmpd drop-in from stdin to stdout with another root.
#
#   scripts/move-root.sh 1.3.6.1.4.1.N... mib|conf
set -eu
default=1.3.6.1.4.1.8072.9999.9999.2017
case $1 in
1.3.6.1.4.1.[0-9]*) ;;
*)
    echo "move-root.sh: not below enterprises (1.3.6.1.4.1): $1" >&2
    exit 2
    ;;
esac
arcs() { printf '%s' "${1#1.3.6.1.4.1.}" | tr . ' '; }
case $2 in
mib) sed "s/{ enterprises $(arcs $default) }/{ enterprises $(arcs "$1") }/" ;;
conf) sed "s/\.$default/.$1/" ;;
esac
