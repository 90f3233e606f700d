#!/bin/bash
# make check-packages: builds the Debian packages in a tree of each release, without a network,
# twice; runs lintian; installs, upgrades, removes and purges them in fresh trees (inside.sh);
# and builds the RPM packages. Needs root, mmdebstrap and the Debian mirror that apt uses here.
# The last line is "N passed, N failed".
#
#   run.sh [RELEASE|rpm...]    bookworm trixie rpm; a release that the mirror does not have is
#                              left out if it is not named
#
# The trees are kept in $PROCGROUP_PACKAGES_CACHE (~/.cache/procgroup-packages), and made again when
# what they are made by changes.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
cache=${PROCGROUP_PACKAGES_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/procgroup-packages}
export LC_ALL=C DEBIAN_FRONTEND=noninteractive PATH=$PATH:/usr/sbin:/sbin
# shellcheck source=tests/packages/lib.sh
. "$top/tests/packages/lib.sh"
umask 022
work=$(mktemp -d "${TMPDIR:-/tmp}/procgroup-packages.XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT

mirror() {
    apt-get indextargets 'Created-By: Packages' 'Origin: Debian' --format '$(SITE) $(COMPONENT)' |
        awk '$2 == "main" { print $1; exit }'
}

# tree RELEASE KIND: makes the tree KIND if there is none; sets `tree`
tree() {
    local release=$1 kind=$2 key
    tree=$cache/$release-$kind
    key=$( (sed -n '/^Build-Depends/,/^$/p' "$top/debian/control"; declare -f tree) | sha256sum)
    [ "$(cat "$tree.key" 2>/dev/null)" != "$key" ] || return 0
    rm -rf --one-file-system "$tree"
    mkdir -p "$cache"
    local options=(--mode=root --format=directory --variant=apt --include=ca-certificates)
    if [ "$kind" = build ]; then
        mkdir -p "$work/deps/debian"
        cp "$top/debian/control" "$top/debian/changelog" "$work/deps/debian"
        options+=("--include=dpkg-dev,lintian,fakeroot"
            --customize-hook="copy-in $work/deps /tmp"
            --customize-hook='chroot "$1" apt-get -y --no-install-recommends build-dep /tmp/deps'
            --customize-hook='rm -rf "$1/tmp/deps"')
    fi
    mmdebstrap "${options[@]}" "$release" "$tree" "$(mirror)" >"$tree.log" 2>&1 || return 1
    printf '#!/bin/sh\nexit 101\n' >"$tree/usr/sbin/policy-rc.d"
    chmod 755 "$tree/usr/sbin/policy-rc.d"
    echo force-unsafe-io >"$tree/etc/dpkg/dpkg.cfg.d/tests"
    echo "$key" >"$tree.key"
}

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

release() { # NAME
    local name=$1 folder
    if ! tree "$name" build; then
        not_ok "$name: cannot make a tree: $(tail -n 3 "$tree.log")"
        return
    fi
    local build=$tree
    version=$(dpkg-parsechangelog -l "$top/debian/changelog" -S Version)
    rm -rf "$work/out"
    mkdir -p "$work/out"
    check "$name: builds without a network" in_tree "$build" bash /src/scripts/deb.sh /out/one
    check "$name: builds in another folder, with another umask, locale and time zone" \
        in_tree "$build" bash -c 'umask 077; mkdir -p /tmp/another/folder
            export TMPDIR=/tmp/another/folder TZ=Asia/Tokyo LC_ALL=C.UTF-8 DEB_BUILD_OPTIONS=nocheck
            bash /src/scripts/deb.sh /out/two'
    check "$name: both builds have the same bits" same_packages "$work/out/one" "$work/out/two"
    check "$name: lintian reports no error and no warning" in_tree "$build" \
        sh -c 'lintian --allow-root --fail-on error,warning --tag-display-limit 0 /out/one/*.changes'
    [ -e "$work/out/one/procgroup_${version}_$(dpkg --print-architecture).deb" ] || return
    make_old "$work/out/one" "$work/out/old"
    rm -rf "$work/out/two"
    if ! tree "$name" base; then
        not_ok "$name: cannot make a tree: $(tail -n 3 "$tree.log")"
        return
    fi
    folder=$work/$name
    cp -a "$tree" "$folder"
    in_tree "$folder" --net bash /src/tests/packages/inside.sh prepare >"$work/log" 2>&1 ||
        { not_ok "$name: cannot install snmpd in the tree"; tail -n 20 "$work/log"; return; }
    in_tree "$folder" bash /src/tests/packages/inside.sh test "$version" >"$work/log" 2>&1
    sed "s/^\(ok\|not ok\) - /\1 - $name: /" "$work/log"
    local line
    line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$work/log" | tail -n 1)
    [ -n "$line" ] || { not_ok "$name: inside.sh did not reach its end"; line='0 passed, 0 failed'; }
    passed=$((passed + ${line%% *})) line=${line#*, }
    failed=$((failed + ${line%% *}))
    rm -rf --one-file-system "$folder"
}

rpm() {
    local version packages
    version=$(dpkg-parsechangelog -l "$top/debian/changelog" -S Version)
    mkdir -p "$work/rpm"
    tar -czf "$work/rpm/procgroup-$version.tar.gz" -C "$work" --transform "s,^src,procgroup-$version," src
    check 'rpm: rpmbuild builds all packages and lists all files' rpmbuild -ba --nodeps \
        -D "_topdir $work/rpm" -D "_sourcedir $work/rpm" "$top/packaging/procgroup.spec"
    packages=$(cd "$work/rpm/RPMS" 2>/dev/null && find . -name '*.rpm' | grep -v debug |
        sed 's,.*/,,; s/-[0-9].*//' | sort | tr '\n' ' ')
    check_eq 'rpm: the packages' 'procgroup procgroup-agent procgroup-mibs procgroup-monitor ' "$packages"
}

serves() { # RELEASE
    command -v mmdebstrap >/dev/null &&
        /usr/lib/apt/apt-helper download-file "$(mirror)/dists/$1/InRelease" "$work/InRelease" \
            >/dev/null 2>&1
}

bash "$top/scripts/source.sh" "$work/src" || exit 1
check_eq 'debian/changelog has the version of Makefile' \
    "$(sed -n 's/^VERSION *:= *//p' "$top/Makefile")" \
    "$(dpkg-parsechangelog -l "$top/debian/changelog" -S Version)"
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
    if [ "$name" = rpm ]; then rpm; else release "$name"; fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
