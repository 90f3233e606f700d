#!/bin/bash
# make check-packages: for each release, builds the Debian packages in a tree of it, without a
# network, twice, and runs lintian (build); installs, upgrades, removes and purges them in a fresh
# tree (inside.sh; install); runs autopkgtest in a fresh tree with systemd (container.sh; autopkgtest).
# It builds the RPM packages, too. Needs root, mmdebstrap and the Debian mirror that apt uses here.
# The last line is "N passed, N failed".
#
#   run.sh [RELEASE[:PART]|rpm...]   bookworm trixie rpm; a release that the mirror does not have is
#                                    left out if it is not named. A PART after `build` uses its
#                                    packages, which are kept beside the trees.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
export LC_ALL=C DEBIAN_FRONTEND=noninteractive PATH=$PATH:/usr/sbin:/sbin
# shellcheck source=tests/packages/lib.sh
. "$top/tests/packages/lib.sh"
# shellcheck source=tests/packages/trees.sh
. "$top/tests/packages/trees.sh"
umask 022
work=$(mktemp -d "${TMPDIR:-/tmp}/procgroup-packages.XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT

# in_tree TREE [--net] COMMAND...: in namespaces of its own, without a network unless --net; /src is
# the source, /out a folder of this test, /tmp is empty
in_tree() {
    local tree=$1 net=(--net)
    shift
    if [ "$1" = --net ]; then net=() && shift; fi
    # shellcheck disable=SC2016 # expanded by that shell
    unshare --fork --kill-child --pid --mount "${net[@]}" bash -c '
        tree=$1 source=$2 out=$3
        shift 3
        mount --make-rprivate / && mkdir -p "$tree/src" "$tree/out" &&
        mount --bind "$source" "$tree/src" && mount -o remount,bind,ro "$tree/src" &&
        mount --bind "$out" "$tree/out" && mount -t tmpfs tmpfs "$tree/tmp" &&
        mount -t proc proc "$tree/proc" && mount --rbind /dev "$tree/dev" || exit 125
        cp -L /etc/resolv.conf "$tree/etc/" 2>/dev/null
        ip link set lo up 2>/dev/null
        exec chroot "$tree" /usr/bin/env -i HOME=/root LC_ALL=C DEBIAN_FRONTEND=noninteractive \
            PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
        ' - "$tree" "$work/src" "$work/out" "$@"
}

# The same names and the same bits.
same_packages() { # FOLDER FOLDER
    local file
    [ "$(cd "$1" && echo *.deb)" = "$(cd "$2" && echo *.deb)" ] || return 1
    for file in "$1"/*.deb; do cmp "$file" "$2/${file##*/}" || return 1; done
}

# The packages with a lower version number: for the upgrade.
make_old() { # FOLDER FOLDER
    local package
    mkdir -p "$2"
    for package in procgroup procgroup-agent procgroup-monitor procgroup-mibs; do
        rm -rf "$work/unpacked"
        dpkg-deb -R "$1/$package"_[0-9]*.deb "$work/unpacked" &&
            sed -i -E "/^(Version|Depends|Recommends):/s/${version//./\\.}/0.0.9/g" \
                "$work/unpacked/DEBIAN/control" &&
            dpkg-deb --root-owner-group -b "$work/unpacked" "$2" >/dev/null || return 1
    done
}

# fresh_tree NAME KIND: sets `tree`
fresh_tree() {
    tree "$1" "$2" && return
    not_ok "$1: cannot make a tree: $(tail -n 3 "$tree.log")"
    return 1
}

