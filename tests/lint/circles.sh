#!/bin/bash
# The .c files of a folder do not call each other in a circle, not even over other files.
# Found in the objects: a file calls another one if it has an undefined symbol that the other
# one defines.
#
#   tests/lint/circles.sh          needs the objects of "make all"
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build}
passed=0 failed=0 circles=0

# Reads the lines of nm -A -P, "FOLDER/FILE.o: NAME TYPE ...", and prints each circle and the
# calls that make it.
find_circles='
    { sub(/.*\//, "", $1); sub(/\.o:$/, ".c", $1) }
    $3 == "U" { used[$1] = used[$1] " " $2; next }
    { defined_in[$2] = $1 }
    { files[$1] = 1 }
    END {
        for (a in used) {
            files[a] = 1
            n = split(used[a], names, " ")
            for (i = 1; i <= n; i++) {
                b = defined_in[names[i]]
                if (b != "" && b != a) {
                    calls[a, b] = calls[a, b] " " names[i]
                    reaches[a, b] = 1
                }
            }
        }
        for (via in files)
            for (a in files)
                if ((a, via) in reaches)
                    for (b in files)
                        if ((via, b) in reaches)
                            reaches[a, b] = 1
        for (a in files) {
            if (!((a, a) in reaches) || a in done)
                continue
            circle = ""
            for (b in files)
                if ((a, b) in reaches && (b, a) in reaches) {
                    done[b] = a
                    circle = circle " " b
                }
            print "not ok - circle in " folder ":" circle
            for (b in done)
                for (c in done)
                    if (done[b] == a && done[c] == a && (b, c) in calls)
                        print "        " b " -> " c ":" calls[b, c]
        }
    }'

for folder in src/* agent/*; do
    compgen -G "$folder/*.c" >/dev/null || continue
    objects=()
    for file in "$folder"/*.c; do objects+=("$BUILD/obj/${file%.c}.o"); done
    if ! symbols=$(nm -A -P -g "${objects[@]}"); then
        echo "not ok - $folder: objects are missing; run make all first"
        failed=$((failed + 1))
        continue
    fi
    found=$(awk -v folder="$folder" "$find_circles" <<<"$symbols")
    if [ -z "$found" ]; then
        passed=$((passed + 1))
    else
        echo "$found"
        n=$(grep -c '^not ok' <<<"$found")
        circles=$((circles + n)) failed=$((failed + n))
    fi
done
echo "count: circles of calls: $circles"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
