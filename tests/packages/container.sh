#!/bin/bash
# Boots a tree of Debian with systemd as its first process, in namespaces of its own with loopback
# only, runs a command in it as root, and ends it.
#
#   container.sh [--bind FROM TO]... CHANGES TREE[:TREE...] COMMAND...
#
# The trees are not changed: what changes is in the folder CHANGES, and CHANGES/files can be the
# first of the TREEs of another container. --bind shows a folder of the host, read-only. Without a
# network, only apt and apt-get reach that of the host. The exit status is that of COMMAND, and 125 if
# systemd did not start.
set -u
export PATH=$PATH:/usr/sbin:/sbin
umask 022
binds=()
while [ "$1" = --bind ]; do
    binds+=("$2" "$3")
    shift 3
done
changes=$1 trees=$2
shift 2
mkdir -p "$changes/files" "$changes/work" "$changes/root" || exit 125
work=$(mktemp -d "${TMPDIR:-/tmp}/procgroup-container.XXXXXX")
init=
cgroup=
cleanup() {
    if [ -n "$init" ]; then
        kill -KILL "$init" 2>/dev/null
        wait "$init" 2>/dev/null
    fi
    for _ in $(seq 50); do
        [ -z "$cgroup" ] || [ ! -d "$cgroup" ] || find "$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null && break
        sleep 0.1
    done
    umount "$work/cgroup" 2>/dev/null
    rm -rf --one-file-system "$work"
}
trap cleanup EXIT
trap 'exit 143' TERM INT HUP

# systemd needs a part of the unified hierarchy of control groups. It has no controllers where the
# host uses them in the old way, and needs none.
mkdir "$work/cgroup"
mount -t cgroup2 cgroup2 "$work/cgroup" || exit 125
cgroup=$work/cgroup/procgroup-container.$$
mkdir "$cgroup" || exit 125

# The first process of the container, before systemd: its mounts.
cat >"$work/start" <<'END'
set -eu
changes=$1 trees=$2 net=$3
shift 3
mount --make-rprivate /
mount -t overlay -o "lowerdir=$trees,upperdir=$changes/files,workdir=$changes/work" overlay "$changes/root"
cd "$changes/root"
while [ $# -gt 0 ]; do
    mkdir -p ".$2"
    mount --bind "$1" ".$2"
    mount -o remount,bind,ro ".$2"
    shift 2
done
# Packages come from the network of the host. A reader answers yes.
for program in apt apt-get; do
    mkdir -p usr/local/bin
    printf '#!/bin/sh\nexec nsenter --net=/run/host-network /usr/bin/%s "$@"\n' "$program" >"usr/local/bin/$program"
    chmod 755 "usr/local/bin/$program"
done
echo 'APT::Get::Assume-Yes "true";' >etc/apt/apt.conf.d/tests
echo force-unsafe-io >etc/dpkg/dpkg.cfg.d/tests
cp -L /etc/resolv.conf etc/
ln -sf /dev/null etc/systemd/system/console-getty.service
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
: >run/host-network
mount --bind "$net" run/host-network
mount -t tmpfs -o mode=755 tmpfs dev
mkdir dev/pts dev/shm
# Nodes of its own: systemd changes the owner and the mode of the console.
while read -r device number; do
    mknod -m 666 "dev/$device" c 1 "$number"
done <<'NODES'
null 3
zero 5
full 7
random 8
urandom 9
console 3
NODES
mknod -m 666 dev/tty c 5 0
ln -s /proc/self/fd dev/fd
ln -s /proc/self/fd/0 dev/stdin
ln -s /proc/self/fd/1 dev/stdout
ln -s /proc/self/fd/2 dev/stderr
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
ln -s pts/ptmx dev/ptmx
mount -t tmpfs -o mode=1777 tmpfs dev/shm
mount -t proc proc proc
# Settings of the kernel are the host's.
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
ip link set lo up
# systemd takes it from the file, in which the tree has the name of the host that made it.
hostname debian
echo debian >etc/hostname
grep -q '[[:space:]]debian$' etc/hosts || echo '127.0.1.1 debian' >>etc/hosts
pivot_root . mnt
umount -l /mnt
exec env -i container=other PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    setpriv --bounding-set -sys_module,-sys_time,-sys_boot,-sys_rawio,-mknod,-syslog \
    /sbin/init --log-target=journal --show-status=0
END
bash -c 'echo $$ >"$1/cgroup.procs" && exec unshare --fork --kill-child --pid --mount --net --uts --ipc --cgroup \
    bash "$2/start" "${@:3}"' - "$cgroup" "$work" "$changes" "$trees" "/proc/$$/ns/net" "${binds[@]}" </dev/null >"$work/log" 2>&1 &
init=$!

# inside COMMAND...: as root in the container
inside() {
    nsenter --target "$first" --mount --pid --net --uts --ipc --cgroup --root \
        env -i HOME=/root TERM=dumb LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin sh -c 'cd / && exec "$@"' sh "$@"
}
booted() {
    first=$(cat "/proc/$init/task/$init/children" 2>/dev/null)
    first=${first%% *}
    [ -n "$first" ] && [ "$(cat "/proc/$first/comm" 2>/dev/null)" = systemd ] &&
        [ -S "/proc/$first/root/run/systemd/private" ] || return 1
    case $(inside systemctl is-system-running 2>/dev/null) in running | degraded) ;; *) return 1 ;; esac
}
for _ in $(seq 300); do
    booted && break
    if ! kill -0 "$init" 2>/dev/null; then break; fi
    sleep 0.2
done
if ! booted; then
    cat "$work/log" >&2
    [ -z "${first:-}" ] || inside systemctl list-jobs --no-pager >&2
    echo 'container.sh: systemd did not start' >&2
    exit 125
fi
# In the background, so that a signal ends the container at once.
inside "$@" &
wait $!