# results NAME: adds those of the file log
results() {
    local line
    sed "s/^\(ok\|not ok\) - /\1 - $1: /" "$work/log"
    line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$work/log" | tail -n 1)
    [ -n "$line" ] || { not_ok "$1: it did not reach its end"; line='0 passed, 0 failed'; }
    passed=$((passed + ${line%% *})) line=${line#*, }
    failed=$((failed + ${line%% *}))
}

# The packages have nothing of the tests.
source_sum() { tar -C "$work/src" --exclude=./tests --exclude=./debian/tests --sort=name --mtime=@0 --owner=0 --group=0 -cf - . | sha256sum; }

build_part() { # NAME
    local name=$1 kept=$cache/$1-packages
    fresh_tree "$name" build || return
    check "$name: builds without a network" in_tree "$tree" bash /src/scripts/deb.sh /out/one
    check "$name: builds in another folder, with another umask, locale and time zone" \
        in_tree "$tree" bash -c 'umask 077; mkdir -p /tmp/another/folder
            export TMPDIR=/tmp/another/folder TZ=Asia/Tokyo LC_ALL=C.UTF-8 DEB_BUILD_OPTIONS=nocheck
            bash /src/scripts/deb.sh /out/two'
    check "$name: both builds have the same bits" same_packages "$work/out/one" "$work/out/two"
    check "$name: lintian reports no error and no warning" in_tree "$tree" \
        sh -c 'lintian --allow-root --fail-on error,warning --tag-display-limit 0 /out/one/*.changes'
    rm -rf "$work/out/two" "$kept"
    cp -r "$work/out/one" "$kept"
    source_sum >"$kept/source"
}

# have_packages NAME: those of this source, in $work/out/one
have_packages() {
    local kept=$cache/$1-packages
    rm -rf "$work/out/one"
    if [ "$(cat "$kept/source" 2>/dev/null)" != "$(source_sum)" ] ||
        [ ! -e "$kept/procgroup_${version}_$(dpkg --print-architecture).deb" ]; then
        not_ok "$1: there are no packages of this source: run.sh $1:build"
        return 1
    fi
    cp -r "$kept" "$work/out/one"
}

install_part() { # NAME
    local name=$1 folder=$work/$1
    have_packages "$name" || return
    make_old "$work/out/one" "$work/out/old"
    fresh_tree "$name" system || return
    cp -a "$tree" "$folder"
    in_tree "$folder" --net bash /src/tests/packages/inside.sh prepare >"$work/log" 2>&1 ||
        { not_ok "$name: cannot install snmpd in the tree"; tail -n 20 "$work/log"; return; }
    in_tree "$folder" bash /src/tests/packages/inside.sh test "$version" >"$work/log" 2>&1
    results "$name"
    rm -rf --one-file-system "$folder" "$work/out/old"
}

autopkgtest_part() { # NAME
    local name=$1
    have_packages "$name" || return
    rm -f "$work"/out/one/*-dbgsym_*.deb
    fresh_tree "$name" system || return
    # The runner `null` of trixie does not know that it is in a container.
    # shellcheck disable=SC2016 # expanded by that shell
    check "$name: autopkgtest: all tests pass" bash "$top/tests/packages/container.sh" \
        --bind "$work/src" /src --bind "$work/out" /out "$work/autopkgtest" "$tree" sh -c '
            apt-get -qq update && apt-get -qq install --no-install-recommends autopkgtest >/tmp/log 2>&1 ||
                { tail -n 20 /tmp/log; exit 1; }
            cp -r /src /tmp/source
            autopkgtest --summary-file=/tmp/summary --ignore-restrictions=isolation-container \
                --no-built-binaries /out/one/*.deb /tmp/source -- null
            status=$?
            cat /tmp/summary
            exit $status'
    rm -rf --one-file-system "$work/autopkgtest"
}

release() { # NAME [PART]
    local part
    mkdir -p "$work/out"
    for part in ${2:-build install autopkgtest}; do
        case $part in
        build | install | autopkgtest) "${part}_part" "$1" ;;
        *) not_ok "no such part: $part" ;;
        esac
    done
    rm -rf "$work/out"
}

rpm() {
    local packages
    mkdir -p "$work/rpm"
    tar -czf "$work/rpm/procgroup-$version.tar.gz" -C "$work" --transform "s,^src,procgroup-$version," src
    check 'rpm: rpmbuild builds all packages and lists all files' rpmbuild -ba --nodeps \
        -D "_topdir $work/rpm" -D "_sourcedir $work/rpm" "$top/packaging/procgroup.spec"
    packages=$(cd "$work/rpm/RPMS" 2>/dev/null && find . -name '*.rpm' | grep -v debug |
        sed 's,.*/,,; s/-[0-9].*//' | sort | tr '\n' ' ')
    check 'rpm: rpmlint accepts the spec' rpmlint -r "$top/packaging/procgroup.rpmlintrc" "$top/packaging/procgroup.spec"
    check_eq 'rpm: the packages' 'procgroup procgroup-agent procgroup-mibs procgroup-monitor ' "$packages"
}

bash "$top/scripts/source.sh" "$work/src" || exit 1
version=$(dpkg-parsechangelog -l "$top/debian/changelog" -S Version)
check_eq 'debian/changelog has the version of Makefile' \
    "$(sed -n 's/^VERSION *:= *//p' "$top/Makefile")" "$version"
if [ $# -gt 0 ]; then
    wanted=("$@")
else
    wanted=(rpm)
    for name in bookworm trixie; do
        if serves "$name"; then wanted+=("$name"); else echo "# the mirror has no $name: left out"; fi
    done
    [ "${#wanted[@]}" -gt 1 ] || not_ok 'the mirror has no release that can be tested'
fi
for name in "${wanted[@]}"; do
    case $name in
    rpm) rpm ;;
    *:*) release "${name%%:*}" "${name#*:}" ;;
    *) release "$name" ;;
    esac
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
