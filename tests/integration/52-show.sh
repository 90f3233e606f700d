#!/bin/bash
# procgroup show on a terminal: width, colors, the live view and its keys.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"
pg=$bin/procgroup
program pg-one
program pg-two
run_program pg-one
run_program pg-two
run_program pg-two
for i in "${started[@]}"; do wait_for 5 grep -q '^pg-' "/proc/$i/comm"; done
cat >"$tmp/show.conf" <<EOF
group "fine" { name = "pg-one"  count = "0-1" }
group "worse" { name = "pg-two"  count = "-1"  severity = warning }
group "worst" { name = "pg-none"  count = "1-"  }
group "large" { name = "pg-one"  condition "memory" { metric = "rss"  range = "-1K"  severity = warning } }
EOF
lacks() { ! grep -qE -- "$1" <<<"$2"; }
escape=$(printf '\033')
export TERM=xterm
unset NO_COLOR
# live COLUMNS ROWS STEPS OPTION...: what the screen has at the end
live() { python3 "$top/tests/tools/live.py" "$1" "$2" "$3" "$pg" show -c "$tmp/show.conf" "${@:4}"; }
# names TEXT: the groups in their order
names() { awk 'seen { print $1 } $1 == "GROUP" { seen = 1 }' <<<"$1" | sed '/^status/,$d' | paste -sd ' '; }

# ---------------------------------------------------------------- once
out=$("$pg" show -c "$tmp/show.conf")
check_like 'a summary comes first' \
    '^1 critical, 2 warning, 1 ok; [0-9]+ processes, [0-9]+ of them kernel threads$' "$(head -n 1 <<<"$out")"
kernel=$(grep -lE '^Kthread:.*1' /proc/[0-9]*/status 2>/dev/null | wc -l)
check_like 'with the number of kernel threads' ", $kernel of them kernel" "$out"
check_eq 'the worst groups are first' 'worst worse large fine' "$(names "$out")"
check_like 'the name of the group is not repeated' '^worst +critical +0 +1- .* count 0, below 1$' "$out"
check_like 'a limit is as in the file' '^worse +warning +2 +-1 ' "$out"
check_like 'and a minimum of 0 that was written' '^fine +ok +1 +0-1 ' "$out"
check_like 'its message has no dash, which would be a minus sign' '^worse .* count 2, above 1 ' "$out"
check_like 'the limit of a size is as in the file too' 'rss [0-9.]+[KM], above 1K ' "$out"
check 'a pipe has no colors' lacks "$escape" "$out"
check_eq '-s count: the largest first, and of equal ones the worse' 'worse large fine worst' \
    "$(names "$("$pg" show -s count -c "$tmp/show.conf")")"
"$pg" show -s size -c "$tmp/show.conf" 2>"$tmp/err"
check_eq 'a wrong key: status 2' 2 $?
check_like 'and which there are' 'invalid value "size" for -s: expected cpu, rss or count' "$(cat "$tmp/err")"
out=$("$pg" show -m -c "$tmp/show.conf" fine)
check_like 'members have a start time and an age' \
    '^ +[0-9]+ +root +S +[0-9.]+ +[0-9.]+[KM] +[0-9:]{8} +[0-9]+s +pg-one ' "$out"
for columns in 20 80 200; do
    out=$(live $columns 40 gone)
    widest=$(awk '{ if (length($0) > n) n = length($0) } END { print n }' <<<"$out")
    check "at $columns columns no line is wider" [ "$widest" -le "$columns" ]
done
check_like 'a wide terminal shows all of the message' 'above 1K \(pid [0-9]+ pg-one user root' "$out"
# on_terminal [NAME=VALUE]: the octets that a terminal gets
on_terminal() { env "$@" script -qec "$pg show -c $tmp/show.conf" /dev/null </dev/null; }
check_like 'a terminal has colors' "$escape\\[1;31mcritical$escape\\[m" "$(on_terminal)"
check 'NO_COLOR: none' lacks "$escape" "$(on_terminal NO_COLOR=1)"
check_like 'an empty NO_COLOR is none' "$escape\\[1;31m" "$(on_terminal NO_COLOR=)"
check 'TERM=dumb: none' lacks "$escape" "$(on_terminal TERM=dumb)"

# ---------------------------------------------------------------- live
out=$(live 80 30 'wait:worst_first key:q gone' -i 0.2)
check_like 'live: the first line has the keys' \
    '^[0-9:]{8}, every 0.2 s, worst first; keys: c CPU, r memory, n count, q quit$' "$(head -n 1 <<<"$out")"
check_eq 'live: the order of show' 'worst worse large fine' "$(names "$out")"
check_like 'live: q ends it' '^status 0$' "$out"
check_like 'live: the terminal is restored' '^terminal restored$' "$out"
check_like 'live: the cursor is shown' '^cursor shown$' "$out"
check 'live: no other escapes' lacks 'unknown escape' "$out"
check_eq 'live: it is redrawn in place' 1 "$(grep -c '^GROUP' <<<"$out")"
out=$(live 80 30 'wait:worst_first key:n wait:by_count key:^C gone' -i 60)
check_like 'live: a key sorts at once' 'every 60 s, by count; keys' "$out"
check_like 'live: Ctrl-C ends it with status 0' '^status 0$' "$out"
check_like 'and restores the terminal' '^terminal restored$' "$out"
check_like 'live: r sorts by memory' 'by memory' "$(live 80 30 'wait:worst_first key:r wait:by_memory key:q gone' -i 60)"
check_like 'live: c sorts by CPU usage' 'by CPU' "$(live 80 30 'wait:worst_first key:c wait:by_CPU key:q gone' -i 60)"
check_like 'live: a key again restores the order' ', worst first' \
    "$(live 80 30 'wait:worst_first key:n wait:by_count key:n wait:worst_first key:q gone' -i 60)"
check_like 'live: -s' ', by memory' "$(live 80 30 'wait:by_memory key:q gone' -i 60 -s rss)"
out=$(live 80 30 'wait:worst_first signal:TERM gone' -i 60)
check_like 'live: SIGTERM restores the terminal too' '^terminal restored$' "$out"
out=$(live 80 30 'wait:worst_first size:50x5 wait:every_60 sleep:0.3 key:q gone' -i 60)
check_eq 'live: a smaller terminal has fewer lines' 4 "$(sed '/^status/,$d' <<<"$out" | grep -c .)"
out=$(live 80 30 'wait:worst_first key:^Z sleep:0.3 signal:CONT sleep:0.3 key:q gone' -i 60)
check_like 'live: it goes on after Ctrl-Z' '^status 0$' "$out"
# Not on a terminal: one block after another.
"$pg" show -i 0.3 -c "$tmp/show.conf" >"$tmp/blocks" &
command=$!
started+=("$command")
blocks() { [ "$(grep -c '^GROUP' "$tmp/blocks")" -ge 3 ]; }
check 'a file gets one block each interval' wait_for 10 blocks
kill -INT "$command"
wait "$command"
check_eq 'SIGINT ends it with status 0' 0 $?
check 'and without escapes' lacks "$escape" "$(cat "$tmp/blocks")"
check_eq 'blocks are separated by an empty line' "$(($(grep -c '^GROUP' "$tmp/blocks") - 1))" "$(grep -c '^$' "$tmp/blocks")"
summary
