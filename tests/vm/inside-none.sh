# shellcheck shell=bash disable=SC2154 # names of inside.sh
# A kernel without a security module that labels processes.
conf_of_mode() { cat <<EOF
group "any-domain" { domain = "*" count = "0-0" }
security { enforcing = true }
EOF
}
module_of_mode() { echo none; }
enforcing_of_mode() { echo 3; }
before_start() { :; }
after_start() {
    check_eq "no process has a domain" 0 "$(col "$COUNT" any-domain)"
    check "no enforcing module is a violation" wait_for 20 col_is "$STATUS" security 2
    check_eq "no group exists for a domain" "" "$(walk "$root.1.2.1.2" | grep '"d-')"
    procgroup check ,domain=init_t:1-1 >/dev/null
    check_eq "procgroup check finds no process in init_t" 1 $?
    procgroup check --security-enforcing cron:1- >/dev/null
    check_eq "procgroup check --security-enforcing" 1 $?
}
summary_of_mode() { :; }
