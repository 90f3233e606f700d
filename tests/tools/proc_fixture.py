#!/usr/bin/env python3
"""Writes files like those of /proc for N processes.

    proc_fixture.py FOLDER N      pids 2 to N + 1; programs prog-0 to prog-19 in turn
    proc_fixture.py FOLDER N odd  then makes some of them odd, and prints how many of each kind

What several processes have in common is one file with several links.
"""
import os
import subprocess
import sys

folder, n = sys.argv[1], int(sys.argv[2])
NAMES = 20
STAT = "{} ({}) S 1 1 1 0 -1 0 0 0 0 0 50 25 0 0 20 0 1 0 {} 4096 1 0 1 1 1 0\n"
STATUS = "Name:\t{0}\nState:\tS (sleeping)\nTgid:\t{1}\nPid:\t{1}\nPPid:\t1\nUid:\t0\t0\t0\t0\n" \
         "Gid:\t0\t0\t0\t0\nGroups:\t\nNSpid:\t{1}\nVmSize:\t4 kB\nVmRSS:\t4 kB\nThreads:\t1\n"


def write(path, text):
    with open(path, "w") as out:
        out.write(text)


def make():
    os.makedirs(folder, exist_ok=True)
    write(f"{folder}/stat", "cpu 1 1 1 1\nbtime 1700000000\n")
    write(f"{folder}/cgroup", "0::/system.slice/prog.service\n")
    for name in range(NAMES):
        write(f"{folder}/cmdline{name}", f"/usr/sbin/prog-{name}\0--all\0")
    for i in range(n):
        pid, name = i + 2, f"prog-{i % NAMES}"
        at = f"{folder}/{pid}"
        os.mkdir(at)
        write(f"{at}/stat", STAT.format(pid, name, 100 + i))
        write(f"{at}/status", STATUS.format(name, pid))
        os.link(f"{folder}/cmdline{i % NAMES}", f"{at}/cmdline")
        os.link(f"{folder}/cgroup", f"{at}/cgroup")


def unreadable(at, name):  # reading it is EIO
    subprocess.run(["mount", "--bind", "/proc/self/mem", f"{at}/{name}"], check=True)


def replace(at, name, text):
    os.unlink(f"{at}/{name}")
    write(f"{at}/{name}", text)


def folder_for(at, name):  # EISDIR
    os.unlink(f"{at}/{name}")
    os.mkdir(f"{at}/{name}")


ODD = {
    "stat is missing": lambda at: os.unlink(f"{at}/stat"),
    "stat is cut": lambda at: os.truncate(f"{at}/stat", 20),
    "stat is empty": lambda at: os.truncate(f"{at}/stat", 0),
    "stat is garbage": lambda at: replace(at, "stat", ") ( \x01 7 7 7" * 400),
    "stat is a folder": lambda at: folder_for(at, "stat"),
    "stat: EIO": lambda at: unreadable(at, "stat"),
    "stat: EACCES": lambda at: os.chmod(f"{at}/stat", 0),
    "status is missing": lambda at: os.unlink(f"{at}/status"),
    "status is cut": lambda at: os.truncate(f"{at}/status", 9),
    "status is garbage": lambda at: replace(at, "status", "Uid:\tx\nGid\n" * 3000),
    "status: EIO": lambda at: unreadable(at, "status"),
    "status: EACCES": lambda at: os.chmod(f"{at}/status", 0),
    "cmdline is missing": lambda at: os.unlink(f"{at}/cmdline"),
    "cmdline is garbage": lambda at: replace(at, "cmdline", "\x01\x02\n" * 99999),
    "cmdline: EIO": lambda at: unreadable(at, "cmdline"),
    "cgroup is garbage": lambda at: replace(at, "cgroup", ":::\n" * 9999),
    "cgroup is a folder": lambda at: folder_for(at, "cgroup"),
    "cgroup: EIO": lambda at: unreadable(at, "cgroup"),
}

if "odd" not in sys.argv:
    make()
else:  # of the last processes, so that those before them are as they were
    for i, (kind, change) in enumerate(ODD.items()):
        try:
            change(f"{folder}/{n + 1 - i}")
            print(kind)
        except subprocess.CalledProcessError:
            print(f"cannot mount: {kind}", file=sys.stderr)
