#!/bin/bash
# State files: a full disk, a folder that is read-only, and damage of every kind.
# shellcheck source=tests/fault/lib.sh
. "$(dirname "$0")/lib.sh"
world_conf 4
mkdir "$tmp/disk"
trap 'umount -l "$tmp/disk" 2>/dev/null; cleanup' EXIT
is_mounted=no
mount -t tmpfs -o size=512k tmpfs "$tmp/disk" 2>/dev/null && is_mounted=yes
state=$tmp/disk/state
start_procgroupd() { # with its state on that disk
    "$bin/procgroupd" -f -R "$run_folder" -c "$tmp/procgroup.conf" -s "$state" -x "$agentx" \
        >>"$tmp/procgroupd.log" 2>&1 &
    daemon=$!
    started+=("$daemon")
}
world
scans_exceed() { [ "$(number "$SCANS")" -gt "$1" ]; }

if [ $is_mounted = yes ]; then
    dd if=/dev/zero of="$tmp/disk/fill" bs=4k 2>/dev/null
    sleep "$(pick 2 10)"
    before=$(number "$SCANS")
    check 'full disk: scans go on' wait_for 100 scans_exceed "$((before + 3))"
    holds 'full disk'
    rm "$tmp/disk/fill"
    mount -o remount,ro "$tmp/disk"
    sleep "$(pick 2 10)"
    before=$(number "$SCANS")
    check 'read-only: scans go on' wait_for 100 scans_exceed "$((before + 3))"
    holds 'read-only'
    stop "$daemon"
    start_procgroupd
    check 'read-only: it starts, or says why not' wait_for 100 eval \
        "answers || grep -q 'disk/state.*Read-only' '$tmp/procgroupd.log'"
    stop "$daemon"
    mount -o remount,rw "$tmp/disk"
    start_procgroupd
    check 'it answers on a disk that can be written again' ready 100
    holds 'a disk that can be written again'
    events 'full disk, read-only'
else
    echo 'not run: cannot mount here: a full disk and a read-only folder are not tested'
fi

# damage KIND FILE: the file is never missing, except as the one of the last row
damage() {
    local size
    size=$(stat -c %s "$2")
    case $1 in
    empty) : >"$2" ;;
    half) truncate -s $((size / 2)) "$2" ;;
    'last octet missing') truncate -s $((size - 1)) "$2" ;;
    'octet flipped' | 'first octet flipped')
        local at=0 octet
        [ "$1" = 'first octet flipped' ] || at=$((RANDOM % size))
        octet=$(od -An -tu1 -j $at -N 1 "$2")
        # shellcheck disable=SC2059 # an escape for the octet
        printf "\\x$(printf %02x $((octet ^ 4)))" | dd of="$2" bs=1 seek=$at conv=notrunc 2>/dev/null
        ;;
    zeros) head -c 20000 /dev/zero >"$2" ;;
    noise) head -c 20000 /dev/urandom >"$2" ;;
    'noise at the end') head -c 99 /dev/urandom >>"$2" ;;
    'twice') cp "$2" "$tmp/copy" && cat "$tmp/copy" >>"$2" ;;
    'large') head -c 300000 /dev/zero | tr '\0' x >"$2" ;;
    'a folder') rm "$2" && mkdir "$2" ;;
    'a FIFO') rm "$2" && mkfifo "$2" ;;
    'a link to nothing') rm "$2" && ln -s /no/such/file "$2" ;;
    missing) rm "$2" ;;
    esac
}
kinds=('empty' 'half' 'last octet missing' 'octet flipped' 'first octet flipped' 'zeros' 'noise'
    'noise at the end' 'twice' 'large' 'a folder' 'a FIFO' 'a link to nothing' 'missing')
[ "$(pick short long)" = long ] || kinds=('empty' 'half' 'octet flipped' 'a folder')
cases=0 bad=()
for kind in "${kinds[@]}"; do
    mapfile -t files < <(find "$tmp/disk" -maxdepth 1 -type f ! -name '*.lock' ! -name '*damaged*')
    for file in "${files[@]}"; do
        kill -USR1 "$churn"
        stop "$daemon" || bad+=("$kind of ${file##*/}: it does not end")
        [ -f "$file" ] || continue
        damage "$kind" "$file"
        mv "$tmp/procgroupd.log" "$tmp/procgroupd.log.$cases"
        start_procgroupd
        over_or_ready() { gone "$daemon" || answers; }
        wait_for 100 over_or_ready
        cases=$((cases + 1))
        if ready 60 && wait_for 60 is_true; then
            :
        elif gone "$daemon" && grep -q "${file##*/}" "$tmp/procgroupd.log"; then
            rm -rf "$file" # it says which file it cannot use
            start_procgroupd
            ready 60 || bad+=("$kind of ${file##*/}: not after its removal, either")
        else
            bad+=("$kind of ${file##*/}")
        fi
        kill -USR2 "$churn"
        rm -rf "$tmp/disk"/*damaged*
    done
done
check_eq 'every damage: it serves, or says which file is wrong' '' "$(printf '%s, ' "${bad[@]}" | sed 's/^, $//')"
figure "$cases damaged state files"
summary
