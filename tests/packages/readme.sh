#!/bin/bash
# make check-readme: what a new user does. In a fresh tree of each release with systemd
# (container.sh), the commands of README.md are followed to the letter: with packages, and from source
# in another tree. Then, in the first tree, those of each README of docs/integrations. Needs root,
# mmdebstrap and the Debian mirror that apt uses here. The last line is "N passed, N failed".
#
#   readme.sh [RELEASE[:NAME]...]    NAME: README, source, or a folder of docs/integrations. README
#                                    makes the tree that the folders need, which is kept beside the
#                                    trees of run.sh and used only if none of its tests failed. LIMIT
#                                    is the time limit of each in seconds (default: 1800; make deb
#                                    runs all unit tests)
#
# readme.py says what the blocks of a README are; follow.sh runs them. tests/packages/readme/NAME.sh
# has what a reader chooses, and the tests of the result. What is not run is printed with the reason.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
export LC_ALL=C DEBIAN_FRONTEND=noninteractive PATH=$PATH:/usr/sbin:/sbin
# shellcheck source=tests/packages/lib.sh
. "$top/tests/packages/lib.sh"
# shellcheck source=tests/packages/trees.sh
. "$top/tests/packages/trees.sh"
umask 022
work=$(mktemp -d "${TMPDIR:-/tmp}/procgroup-readme.XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT
integrations=$(cd "$top/docs/integrations" && printf '%s\n' */README.md | sed 's,/.*,,')

# follow RELEASE NAME FILE FOLDER CHANGES TREES
follow() {
    local release=$1 name=$2 line
    mkdir -p "$work/out"
    if ! cp "$top/tests/packages/readme/$name.sh" "$work/out/hooks"; then
        not_ok "$release: $name: no file tests/packages/readme/$name.sh"
        return
    fi
    python3 "$top/tests/packages/readme.py" "$top/$3" >"$work/out/steps"
    rm -rf --one-file-system "$5"
    timeout -k 10 "${LIMIT:-1800}" bash "$top/tests/packages/container.sh" --bind "$work/src" /src --bind "$work/out" /out \
        "$5" "$6" bash /src/tests/packages/follow.sh /out/steps /out/hooks "$4" >"$work/log" 2>&1
    sed "s/^\(ok - \|not ok - \|not run: \)/\1$release: $name: /" "$work/log"
    line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$work/log" | tail -n 1)
    [ -n "$line" ] || { not_ok "$release: $name: it did not reach its end"; line='0 passed, 0 failed'; }
    passed=$((passed + ${line%% *})) line=${line#*, }
    failed=$((failed + ${line%% *}))
}

one() { # RELEASE NAME
    local release=$1 name=$2 ready failures
    tree "$release" system || { not_ok "$release: cannot make a tree: $(tail -n 3 "$tree.log")"; return; }
    ready=$cache/$release-readme
    case $name in
    README)
        failures=$failed
        follow "$release" README README.md /root/procgroup "$ready" "$tree"
        [ "$failed" != "$failures" ] || cp "$tree.key" "$ready/key"
        ;;
    source) follow "$release" source README.md /root/procgroup "$work/changes" "$tree" ;;
    *)
        cmp -s "$tree.key" "$ready/key" ||
            { not_ok "$release: no tree for $name of a run without failures: readme.sh $release:README"; return; }
        follow "$release" "$name" "docs/integrations/$name/README.md" \
            "/usr/share/doc/procgroup/docs/integrations/$name" "$work/changes" "$ready/files:$tree"
        ;;
    esac
    rm -rf --one-file-system "$work/changes"
}

bash "$top/scripts/source.sh" "$work/src" || exit 1
if [ $# -gt 0 ]; then
    wanted=("$@")
else
    wanted=()
    for name in bookworm trixie; do
        if serves "$name"; then wanted+=("$name"); else echo "# the mirror has no $name: left out"; fi
    done
    [ "${#wanted[@]}" -gt 0 ] || not_ok 'the mirror has no release that can be tested'
fi
for release in "${wanted[@]}"; do
    names=${release#"${release%%:*}"}
    for name in ${names:-README source $integrations}; do
        one "${release%%:*}" "${name#:}"
    done
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
