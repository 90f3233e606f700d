#!/bin/bash
# Copies the source to FOLDER: the files that git knows, or without git all files but those of
# builds.
#
#   scripts/source.sh FOLDER
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$1"
folder=$(cd "$1" && pwd)
cd "$top"
if [ -e .git ]; then
    # A file that is deleted, and not yet in git, is not copied.
    git -c safe.directory='*' ls-files -z | while IFS= read -rd '' file; do
        if [ -e "$file" ] || [ -L "$file" ]; then printf '%s\0' "$file"; fi
    done
else
    find . \( -path ./build -o -path './build-*' \) -prune -o -not -type d -print0
fi | xargs -0 cp -dp --parents -t "$folder"
# The modes of a clone depend on the umask.
chmod -R u=rwX,go=rX "$folder"
