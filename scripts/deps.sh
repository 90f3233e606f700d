#!/bin/sh
# Installs what is missing through apt-get, and only that.
#
#   scripts/deps.sh build|demo|check|vm|ci...
#   scripts/deps.sh unpack PACKAGE FOLDER     its files there, and nothing is installed:
#                                             mon would start a daemon
#
# Where it can't (not root, no apt-get) it says what is needed and exits with 1.
set -eu

# What each purpose adds. One package a word.
build='gcc libc6-dev make pkg-config libsnmp-dev libselinux1-dev libconfuse-dev libpcre2-dev libcap-dev'
demo='snmp snmpd snmptrapd procps'
check='libcmocka-dev valgrind python3 netbase iproute2 mandoc libcap2-bin libproc-processtable-perl'
vm='qemu-system-x86 debootstrap e2fsprogs selinux-policy-dev'
ci='clang clang-format cppcheck shellcheck universal-ctags smitools libclang-rt-dev'

# A fetch of its own folder: apt-get writes into the one it is in.
unpack() {
    mkdir -p "$2" && cd "$2" || exit 1
    [ ! -e .done ] || exit 0
    command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || exit 1
    apt-get -qq download "$1" 2>/dev/null ||
        { apt-get -qq update && apt-get -qq download "$1"; } || exit 1
    dpkg-deb -x "$1"_*.deb . && rm -f "$1"_*.deb && : >.done
}
if [ "${1:-}" = unpack ]; then
    unpack "$2" "$3"
    exit
fi

wanted=
for purpose; do
    case $purpose in
    build) wanted="$wanted $build" ;;
    demo) wanted="$wanted $build $demo" ;;
    check) wanted="$wanted $build $demo $check" ;;
    vm) wanted="$wanted $build $vm" ;;
    ci) wanted="$wanted $build $demo $check $ci $vm" ;;
    *)
        echo "deps.sh: no such purpose: $purpose" >&2
        exit 2
        ;;
    esac
done

missing=
if command -v dpkg-query >/dev/null; then
    for package in $wanted; do
        state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || :)
        [ "$state" = installed ] || missing="$missing $package"
    done
else
    # No Debian: all that can be asked is whether the tools and libraries answer.
    for tool in gcc pkg-config snmpget snmpd snmptrapd; do
        command -v "$tool" >/dev/null || PATH=$PATH:/usr/sbin:/sbin command -v "$tool" >/dev/null ||
            missing="$missing $tool"
    done
fi
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "deps.sh: missing here, and only root on a Debian can install it by itself:" >&2
    echo "   $missing" >&2
    exit 1
fi
# A word that is already there (a second purpose's) does not matter to apt-get.
echo "installing:$missing"
export DEBIAN_FRONTEND=noninteractive
apt-get -qq update
# shellcheck disable=SC2086 # these are words
apt-get -qq -y -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 \
    install --no-install-recommends $missing >/dev/null
