# shellcheck shell=bash
# Trees of Debian, for run.sh and readme.sh: made by mmdebstrap from the mirror that apt uses here, and
# kept in $PROCGROUP_PACKAGES_CACHE (~/.cache/procgroup-packages) until what they are made by changes.
# (SC2154: `work` is a temporary folder of the script, `top` the source; SC2016: some is expanded by others.)
# shellcheck disable=SC2154,SC2016
cache=${PROCGROUP_PACKAGES_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/procgroup-packages}

mirror() {
    apt-get indextargets 'Created-By: Packages' 'Origin: Debian' --format '$(SITE) $(COMPONENT)' |
        awk '$2 == "main" { print $1; exit }'
}

# tree RELEASE build|system: makes the tree if there is none; sets `tree`
tree() {
    local release=$1 kind=$2 key
    tree=$cache/$release-$kind
    key=$( ([ "$kind" = system ] || sed -n '/^Build-Depends/,/^$/p' "$top/debian/control"; declare -f tree) | sha256sum)
    [ "$(cat "$tree.key" 2>/dev/null)" != "$key" ] || return 0
    rm -rf --one-file-system "$tree"
    mkdir -p "$cache"
    # What Debian installs by default, or the least that packages are built with.
    local options=(--mode=root --format=directory --dpkgopt=force-unsafe-io --variant=important)
    if [ "$kind" = build ]; then
        options=(--mode=root --format=directory --dpkgopt=force-unsafe-io --variant=apt)
        mkdir -p "$work/deps/debian"
        cp "$top/debian/control" "$top/debian/changelog" "$work/deps/debian"
        options+=("--include=dpkg-dev,lintian,fakeroot"
            --customize-hook="copy-in $work/deps /tmp"
            --customize-hook='chroot "$1" apt-get -y --no-install-recommends build-dep /tmp/deps'
            --customize-hook='rm -rf "$1/tmp/deps"')
    fi
    # One that is being made has another name.
    rm -rf --one-file-system "$tree.new"
    mmdebstrap "${options[@]}" "$release" "$tree.new" "$(mirror)" >"$tree.log" 2>&1 || return 1
    mv "$tree.new" "$tree"
    echo "$key" >"$tree.key"
}

serves() { # RELEASE
    command -v mmdebstrap >/dev/null &&
        /usr/lib/apt/apt-helper download-file "$(mirror)/dists/$1/InRelease" "$work/InRelease" \
            >/dev/null 2>&1
}
