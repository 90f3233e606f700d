#!/bin/bash
# smilint and net-snmp read PROCGROUP-MIB without errors or warnings: with the stand-in
# modules of mibs/base, and with the IETF modules if present ($PROCGROUP_IETF_MIBS).
set -u
cd "$(dirname "$0")/../.." || exit 1
passed=0 failed=0
work=$(mktemp -d)
export SNMP_PERSISTENT_DIR=$work
mkdir "$work/cert_indexes" # net-snmp reports its creation otherwise
trap 'rm -rf "$work"' EXIT
real=
for folder in "${PROCGROUP_IETF_MIBS:-}" ../shared/ietf-mibs /usr/share/snmp/mibs/ietf; do
    [ -n "$real" ] || { [ -n "$folder" ] && [ -e "$folder/SNMPv2-SMI.txt" ] && real=$folder; }
done
lint() { # WHAT FOLDER
    local out
    mkdir "$work/$1"
    for file in "$2"/*.txt mibs/PROCGROUP-MIB.txt; do
        cp "$file" "$work/$1/$(basename "$file" .txt)"
    done
    printf 'path %s\n' "$work/$1" >"$work/$1.conf"
    # The exit status of smilint is 0 even with errors.
    out=$(smilint -c "$work/$1.conf" -l 6 -s -m "$work/$1/PROCGROUP-MIB" 2>&1)
    if [ -z "$out" ]; then
        passed=$((passed + 1))
    else
        printf 'not ok - smilint with the %s modules\n%s\n' "$1" "$out"
        failed=$((failed + 1))
    fi
}
if command -v smilint >/dev/null; then
    lint stand-in mibs/base
    if [ -n "$real" ]; then lint real "$real"; fi
else
    echo 'smilint (package smitools) is not installed: only net-snmp checks the MIB'
fi
out=$(MIBS='' snmptranslate -M mibs:mibs/base -m PROCGROUP-MIB -On PROCGROUP-MIB::procGroupName 2>&1)
if [ "$out" = .1.3.6.1.4.1.8072.9999.9999.2017.1.2.1.2 ]; then
    passed=$((passed + 1))
else
    echo "not ok - snmptranslate: $out"
    failed=$((failed + 1))
fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
