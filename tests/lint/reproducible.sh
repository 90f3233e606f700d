#!/bin/bash
# Two builds of one tree, in two folders, have identical programs.
set -u
cd "$(dirname "$0")/../.." || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0
for n in one two; do
    mkdir "$work/$n"
    git ls-files -z | xargs -0 cp -P --parents -t "$work/$n"
    make -s -j"$(nproc)" -C "$work/$n" all >"$work/$n.log" 2>&1 || { cat "$work/$n.log"; exit 1; }
done
for program in "$work"/one/build/bin/*; do
    if cmp "$program" "$work/two/build/bin/${program##*/}"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
