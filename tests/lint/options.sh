#!/bin/bash
# The manual pages and --help have the same options, with the same ranges and defaults.
# An item ".It Fl ..." of a page is an option of the program. procgroup(1) has options that are
# common to its commands, and a section ".Ss COMMAND" for others; each option of a command is in
# its synopsis too.
set -u
cd "$(dirname "$0")/../.." || exit 1
export LC_ALL=C.UTF-8 BUILD=${BUILD:-build}
exec python3 - <<'EOF_PYTHON'
import os, re, subprocess, sys

BIN = os.environ['BUILD'] + '/bin/'
OF_ALL = {'-h', '--help', '-V', '--version'} # not in the synopsis
# A default of --help that the page says in a sentence, or that is not a default of the option.
IN_OTHER_WORDS = {
    'procgroupd -L',
    'procgroup init -o',
    'snmp-procgroup -e', 'snmp-procgroup -E', 'snmp-procgroup --cache',
    'snmp-procgroup -f', 'snmp-procgroup -g', 'snmp-procgroup --max-age',
    'snmp-procgroup --deadline', 'snmp-procgroup --group',
    'procgroup check -f', 'procgroup show -i', 'procgroup show -s',
}

passed = failed = 0


def check(good, text):
    global passed, failed
    passed += bool(good)
    failed += not good
    if not good:
        print('not ok - ' + text)


def help_of(command):
    """Option -> the text of its entry."""
    text = subprocess.run([BIN + command[0], *command[1:], '--help'], text=True,
                          stdout=subprocess.PIPE, check=True).stdout
    options, names = {}, []
    for line in text.split('\n'):
        entry = re.match(r'  (-\S.*)', line)
        if entry:
            head = re.split(r'  +', entry.group(1), maxsplit=1)[0]
            names = re.findall(r'(?<![\w-])(--[a-z-]+|-[A-Za-z])', head)
        elif not line.startswith('     '):
            names = []
        for name in names:
            options[name] = options.get(name, '') + ' ' + line.strip()
    return options


def plain(roff):
    """The words of lines of mdoc."""
    text = re.sub(r'\\&|\\e', '', roff)
    text = re.sub(r'^\.[A-Z][a-z] ', '', text, flags=re.M)
    return re.sub(r'\s+', ' ', re.sub(r'\b(?:Fl|Ar|Cm|Ns|Li|Pa|Ql|No|Op) ', '', text))


def flags(line):
    return re.findall(r'(?:Fl|\.Fl) (-?[A-Za-z][A-Za-z-]*)', line)


def spelled(flag):
    return '-' + flag


def items(part):
    """Option -> its item in this part of a page."""
    found, names = {}, []
    for line in part.split('\n'):
        if line.startswith('.It Fl'):
            names = [spelled(f) for f in flags(line)]
        elif line.startswith('.Sh') or line.startswith('.Ss'):
            names = []
        for name in names:
            found[name] = found.get(name, '') + line + '\n'
    return found


def synopses(page):
    """Command -> the options in its synopsis; '' is the program alone."""
    part = page.split('.Sh SYNOPSIS')[1].split('.Sh ')[0]
    found = {}
    for block in re.split(r'^\.Nm.*\n', part, flags=re.M)[1:]:
        command = re.match(r'\.Cm ([a-z]+)', block)
        names = found.setdefault(command.group(1) if command else '', set())
        for line in block.split('\n'):
            for flag in flags(line):
                # "Fl fmt": letters without values
                names.update([spelled(flag)] if len(flag) == 1 or flag.startswith('-')
                             else ['-' + letter for letter in flag])
    return found


def compare_values(what, name, helped, item):
    key, text = f'{what} {name}', plain(item)
    limits = re.search(r'Range: (\S+) to (\S+)\.(?: |$)', helped)
    if limits:
        check(f'range is {limits.group(1)} to {limits.group(2)}' in text,
              f'{key}: the page does not say "The range is {limits.group(1)} to {limits.group(2)}"')
    else:
        check('The range is ' not in text, f'{key}: --help has no range')
    preset = re.search(r'Default: (\S+?)\.?(?: |$)', helped)
    if preset:
        same = f'default is {preset.group(1)}' in text
        check(same != (key in IN_OTHER_WORDS),
              f'{key}: the page does not say "The default is {preset.group(1)}"' if not same
              else f'tests/lint/options.sh: {key} need not be in IN_OTHER_WORDS')


def compare(what, helped, paged, synopsis):
    for name in sorted(set(helped) - set(paged)):
        check(False, f'{what}: {name} is not in the manual page')
    for name in sorted(set(paged) - set(helped)):
        check(False, f'{what}: {name} is in the manual page only')
    for name in sorted(set(helped) & set(paged)):
        compare_values(what, name, helped[name], paged[name])
    if synopsis is not None:
        for name in sorted(set(helped) - OF_ALL - synopsis):
            check(False, f'{what}: {name} is not in the synopsis')
        for name in sorted(synopsis - set(helped)):
            check(False, f'{what}: {name} is in the synopsis only')


for program, file in (('procgroupd', 'docs/procgroupd.8'), ('snmp-procgroup', 'docs/snmp-procgroup.1')):
    page = open(file, encoding='utf-8').read()
    synopsis = set().union(*synopses(page).values())
    helped = help_of([program])
    check(len(helped) >= 15, f'{program}: only {len(helped)} options are found')
    compare(program, helped, items(page), None if program == 'snmp-procgroup' else synopsis)

page = open('docs/procgroup.1', encoding='utf-8').read()
parts = re.split(r'^\.Ss ([a-z]+)\n', page, flags=re.M)
common = items(parts[0])
sections = {name: items(text.split('\n.Sh ')[0]) for name, text in zip(parts[1::2], parts[2::2])}
listed = subprocess.run([BIN + 'procgroup', '--help'], text=True, stdout=subprocess.PIPE,
                        check=True).stdout
commands = re.findall(r'^  ([a-z]+) +\S', listed, flags=re.M)
check(set(commands) == set(sections), f'procgroup: commands {commands}, sections {list(sections)}')
check(set(commands) == set(synopses(page)),
      f'procgroup: commands {commands}, synopses {list(synopses(page))}')
used = set()
for command in commands:
    helped = help_of(['procgroup', command])
    shared = {name: text for name, text in common.items() if name in helped}
    used |= set(shared)
    compare(f'procgroup {command}', helped, {**shared, **sections.get(command, {})},
            synopses(page).get(command, set()))
for name in sorted(set(common) - used):
    check(False, f'procgroup: common option {name} belongs to no command')
check(passed > 50, f'only {passed} comparisons')
print(f'{passed} passed, {failed} failed')
sys.exit(failed != 0)
EOF_PYTHON
