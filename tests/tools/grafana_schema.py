#!/usr/bin/env python3
"""Makes a JSON Schema of Grafana dashboards from the types that Grafana publishes.

grafana_schema.py FOLDER >tests/integrations/grafana.schema.json

FOLDER is the unpacked npm package @grafana/grafana-foundation-sdk (Apache-2.0), which has a
TypeScript declaration of the dashboard and of each kind of panel:

    npm pack @grafana/grafana-foundation-sdk@0.0.21 && tar xzf grafana-grafana-foundation-sdk-*.tgz

Unknown fields are errors in the schema. Fields that have to be there are those of the dashboard
itself; options of panels have defaults. Only what the panels below need is in it.
"""

import json
import os
import re
import sys

# Folder of each type of panel.
PANELS = {"stat": "stat", "table": "table", "timeseries": "timeseries",
          "state-timeline": "statetimeline", "text": "text"}
BASIC = {"string": {"type": "string"}, "number": {"type": "number"}, "any": {},
         "boolean": {"type": "boolean"}, "null": {"type": "null"}}
TOKEN = re.compile(r'"[^"]*"|[A-Za-z_][\w.]*|-?\d+(?:\.\d+)?|[{}\[\]()<>|;:?,=]')
# A query is one of Prometheus: nothing else is used.
REPLACED = {"cog.Dataquery": "prometheus.Dataquery"}


class Types:
    """The declarations of a package, and the schemas of those that were asked for."""

    def __init__(self, folder):
        self.folder, self.modules, self.defs = folder, {}, {}

    def module(self, name):
        """The bodies of the declarations of a module by name: ("interface", tokens) ..."""
        if name not in self.modules:
            path = os.path.join(self.folder, "dist", name, "types.gen.d.ts")
            with open(path, encoding="utf-8") as file:
                text = re.sub(r"//[^\n]*", "", re.sub(r"/\*.*?\*/", "", file.read(), flags=re.S))
            found = {}
            for match in re.finditer(r"^export (?:declare )?(interface|enum|type) (\w+)(.*?)(?=^export |\Z)",
                                     text, re.M | re.S):
                found[match.group(2)] = (match.group(1), TOKEN.findall(match.group(3)))
            self.modules[name] = found
        return self.modules[name]

    def members(self, module, name):
        """The values of an enum by the names of its members."""
        tokens = self.module(module)[name][1]
        return {tokens[i]: json.loads(tokens[i + 2]) for i in range(1, len(tokens) - 2) if tokens[i + 1] == "="}

    def ref(self, module, name):
        key = f"{module}.{name}"
        key = REPLACED.get(key, key)
        module, name = key.split(".")
        if key not in self.defs:
            self.defs[key] = {}
            self.defs[key] = self.declaration(module, name)
        return {"$ref": f"#/$defs/{key}"}

    def declaration(self, module, name):
        kind, tokens = self.module(module)[name]
        if kind == "enum":
            return {"enum": list(self.members(module, name).values())}
        reader = Reader(self, module, tokens)
        if kind == "type":
            reader.take("=")
            return reader.union()
        bases = []
        if reader.peek() == "extends":
            reader.take("extends")
            while reader.peek() != "{":
                bases.append(reader.take().split("."))
                if reader.peek() == ",":
                    reader.take()
        schema = reader.object()
        for base in bases:
            self.ref(*([module] + base)[-2:])
            other = self.defs[".".join(([module] + base)[-2:])]
            schema["properties"] = {**other["properties"], **schema["properties"]}
        return schema


class Reader:
    """Reads a type from tokens."""

    def __init__(self, types, module, tokens):
        self.types, self.module, self.tokens, self.at = types, module, tokens, 0

    def peek(self):
        return self.tokens[self.at]

    def take(self, wanted=None):
        token = self.tokens[self.at]
        if wanted and token != wanted:
            raise ValueError(f"{wanted} expected, and not {token}: {self.tokens}")
        self.at += 1
        return token

    def union(self):
        parts = [self.array()]
        while self.peek() == "|":
            self.take()
            parts.append(self.array())
        return parts[0] if len(parts) == 1 else {"anyOf": parts}

    def array(self):
        schema = self.single()
        while self.peek() == "[":
            self.take("[")
            self.take("]")
            schema = {"type": "array", "items": schema}
        return schema

    def single(self):
        token = self.peek()
        if token == "{":
            return self.object()
        self.take()
        if token == "(":
            schema = self.union()
            self.take(")")
            return schema
        if token[0] in '"-0123456789':
            return {"const": json.loads(token)}
        if token in ("true", "false"):
            return {"const": token == "true"}
        if token in ("Record", "Partial"):
            return self.generic(token)
        if token in BASIC:
            return BASIC[token]
        return self.named(token.split("."))

    def generic(self, token):
        self.take("<")
        schema = self.union()
        if token == "Record":
            self.take(",")
            schema = {"type": "object", "additionalProperties": self.union()}
        self.take(">")
        return schema

    def named(self, path):
        """Name, module.Name, Enum.Member or module.Enum.Member."""
        own = self.types.module(self.module)
        module = self.module if path[0] in own else path.pop(0)
        if len(path) == 2:
            return {"const": self.types.members(module, path[0])[path[1]]}
        return self.types.ref(module, path[0])

    def object(self):
        """Without its methods, which are not in JSON."""
        properties, required, other = {}, [], False
        self.take("{")
        while self.peek() != "}":
            name = self.take()
            if name == "[":  # [key: string]: TYPE
                while self.take() != "]":
                    pass
                self.take(":")
                other = self.union()
            elif self.peek() == "(":
                while self.peek() != ";":
                    self.take()
            else:
                needed = self.peek() != "?"
                if not needed:
                    self.take()
                self.take(":")
                properties[name.strip('"')] = self.union()
                if needed and self.module == "dashboard":
                    required.append(name)
            self.take(";")
        self.take("}")
        schema = {"type": "object", "properties": properties, "additionalProperties": other}
        return {**schema, "required": required} if required else schema


def panel_schemas(types):
    """What is known of a panel only by its type."""
    for panel, module in sorted(PANELS.items()):
        then = {"options": types.ref(module, "Options")}
        if "FieldConfig" in types.module(module):
            custom = {"custom": types.ref(module, "FieldConfig")}
            then["fieldConfig"] = {"properties": {"defaults": {"properties": custom}}}
        yield {"if": {"properties": {"type": {"const": panel}}}, "then": {"properties": then}}


def main():
    types = Types(sys.argv[1])
    with open(os.path.join(sys.argv[1], "package.json"), encoding="utf-8") as file:
        package = json.load(file)
    schema = types.ref("dashboard", "Dashboard")
    types.defs["dashboard.Panel"]["allOf"] = list(panel_schemas(types))
    types.defs["dashboard.Panel"]["properties"]["type"] = {"enum": sorted(PANELS)}
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema",
            "$comment": f"Made by tests/tools/grafana_schema.py from {package['name']} {package['version']}.",
            **schema}
    # A definition is a line, so that a diff shows what has changed.
    lines = [f" {json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
    defs = [f"  {json.dumps(key)}: {json.dumps(types.defs[key], sort_keys=True)}" for key in sorted(types.defs)]
    print("{\n" + ",\n".join(lines + [' "$defs": {\n' + ",\n".join(defs) + "\n }"]) + "\n}")


if __name__ == "__main__":
    main()
