#!/usr/bin/env python3
"""Makes a function of a running process loop for ever: hang.py PID LIBRARY FUNCTION

The process goes on, and hangs when it calls the function of that shared library. Its memory is
written through /proc/PID/mem, so that it is never stopped or traced.
"""
import platform
import subprocess
import sys

LOOPS = {"x86_64": b"\xeb\xfe", "aarch64": b"\x00\x00\x00\x14"}  # a jump to itself


def library(pid, name):
    """The first mapping of the library: its address and its path."""
    with open(f"/proc/{pid}/maps", encoding="utf-8") as maps:
        for line in maps:
            fields = line.split()
            if len(fields) > 5 and f"/{name}" in fields[5]:
                return int(fields[0].split("-")[0], 16), fields[5]
    sys.exit(f"hang.py: process {pid} has no {name}")


def offset(path, function):
    """The address of a function in the file of a library."""
    symbols = subprocess.run(["nm", "-D", path], capture_output=True, text=True, check=True)
    for line in symbols.stdout.splitlines():
        fields = line.split()
        if len(fields) == 3 and fields[1] in "Tt" and fields[2].split("@")[0] == function:
            return int(fields[0], 16)
    sys.exit(f"hang.py: {path} has no function {function}")


def main():
    pid, name, function = sys.argv[1:]
    base, path = library(pid, name)
    with open(f"/proc/{pid}/mem", "r+b", buffering=0) as memory:
        memory.seek(base + offset(path, function))
        memory.write(LOOPS[platform.machine()])


main()
