#!/bin/bash
# The engine alone: a cycle in which nothing has changed, a process that starts and matches
# no group, memory, for several numbers of groups and processes.
#   tests/bench/engine.sh [BUILD]
set -u
cd "$(dirname "$0")/../.." || exit 1
build=${1:-${BUILD:-build}}
for groups in 20 200 2000 10000; do
    "$build/bench/engine" $groups 1000 || exit 1
done
"$build/bench/engine" 20 20000
