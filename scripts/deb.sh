#!/bin/bash
# make deb: builds the Debian packages from a copy of the source (source.sh).
#
#   scripts/deb.sh FOLDER [OPTION...]
#
# The packages are left in FOLDER. OPTIONs are those of dpkg-buildpackage, such as
# -Ppkg.procgroup.nobpf.
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
folder=$1
shift
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/procgroup-deb.XXXXXX")
trap 'rm -rf "$work"' EXIT

bash "$top/scripts/source.sh" "$work/procgroup"
cd "$work/procgroup"

if ! dpkg-buildpackage -us -uc -b "$@" >"$work/log" 2>&1; then
    { tail -n 40 "$work/log"; grep -E '^  FAIL |^ *\[  (ERROR |FAILED) ' "$work/log"; } >&2 || :
    cp "$work/log" "$folder/build.log"
    echo "deb.sh: dpkg-buildpackage failed; all of its output is in $folder/build.log" >&2
    exit 1
fi
mv "$work/log" "$folder/build.log"
mv "$work"/procgroup*.deb "$work"/procgroup_*.buildinfo "$work"/procgroup_*.changes "$folder"
