#!/usr/bin/env python3
"""Writes the configurations of Prometheus in a document to files, one for each.

fleet_blocks.py DOCUMENT FOLDER

They are the indented blocks with scrape_configs or global in it; a comment "# prometheus.yml of ..."
begins the next one within a block.
"""

import os
import re
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    text = file.read()
blocks = [re.sub(r"(?m)^ {4}", "", block) for block in re.findall(r"(?:^(?: {4}.*)?\n)+", text, re.M)]
parts = [part for block in blocks for part in re.split(r"(?m)^(?=# prometheus\.yml)", block)]
found = [part for part in parts if re.search(r"^(scrape_configs|global):", part, re.M)]
for number, part in enumerate(found):
    with open(os.path.join(sys.argv[2], f"{number}.yml"), "w", encoding="utf-8") as file:
        file.write(part)
print(len(found))
