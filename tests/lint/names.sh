#!/bin/bash
# A name is defined once in src and agent: an external symbol, a tag of a struct, union or
# enum (file-local ones too), and the name of a .c file. Only main and main.c may be repeated.
#
#   tests/lint/names.sh            needs the objects of "make all", and universal-ctags
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build}
failed=0 passed=0

# report WHAT: stdin has "NAME PLACE" lines; fails for each NAME with more than one PLACE
report() {
    local what=$1 twice
    twice=$(LC_ALL=C sort -u | awk '
        $1 != name { if (n > 1) print name ":" places; name = $1; places = ""; n = 0 }
        { n++; places = places " " $2 }
        END { if (n > 1) print name ":" places }')
    if [ -z "$twice" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + $(wc -l <<<"$twice")))
        awk -v what="$what" '{ print "not ok - " what " defined more than once: " $0 }' <<<"$twice"
    fi
    echo "count: $what defined more than once: $(grep -c . <<<"$twice")"
}

objects=()
for file in src/*/*.c agent/*/*.c; do
    objects+=("$BUILD/obj/${file%.c}.o")
    [ -e "${objects[-1]}" ] || { echo "not ok - ${objects[-1]} is missing; run make all first"; exit 1; }
done
# nm -A -P: "OBJECT: NAME TYPE ...". Names that begin with __ are the compiler's (sanitizers).
report symbols < <(nm -A -P -g --defined-only "${objects[@]}" |
    sed -nE "s,^$BUILD/obj/(.*)\.o: ([^ ]+) .*,\2 \1.c,p" | grep -vE '^(main|__[^ ]*) ')

if command -v ctags >/dev/null && ctags --version | grep -q Universal; then
    report tags < <(ctags -x --languages=C --langmap=C:.c.h --c-kinds=sug --_xformat='%N %F:%n' \
        src/*/*.[ch] agent/*/*.[ch] | grep -v '^__anon')
else
    echo 'not ok - universal-ctags is not installed; tags were not checked'
    failed=$((failed + 1))
fi

report 'file names' < <(printf '%s\n' src/*/*.c agent/*/*.c |
    sed -nE '/\/main\.c$/!s,^.*/([^/]*)$,\1 &,p')

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
