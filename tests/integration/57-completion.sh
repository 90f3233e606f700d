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
    "wait:ready> key:procgroup~show~-c~$tmp/groups.conf~web sleep:0.2 key:^I sleep:1 key:^I^I sleep:1 key:^C sleep:0.3 key:^D gone" \
    bash --noprofile --rcfile "$tmp/rc" -i 2>&1)
check_like 'the key Tab lists the groups' 'web +web\\ workers' "$out"
check_eq 'maintenance: a group' 'web web\ workers' "$(complete_ maintenance -c "$tmp/groups.conf" we)"
check_eq 'maintenance: on or off' 'on off' "$(complete_ maintenance web o)"
check_eq 'maintenance: its options' '--for' "$(complete_ maintenance web on --f)"

# ------------------------------------------------------------ snmp-procgroup
check 'snmp-procgroup.bash has no errors of syntax' bash -n "$top/completion/snmp-procgroup.bash"
poll_() {
    # shellcheck disable=SC2016 # expanded by that shell
    bash -c '. "$0"
        COMP_WORDS=(snmp-procgroup "$@") COMP_CWORD=$#
        _snmp_procgroup
        printf "%s\n" "${COMPREPLY[@]}"' "$top/completion/snmp-procgroup.bash" "$@" | paste -sd ' '
}
options=$("$bin/snmp-procgroup" --help | grep -oE '^  (-[a-zA-Z], )?--?[a-zA-Z-]+' | tr ', ' '\n\n' | grep . | sort -u | paste -sd ' ')
check_eq 'all options of --help' "$options" "$(poll_ - | tr ' ' '\n' | sort -u | paste -sd ' ')"
check_eq 'one of them' '--cache' "$(poll_ --cac)"
check_eq 'a status' 'warning' "$(poll_ --no-answer = w)"
check_eq 'a format' 'nagios' "$(poll_ -f n)"
check_eq 'a file' "$tmp/groups.conf" "$(poll_ --hosts-file = "$tmp/gr")"

# ------------------------------------------------------------ zsh
if ! command -v zsh >/dev/null; then
    echo 'not run: zsh is not installed: its completion'
    summary
fi
for file in _procgroup _snmp-procgroup; do
    check "$file has no errors of syntax" zsh -n "$top/completion/$file"
done
mkdir "$tmp/zsh"
cat >"$tmp/zsh/.zshrc" <<EOF
fpath=($top/completion \$fpath)
autoload -Uz compinit && compinit -u -d "$tmp/zsh/dump"
zstyle ':completion:*' list-prompt ''
PS1='ready> '
unsetopt prompt_cr prompt_sp
unset zle_bracketed_paste
LISTMAX=1000
EOF
# tab KEYS: what the screen of an interactive zsh has after KEYS ("~" is a blank) and the key Tab
tab() {
    ZDOTDIR=$tmp/zsh TERM=dumb python3 "$top/tests/tools/live.py" 200 60 \
        "wait:ready> key:$1 sleep:0.3 key:^I sleep:${2:-2} key:^I sleep:1 key:^C sleep:0.3 key:^D gone" zsh -i 2>&1
}
check_like 'zsh: commands' 'check +config|config +check' "$(tab procgroup~c)"
check_like 'zsh: one command' 'ready> procgroup explain' "$(tab procgroup~ex)"
check_like 'zsh: the groups of a configuration' 'web +web.{1,2}workers' "$(tab "procgroup~show~-c~$tmp/groups.conf~we")"
check_like 'zsh: options' 'ready> procgroup show --include-self' "$(tab procgroup~show~--inc)"
check_like 'zsh: the format of show' 'ready> procgroup show -f json' "$(tab procgroup~show~-f~)"
check_like 'zsh: maintenance on or off' 'off +on' "$(tab procgroup~maintenance~web~o)"
check_like 'zsh: options of snmp-procgroup' 'ready> snmp-procgroup --no-answer' "$(tab snmp-procgroup~--no-a)"
check_like 'zsh: a status' 'ready> snmp-procgroup --no-answer=warning' "$(tab snmp-procgroup~--no-answer=w)"
summary
