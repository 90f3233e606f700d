#!/bin/sh
# Installs missing packages with apt-get.
#
#   scripts/deps.sh build|bpf|demo|check|integrations|zabbix|vm|ci|analyze|deb|packages...
#   scripts/deps.sh unpack PACKAGE FOLDER     unpack a package without installing it
#                                             (an installed mon would start a daemon)
#
# If it cannot install (not root, no apt-get) it prints what is missing and exits with 1.
set -eu

# The packages that each purpose adds.
build='gcc libc6-dev make pkg-config libsnmp-dev libselinux1-dev libpcre2-dev libcap-dev libseccomp-dev'
demo='snmp snmpd snmptrapd procps'
check='libcmocka-dev universal-ctags valgrind python3 python3-jsonschema netbase iproute2 mandoc libcap2-bin libproc-processtable-perl'
# Libraries of programs that the tests of docs/integrations unpack and do not install.
# Chromium shows the console page.
integrations='chromium fonts-dejavu-core python3 python3-yaml python3-jsonschema libconfig-inifiles-perl libnet-ip-perl liblist-moreutils-perl libnet-snmp-perl'
# The database and the front end of a Zabbix server; only the test's own are started by it.
zabbix='postgresql php-cli php-pgsql php-mbstring php-xml php-bcmath php-gd php-curl'
vm='qemu-system-x86 debootstrap e2fsprogs selinux-policy-dev'
bpf='clang bpftool libbpf-dev'
ci='clang-format cppcheck shellcheck smitools libclang-rt-dev zsh'
analyze='clang-tidy cppcheck python3'
packages='mmdebstrap rpm rpmlint python3'
deb='build-essential dpkg-dev fakeroot debhelper dh-apparmor libcmocka-dev'

# apt-get downloads into the current folder.
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
    bpf) wanted="$wanted $build $bpf" ;;
    demo) wanted="$wanted $build $demo" ;;
    check) wanted="$wanted $build $demo $check" ;;
    integrations) wanted="$wanted $build $demo $check $integrations" ;;
    zabbix) wanted="$wanted $build $demo $check $zabbix" ;;
    vm) wanted="$wanted $build $vm" ;;
    deb) wanted="$wanted $build $bpf $deb" ;;
    packages) wanted="$wanted $build $bpf $deb $vm $packages" ;;
    analyze) wanted="$wanted $build $bpf $check $analyze" ;;
    ci) wanted="$wanted $build $bpf $demo $check $ci $integrations $vm" ;;
    *)
        echo "deps.sh: unknown purpose: $purpose" >&2
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
    # Not Debian: only the presence of the tools can be checked.
    for tool in gcc pkg-config snmpget snmpd snmptrapd; do
        command -v "$tool" >/dev/null || PATH=$PATH:/usr/sbin:/sbin command -v "$tool" >/dev/null ||
            missing="$missing $tool"
    done
fi
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "deps.sh: missing packages, which only root on Debian can install automatically:" >&2
    echo "   $missing" >&2
    exit 1
fi
# Two purposes may name the same package; apt-get accepts it twice.
echo "installing:$missing"
export DEBIAN_FRONTEND=noninteractive
apt-get -qq update
# shellcheck disable=SC2086 # split into words
apt-get -qq -y -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 \
    install --no-install-recommends $missing >/dev/null
