#!/bin/bash
# tests/run, with suites that pass, fail, skip, crash and hang.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/../integration/lib.sh"
suite() { # NAME: makes a script of the standard input
    { echo '#!/bin/bash' && cat; } >"$tmp/$1"
    chmod +x "$tmp/$1"
}
last() { "$top/tests/run" "$BUILD" "$@" 2>&1 | tail -n 1; }
# As cmocka 1.1.7 prints it, on two streams.
suite good <<'END'
printf '[==========] Running 2 test(s).\n[ RUN      ] a\n[       OK ] a\n[ RUN      ] b\n[       OK ] b\n'
printf '[==========] 2 test(s) run.\n[  PASSED  ] 2 test(s).\n' >&2
END
suite bad <<'END'
printf '[ RUN      ] a\n[       OK ] a\n[ RUN      ] b\n[  ERROR   ] --- 1 != 2\n[  FAILED  ] b\n'
printf '[ RUN      ] bb\n[  FAILED  ] bb\n[==========] 3 test(s) run.\n'
printf '[  PASSED  ] 1 test(s).\n[  FAILED  ] 2 test(s), listed below:\n' >&2
printf '[  FAILED  ] b\n[  FAILED  ] bb\n\n 2 FAILED TEST(S)\n' >&2
exit 2
END
suite skips <<'END'
printf '[ RUN      ] a\n[  SKIPPED ] a\n[ RUN      ] b\n[       OK ] b\n'
printf '[  SKIPPED ] 1 test(s), listed below:\n[  SKIPPED ] a\n' >&2
END
suite dies <<'END'
printf '[ RUN      ] a\n[       OK ] a\n[ RUN      ] b\n'
kill -SEGV $$
END
suite says_nothing <<'END'
exit 0
END
suite slow <<'END'
sleep 1
printf '[       OK ] a\n'
END
suite script.sh <<'END'
printf 'ok - a\nnot ok - b\n1 passed, 1 failed\n'
exit 1
END
suite binary.sh <<'END'
printf 'ok - a\nnot ok - b: \xff\0\n1 passed, 1 failed\n'
exit 1
END
suite hangs.sh <<'END'
echo 'ok - a'
sleep 60
END
check_eq 'tests that pass' '2 passed, 0 failed' "$(last "$tmp/good")"
check_eq 'a failure counts once, listed or not' '1 passed, 2 failed' "$(last "$tmp/bad")"
check_eq 'skipped tests do not count' '1 passed, 0 failed' "$(last "$tmp/skips")"
check_like 'but are reported, once' 'not counted: 1$' "$("$top/tests/run" "$BUILD" "$tmp/skips")"
check_eq 'a crash is a failure' '1 passed, 1 failed' "$(last "$tmp/dies")"
check_eq 'no output is a failure' '0 passed, 1 failed' "$(last "$tmp/says_nothing")"
check_eq 'counts of a script' '1 passed, 1 failed' "$(last "$tmp/script.sh")"
check_eq 'of one that prints other bytes too' '1 passed, 1 failed' "$(last "$tmp/binary.sh")"
check_eq 'a suite that hangs is ended' '0 passed, 1 failed' "$(LIMIT=1 last "$tmp/hangs.sh")"
check_eq 'sum of several suites' '6 passed, 5 failed' "$(last "$tmp"/{good,bad,skips,dies,says_nothing,script.sh})"

check_eq 'reports are in the order of the suites' 'slow dies good ' "$("$top/tests/run" "$BUILD" \
    "$tmp"/{slow,dies,good} 2>/dev/null | sed -nE "s,^  (ok|FAIL)  .*/([a-z]+) .*,\2,p" | tr '\n' ' ')"

# Namespaces. This suite may itself be in some.
suite apart.sh <<'END'
for ns in pid mnt net; do readlink "/proc/self/ns/$ns"; done
ip -o link show lo | grep -o 'state [A-Z]*'
echo '1 passed, 0 failed'
END
{ echo '# Runs on the host: it says so' && cat "$tmp/apart.sh"; } | suite host.sh
{ echo '# Uses the network: it says so' && cat "$tmp/apart.sh"; } | suite network.sh
# spaces SUITE: those that it has in common with this shell
spaces() {
    local ns line
    line=$(V=1 "$top/tests/run" "$BUILD" "$tmp/$1")
    for ns in pid mnt net; do
        grep -qF "$(readlink "/proc/self/ns/$ns")" <<<"$line" && printf '%s ' "$ns"
    done
}
if "$top/tests/run" "$BUILD" "$tmp/apart.sh" | grep -q 'namespaces of their own$' &&
    unshare --pid --fork --mount --mount-proc --net true 2>/dev/null; then
    check_eq 'a script has namespaces of its own' '' "$(spaces apart.sh)"
    check_eq 'one that uses the network has that of the host' 'net ' "$(spaces network.sh)"
    echo 'sleep 3217 & echo "1 passed, 0 failed"' | suite leaves.sh
    "$top/tests/run" "$BUILD" "$tmp/leaves.sh" >/dev/null
    check_eq 'a process that a script leaves ends with it' '' "$(pgrep -f "^sleep 3217$" | xargs)"
else
    echo '# no namespaces here: scripts run on the host'
fi
check_eq 'one that needs the host is on the host' 'pid mnt net ' "$(spaces host.sh)"
check_eq 'ISOLATE=0: all are' 'pid mnt net ' "$(ISOLATE=0 spaces apart.sh)"
"$top/tests/run" "$BUILD" "$tmp/good" >/dev/null 2>&1
check_eq 'exit status if all passed' 0 $?
"$top/tests/run" "$BUILD" "$tmp/good" "$tmp/bad" >/dev/null 2>&1
check_eq 'exit status after a failure' 1 $?
summary
