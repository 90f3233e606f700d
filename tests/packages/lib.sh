# shellcheck shell=bash
# Shared by the tests of packages and tests/vm/inside-package.sh: results, and waiting.
passed=0 failed=0
ok() { passed=$((passed + 1)); echo "ok - $*"; }
not_ok() { failed=$((failed + 1)); echo "not ok - $*"; }
# check WHAT COMMAND...: if it fails, what failed in it (of scripts and of cmocka) and the end of its output
# are printed
check() {
    local what=$1 out
    shift
    if out=$("$@" 2>&1); then ok "$what"; else
        not_ok "$what"
        { grep -E '^ *(not ok|FAIL |\[ +(ERROR|LINE|FAILED) +\])' <<<"$out"; tail -n 40 <<<"$out"; } | sed 's/^/    /'
    fi
}
check_eq() { if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1: expected '$2', got '$3'"; fi; }
wait_for() { # SECONDS COMMAND...
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.2
    done
}
