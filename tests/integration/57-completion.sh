#!/bin/bash
# Completion in the shell: commands, options and the names of groups.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"
export PATH=$bin:$PATH
cat >"$tmp/groups.conf" <<'EOF'
group "web" { name = "pg-a" }
group "web workers" { name = "pg-b" }
group "a\"b\\c" { name = "pg-c" }
group "user-%{user}" { name = "pg-d" }
EOF
check 'procgroup.bash has no errors of syntax' bash -n "$top/completion/procgroup.bash"
# complete_ WORD...: what the last word is completed to, in one line
complete_() {
    # shellcheck disable=SC2016 # expanded by that shell
    bash -c '. "$0"
        COMP_WORDS=(procgroup "$@") COMP_CWORD=$#
        _procgroup
        printf "%s\n" "${COMPREPLY[@]}"' "$top/completion/procgroup.bash" "$@" | paste -sd ' '
}
check_eq 'commands' 'check config' "$(complete_ c | tr ' ' '\n' | sort | paste -sd ' ')"
check_eq 'one command' explain "$(complete_ ex)"
check_eq 'a name of a group' 'user-%\{user\}' "$(complete_ show -c "$tmp/groups.conf" us)"
check_eq 'names are quoted for the shell' 'web web\ workers' "$(complete_ explain -c "$tmp/groups.conf" we)"
check_eq 'also odd ones' 'a\"b\\c' "$(complete_ status -c "$tmp/groups.conf" 'a')"
check_eq 'options are those of --help' '--include-self' "$(complete_ show --inc)"
check_like 'all of them' '(^| )-m( |$)' "$(complete_ show -)"
check_eq 'formats of check' 'mon nagios json prometheus' "$(complete_ check -f '')"
check_eq 'the format of show' json "$(complete_ show -f '')"
check_eq 'keys of -s' 'count cpu' "$(complete_ show -s c | tr ' ' '\n' | sort | paste -sd ' ')"
check_eq 'files for -c' "$tmp/groups.conf" "$(complete_ show -c "$tmp/gr")"
check_eq 'no group without a configuration' '' "$(complete_ show -c /no/such/file w)"
# As a user would: the key Tab in an interactive shell.
cat >"$tmp/rc" <<EOF
. "$top/completion/procgroup.bash"
PS1='ready> '
bind 'set enable-bracketed-paste off'
EOF
out=$(python3 "$top/tests/tools/live.py" 200 20 \
    "wait:ready> key:procgroup~show~-c~$tmp/groups.conf~web sleep:0.2 key:^I sleep:1 key:^I^I sleep:1 key:^C key:^D gone" \
    bash --noprofile --rcfile "$tmp/rc" -i 2>&1)
check_like 'the key Tab lists the groups' 'web +web\\ workers' "$out"
if command -v zsh >/dev/null; then
    check '_procgroup has no errors of syntax' zsh -n "$top/completion/_procgroup"
fi
summary
