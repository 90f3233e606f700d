#!/usr/bin/env python3
"""Breaks single lines of src/engine, src/proc and src/select, and counts how many of the
breaks the unit tests notice.

    mutations.py BUILD N SEED [JOBS]

Works in a copy of the source folder. A break that does not compile, or gives the same object
file, is not counted and another one is made. The tests of the same file and module run first. Prints each break that no test noticed.
"""
import glob
import hashlib
import os
import random
import re
import shutil
import subprocess
import sys
import time

build, wanted, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
jobs = sys.argv[4] if len(sys.argv) > 4 else str(os.cpu_count())
top = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
chance = random.Random(seed)
FOLDERS = ("engine", "proc", "select")
# (pattern, replacement): one occurrence in a line
CHANGES = [(r" == ", " != "), (r" != ", " == "), (r" < ", " <= "), (r" <= ", " < "), (r" > ", " >= "),
           (r" >= ", " > "), (r" && ", " || "), (r" \|\| ", " && "), (r" \+ ", " - "), (r" - ", " + "),
           (r"\+\+", "--"), (r" \+= ", " -= "), (r" \|= ", " &= "), (r"\btrue\b", "false"),
           (r"\bfalse\b", "true"), (r"\bif \((?!!)", "if (!"), (r"\b0\b", "1"), (r"\b1\b", "2"),
           (r"return r;", "return 0;"), (r"\bcontinue;", "break;")]


def breaks():
    """All single-line breaks: file, line number, new line."""
    for path in sorted(p for f in FOLDERS for p in glob.glob(f"src/{f}/*.c")):
        lines = open(path).read().split("\n")
        in_function = in_comment = False
        for number, line in enumerate(lines):
            if line == "{":
                in_function = True
            elif line == "}":
                in_function = False
            starts, ends = line.rfind("/*"), line.rfind("*/")
            is_comment = in_comment or starts >= 0
            in_comment = starts > ends or (in_comment and ends < 0)
            if not in_function or is_comment or '"' in line or "log_" in line:
                continue
            for pattern, new in CHANGES:
                for found in re.finditer(pattern, line):
                    yield path, number, line[:found.start()] + new + line[found.end():]
            # A statement is left out: an assignment or a call, alone in its line.
            if re.match(r"^    +[a-z_][\w>.\-\[\]]*( [|&+\-]?= .*|\(.*\));$", line) and \
                    not re.match(r"^ +(return|const|static|struct|int|bool|char) ", line):
                yield path, number, re.match("^ +", line).group(0) + ";"


def run(*command, limit=None):
    try:
        return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              stdin=subprocess.DEVNULL, timeout=limit).returncode
    except subprocess.TimeoutExpired:
        return -1


def make(*targets):
    return run("make", "-j" + jobs, "BUILD=" + out, "WERROR=0", "CFLAGS=-O1 -g0", *targets)


def content(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).digest()


# A broken program may signal any process: it has a PID namespace of its own, in which it
# is not process 1, for which the kernel has rules of its own.
APART = ["unshare", "--fork", "--kill-child", "--pid", "--mount-proc", "sh", "-c", '"$0" & wait $!']
if run(*APART, "true") != 0:
    APART = []


def run_test(test, apart=APART):
    return run("timeout", "-k", "5", "90", *apart, f"{out}/tests/{test}")


def skips(test):
    """Does it leave out a part in a namespace of its own? src itself sends no signals."""
    done = subprocess.run([*APART, f"{out}/tests/{test}"], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    return b"[  SKIPPED ]" in done.stdout


def tests_of(path):
    """Test programs, those of the same file and module first."""
    folder, name = path.split("/")[1], path.split("/")[2][:-2]
    near = [f"test_{folder}_{name}", f"test_{folder}_"]
    return sorted(tests, key=lambda t: (not t.startswith(near[0]), not t.startswith(near[1])))


def catcher(path):
    """The first test that fails, or None."""
    for test in tests_of(path):
        program = f"{out}/tests/{test}"
        if make(program) != 0:
            return "a build that fails"
        if run_test(test) != 0:
            return test
    return next((t + ", on the host" for t in tests_of(path) if t in partial and run_test(t, []) != 0), None)


copy = os.path.abspath(build + "/mutations/src")
out = os.path.abspath(build + "/mutations/out")
shutil.rmtree(copy, ignore_errors=True)
subprocess.run(["git", "-C", top, "checkout-index", "-a", "-f", "--prefix=" + copy + "/"], check=True)
os.chdir(copy)
tests = sorted(os.path.basename(p)[:-2] for p in glob.glob("tests/unit/test_*.c"))
tests = [t for t in tests if re.match(r"test_(engine|proc|select|agent_daemon|cli|config)_", t)]
if make("unit") != 0:
    sys.exit("mutations.py: the tests cannot be built")
# Some need the host, and others may be at odds with this machine: they notice nothing here.
broken = [t for t in tests if run_test(t) != 0]
if broken:
    print(f"not used, as they fail without a break: {' '.join(broken)}", flush=True)
tests = [t for t in tests if t not in broken]
partial = [t for t in tests if skips(t) and run_test(t, []) == 0]
all_breaks = list(breaks())
chance.shuffle(all_breaks)
made = caught = same = 0
begin = time.monotonic()
for path, number, new in all_breaks:
    if made == wanted:
        break
    text = open(path).read()
    lines = text.split("\n")
    old, lines[number] = lines[number], new
    target = f"{out}/obj/{path[:-2]}.o"
    before = content(target)
    with open(path, "w") as f:
        f.write("\n".join(lines))
    if make(target) == 0 and content(target) != before:
        made += 1
        by = catcher(path)
        caught += by is not None
        if by:
            print(f"caught: {path}:{number + 1}: by {by}", flush=True)
        else:
            print(f"NOT caught: {path}:{number + 1}:\n    - {old.strip()}\n    + {new.strip()}",
                  flush=True)
    else:
        same += 1
    with open(path, "w") as f:
        f.write(text)
    make(target)
print(f"count: {caught} of {made} breaks caught, seed {seed}, of {len(all_breaks)} possible ones;"
      f" {same} more did not compile or changed nothing; {time.monotonic() - begin:.0f} s")
sys.exit(caught * 10 < made * 9)
