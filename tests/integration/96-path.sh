#!/bin/bash
# The criterion path means the host's file: processes in mount namespaces that they built, and
# everything else that gives another file the same path.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"
pg=$bin/procgroup
program pg-path
program pg-other
mkdir "$tmp/layers" "$tmp/layers/upper" "$tmp/layers/work" "$tmp/empty"
chmod -R 777 "$tmp/layers" "$tmp/empty"
path=$tmp/bin/pg-path

count() { # SPEC: how many processes it has; "unknown" if that is not certain
    "$pg" check -f json "$1:0-" |
        python3 -c 'import json, sys; g = json.load(sys.stdin)["groups"][0]; print(g["count"] if g["status"] == "ok" else "unknown")'
}
counts() { [ "$(count "$1")" = "$2" ]; }
# The kernel gives the process this path, perhaps with " (deleted)".
is_at() { [[ $(readlink "/proc/$1/exe") == "$2"* ]]; }
# explain PID: why it is not in the group "path"
echo "group \"path\" { path = \"$path\" }" >"$tmp/path.conf"
explain() { "$pg" explain -c "$tmp/path.conf" "$1"; }
# start COMMAND...: in the background, its pid in $pid
start() {
    "$@" </dev/null >>"$tmp/start.log" 2>&1 &
    pid=$!
    started+=("$pid")
}
# A user without privileges, and a user and mount namespace of its own.
as_user=(setpriv --reuid=54321 --regid=54321 --clear-groups)
in_own=("${as_user[@]}" unshare -Urm --propagation private sh -c)
# start_own SCRIPT: there, with $path and $tmp as arguments
start_own() { start "${in_own[@]}" "$1" sh "$path" "$tmp"; }
other="not the host's file of that name: inode [0-9]+ of device [0-9]+:[0-9]+"

run_program pg-path
real=$pid
check 'a process of the host is counted' wait_for 20 counts "$path" 1

# ---------------------------------------------------------------- without namespaces
start python3 -c 'import os, sys
fd = os.memfd_create("pg-path", 0)
os.write(fd, open(sys.argv[1], "rb").read())
os.execve(fd, [sys.argv[1], "300"], {})' "$path"
memory=$pid
check 'a file in memory' wait_for 20 is_at "$memory" /memfd:pg-path
check_eq 'is not the file that its arguments name' 1 "$(count "$path")"
check_eq 'and no file of the host' 0 "$(count ',path=/memfd:*')"
stop "$memory"

mkdir -p "$tmp/root/$tmp/bin"
# Programs need their libraries at the same place.
for file in $(ldd /bin/sleep | grep -o '/[^ ]*'); do
    mkdir -p "$tmp/root/$(dirname "$file")"
    cp "$file" "$tmp/root/$file"
done
cp /bin/sleep "$tmp/root/$path"
if chroot "$tmp/root" "$path" 0; then
    start chroot "$tmp/root" "$path" 300
    check 'chroot: the kernel gives the full path' wait_for 20 is_at "$pid" "$tmp/root/"
    check_eq 'chroot: it is not the file of the same name' 1 "$(count "$path")"
    check_eq 'chroot: the full path counts' 1 "$(count "$tmp/root$path")"
    stop "$pid"
else
    echo 'not run: cannot chroot here'
fi

# ---------------------------------------------------------------- namespaces of users
if ! "${in_own[@]}" true 2>/dev/null; then
    echo 'not run: users cannot make namespaces here: forged paths are not tested'
    summary
fi

