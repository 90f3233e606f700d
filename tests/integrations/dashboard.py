#!/usr/bin/env python3
"""Checks the main points of the schema of a Grafana dashboard, and its queries.

dashboard.py FILE PROMETHEUS

Grafana is not in Debian: this does not import the file. Each query of a panel is sent to the
Prometheus with the variables of the dashboard replaced; it has to be valid, and to have data except
where a host measures it only if it is configured so.
"""

import json
import os
import re
import sys
import urllib.error

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import http_get  # noqa: E402

PANELS = {"stat", "table", "timeseries", "state-timeline"}
MAY_BE_EMPTY = re.compile(r"(read|write)_bytes")
VALUES = {"job": "procgroup", "instance": ".*", "group": ".*"}


def faults_of_panel(panel, seen):
    """What is wrong with the form of a panel."""
    yield from (f"no {key}" for key in ("id", "type", "title", "gridPos", "targets", "datasource")
                if key not in panel)
    if panel.get("type") not in PANELS:
        yield f"unknown type {panel.get('type')}"
    if panel.get("id") in seen["ids"]:
        yield "its id is not unique"
    seen["ids"].add(panel.get("id"))
    grid = panel.get("gridPos", {})
    if set(grid) != {"x", "y", "w", "h"} or grid["x"] + grid["w"] > 24:
        yield f"gridPos {grid}"
        return
    cells = {(x, y) for x in range(grid["x"], grid["x"] + grid["w"])
             for y in range(grid["y"], grid["y"] + grid["h"])}
    if cells & seen["cells"]:
        yield "it overlaps another panel"
    seen["cells"] |= cells
    letters = [target.get("refId") for target in panel.get("targets", [])]
    if not letters or len(set(letters)) != len(letters):
        yield f"refIds {letters}"


def faults_of_query(expression, prometheus):
    """What is wrong with a query, with the variables replaced."""
    text = re.sub(r"\$(\w+)", lambda match: VALUES[match.group(1)], expression)
    try:
        if not http_get.query(prometheus, text) and not MAY_BE_EMPTY.search(text):
            yield f"no data: {text}"
    except urllib.error.HTTPError as error:
        yield f"{text}: {error.read().decode()}"


def faults(board, prometheus):
    for key, kind in (("title", str), ("uid", str), ("schemaVersion", int), ("panels", list),
                      ("templating", dict), ("time", dict), ("annotations", dict)):
        if not isinstance(board.get(key), kind):
            yield f"{key} is not of the type {kind.__name__}"
    if board.get("id", 0) is not None:
        yield "id is not null: an import would replace another dashboard"
    variables = {variable["name"] for variable in board["templating"]["list"]}
    unknown = set(re.findall(r"\$\{?(\w+)", json.dumps(board["panels"]))) - variables
    if unknown:
        yield f"unknown variables {unknown}"
    seen = {"ids": set(), "cells": set()}
    for panel in board["panels"]:
        for fault in faults_of_panel(panel, seen):
            yield f"{panel.get('title')}: {fault}"
        for target in panel.get("targets", []):
            for fault in faults_of_query(target["expr"], prometheus):
                yield f"{panel.get('title')}: {fault}"


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        found = list(faults(json.load(file), sys.argv[2]))
    for fault in found:
        print(f"{sys.argv[1]}: {fault}")
    sys.exit(1 if found else 0)
