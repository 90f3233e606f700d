#!/bin/bash
# Functions stop at 60 lines, files at 500, lines at 90 columns.
set -u
cd "$(dirname "$0")/../.." || exit 1
passed=0 failed=0
for file in src/*/*.[ch] agent/*/*.[ch] tests/*/*.[ch]; do
    [ -e "$file" ] || continue
    # Braces of functions stand alone in column 1 (clang-format).
    wrong=$(LC_ALL=C awk -v file="$file" -v tests="${file%%/*}" '
        /^{/ { start = NR }
        /^}/ { if (start && NR - start > 60)
                printf "%s:%d: a function of %d lines\n", file, start, NR - start
               start = 0 }
        { chars = $0; gsub(/[\200-\277]/, "", chars) } # UTF-8: count characters
        length(chars) > 90 { printf "%s:%d: %d columns\n", file, NR, length(chars) }
        END { if (NR > 500 && tests != "tests") printf "%s: %d lines\n", file, NR }' "$file")
    if [ -z "$wrong" ]; then
        passed=$((passed + 1))
    else
        printf '%s\n' "$wrong" | sed 's/^/not ok - /'
        failed=$((failed + 1))
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
