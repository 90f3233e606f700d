#!/usr/bin/env python3
"""Makes a shell script from the blocks of a Markdown file, for tests/packages/follow.sh.

    readme.py FILE      prints a line of shell for each indented or fenced block, in order:
                        run TEXT | file PATH TEXT | shows PATH TEXT

What a block is follows from the sentence in front of it, as for a person who reads it:
"in /etc/FILE:" is a part of that file, "lines of /FILE:" is what it has then, and all else is
commands; in one that begins with "$ ", the other lines are the output.
"""
import re
import shlex
import sys

FILE = re.compile(r"\b[Ii]n `?(/[^\s`]+?)`?(?: \([^)]*\))?:$")
SHOWS = re.compile(r"\b[Ll]ines? (?:of|in) `?(/[^\s`]+?)`?:$")


def blocks(lines):
    """Yields (sentence in front, text) of each block."""
    paragraph, block, fence = [], [], False
    for line in [*lines, "", "end"]:
        indented = line.startswith("    ") and not (paragraph and not block and paragraph[-1] is not None)
        if line.startswith("```"):
            if fence:
                yield front(paragraph), "\n".join(block) + "\n"
                paragraph, block = [], []
            fence = not fence
        elif fence:
            block.append(line)
        elif indented or (block and not line.strip()):
            block.append(line[4:])
        else:
            if block:
                yield front(paragraph), "\n".join(block).strip("\n") + "\n"
                paragraph, block = [], []
            if line.strip():
                if paragraph and paragraph[-1] is None:
                    paragraph = []
                paragraph.append(line.strip())
            elif paragraph:
                paragraph.append(None)


def front(paragraph):
    return " ".join(word for word in paragraph if word)


def step(sentence, text):
    shown = SHOWS.search(sentence)
    if shown:
        return ["shows", shown[1], text]
    named = FILE.search(sentence)
    if named:
        return ["file", named[1], text]
    return ["run", text]


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        lines = file.read().split("\n")
    for sentence, text in blocks(lines):
        print(" ".join(shlex.quote(word) for word in step(sentence, text)))


main()
