# shellcheck shell=bash
# Shared by the tests of docs/integrations; source it. Each test runs the real program with
# the files of the documentation. Programs are Debian's packages, unpacked and not installed, so
# that no daemon is started and the system does not change. What Debian or this machine does not
# have is reported as not run.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../integration/lib.sh"
debs=$BUILD/debs
# shellcheck disable=SC2034 # used by the tests
docs=$top/docs/integrations

# not_run WHAT: counted by tests/run, and not as passed
not_run() { echo "not run: $*"; }
# unpack PACKAGE...: into $debs
unpack() { sh "$top/tests/tools/unpack.sh" "$debs" "$@"; }
# needs PACKAGE...: ends the test as not run if they cannot be downloaded
needs() {
    local reason
    reason=$(unpack "$@" 2>&1) || { not_run "$(basename "$0" .sh): ${reason##*$'\n'}"; echo '0 passed, 0 failed'; exit 0; }
}
# needs_modules MODULE...: ends the test as not run if Perl does not find them
needs_modules() {
    local module
    for module; do
        perl -e "require $module" 2>/dev/null ||
            { not_run "$(basename "$0" .sh): no Perl module $module (scripts/deps.sh integrations)"; echo '0 passed, 0 failed'; exit 0; }
    done
}
# free_tcp_port: prints a TCP port that is not in use
free_tcp_port() {
    local number
    for _ in $(seq 100); do
        number=$((20000 + RANDOM % 30000))
        grep -qi "$(printf ':%04X ' "$number")" /proc/net/tcp /proc/net/tcp6 2>/dev/null || { echo "$number"; return; }
    done
    return 1
}
# background LOG COMMAND...: runs it until the test ends and sets pid
background() {
    local log=$1
    shift
    "$@" </dev/null >>"$tmp/$log.log" 2>&1 &
    pid=$!
    started+=("$pid")
}
# start_trapd_with LINE...: snmptrapd with these lines of configuration, for traphandle
start_trapd_with() {
    printf '%s\n' 'authCommunity log,execute,net public' "$@" >"$tmp/trapd.conf"
    SNMP_PERSISTENT_DIR=$tmp/pt snmptrapd -f -C -c "$tmp/trapd.conf" -X -Lo -On -n -m '' \
        "udp:127.0.0.1:$trap_port" >"$tmp/traps" 2>&1 &
    trapd=$!
    started+=("$trapd")
    wait_for 10 grep -q "$(printf ':%04X ' "$trap_port")" /proc/net/udp
}
# start_groups: a standalone agent with the groups pair (two to five processes; warning) and
# loner (exactly one), which are ok. Sets pair and loner to a process of each.
start_groups() {
    # Names that only this run has: another one may be going on.
    pair_name=pair$$ loner_name=loner$$
    program "$pair_name"
    program "$loner_name"
    cat >"$tmp/procgroup.conf" <<EOF
interval = 0.3
recheck = 0
group "pair" {
    comm = "$pair_name" count = "2-5" severity = "warning" measure = "io"
    condition "memory" { metric = "rss" range = "-1G" }
}
group "loner" { comm = "$loner_name" count = "1-1" description = "a < b \"c\"" }
EOF
    run_program "$pair_name"
    # shellcheck disable=SC2034 # used by the tests
    pair=$pid
    run_program "$pair_name"
    run_program "$loner_name"
    # shellcheck disable=SC2034
    loner=$pid
    start_standalone
    ready
    wait_for 10 green
}
green() { "$bin/snmp-procgroup" -t 1 "127.0.0.1:$port"; }
