#!/bin/bash
# make check-vm: tests on kernels with SELinux (enforcing, permissive), AppArmor and no
# security module. Builds an image once (tests/vm/machine), then boots a temporary virtual
# machine for each mode and runs inside.sh in it. The last line is "N passed, N failed".
#
#   run.sh [MODE...]     enforcing permissive apparmor none [all four], and package: the Debian
#                        package procgroup-agent (inside-package.sh)
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
BUILD=${BUILD:-build}
case $BUILD in /*) ;; *) BUILD=$top/$BUILD ;; esac
machine=$top/tests/vm/machine
modes=("$@")
[ $# -gt 0 ] || modes=(enforcing permissive apparmor none)

stage=$(mktemp -d "${TMPDIR:-/tmp}/procgroup-vm-stage.XXXXXX")
trap 'rm -rf "$stage"' EXIT
passed=0 failed=0
fail() {
    echo "not ok - $*"
    failed=$((failed + 1))
}

# The installed product and the test scripts.
fill_stage() {
    make -s -C "$top" BUILD="$BUILD" DESTDIR="$stage/root" SELINUX=1 APPARMOR=1 \
        install >/dev/null &&
        mkdir -p "$stage/examples" &&
        cp "$top"/docs/examples/*.conf "$stage/examples/" &&
        make -s -C "$top" BUILD="$BUILD" "$BUILD/tools/locked" >/dev/null &&
        cp "$BUILD/vm/relabel" "$BUILD/tools/locked" "$stage/" &&
        cp "$top"/tests/vm/inside.sh "$top"/tests/vm/inside-*.sh "$stage/"
}

# The Debian packages, a script of their own, and what it uses.
fill_packages() {
    DEB_BUILD_OPTIONS=nocheck bash "$top/scripts/deb.sh" "$stage/debs" >/dev/null &&
        rm -f "$stage"/debs/*-dbgsym_* && cp "$top/tests/vm/inside-package.sh" "$top/tests/packages/lib.sh" "$stage/"
}
fill() { # MODE...: what these modes need
    local mode
    case " $* " in *' package '*) fill_packages || return 1 ;; esac
    for mode; do [ "$mode" = package ] || { fill_stage; return; }; done
}

lsm_of() {
    case $1 in
    package) echo --lsm apparmor ;;
    enforcing) echo --lsm selinux --enforcing ;;
    permissive) echo --lsm selinux ;;
    *) echo --lsm "$1" ;;
    esac
}

# run_mode MODE: leaves the output and the exit status in $stage.MODE.{out,status}
run_mode() {
    local script=inside.sh
    [ "$1" != package ] || script=inside-package.sh
    # shellcheck disable=SC2046 # split into words
    "$machine" run $(lsm_of "$1") --timeout 900 "$stage" bash "$script" "$1" >"$stage.$1.out" 2>&1
    echo $? >"$stage.$1.status"
}

report() { # MODE
    local mode=$1 out=$stage.$1.out status line
    status=$(cat "$stage.$mode.status")
    sed "s/^/$mode: /" "$out"
    line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$out" | tail -n 1)
    rm -f "$out" "$stage.$mode.status"
    # A machine without a summary did not reach the end.
    if [ -z "$line" ]; then
        fail "$mode: the machine ended with $status"
        return
    fi
    passed=$((passed + ${line%% *}))
    line=${line#*, }
    failed=$((failed + ${line%% *}))
    [ "$status" = 0 ] || [ "${line%% *}" != 0 ] || fail "$mode: exit status $status"
}

# As many at a time as there are CPUs: a machine waits for its disk and for times, too.
run_modes() {
    local mode running=0
    for mode; do
        if [ "$running" = "$(nproc)" ]; then
            wait -n
            running=$((running - 1))
        fi
        run_mode "$mode" &
        running=$((running + 1))
    done
    wait
    for mode; do report "$mode"; done
}

if ! fill "${modes[@]}"; then
    fail "cannot copy the files for the virtual machine"
elif ! "$machine" build; then
    fail "cannot build the virtual machine (see above)"
else
    run_modes "${modes[@]}"
fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
