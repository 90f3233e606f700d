#!/bin/bash
# The JSON of all commands is what docs/procgroup.schema.json describes.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"
pg=$bin/procgroup
schema=$top/docs/procgroup.schema.json
cat >"$tmp/valid.py" <<'EOF'
import json, sys
import jsonschema
schema = json.load(open(sys.argv[1]))
jsonschema.Draft202012Validator.check_schema(schema)
errors = list(jsonschema.Draft202012Validator(schema).iter_errors(json.load(sys.stdin)))
for error in errors[:3]:
    print(error.json_path, error.message[:200])
sys.exit(bool(errors))
EOF
valid() { python3 "$tmp/valid.py" "$schema"; }
# is_valid WHAT COMMAND...: the output, which is left in $out, is valid
is_valid() {
    local what=$1 why
    shift
    out=$("$@" 2>"$tmp/err")
    if why=$(valid <<<"$out"); then ok "$what"; else not_ok "$what: $why: $out"; fi
}
# value EXPRESSION: the Python expression about the object `d`, which is $out
value() { python3 -c 'import json, sys; d = json.load(sys.stdin); print('"$1"')' <<<"$out"; }
program pg-one
run_program pg-one
wait_for 5 grep -q '^pg-one' "/proc/$pid/comm"
cat >"$tmp/procgroup.conf" <<EOF
interval = 1
recheck = 0
group "one" { path = "$tmp/bin/pg-one"  count = "1-" }
group "none" { name = "pg-none"  count = "1-5" }
group "user-%{user}" { name = "pg-one" }
group "large" { name = "pg-*"  condition "memory" { metric = "rss"  each = true  range = "-1K" } }
EOF

is_valid 'check' "$pg" check -f json pg-one:1- pg-none:1-5
check_eq 'no limit is null' 'None 5' "$(value 'd["groups"][0]["max"], d["groups"][1]["max"]' | tr -d '(),')"
check_eq 'no minimum too' None "$(out=$("$pg" check -f json pg-one:-5); value 'd["groups"][0]["min"]')"
is_valid 'check -c' "$pg" check -f json -c "$tmp/procgroup.conf"
check_eq 'a violation has its offender' "$pid" "$(value '[v["pid"] for v in d["violations"] if v["group"] == "large"][0]')"
is_valid 'check of a path that is not readable' setpriv --reuid 65534 --regid 65534 --clear-groups \
    "$pg" check -f json "$tmp/bin/pg-one:1-1"
check_eq 'what is not known is null or not certain, with a reason' 'unknown True' \
    "$(value '"%s %s" % (d["groups"][0]["status"], d["groups"][0]["reason"] is not None)')"
is_valid 'check with a wrong SPEC' "$pg" check -f json pg-one=1
is_valid 'check without a file' "$pg" check -f json -c /no/such/file
is_valid 'check of procfs that is not one' "$pg" check -f json -P "$tmp" pg-one:1-1
is_valid 'show' "$pg" show -f json -c "$tmp/procgroup.conf"
check_eq 'show has the groups of templates' True "$(value '"user-root" in [g["name"] for g in d["groups"]]')"
is_valid 'show of one group, with members' "$pg" show -m -f json -c "$tmp/procgroup.conf" one
check_eq 'and nothing else' "one $pid" "$(value '"%s %d" % (d["groups"][0]["name"], d["groups"][0]["members"][0]["pid"])')"
check_eq 'without violations of others' 0 "$(value 'len(d["violations"])')"

# ------------------------------------------------------------ conditions
cat >"$tmp/conditions.conf" <<EOF
group "a" {
    path = "$tmp/bin/pg-one"
    count = "1-5"
    condition "memory" { metric = rss  range = "-1.5G" }
    condition "memory of each" { metric = rss  each = true  range = "-1K"  severity = warning }
    condition "cpu" { metric = cpu  range = "0.5-250.125" }
}
group "none" { name = "pg-none"  condition "age" { metric = age-oldest  range = "60-" } }
EOF
# row GROUP CONDITION: value low high unit limit state reason
row() {
    value '[" ".join(str(c[k]) for k in ("value", "low", "high", "unit", "limit", "state", "reason")) for h in d.get("hosts", [d]) for g in h["groups"] if g["name"] == "'"$1"'" for c in g["conditions"] if c["name"] == "'"$2"'"][0]'
}
is_valid 'show with conditions' "$pg" show -f json -c "$tmp/conditions.conf"
check_eq 'a condition: value, low, high, unit, limit as written' '1 1 5  1-5 ok None' "$(row a count)"
check_like 'of memory' '^[0-9]+ None 1610612736 B -1.5G ok None$' "$(row a memory)"
check_like 'of each member' '^[0-9]+ None 1024 B -1K violated None$' "$(row a 'memory of each')"
check_like 'limits with a fraction' '^[0-9.]+ 0.5 250.125 % 0.5-250.125 ' "$(row a cpu)"
check_eq 'a value that does not exist is null, with a reason' 'None 60 None s 60- ok the group has no members' "$(row none age)"
is_valid 'conditions that could not be determined' setpriv --reuid 65534 --regid 65534 --clear-groups \
    "$pg" check -f json "$tmp/bin/pg-one:1-1"
