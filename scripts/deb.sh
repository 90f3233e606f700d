#!/bin/bash
# make deb: builds the Debian packages from the files that git knows (without git: from all files
# but those of builds), in a folder of their own.
#
#   scripts/deb.sh FOLDER [OPTION...]
#
# The packages are left in FOLDER. OPTIONs are those of dpkg-buildpackage, such as
# -Ppkg.procgroup.nobpf. DEB_VERSION replaces the version of debian/changelog (for tests).
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
folder=$1
shift
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/procgroup-deb.XXXXXX")
trap 'rm -rf "$work"' EXIT

files() {
    cd "$top"
    if [ -e .git ] && command -v git >/dev/null; then
        # A file that is deleted, and not yet in git, is not copied.
        git -c safe.directory='*' ls-files -z | while IFS= read -rd '' file; do
            if [ -e "$file" ] || [ -L "$file" ]; then printf '%s\0' "$file"; fi
        done
    else
        find . -path './build*' -prune -o -path ./.git -prune -o -not -type d -print0
    fi
}
mkdir "$work/procgroup"
files | (cd "$top" && xargs -0 cp -dp --parents -t "$work/procgroup")
cd "$work/procgroup"
# The modes of a clone depend on the umask.
chmod -R u=rwX,go=rX .
if [ -n "${DEB_VERSION:-}" ]; then sed -i "1s/(.*)/($DEB_VERSION)/" debian/changelog; fi

if ! dpkg-buildpackage -us -uc -b "$@" >"$work/log" 2>&1; then
    tail -n 40 "$work/log" >&2
    cp "$work/log" "$folder/build.log"
    echo "deb.sh: dpkg-buildpackage failed; all of its output is in $folder/build.log" >&2
    exit 1
fi
mv "$work/log" "$folder/build.log"
mv "$work"/procgroup*.deb "$work"/procgroup_*.buildinfo "$work"/procgroup_*.changes "$folder"
