#!/bin/bash
# make bench: measures all figures of the README.
set -u
cd "$(dirname "$0")/../.." || exit 1
export BUILD=${BUILD:-build}
printf '%s, %s, %s cores, %s\n' "$(date -u +%F)" "$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)" \
    "$(nproc)" "Linux $(uname -r)"
for part in scan cycle check rows latency config; do
    script=tests/bench/$part.sh
    [ -e "$script" ] || continue
    printf '\n--- %s\n' "$part"
    bash "$script" "$BUILD" || exit 1
done
