#!/bin/sh
# Unpacks Debian packages into a folder without installing them, so that no daemon is started
# and the system does not change. apt verifies the downloads.
#
#   tests/tools/unpack.sh FOLDER PACKAGE...
#
# A package that is already unpacked is not downloaded again. SUITE=trixie takes the packages of
# another release than this system's.
set -eu
folder=$1
shift
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
# Suites run beside each other: one at a time unpacks.
exec 9>"$folder/.lock"
flock 9
if [ -n "${SUITE:-}" ]; then
    mkdir -p "$folder/.apt/lists/partial" "$folder/.apt/archives/partial"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian $SUITE main" \
        >"$folder/.apt/sources.list"
    cat >"$folder/.apt/apt.conf" <<EOF
Dir::Etc::sourcelist "$folder/.apt/sources.list";
Dir::Etc::sourceparts "-";
Dir::State::lists "$folder/.apt/lists";
Dir::Cache "$folder/.apt";
EOF
    export APT_CONFIG=$folder/.apt/apt.conf
fi
for package; do
    [ ! -e "$folder/.$package" ] || continue
    work=$(mktemp -d "$folder/.get.XXXXXX")
    if ! (cd "$work" && apt-get -qq -o APT::Sandbox::User=root download "$package" 2>"$work/err" ||
        { apt-get -qq update && apt-get -qq -o APT::Sandbox::User=root download "$package"; } 2>"$work/err"); then
        echo "unpack.sh: apt-get can't download $package: $(tail -n 1 "$work/err")" >&2
        rm -rf "$work"
        exit 1
    fi
    dpkg-deb -x "$work"/*.deb "$folder"
    rm -rf "$work"
    : >"$folder/.$package"
done
