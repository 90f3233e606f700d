#!/usr/bin/env python3
"""Starts and ends programs at random moments.

    toggle.py FILE SEED PAUSE PROGRAM...     PAUSE: longest pause between two changes in seconds

FILE gets its pid as soon as it handles signals.
SIGUSR1: no changes until SIGUSR2. SIGTERM ends it and all of the programs.
"""
import os
import random
import signal
import subprocess
import sys
import time

chance = random.Random(int(sys.argv[2]))
pause, programs = float(sys.argv[3]), sys.argv[4:]
running = {}
is_paused = False


def set_paused(number, _frame):
    global is_paused
    is_paused = number == signal.SIGUSR1


signal.signal(signal.SIGUSR1, set_paused)
signal.signal(signal.SIGUSR2, set_paused)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
with open(sys.argv[1], "w") as ready:
    ready.write(f"{os.getpid()}\n")
try:
    while True:
        time.sleep(chance.random() * pause)
        if is_paused:
            continue
        program = chance.choice(programs)
        child = running.pop(program, None)
        if child:
            child.kill()
            child.wait()
        else:
            running[program] = subprocess.Popen([program, "900"], stdin=subprocess.DEVNULL)
finally:
    for child in running.values():
        child.kill()
        child.wait()
