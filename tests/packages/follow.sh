#!/bin/bash
# Follows a README to the letter: runs in a container (container.sh), as root.
#
#   follow.sh STEPS HOOKS FOLDER     STEPS: what readme.py has made of the README; HOOKS: a file of
#                                    tests/packages/readme, which says what the reader knows or
#                                    chooses; FOLDER: where the reader is
#
# HOOKS may define
#   before             prepares the hosts that the README speaks of
#   edit FILE          what the reader does in "editor FILE"
#   fails LINE         prints the exit status that LINE has, if it is not 0
#   skips TEXT         prints why the block or line is not followed; "example" needs no report
#   instead LINE       prints the line that a comment has for this release
#   at TEXT            prepares what the block or line needs
#   seen LINE          tests the output of the line (see printed)
#   put FILE TEXT      the reader puts the text into the file; else at its end
#   after              tests that what the README promises is there
set -u
# shellcheck source=tests/packages/lib.sh
. /src/tests/packages/lib.sh
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive
steps=$1 hooks=$2 folder=$3
work=$(mktemp -d)
before() { :; }
after() { :; }
edit() { return 1; }
fails() { echo 0; }
skips() { :; }
instead() { :; }
at() { :; }
seen() { :; }
# The names of hosts in the READMEs: all are this one, and a second address for an agent without
# procgroupd.
hosts() {
    printf '%s\n' '127.0.0.1 web1 web1.example.org localhost web2 db1 db1.example.org host nms nms.example.org' \
        '::1 localhost' '127.0.0.2 windows1' '127.0.1.1 debian' >/etc/hosts
}
# says PATTERN COMMAND...: its output has the pattern, whatever its exit status
says() {
    local pattern=$1 out
    shift
    out=$("$@" 2>&1)
    grep -qE -- "$pattern" <<<"$out"
}
editor() {
    edit "$1" || { echo "follow.sh: nothing is known about editor $1" >&2; return 1; }
}
printed() { grep -qE -- "$1" "$work/out"; } # PATTERN: the output of the last line has it
# line TEXT: runs a line of commands in this shell, as a reader who copies it. The output is in $work/out.
line() {
    local expected status other
    ! reason "$1" || return 0
    other=$(instead "$1")
    [ -z "$other" ] || set -- "$other"
    at "$1"
    expected=$(fails "$1")
    eval "$1" >"$work/out" 2>&1 </dev/null
    status=$?
    if [ "$status" = "$expected" ]; then
        ok "$1"
        seen "$1"
    else
        not_ok "$1: status $status, not $expected"
        tail -n 30 "$work/out" | sed 's/^/    /'
    fi
}
# reason TEXT: says why a block is not followed; fails if there is no reason
reason() {
    local why
    why=$(skips "$1")
    [ -n "$why" ] || return 1
    [ "$why" = example ] || echo "not run: $why: ${1%%$'\n'*}"
}
run() {
    local text=$1 command='' row expected=''
    ! reason "$text" || return 0
    # With "$ " in front of commands, the other lines are the output.
    if [[ $text == '$ '* ]]; then
        while IFS= read -r row; do
            case $row in
            '$ '*) line "${row#\$ }" ;;
            *) shown "$row" "$work/out" ;;
            esac
        done <<<"${text%$'\n'}"
        return
    fi
    while IFS= read -r row; do
        command+=${command:+$'\n'}$row
        [ "${row: -1}" != "\\" ] || continue
        [ -z "${command//[[:space:]]/}" ] || [[ $command == '#'* ]] || line "$command"
        command=
    done <<<"$text"
}
# shown LINE FILE: the README shows it
shown() {
    if grep -qxF -- "$1" "$2"; then ok "output: $1"; else
        not_ok "output: $1"
        head -n 10 "$2" | sed 's/^/    /'
    fi
}
file() {
    ! reason "$2" || return 0
    at "$2"
    mkdir -p "${1%/*}"
    put "$1" "$2"
    ok "in $1: ${2%%$'\n'*}"
}
put() { printf '%s' "$2" >>"$1"; }
shows() {
    local row
    ! reason "$2" || return 0
    at "$2"
    while IFS= read -r row; do
        if wait_for 30 grep -qF -- "$row" "$1"; then ok "$1: $row"; else
            not_ok "$1: $row"
            tail -n 10 "$1" | sed 's/^/    /'
        fi
    done <<<"${2%$'\n'}"
}

# shellcheck source=/dev/null
. "$hooks"
# As the installer of Debian leaves it.
apt-get -qq update || exit 1
before
cd "$folder" || exit 1
# The placeholder is the reader's community. (net-snmp refuses the word itself.)
sed 's/COMMUNITY/secret/g' "$steps" >"$work/steps"
# shellcheck source=/dev/null
. "$work/steps"
after
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
