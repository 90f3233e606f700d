#!/usr/bin/env python3
"""Runs the unit tests and the integration suites with programs that count which lines and
branches they execute (gcov), and prints the share for each folder of src and agent.

    coverage.py BUILD JOBS [SUITE...]     default: all integration suites, and tests/fault/60-rough.sh

With KEEP=1 in the environment, what an earlier run has counted is kept, and only the suites run.
A test that fails does not end the run: it is not about them. The last line is
"N passed, N failed": at least LINES percent of the lines were executed. BUILD/coverage/lines
has each line that was not. A process that is killed by SIGKILL counts nothing.
"""
import glob
import json
import os
import subprocess
import sys

LINES = 90
build, jobs, suites = os.path.abspath(sys.argv[1] + "/coverage"), sys.argv[2], sys.argv[3:]
os.chdir(os.path.join(os.path.dirname(__file__), "../.."))
os.makedirs(build, exist_ok=True)
make = ["make", "--no-print-directory", "-j" + jobs, "BUILD=" + build,
        "CFLAGS=-O0 -g --coverage -fprofile-update=atomic", "LDFLAGS=--coverage", "all", "unit", "tools"]
if subprocess.run(make, stdout=subprocess.DEVNULL).returncode != 0:
    sys.exit("coverage.py: the programs cannot be built")
keep = os.environ.get("KEEP", "0") != "0"
for old in glob.glob(build + "/obj/**/*.gcda", recursive=True):
    if not keep:
        os.unlink(old)
# The SNMP process writes its counts as another account.
for folder, _, _ in os.walk(build + "/obj"):
    os.chmod(folder, 0o777)
os.umask(0)
suites = suites or sorted(glob.glob("tests/integration/[0-9]*.sh")) + ["tests/fault/60-rough.sh"]
units = [] if keep else sorted(p for p in glob.glob(build + "/tests/test_*") if os.access(p, os.X_OK) and
               os.path.isfile(p))
subprocess.run(["tests/run", build] + units + suites, env=dict(os.environ, LIMIT="600"))

lines, branches = {}, {}
counts = [p for part in ("src", "agent")
          for p in glob.glob(f"{build}/obj/{part}/**/*.gcno", recursive=True)]
for note in counts:
    done = subprocess.run(["gcov", "--json-format", "--stdout", "--branch-probabilities", note],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    for text in done.stdout.splitlines():
        for file in json.loads(text)["files"]:
            path = os.path.relpath(file["file"])
            if not path.startswith(("src/", "agent/")):
                continue
            for line in file["lines"]:
                key = (path, line["line_number"])
                lines[key] = lines.get(key, 0) + line["count"]
                for i, branch in enumerate(line["branches"]):
                    at = key + (i,)
                    branches[at] = branches.get(at, 0) + branch["count"]


def percent(part, whole):
    return 100.0 * part / whole if whole else 100.0


def report(name, chosen):
    mine = [n for key, n in lines.items() if chosen(key[0])]
    ways = [n for key, n in branches.items() if chosen(key[0])]
    hit, taken = sum(n > 0 for n in mine), sum(n > 0 for n in ways)
    print(f"count: {name}: {percent(hit, len(mine)):.1f} % of {len(mine)} lines, "
          f"{percent(taken, len(ways)):.1f} % of {len(ways)} branches")
    return percent(hit, len(mine))


for folder in sorted({os.path.dirname(path) for path, _ in lines}):
    report(folder, lambda path, folder=folder: os.path.dirname(path) == folder)
all_lines = report("all", lambda path: True)
with open(build + "/lines", "w") as out:
    for (path, number), n in sorted(lines.items()):
        if n == 0:
            out.write(f"{path}:{number}\n")
print(f"{int(all_lines >= LINES)} passed, {int(all_lines < LINES)} failed")
sys.exit(all_lines < LINES)
