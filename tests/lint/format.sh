#!/bin/bash
# Runs clang-format, shellcheck, mandoc and cppcheck.
set -u
cd "$(dirname "$0")/../.." || exit 1
passed=0 failed=0
try() { # WHAT COMMAND...
    local what=$1 out
    shift
    if out=$("$@" 2>&1) && [ -z "$out" ]; then
        passed=$((passed + 1))
    else
        printf 'not ok - %s\n%s\n' "$what" "$out" | head -n 60
        failed=$((failed + 1))
    fi
}
mapfile -t c < <(git ls-files '*.c' '*.h')
mapfile -t sh < <(git ls-files '*.sh' tests/run .ci/run scripts)
mapfile -t man < <(git ls-files 'docs/*.[1578]')
try clang-format clang-format --dry-run -Werror "${c[@]}"
try shellcheck shellcheck -S warning -x -P SCRIPTDIR "${sh[@]}"
# Ql quotes the rest of its line: "Ql a , Ql b" is one quotation in another one.
list_quotations() { grep -nE '^\.(.* )?Ql .* [],.;:)] +[^ ]' "$@" || :; }
if [ ${#man[@]} -gt 0 ]; then
    try mandoc mandoc -Tlint -Wwarning "${man[@]}"
    try 'two quotations in one' list_quotations "${man[@]}"
fi
# cppcheck supports neither cleanup attributes (memleak) nor changes through a pointer of
# another type (identicalInnerCondition).
try cppcheck cppcheck -j "$(nproc)" --suppress=memleak --suppress=identicalInnerCondition --quiet --std=c11 --language=c --enable=warning,performance,portability \
    --inline-suppr --suppress=missingIncludeSystem --suppress=unknownMacro \
    --error-exitcode=1 -D_GNU_SOURCE -Isrc -I. src agent
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