# shellcheck disable=SC2016 # expanded by the shell in the namespace
start_own 'mount -t tmpfs none "$2/bin" && cp /bin/sleep "$1" && "$1" 301 & wait'
forged() { forged=$(pgrep -f "^$path 301$") && [ -n "$forged" ]; }
check 'a copy in a mount namespace' wait_for 20 forged
check 'has the same path' wait_for 20 is_at "$forged" "$path"
check_eq 'but is not counted' 1 "$(count "$path")"
check_eq 'nor by a pattern' 1 "$(count ",path=$tmp/*/pg-path")"
check_eq 'by name it is' 2 "$(count pg-path)"
check_like 'explain says which file it is' "path: path is $path \\($other\\), not $path" "$(explain "$forged")"
check_like 'beside the path too' "^  file       $other\$" "$(explain "$forged")"
check_like 'and of the other process' '  [+] path: matches' "$(explain "$real")"

# The same file, executed from the host's mount namespace.
start "${as_user[@]}" sh -c 'exec "$1" 302' - "/proc/$forged/root$path"
crossed=$pid
check 'executed from the mount namespace of the host' wait_for 20 is_at "$crossed" "$path"
check_eq 'it is in the namespace of the host' "$(readlink /proc/self/ns/mnt)" "$(readlink "/proc/$crossed/ns/mnt")"
check_eq 'and not counted' 1 "$(count "$path")"
# ... and removed: the kernel gives "PATH (deleted)" in both cases.
rm "/proc/$forged/root$path"
check 'a removed copy' wait_for 20 is_at "$forged" "$path (deleted)"
check_eq 'is not counted' 1 "$(count "$path")"
stop "$crossed"
stop "$forged"

# shellcheck disable=SC2016
start_own 'mount --bind "$2/bin/pg-other" "$1" && exec "$1" 303'
check 'another file of the host, bound to the path' wait_for 20 is_at "$pid" "$path"
check_eq 'is not counted' 1 "$(count "$path")"
check_eq 'and has no other path' 0 "$(count "$tmp/bin/pg-other")"
stop "$pid"

# shellcheck disable=SC2016
start_own 'mount -t tmpfs none "$2/empty" && mkdir -p "$2/empty/$2/bin" &&
    cp /bin/sleep "$2/empty/$1" && {
        "$2/empty/$1" 304 &
        until [ "$(readlink /proc/$!/exe)" = "$2/empty$1" ]; do sleep 0.1; done
        umount -l "$2/empty"
        wait
    }'
detached() { detached=$(pgrep -f "^$tmp/empty/$path 304$") && is_at "$detached" "$path"; }
check 'a mount that was detached gives its files any path' wait_for 20 detached
check_eq 'they are not counted' 1 "$(count "$path")"
stop "$detached"

# shellcheck disable=SC2016
start_own 'mount -t overlay none -o "lowerdir=$2/bin,upperdir=$2/layers/upper,workdir=$2/layers/work" "$2/bin" &&
    exec "$1" 305'
if wait_for 3 is_at "$pid" "$path"; then
    check_eq 'a file of an overlay is not the one below it' 1 "$(count "$path")"
    stop "$pid"
    # Its own file, which it changes there.
    program pg-user
    chown 54321:54321 "$tmp/bin/pg-user"
    # shellcheck disable=SC2016
    start_own 'mount -t overlay none -o "lowerdir=$2/bin,upperdir=$2/layers/upper,workdir=$2/layers/work" "$2/bin" &&
        touch "$2/bin/pg-user" && exec "$2/bin/pg-user" 305'
    check 'a changed file of an overlay' wait_for 20 is_at "$pid" "$tmp/bin/pg-user"
    check_eq 'is not counted' 0 "$(count "$tmp/bin/pg-user")"
    stop "$pid"
else
    echo 'not run: users cannot mount overlays here'
fi

# ---------------------------------------------------------------- containers
# shellcheck disable=SC2016
start "${as_user[@]}" unshare -Urmpf --kill-child --propagation private sh -c \
    'mount -t tmpfs none "$2/bin" && cp /bin/sleep "$1" && exec "$1" 306' sh "$path" "$tmp"
inside() { inside=$(pgrep -f "^$path 306$") && is_at "$inside" "$path"; }
check 'a program in a container' wait_for 20 inside
check_eq 'is not the one of the host' 1 "$(count "$path")"
check_eq 'is asked for together with container' 1 "$(count "$path,container=any")"
check_eq 'and not as one of the host' 1 "$(count "$path,container=host")"
stop "$pid" KILL
wait_for 20 gone "$inside"

# ---------------------------------------------------------------- services
# The same file in another mount namespace, as of a service with PrivateTmp=.
start unshare -m --propagation private sh -c 'mount -t tmpfs none "$2/empty" && exec "$1" 307' sh "$path" "$tmp"
service=$pid
check 'the program of a service with a mount namespace' wait_for 20 is_at "$service" "$path"
check 'is in another one' [ "$(readlink "/proc/$service/ns/mnt")" != "$(readlink /proc/self/ns/mnt)" ]
check_eq 'and is counted' 2 "$(count "$path")"
# shellcheck disable=SC2016
start_own 'exec "$1" 308'
user=$pid
check 'a user executes the file of the host' wait_for 20 is_at "$user" "$path"
check_eq 'in its own namespace: that is this file' 3 "$(count "$path")"

# Seen by a procgroup in a mount namespace of its own (ProtectSystem=).
apart=$(unshare -m --propagation private sh -c 'mount -t tmpfs none "$2/empty" && exec "$1" check -f json "$3:0-"' \
    sh "$pg" "$tmp" "$path" | python3 -c 'import json, sys; print(json.load(sys.stdin)["groups"][0]["count"])')
check_eq 'the same in a mount namespace of procgroup itself' 3 "$apart"

# An upgrade replaces the file.
cp /bin/sleep "$tmp/bin/new"
mv "$tmp/bin/new" "$path"
check 'the file is replaced' is_at "$real" "$path (deleted)"
check_eq 'processes of the host and of services are still counted' 2 "$(count "$path")"
check_like 'explain: not the one in a namespace of its user' \
    "path is $path \\(a removed file in a user's mount namespace: inode [0-9]+" "$(explain "$user")"
apart=$(unshare -m --propagation private sh -c 'mount -t tmpfs none "$2/empty" && exec "$1" check -f json "$3:0-"' \
    sh "$pg" "$tmp" "$path" | python3 -c 'import json, sys; print(json.load(sys.stdin)["groups"][0]["count"])')
check_eq 'the same in a mount namespace of procgroup itself' 2 "$apart"
run_program pg-path
check 'a process of the new file' wait_for 20 counts "$path" 3
stop "$pid"

# ---------------------------------------------------------------- mounts of the host
if mount --bind "$tmp/bin/pg-other" "$path" 2>/dev/null; then
    check_eq 'a file of the host below a newer mount is still that' 2 "$(count "$path")"
    run_program pg-path
    check 'as is the one that is mounted there' wait_for 20 counts "$path" 3
    stop "$pid"
    umount "$path"
else
    echo 'not run: cannot mount here'
fi
summary