check_like 'are null, with a reason' '^None 1 1  1-1 unknown count .*not readable' "$(row "$tmp/bin/pg-one" count)"

is_valid 'status of a daemon that does not run' "$pg" status -f json -R "$tmp/run"

mkdir -p "$tmp/run"
start_standalone -R "$tmp/run"
running() { "$pg" status -f json -R "$tmp/run" one 2>/dev/null | grep -q '"result": "ok"'; }
wait_for 10 running
is_valid 'status' "$pg" status -f json -R "$tmp/run"
check_eq 'status has the daemon' complete "$(value 'd["agent"]["sampleState"]')"
check_eq 'status has conditions' 'None 1 5 1-5' "$(value '[(c["reason"], c["low"], c["high"], c["limit"]) for c in d["groups"][1]["conditions"]][0]' | tr -d "(),'")"
is_valid 'status of one group' "$pg" status -f json -R "$tmp/run" none
# shellcheck disable=SC2120 # is_valid() calls it with arguments
poll() { "$bin/snmp-procgroup" -f json -t 1 -r 0 "$@" "127.0.0.1:$port"; }
is_valid 'snmp-procgroup' poll
check_eq 'its groups have the same keys' 'None 5' "$(value '*[g["max"] for g in d["hosts"][0]["groups"] if g["name"] in ("one", "none")][::-1]')"
check_like 'conditions are read' '^1 1 None  1- ok None$' "$(row one count)"
check_like 'of each group' '^[0-9]+ None 1024 B -1K violated None$' "$(row large memory)"
check_eq 'their other keys' 'rss critical True 1 True' \
    "$(value '*[(c["metric"], c["severity"], c["each"], c["violations"], c["since"] > "2") for g in d["hosts"][0]["groups"] if g["name"] == "large" for c in g["conditions"] if c["name"] == "memory"][0]')"
same() { # GROUP: they are those of status, but for what changes
    local fixed='[[{k: c[k] for k in c if k not in ("value", "since")} for c in g["conditions"]] for h in d.get("hosts", [d]) for g in h["groups"] if g["name"] == "'"$1"'"][0]'
    out=$("$pg" status -f json -R "$tmp/run")
    value "$fixed" >"$tmp/local"
    out=$(poll)
    value "$fixed" | diff "$tmp/local" -
}
for group in one none user-root large; do check "those of status: $group" same "$group"; done
is_valid 'snmp-procgroup -g' poll -g large
check_like 'has the conditions of these groups' '^[0-9]+ None 1024 B -1K violated None$' "$(row large memory)"
check_like 'and no others' '^[^ ]+$' "$(value '*[g["name"] for g in d["hosts"][0]["groups"] if "conditions" in g]')"
is_valid 'snmp-procgroup with a version without 64-bit numbers' poll -v 1
check_eq 'has none' 'True False' "$(value 'len(d["hosts"][0]["groups"]) > 0, any("conditions" in g for g in d["hosts"][0]["groups"])' | tr -d '(),')"
is_valid 'snmp-procgroup with a limit' poll one:1-1
is_valid 'snmp-procgroup of a group that is missing' poll -g nothing
is_valid 'snmp-procgroup of a table that the agent does not have' poll --hostres pg-one:1-1
is_valid 'snmp-procgroup of a host that is silent' "$bin/snmp-procgroup" -f json -t 0.2 -r 0 127.0.0.1:1
is_valid 'snmp-procgroup without hosts' "$bin/snmp-procgroup" -f json
# The schema is strict: another key, or a missing one, is an error.
out=$("$pg" check -f json pg-one:1-)
refuses() { ! valid >/dev/null <<<"$1"; }
check 'another key is not valid' refuses "${out/\"count\"/\"number\"}"
check 'a number as text is not valid' refuses "${out/\"count\": 1/\"count\": \"1\"}"
check 'another status is not valid' refuses "${out/\"status\": \"ok\"/\"status\": \"fine\"}"
summary
