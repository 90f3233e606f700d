#!/usr/bin/env python3
"""Breaks single lines of the sources, and counts how many of the breaks the unit tests notice.

    mutations.py BUILD N SEED [FILE...]      default: src/engine, src/proc and src/select

Only the file that is broken is compiled, and only the tests that are linked with it run, until
one fails; those of the same file and module run first. A break that does not compile, that gives
the same object file, or that tests/lint/mutations.exceptions explains is not counted, and another
one is made. Each break that no test noticed is printed. An exception that fits no line of the
sources is an error. SEED chooses the breaks by what they are, not by where: most of them stay
the same while other lines change.
"""
import concurrent.futures
import filecmp
import glob
import hashlib
import os
import re
import shutil
import subprocess
import sys
import threading
import time

build, wanted, seed, files = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
top = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
EXCEPTION = re.compile(r"^(\S+) \| (\w+) \| (.*) => (.*) \| (equivalent|speed): (.+)$")
# (pattern, replacement): one occurrence in a line
CHANGES = [(r" == ", " != "), (r" != ", " == "), (r" < ", " <= "), (r" <= ", " < "), (r" > ", " >= "),
           (r" >= ", " > "), (r" && ", " || "), (r" \|\| ", " && "), (r" \+ ", " - "), (r" - ", " + "),
           (r"\+\+", "--"), (r" \+= ", " -= "), (r" \|= ", " &= "), (r"\btrue\b", "false"),
           (r"\bfalse\b", "true"), (r"\bif \((?!!)", "if (!"), (r"\b0\b", "1"), (r"\b1\b", "2"),
           (r"return r;", "return 0;"), (r"\bcontinue;", "break;")]


class Break:
    """A changed line: file, function, number (from 0), the line before and after."""

    def __init__(self, path, function, number, old, new):
        self.path, self.number, self.old, self.new = path, number, old, new
        self.key = (path, function, old.strip(), new.strip())

    def text(self):
        return (f"{self.path}:{self.number + 1}: {self.key[1]}()\n"
                f"    - {self.key[2]}\n    + {self.key[3]}")


def breaks_of_line(line):
    for pattern, new in CHANGES:
        for found in re.finditer(pattern, line):
            yield line[:found.start()] + new + line[found.end():]
    # A statement is left out: an assignment or a call, alone in its line.
    if re.match(r"^    +[a-z_][\w>.\-\[\]]*( [|&+\-]?= .*|\(.*\));$", line) and \
            not re.match(r"^ +(return|const|static|struct|int|bool|char) ", line):
        yield re.match("^ +", line).group(0) + ";"


def breaks_of_file(path):
    with open(path) as source:
        lines = source.read().split("\n")
    in_function = in_comment = False
    name = ""
    for number, line in enumerate(lines):
        signature = re.match(r"[a-z].*?(\w+)\(", line)
        if signature and not line.endswith(";"):
            name = signature.group(1)
        in_function = line == "{" or (in_function and line != "}")
        starts, ends = line.rfind("/*"), line.rfind("*/")
        is_comment = in_comment or starts >= 0
        in_comment = starts > ends or (in_comment and ends < 0)
        if in_function and not is_comment and '"' not in line and "log_" not in line:
            for new in breaks_of_line(line):
                yield Break(path, name, number, line, new)


def all_breaks():
    """All breaks, in the order of this seed."""
    found, times = [], {}
    for path in files:
        for one in breaks_of_file(path):
            times[one.key] = times.get(one.key, 0) + 1
            text = "\0".join((str(seed), *one.key, str(times[one.key])))
            found.append((hashlib.sha256(text.encode()).digest(), one))
    return [one for _, one in sorted(found, key=lambda pair: pair[0])]


def read_exceptions():
    """The keys of breaks that are explained."""
    path, keys = "tests/lint/mutations.exceptions", {}
    possible = {one.key for name in sorted(glob.glob("src/*/*.c") + glob.glob("agent/*/*.c"))
                for one in breaks_of_file(name)}
    with open(path) as listed:
        for number, line in enumerate(listed, 1):
            if not line.strip() or line.startswith("#"):
                continue
            found = EXCEPTION.match(line.rstrip("\n"))
            if not found:
                sys.exit(f"{path}:{number}: expected FILE | FUNCTION | BEFORE => AFTER | KIND: WHY")
            if found.groups()[:4] not in possible:
                sys.exit(f"{path}:{number}: no such break of {found[1]}, {found[2]}(): "
                         "the sources have changed")
            keys[found.groups()[:4]] = found[5]
    return keys


