#!/usr/bin/env python3
"""Runs gcc -fanalyzer, clang-tidy and cppcheck on src and agent.

    analyze.py BUILD JOBS [TOOL...]      TOOL is gcc, clang-tidy or cppcheck (default: all)

Every finding is printed unless tests/lint/analyze.exceptions has a line for it. The last line
is "N passed, N failed"; a tool is one test. A tool that is not installed is a failure.
"""
import concurrent.futures
import fnmatch
import json
import os
import re
import subprocess
import sys

build, jobs = sys.argv[1], sys.argv[2]
wanted = sys.argv[3:] or ["gcc", "clang-tidy", "cppcheck"]
os.chdir(os.path.join(os.path.dirname(__file__), "../.."))
FINDING = re.compile(r"^(?P<file>[^\s:]+):(?P<line>\d+):\d+: (?:warning|error|style|"
                     r"performance|portability): (?P<text>.*) \[(?P<check>[^\]]+)\]$")
exceptions = []
with open("tests/lint/analyze.exceptions") as listed:
    for line in listed:
        if line.strip() and not line.startswith("#"):
            check, files, pattern, why = (part.strip() for part in line.split(" | ", 3))
            exceptions.append({"check": check, "files": files, "pattern": re.compile(pattern),
                               "why": why, "used": 0})


def excepted(check, path, text):
    for e in exceptions:
        if fnmatch.fnmatch(check, e["check"]) and fnmatch.fnmatch(path, e["files"]) \
                and e["pattern"].search(text):
            e["used"] += 1
            return True
    return False


def findings(output):
    """Yields each finding once: file, line, check, its text and the line of the source."""
    seen = set()
    for line in output.splitlines():
        found = FINDING.match(line)
        if not found or found.group(0) in seen:
            continue
        seen.add(found.group(0))
        path = os.path.relpath(found["file"])
        with open(path) as source:
            code = source.read().splitlines()[int(found["line"]) - 1].strip()
        for check in found["check"].split(","):
            yield path, found["line"], check.removeprefix("-W"), found["text"], code


def run(command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", **options)
    return done.returncode, done.stdout


def gcc():
    subprocess.run(["rm", "-rf", build + "/analyze/obj"], check=True)
    return run(["make", "-k", "--no-print-directory", "-j" + jobs, "BUILD=" + build + "/analyze",
                "CC=gcc", "CFLAGS=-O2 -fanalyzer", "WERROR=0", "all"])


def clang_tidy():
    database = build + "/analyze/compile_commands.json"
    run(["make", "--no-print-directory", "BUILD=" + build + "/analyze", "CC=clang",
         "compile_commands.json"])
    with open("compile_commands.json") as made, open(database, "w") as kept:
        entries = [e for e in json.load(made) if e["file"].startswith(("src/", "agent/"))]
        json.dump(entries, kept)
    command = ["clang-tidy", "--quiet", "-p", build + "/analyze", "--checks=-*,bugprone-*,cert-*"]
    # Each has a pipe of its own: their lines are not mixed.
    with concurrent.futures.ThreadPoolExecutor(int(jobs)) as pool:
        done = list(pool.map(lambda e: run(command + [e["file"]]), entries))
    return max(status for status, _ in done), "\n".join(output for _, output in done)


def cppcheck():
    return run(["cppcheck", "-j" + jobs, "--quiet", "--std=c11", "--language=c",
                "--enable=warning,performance,portability", "--inline-suppr",
                "--suppress=missingIncludeSystem", "--suppress=unknownMacro",
                "--template={file}:{line}:{column}: {severity}: {message} [{id}]",
                "-D_GNU_SOURCE", "-Isrc", "-I.", "src", "agent"])


passed = failed = 0
for name in wanted:
    tool = {"gcc": gcc, "clang-tidy": clang_tidy, "cppcheck": cppcheck}[name]
    left = explained = 0
    try:
        status, output = tool()
    except FileNotFoundError as error:
        status, output = 127, str(error)
    for path, line, check, text, code in findings(output):
        if excepted(check, path, text + "\n" + code):
            explained += 1
        else:
            left += 1
            print(f"not ok - {path}:{line}: {text} [{check}]\n        {code}")
    if name != "clang-tidy" and status != 0 and not left:
        print(f"not ok - {name}: exit status {status}\n{output[-2000:]}")
        left = 1
    if name == "clang-tidy" and "rror" in output and not left and not explained:
        print(f"not ok - {name}: {output[-2000:]}")
        left = 1
    print(f"count: {name}: {left} findings, and {explained} that are explained")
    passed, failed = passed + (left == 0), failed + (left != 0)
for e in exceptions:
    if not e["used"] and len(wanted) == 3: # another version of a tool may have it
        print(f"# not found: {e['check']} in {e['files']}: {e['pattern'].pattern}")
print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
