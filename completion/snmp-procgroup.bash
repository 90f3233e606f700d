# bash completion for snmp-procgroup(1)
# Options are read from --help, hosts from what the shell knows.

_snmp_procgroup() {
    local cur=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} words=
    COMPREPLY=()
    # "--no-answer=ok" is three words for the shell.
    [[ $cur != = ]] || cur=
    [[ $previous != = ]] || previous=${COMP_WORDS[COMP_CWORD - 2]}
    case $previous in
    -v) words='1 2c 3' ;;
    -l) words='noAuthNoPriv authNoPriv authPriv' ;;
    -f) words='mon nagios json prometheus' ;;
    -a) words='MD5 SHA SHA-224 SHA-256 SHA-384 SHA-512' ;;
    -x) words='DES AES AES-192 AES-256' ;;
    --no-answer | --missing | --absent) words='ok warning critical unknown' ;;
    --auth-file | --priv-file | --community-file | --hosts-file | --cache)
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        return
        ;;
    -[cCuAXneEtrpg] | --community | --group | --max-age | --deadline | --again | --window | --repetitions) return ;;
    esac
    if [[ -z $words && $cur = -* ]]; then
        words=$("${COMP_WORDS[0]}" --help | grep -oE '^  (-[a-zA-Z], )?--?[a-zA-Z-]+' | tr -s ', ' '\n\n' | grep .)
    elif [[ -z $words ]]; then
        mapfile -t COMPREPLY < <(compgen -A hostname -- "$cur")
        return
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}

complete -F _snmp_procgroup snmp-procgroup
