#!/usr/bin/env python3
"""Makes docs/terminal.svg, the picture in README.md, from what procgroup prints on a terminal.

  tests/tools/picture.py BUILD            write the picture
  tests/tools/picture.py BUILD --check    exit with 1 if it is not what procgroup prints now

As root: the processes in the picture run in namespaces of their own, with the same PIDs each
time. Memory usage differs a little from run to run, and the security module between hosts: a
picture that differs in these only is not written again.
"""
import fcntl
import html
import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import termios
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PICTURE = os.path.join(HERE, '..', '..', 'docs', 'terminal.svg')
FOLDER = '/usr/local/sbin'  # of the processes, below a tmpfs
COLUMNS, ROWS = 80, 50
CONFIG = '''
group "postfix-master" { name = "master"  count = "1-1" }
group "sshd-listener" {
    name = "sshd"  user = "root"  except { parent = "sshd" }  count = "1-1"
}
group "workers" { name = "php-fpm"  count = "2-10" }
group "gid0-not-uid0" { gid = 0  except { uid = 0 }  count = "0-0" }
group "cpu-hog" {
    except { name = {"gzip", "xz"} }
    condition "spinning" { metric = "cpu"  each = true  range = "-90" }
}
'''
# PID, UID and name of each process; GID 0
PROCESSES = [(612, 0, 'sshd'), (701, 0, 'php-fpm'), (702, 0, 'php-fpm'), (703, 0, 'php-fpm'),
             (4711, 33, 'dump')]
COMMANDS = ['show -c example.conf', 'explain -c example.conf 4711']
SAME = [(r'security module [^<\n]*', 'security module'), (r' *\d[\d.]*[KMG](?![\w])', ' M')]


def run_on_terminal(command):
    """What a command prints on a terminal of 80 columns, in the locale C."""
    pid, fd = pty.fork()
    if pid == 0:
        time.sleep(0.1)  # the size is set
        os.execvpe(command[0], command, {'TERM': 'xterm', 'LC_ALL': 'C', 'PATH': os.environ['PATH']})
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', ROWS, COLUMNS, 0, 0))
    output = b''
    while True:
        try:
            data = os.read(fd, 65536)
        except OSError:  # the end of a terminal
            break
        if not data:
            break
        output += data
    os.waitpid(pid, 0)
    return output.decode().replace('\r\n', '\n')


def start_processes():
    for name in {name for _, _, name in PROCESSES}:
        shutil.copy('/bin/sleep', os.path.join(FOLDER, name))
    for pid, uid, name in PROCESSES:
        path = os.path.join(FOLDER, name)
        with open('/proc/sys/kernel/ns_last_pid', 'w', encoding='ascii') as last:
            last.write(str(pid - 1))
        child = os.fork()
        if child == 0:
            os.setgroups([])
            os.setresuid(uid, uid, uid)
            os.execl(path, path, '300')
        if child != pid:
            sys.exit(f'picture.py: the process {name} has PID {child}, not {pid}')
    for pid, _, name in PROCESSES:
        while open(f'/proc/{pid}/comm', encoding='ascii').read().strip() != name:
            time.sleep(0.01)


def record(build):
    """Inside of the namespaces: prints all commands and their output."""
    subprocess.run(['mount', '-t', 'tmpfs', 'tmpfs', FOLDER], check=True)
    os.chmod(FOLDER, 0o755)
    os.chdir(FOLDER)
    with open('example.conf', 'w', encoding='ascii') as file:
        file.write(CONFIG)
    start_processes()
    for command in COMMANDS:
        print(f'$ procgroup {command}')
        print(run_on_terminal([os.path.join(build, 'bin', 'procgroup'), *command.split()]), end='')
    sys.stdout.flush()
    os._exit(0)


# ---------------------------------------------------------------- SVG

WIDTH, HEIGHT, MARGIN = 8.4, 18, 14
STYLE = '''
    rect { fill: #10151c; stroke: #3a4756 }
    text { fill: #d5dde6; font: 14px monospace; white-space: pre }
    .c1 { font-weight: bold } .c31 { fill: #ff7b72 } .c32 { fill: #7ee787 }
    .c33 { fill: #e3b341 } .c35 { fill: #d2a8ff } .prompt { fill: #79c0ff }
'''


def spans_of(line):
    """(class, text) of each part of a line with one colour."""
    style = ''
    for part in re.split(r'(\033\[[\d;]*m)', line):
        code = re.fullmatch(r'\033\[([\d;]*)m', part)
        if code:
            style = ' '.join('c' + c for c in code.group(1).split(';') if c.strip('0'))
        elif part:
            yield style, part


def svg_of(text):
    lines = text.rstrip('\n').split('\n')
    width, height = COLUMNS * WIDTH + 2 * MARGIN, len(lines) * HEIGHT + 2 * MARGIN
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height}"'
           f' viewBox="0 0 {width:.0f} {height}" role="img">',
           '  <title>procgroup show and explain on a terminal</title>',
           f'  <style>{STYLE}  </style>',
           f'  <rect x="0.5" y="0.5" width="{width - 1:.0f}" height="{height - 1}" rx="6"/>']
    for number, line in enumerate(lines):
        column, y = 0, MARGIN + number * HEIGHT + 13
        for style, part in [('prompt', line)] if line.startswith('$ ') else spans_of(line):
            # Each part has its place and length, so that any monospace font fits.
            x, length = MARGIN + column * WIDTH, len(part) * WIDTH
            name = f' class="{style}"' if style else ''
            if part.strip():
                out.append(f'  <text{name} x="{x:.1f}" y="{y}" textLength="{length:.1f}"'
                           f' xml:space="preserve">{html.escape(part, quote=False)}</text>')
            column += len(part)
    return '\n'.join(out) + '\n</svg>\n'


def comparable(text):
    text = re.sub(r' (?:x|textLength)="[\d.]*"', '', text)
    for pattern, instead in SAME:
        text = re.sub(pattern, instead, text)
    return text


def main():
    build = os.path.abspath(sys.argv[1])
    if sys.argv[2:] == ['--record']:
        record(build)
    command = ['unshare', '--pid', '--fork', '--kill-child', '--mount', '--mount-proc', '--cgroup',
               sys.executable, os.path.abspath(__file__), build, '--record']
    text = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout.decode()
    new = svg_of(text)
    try:
        old = open(PICTURE, encoding='utf-8').read()
    except FileNotFoundError:
        old = ''
    same = comparable(old) == comparable(new)
    if sys.argv[2:] == ['--check']:
        if not same:
            print('docs/terminal.svg is not what procgroup prints now; make it again with '
                  'tests/tools/picture.py', file=sys.stderr)
            print(text, file=sys.stderr)
        sys.exit(not same)
    if not same:
        with open(PICTURE, 'w', encoding='utf-8') as file:
            file.write(new)


main()
