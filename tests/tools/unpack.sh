#!/bin/sh
# Debian packages unpacked into a folder, not installed: a daemon comes along without being
# started, and the machine stays as it is. apt checks what it downloads.
#
#   tests/tools/unpack.sh FOLDER PACKAGE...
#
# What is there already is not fetched again.
set -eu
folder=$1
shift
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
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
