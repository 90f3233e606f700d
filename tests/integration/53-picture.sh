#!/bin/bash
# docs/terminal.svg, the picture in README.md, is what procgroup prints now.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"
check 'the picture is well-formed' python3 -c \
    'import sys, xml.etree.ElementTree as e; e.parse(sys.argv[1])' "$top/docs/terminal.svg"
check 'tests/tools/picture.py makes the same picture' python3 "$top/tests/tools/picture.py" "$BUILD" --check
summary
