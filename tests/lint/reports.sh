#!/bin/bash
# docs/field-reports.md: every file that it names as a test exists and has the test in it, and
# every fault has a test or is said not to be held.
# shellcheck disable=SC2016 # backticks of Markdown
set -u
cd "$(dirname "$0")/../.." || exit 1
list=docs/field-reports.md
passed=0 failed=0
ok() { passed=$((passed + 1)); }
bad() { echo "not ok - $list:$line: $*"; failed=$((failed + 1)); }

# The last cell of a row: `FILE` is followed by the names of its tests.
check_row() {
    local cell=$1 word file='' names=0
    while IFS= read -r word; do
        if [[ $word == tests/* ]]; then
            file=$word
            if [ -f "$file" ]; then ok; else bad "no file $file"; fi
        elif [ -n "$file" ]; then
            names=$((names + 1))
            if grep -qF -- "$word" "$file" 2>/dev/null; then ok; else bad "$file has no '$word'"; fi
        fi
    done < <(grep -oE '`[^`]+`' <<<"$cell" | tr -d '`')
    if [ "$names" = 0 ] && ! grep -qF 'Not held' <<<"$cell"; then bad "the fault has no test"; fi
}

line=0
while IFS= read -r text; do
    line=$((line + 1))
    case $text in
    '| fault |'* | '| --- |'*) ;;
    '| '*)
        cell=${text% |}
        check_row "${cell##* | }"
        ;;
    esac
done <"$list"
if [ "$passed" -lt 100 ]; then bad "only $passed tests are found in the list"; fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
