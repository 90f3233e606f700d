#!/usr/bin/env python3
"""Checks a Grafana dashboard by Grafana's published types, and runs its queries.

dashboard.py FILE PROMETHEUS

Grafana is not in Debian: this does not import the file. The form is checked by grafana.schema.json,
which tests/tools/grafana_schema.py makes, with all options of the panels and all overrides, and by
what no schema can say: panels that overlap, variables, ids. Each query (of panels, variables,
annotations) is sent to the Prometheus with the variables replaced: it has to be valid and to have data.
"""

import json
import os
import re
import sys
import urllib.error
import urllib.parse

import jsonschema

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import http_get  # noqa: E402

VALUES = {"job": "procgroup", "instance": ".*", "group": ".*"}


def faults_of_form(board, schema):
    """Where the dashboard differs from the types of Grafana."""
    validator = jsonschema.Draft202012Validator(schema)
    for error in validator.iter_errors(board):
        for one in sorted(error.context, key=lambda e: -len(e.path))[:1] or [error]:
            yield f"{'/'.join(map(str, one.absolute_path))}: {one.message}"


def faults_of_overrides(panel, schema):
    """An override sets a field of the field configuration, with a value of its type."""
    module = panel["type"].replace("-", "")
    for override in panel.get("fieldConfig", {}).get("overrides", []):
        for item in override["properties"]:
            path, value = item["id"], item["value"]
            kind = "dashboard.FieldConfig"
            if path.startswith("custom."):
                path, kind = path[len("custom."):], f"{module}.FieldConfig"
            only = {"$ref": f"#/$defs/{kind}", "$defs": schema["$defs"]}
            yield from (f"{item['id']}: {error.message}" for error in
                        jsonschema.Draft202012Validator(only).iter_errors({path: value}))


def faults_of_panel(panel, seen):
    """What is wrong with a panel beside its form."""
    yield from (f"no {key}" for key in ("id", "type", "title", "gridPos", "targets", "datasource")
                if key not in panel)
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


def replaced(text):
    return re.sub(r"\$(\w+)", lambda match: VALUES[match.group(1)], text)


def faults_of_query(expression, prometheus):
    """What is wrong with a query, with the variables replaced."""
    text = replaced(expression)
    try:
        if not http_get.query(prometheus, text):
            yield f"no data: {text}"
    except urllib.error.HTTPError as error:
        yield f"{text}: {error.read().decode()}"


def faults_of_variable(variable, prometheus):
    """label_values(SELECTOR, LABEL) has values, as Grafana asks for them."""
    text = replaced(variable["query"]["query"])
    match = re.fullmatch(r"label_values\((.*), (\w+)\)", text)
    if not match or variable["definition"] != variable["query"]["query"]:
        yield f"query {text}"
        return
    url = f"{prometheus}/api/v1/label/{match.group(2)}/values?" + urllib.parse.urlencode({"match[]": match.group(1)})
    if not json.loads(http_get.get(url))["data"]:
        yield f"no values: {text}"


def faults_of_queries(board, prometheus):
    for panel in board["panels"]:
        for target in panel.get("targets", []):
            for fault in faults_of_query(target["expr"], prometheus):
                yield f"{panel.get('title')}: {fault}"
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            yield from faults_of_variable(variable, prometheus)
    for annotation in board["annotations"]["list"]:
        yield from faults_of_query(annotation["expr"], prometheus)


def faults(board, schema):
    yield from faults_of_form(board, schema)
    if board.get("id", 0) is not None:
        yield "id is not null: an import would replace another dashboard"
    variables = {variable["name"] for variable in board["templating"]["list"]}
    unknown = set(re.findall(r"\$\{?(\w+)", json.dumps(board["panels"]))) - variables
    if unknown:
        yield f"unknown variables {unknown}"
    seen = {"ids": set(), "cells": set()}
    for panel in board["panels"]:
        for fault in [*faults_of_panel(panel, seen), *faults_of_overrides(panel, schema)]:
            yield f"{panel.get('title')}: {fault}"


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "grafana.schema.json"), encoding="utf-8") as file:
        schema = json.load(file)
    with open(sys.argv[1], encoding="utf-8") as file:
        board = json.load(file)
    found = list(faults(board, schema))
    # Without a server, the form only.
    if len(sys.argv) > 2:
        found += faults_of_queries(board, sys.argv[2])
        print(f"count: {sum(len(panel['targets']) for panel in board['panels'])} queries of panels")
    for fault in found:
        print(f"{sys.argv[1]}: {fault}")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
