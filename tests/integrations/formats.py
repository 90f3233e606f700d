#!/usr/bin/env python3
"""Checks files for programs that are not run here: their form, and that their OIDs are columns.

formats.py zabbix FILE MIB | telegraf FILE MIB | librenms FILE MIB
"""

import collections
import re
import sys

import yaml

ROOT = "1.3.6.1.4.1.8072.9999.9999.2017"
# Of each table, its OID below the root.
TABLES = {"procGroupAgent": "1.1", "procGroupEntry": "1.2.1", "procGroupConditionEntry": "1.3.1"}


def columns(mib):
    """OIDs of the objects of the MIB, by name."""
    with open(mib, encoding="utf-8") as file:
        text = file.read()
    found = re.findall(r"^(\w+) OBJECT-TYPE.*?::= \{ (\w+) (\d+) \}", text, re.M | re.S)
    return {f"{ROOT}.{TABLES[table]}.{number}": name for name, table, number in found if table in TABLES}


def faults_of_oids(text, mib):
    known = columns(mib)
    for oid in re.findall(r"\.?(" + re.escape(ROOT) + r"\.1\.[\d.]*\d)", text):
        if oid not in known and re.sub(r"\.0$", "", oid) not in known:
            yield f"{oid} is not an object of the MIB"


def walk(node):
    """All dictionaries of a tree."""
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from walk(value)
    elif isinstance(node, list):
        for value in node:
            yield from walk(value)


def faults_of_zabbix(text):
    tree = yaml.safe_load(text)["zabbix_export"]
    if tree["version"] != "6.0":
        yield f"version {tree['version']}"
    uuids = [node["uuid"] for node in walk(tree) if "uuid" in node]
    for uuid, times in collections.Counter(uuids).items():
        if times > 1 or not re.fullmatch(r"[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}", uuid):
            yield f"uuid {uuid} is not of version 4, or is not unique"
    template = tree["templates"][0]
    maps = {entry["name"] for entry in template["valuemaps"]}
    keys = {node["key"] for node in walk(template) if "key" in node}
    for node in walk(template):
        if "key" in node and not {"uuid", "name", "type", "delay"} <= set(node):
            yield f"{node['key']} is not complete"
        if "valuemap" in node and node["valuemap"]["name"] not in maps:
            yield f"no value map {node['valuemap']['name']}"
        for key in re.findall(r"/" + re.escape(template["template"]) + r"/([\w.]+(?:\[[^\]]*\])?)", node.get("expression", "")):
            if key not in keys:
                yield f"no item {key}"
        if "expression" in node and "priority" not in node:
            yield f"{node['name']} has no priority"


def faults_of_telegraf(text):
    import tomllib
    inputs = tomllib.loads(text)["inputs"]["snmp"]
    for one in inputs:
        for field in one["field"] + [field for table in one["table"] for field in table["field"]]:
            if not {"name", "oid"} <= set(field) or set(field) - {"name", "oid", "is_tag", "conversion"}:
                yield f"field {field}"


def faults_of_librenms(text):
    for kind, sensors in yaml.safe_load(text)["modules"]["sensors"].items():
        for sensor in sensors["data"]:
            missing = {"oid", "value", "num_oid", "index", "descr"} - set(sensor)
            if missing or (kind == "state") != ("states" in sensor):
                yield f"a sensor of {kind} is not complete: {missing}"


if __name__ == "__main__":
    with open(sys.argv[2], encoding="utf-8") as stream:
        content = stream.read()
    check = {"zabbix": faults_of_zabbix, "telegraf": faults_of_telegraf, "librenms": faults_of_librenms}
    all_faults = list(check[sys.argv[1]](content)) + list(faults_of_oids(content, sys.argv[3]))
    for fault in all_faults:
        print(f"{sys.argv[2]}: {fault}")
    sys.exit(1 if all_faults else 0)
