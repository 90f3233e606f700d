#!/usr/bin/env python3
"""Prints the rows of the tables of an HTML file, as a person reads them: the id of the table and the
texts of the cells, separated by "|".

table_rows.py FILE
"""

import html.parser
import sys


class Rows(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.table, self.cells, self.inside = "", [], False

    def handle_starttag(self, tag, attrs):
        if tag == "table":
            self.table = dict(attrs).get("id", "")
        elif tag == "tr":
            self.cells = []
        elif tag in ("td", "th"):
            self.cells.append("")
            self.inside = True

    def handle_data(self, data):
        if self.inside:
            self.cells[-1] += data

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.inside = False
        elif tag == "tr":
            print("|".join([self.table] + [" ".join(cell.split()) for cell in self.cells]))


with open(sys.argv[1], encoding="utf-8") as file:
    Rows().feed(file.read())
