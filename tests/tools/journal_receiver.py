#!/usr/bin/env python3
"""Takes the entries of a journal's socket, as journald does, and writes them in the journal's export
format: systemd-journal-remote makes a journal file of it.

journal_receiver.py SOCKET FILE

An entry with a value of several lines has another form, which procgroupd does not use: it is written
as it came, and makes the file invalid.
"""

import os
import socket
import sys
import time

SIZE_MAX = 1 << 20

receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o666)
with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
    boot = file.read().strip().replace("-", "")
with open(sys.argv[2], "wb", buffering=0) as out:
    while True:
        entry = receiver.recv(SIZE_MAX)
        head = (f"__REALTIME_TIMESTAMP={time.time_ns() // 1000}\n"
                f"__MONOTONIC_TIMESTAMP={time.monotonic_ns() // 1000}\n_BOOT_ID={boot}\n")
        out.write(head.encode() + entry + b"\n")