def shell(command, limit=600):
    """The status and the output of a command; -1 if it takes longer than limit seconds."""
    done = subprocess.Popen(command, shell=isinstance(command, str), stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        output = done.communicate(timeout=limit)[0]
        return done.returncode, output.decode(errors="replace")
    except subprocess.TimeoutExpired:
        os.killpg(done.pid, 9)
        done.communicate()
        return -1, ""


# ---------------------------------------------------------------- the tests

# A broken program may signal any process: it has a PID namespace of its own, in which it
# is not process 1, for which the kernel has rules of its own.
APART = ["unshare", "--fork", "--kill-child", "--pid", "--mount-proc", "sh", "-c", '"$0" & wait $!']
if shell([*APART, "true"])[0] != 0:
    APART = []


class Test:
    """A unit test: how it is linked, with which objects of archives, and how long it takes."""

    def __init__(self, command):
        self.command = command.replace(" -Wl,--start-group", " -Wl,--trace -Wl,--start-group", 1)
        self.program = re.search(r" -o (\S+)", command).group(1)
        self.name = os.path.basename(self.program)

    def measure(self):
        """Is it of use? Some need the host, and others may be at odds with this machine."""
        self.objects = set(re.findall(r"([\w-]+)\.a\(([\w-]+)\.o\)", shell(self.command)[1]))
        begin = time.monotonic()
        status, output = self.run(self.program)
        self.seconds = time.monotonic() - begin
        # What it leaves out in a namespace of its own; src itself sends no signals.
        self.is_partial = "[  SKIPPED ]" in output and not self.fails(self.program, [])
        return status == 0

    def run(self, program, apart=None):
        limit = 60 + 10 * getattr(self, "seconds", 10)
        return shell([*(APART if apart is None else apart), program], limit)

    def fails(self, program, apart=None):
        """Twice, unless it hangs: another program may have disturbed it."""
        status = self.run(program, apart)[0]
        return status == -1 or (status != 0 and self.run(program, apart)[0] != 0)

    def distance(self, path):
        folder, name = path.split("/")[-2], path.split("/")[-1][:-2]
        return (not self.name.startswith((f"test_{folder}_{name}", f"test_agent_{folder}_{name}")),
                not self.name.startswith((f"test_{folder}_", f"test_agent_{folder}_")), self.seconds)


def is_same(path, target):
    """Whether the target is a copy of this file. A link, as a test has one, may lead nowhere."""
    if os.path.islink(path):
        return os.path.islink(target) and os.readlink(path) == os.readlink(target)
    return os.path.isfile(target) and filecmp.cmp(path, target, shallow=False)


def copy_sources(copy):
    """What git knows, as it is now. A file that has not changed stays, and is not built again."""
    known = subprocess.run(["git", "ls-files"], stdout=subprocess.PIPE, text=True, check=True).stdout.split("\n")
    for path in filter(os.path.lexists, known):
        target = f"{copy}/{path}"
        if not is_same(path, target):
            os.makedirs(os.path.dirname(target), exist_ok=True)
            if os.path.lexists(target):
                os.unlink(target)
            shutil.copy(path, target, follow_symlinks=False)
    for path in glob.glob(f"{copy}/*/*/*.[ch]"):
        if os.path.relpath(path, copy) not in known and not path.startswith((f"{copy}/out/", f"{copy}/work")):
            os.unlink(path)


def build_all():
    """Returns the commands that compile, by source, and the tests."""
    linker = " LDFLAGS=-fuse-ld=lld" if shutil.which("ld.lld") else ""
    make = f"make -j{os.cpu_count()} V=1 BUILD=out WERROR=0 'CFLAGS=-O2 -g0'{linker} unit"
    status, output = shell(make, 3600)
    if status != 0:
        sys.exit("mutations.py: the tests cannot be built\n" + output[-2000:])
    lines = shell(make + " -B -n")[1].replace("\\\n", " ").split("\n")
    compiles = {line.split()[-1]: line for line in lines if " -c -o out/obj/" in line}
    return compiles, [Test(line) for line in lines if re.search(r" -o out/tests/test_", line)]


# ---------------------------------------------------------------- one break

def compile_text(path, text, folder):
    """The object of a source file with this text, or None."""
    source, target = f"{folder}/{path}", f"{folder}/{path[:-2]}.o"
    os.makedirs(os.path.dirname(source), exist_ok=True)
    with open(source, "w") as f:
        f.write(text)
    command = re.sub(r" -MMD -MP -c -o .*", f" -iquote {os.path.dirname(path)} -c -o {target} {source}",
                     compiles[path])
    return target if shell(command)[0] == 0 else None


def content(path):
    with open(path, "rb") as f:
        return f.read()


def judge(one, folder):
    """How the break was caught; None if it was not, and "same" if it is none."""
    with open(one.path) as f:
        lines = f.read().split("\n")
    before = compile_text(one.path, "\n".join(lines), folder)
    before = content(before)
    lines[one.number] = one.new
    target = compile_text(one.path, "\n".join(lines), folder)
    if not target or content(target) == before:
        return "same"
    name = os.path.basename(one.path)[:-2]
    module = one.path.split("/")[-2] if one.path.startswith("src/") else "agent-" + one.path.split("/")[-2]
    reach = sorted((t for t in tests if (module, name) in t.objects), key=lambda t: t.distance(one.path))
    for test in reach:
        program = f"{folder}/{test.name}"
        if shell(test.command.replace(f" -o {test.program}", f" -o {program} {target}"))[0] != 0:
            return "same" # it cannot be linked
        if test.fails(program):
            return test.name
        if test.is_partial and test.fails(program, []):
            return test.name + ", on the host"
        os.remove(program)
    return None


class Run:
    """Judges breaks in their order, several at a time, until enough of them count."""

    def __init__(self, todo):
        self.todo, self.caught, self.missed, self.same, self.busy = todo, 0, 0, 0, 0
        self.changed = threading.Condition()

    def take(self):
        """The next break; None if there are enough."""
        with self.changed:
            while self.busy and self.caught + self.missed + self.busy == wanted:
                self.changed.wait() # one of them may turn out to be none
            if not self.todo or self.caught + self.missed == wanted:
                return None
            self.busy += 1
            return self.todo.pop(0)

    def put(self, one, by):
        with self.changed:
            self.busy -= 1
            self.same += by == "same"
            self.caught += by not in (None, "same")
            self.missed += by is None
            if by != "same":
                print(f"caught by {by}: {one.text()}" if by else f"NOT caught: {one.text()}", flush=True)
            self.changed.notify_all()

    def work(self, folder):
        for one in iter(self.take, None):
            by = "a tool that fails"
            try:
                by = judge(one, folder)
            finally:
                self.put(one, by)


os.chdir(top)
files = sorted(files or [p for f in ("engine", "proc", "select") for p in glob.glob(f"src/{f}/*.c")])
exceptions = read_exceptions()
todo = all_breaks()
explained = [one for one in todo if one.key in exceptions]
possible = len(todo)
todo = [one for one in todo if one.key not in exceptions]
copy = os.path.abspath(build + "/mutations")
copy_sources(copy)
os.chdir(copy)
os.environ["BUILD"] = copy + "/out"
compiles, tests = build_all()
with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
    works = list(pool.map(Test.measure, tests))
    useless = [t.name for t, is_good in zip(tests, works) if not is_good]
    tests = [t for t, is_good in zip(tests, works) if is_good]
    if useless:
        print(f"not used, as they fail without a break: {' '.join(useless)}", flush=True)
    begin = time.monotonic()
    run = Run(todo)
    for done in [pool.submit(run.work, f"work{i}") for i in range(os.cpu_count())]:
        done.result()
print(f"count: {run.caught} of {run.caught + run.missed} breaks caught, seed {seed}, of {possible} possible ones;"
      f" {run.same} more did not compile or changed nothing, and {len(explained)} are explained;"
      f" {time.monotonic() - begin:.0f} s")
sys.exit(run.caught * 10 < (run.caught + run.missed) * 9)
