# bash completion for procgroup(1)
# Commands and options are read from --help, names of groups from the configuration.

# The groups of the configuration of this command line, one a line.
_procgroup_groups() {
    local i file=()
    for ((i = 2; i < COMP_CWORD; i++)); do
        [[ ${COMP_WORDS[i - 1]} != -c ]] || file=(-c "${COMP_WORDS[i]}")
    done
    "${COMP_WORDS[0]}" config "${file[@]}" 2>/dev/null |
        sed -n 's/^group "\(.*\)" {$/\1/p' | sed 's/\\\(.\)/\1/g'
}

# Adds the words that begin with the current one, quoted for the shell.
_procgroup_add() {
    local word
    while IFS= read -r word; do
        [[ $word != "$cur"* ]] || COMPREPLY+=("$(printf '%q' "$word")")
    done
}

_procgroup() {
    local cur=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    local program=${COMP_WORDS[0]} command=${COMP_WORDS[1]-}
    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
        _procgroup_add < <("$program" --help | sed -n 's/^  \([a-z]*\)  .*/\1/p')
        return
    fi
    case $previous in
    -c | -o) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    -P | -R) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
    -s) _procgroup_add < <(printf '%s\n' cpu rss count); return ;;
    -f)
        if [[ $command = show ]]; then
            _procgroup_add <<<json
        else
            _procgroup_add < <(printf '%s\n' mon nagios json prometheus)
        fi
        return
        ;;
    -i | -n | -r | -w | -x | --for | --reason) return ;;
    esac
    if [[ $cur = -* ]]; then
        _procgroup_add < <("$program" "$command" --help |
            grep -oE '^  (-[a-zA-Z], )?--?[a-zA-Z-]+' | tr -s ', ' '\n\n' | grep .)
        return
    fi
    case $command in
    show | explain | status) _procgroup_add < <(_procgroup_groups) ;;
    maintenance)
        if ((COMP_CWORD > 2)) && [[ $previous != -* && ${COMP_WORDS[COMP_CWORD - 2]} != -* ]]; then
            _procgroup_add < <(printf '%s\n' on off)
        else
            _procgroup_add < <(_procgroup_groups)
        fi
        ;;
    config) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
    esac
}

complete -F _procgroup procgroup
