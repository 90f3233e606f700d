#!/bin/bash
# docs/troubleshooting.md and the sources: each message that the document quotes is in the
# sources, and each one that procgroupd or its SNMP process logs as a warning or an error is
# quoted or listed below.
#
# A quoted message is the first cell, in backticks, of a row of a table. A word of PLACEHOLDERS
# in it, or a number, stands for a conversion of the format; another text there is a literal of
# the sources too. Two formats may match one message: it belongs to the one with more literal
# characters.
set -u
cd "$(dirname "$0")/../.." || exit 1
export LC_ALL=C.UTF-8
exec python3 - <<'EOF_PYTHON'
import glob, re, sys

DOCUMENT = 'docs/troubleshooting.md'
PLACEHOLDERS = ['ADDRESS', 'ERROR', 'FILE', 'FOLDER', 'NAME', 'NUMBER', 'PID', 'REASON',
                'TEXT', 'TIME', 'WORD']
# Logged, and not quoted: the format has no words of its own.
NOT_QUOTED = {'%s', '%s: %s'}

CONVERSION = re.compile(r'%(%|[-+ #0]*(?:\d+|\*)?(?:\.(?:\d+|\*))?(?:hh|h|ll|l|z|j|t)?[a-zA-Z])')
TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"((?:[^"\\\n]|\\.)*)"|\'(?:[^\'\\\n]|\\.)+\'|(\w+)|(\s+)|(.)',
                   re.S)
LOGGED = re.compile(r'\blog_(?:err|warn|write)\b')

passed = failed = 0


def report(good, text):
    global passed, failed
    if good:
        passed += 1
    else:
        failed += 1
        print('not ok - ' + text)


def unescape(text):
    text = re.sub(r'\\([\\"\'])', r'\1', text)
    return text.replace(r'\n', ' ')


def formats(source):
    """(format, whether it is the first literal of a call that logs) of each literal of a file.
    Literals side by side are one, and a macro between them is a conversion."""
    call, text, depth = None, None, 0
    found = []

    def end(logged):
        nonlocal text
        if text is not None:
            found.append((text, logged))
        text = None

    for token in TOKEN.finditer(source):
        literal, word, blank, other = token.groups()
        if literal is not None:
            text = (text or '') + unescape(literal)
        elif word:
            if LOGGED.fullmatch(word):
                end(False)
                call, depth = word, 0
            elif text is not None and word.startswith('PRI'): # PRIu64: of a "%" before it
                text += word[3]
            elif text is not None and word.isupper():
                text += '%s'
            else:
                end(False)
        elif other:
            if text is not None:
                end(call is not None and depth == 1)
                call = None if depth == 1 else call
            depth += {'(': 1, ')': -1}.get(other, 0)
            if other == ';':
                call = None
    end(False)
    return found


def literal_length(text):
    return len(CONVERSION.sub('', text))


def patterns_of(text):
    """Of a format, so that they match what is printed. Where a blank may be in one conversion
    or in the next one, they differ."""
    text = text.strip(' :;,')
    parts, at = [], 0
    for c in CONVERSION.finditer(text):
        parts += [re.escape(text[at:c.start()]), '%' if c.group(1) == '%' else '(.*)']
        at = c.end()
    greedy = ''.join(parts) + re.escape(text[at:])
    return [re.compile(p, re.S) for p in (greedy, greedy.replace('(.*)', '(.*?)'))]


def is_variable(text):
    """Of what a conversion gives in a quoted message."""
    words = text.split()
    for n in range(len(words), -1, -1): # conversions side by side: a literal, and a value
        rest = re.sub(r'\b(?:' + '|'.join(PLACEHOLDERS) + r')\b|\d+|\W', '', ''.join(words[n:]))
        if not rest and (not n or ' '.join(words[:n]) in literals):
            return True
    return False


def fits(message, patterns):
    for pattern in patterns:
        match = pattern.fullmatch(message.strip(' :;,'))
        if match and all(is_variable(text) for text in match.groups()):
            return True
    return False


def has_words(text):
    return literal_length(text) >= 8 and re.search('[a-z]{3}', CONVERSION.sub('', text))


files = sorted(file for folder in ('src', 'agent')
               for file in glob.glob(folder + '/**/*.[ch]', recursive=True))
candidates, logged, literals = {}, {}, set()
for file in files:
    for text, is_logged in formats(open(file, encoding='utf-8').read()):
        literals.add(text.strip())
        if has_words(text):
            candidates[text] = patterns_of(text)
        if is_logged and file.startswith('agent/'):
            logged.setdefault(text, file)

quoted = []
for number, line in enumerate(open(DOCUMENT, encoding='utf-8'), 1):
    row = re.match(r'\| (`+)(.+?)\1 \| (.{4,}) \| (.{4,}) \|$', line)
    if row:
        quoted.append((number, row.group(2)))
    elif line.startswith('| `'):
        report(False, f'{DOCUMENT}:{number}: not a row of three cells')

used = set()
for number, message in quoted:
    formats_of = [text for text, patterns in candidates.items() if fits(message, patterns)]
    best = max(formats_of, key=literal_length, default=None)
    report(best, f'{DOCUMENT}:{number}: not a message of the programs: {message}')
    if best:
        used.add(best)

report(len(quoted) >= 60, f'only {len(quoted)} messages are found in {DOCUMENT}')
report(len(logged) >= 50, f'only {len(logged)} messages are found in agent')
for text, file in sorted(logged.items()):
    report(text in used or text in NOT_QUOTED,
           f'{file}: logged, and not in {DOCUMENT}: {text}')
for text in NOT_QUOTED:
    report(text in logged, f'tests/lint/messages.sh: nothing logs "{text}"')
print(f'{passed} passed, {failed} failed')
sys.exit(failed != 0)
EOF_PYTHON
