#!/usr/bin/env python3
"""Runs a program on a terminal of its own and prints what its screen has at the end.

  live.py COLUMNS ROWS SCRIPT COMMAND...

SCRIPT is a list of steps, separated by blanks: "wait:TEXT" until the screen has TEXT,
"key:KEYS" (^C is Ctrl-C, ~ a blank), "sleep:SECONDS", "size:COLUMNSxROWS", "signal:NAME", "gone" until the program has
ended. The lines of the screen are printed, then a line "status N" with the exit status (or
"signal N"), and lines "terminal restored" and "cursor shown" if that is so. The screen
knows the few escapes that procgroup uses; another one is printed as "unknown escape".
"""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

LIMIT = 20  # seconds for each step


class Screen:
    def __init__(self, columns, rows):
        self.columns, self.rows = columns, rows
        self.lines, self.at, self.cursor, self.unknown = [], (0, 0), True, []

    def put(self, character):
        row, column = self.at
        while len(self.lines) <= row:
            self.lines.append("")
        line = self.lines[row].ljust(column)
        self.lines[row] = line[:column] + character + line[column + 1:]
        self.at = (row, column + 1)

    def clear_line(self):
        row, column = self.at
        if row < len(self.lines):
            self.lines[row] = self.lines[row][:column]

    def escape(self, parameters, letter):
        if letter == "H" and not parameters:
            self.at = (0, 0)
        elif letter == "K":
            self.clear_line()
        elif letter == "J" and not parameters:
            self.clear_line()
            del self.lines[self.at[0] + 1:]
        elif parameters == "?25" and letter in "lh":
            self.cursor = letter == "h"
        elif letter != "m":
            self.unknown.append(parameters + letter)

    def feed(self, text):
        for part in re.finditer(r"\033\[([0-9;?]*)([a-zA-Z])|(.)", text, re.S):
            if part[2]:
                self.escape(part[1], part[2])
            elif part[3] == "\r":
                self.at = (self.at[0], 0)
            elif part[3] == "\n":
                self.at = (self.at[0] + 1, self.at[1])
            else:
                self.put(part[3])


def set_size(fd, columns, rows):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


class Program:
    def __init__(self, columns, rows, command):
        self.screen = Screen(columns, rows)
        parent, child = pty.openpty()
        set_size(parent, columns, rows)
        self.before = termios.tcgetattr(child)
        self.pid = os.fork()
        if self.pid == 0:
            os.login_tty(child) if hasattr(os, "login_tty") else self.login(child)
            os.execvp(command[0], command)
        self.fd, self.child, self.status = parent, child, None

    @staticmethod
    def login(fd):
        os.setsid()
        fcntl.ioctl(fd, termios.TIOCSCTTY, 0)
        for target in range(3):
            os.dup2(fd, target)

    def read(self, seconds):
        if select.select([self.fd], [], [], seconds)[0]:
            self.screen.feed(os.read(self.fd, 65536).decode("utf-8", "replace"))

    def until(self, condition, what):
        end = time.monotonic() + LIMIT
        while not condition():
            if time.monotonic() > end:
                print("timeout:", what)
                return
            self.read(0.05)

    def ended(self):
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.status = status if pid else None
        return self.status is not None

    def step(self, word):
        verb, _, value = word.partition(":")
        if verb == "wait":
            wanted = value.replace("_", " ")
            self.until(lambda: any(wanted in line for line in self.screen.lines), word)
        elif verb == "key":
            os.write(self.fd, re.sub(r"\^([@-_])", lambda m: chr(ord(m[1]) & 31), value)
                     .replace("~", " ").encode())
        elif verb == "sleep":
            end = time.monotonic() + float(value)
            self.until(lambda: time.monotonic() > end, word)
        elif verb == "size":
            set_size(self.fd, *map(int, value.split("x")))
        elif verb == "signal":
            os.kill(self.pid, getattr(signal, "SIG" + value))
        elif verb == "gone":
            self.until(self.ended, word)
            self.read(0.2)


def main():
    program = Program(int(sys.argv[1]), int(sys.argv[2]), sys.argv[4:])
    for word in sys.argv[3].split():
        program.step(word)
    for line in program.screen.lines:
        print(line.rstrip())
    for escape in program.screen.unknown:
        print("unknown escape", escape)
    if program.status is None:
        os.kill(program.pid, signal.SIGKILL)
        print("still running")
        return
    code = os.waitstatus_to_exitcode(program.status)
    print("status" if code >= 0 else "signal", abs(code))
    if termios.tcgetattr(program.child) == program.before:
        print("terminal restored")
    if program.screen.cursor:
        print("cursor shown")


main()
