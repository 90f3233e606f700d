#!/usr/bin/env python3
"""Calls the API of a Zabbix front end of a test, with its first account.

api.py URL version
api.py URL import FILE
api.py URL host NAME ADDRESS PORT TEMPLATE    a host with an SNMP interface and the template
api.py URL proxy NAME                         makes a proxy that connects to the server
api.py URL hosts PROXY PORT TEMPLATE          the same for each address of the standard input, behind
                                              the proxy
api.py URL value HOST ITEM                    the last value of the item with this name
api.py URL problems                           names of all problems, one a line
"""

import json
import sys
import urllib.request

RULES = {"groups": ["createMissing", "updateExisting"], "templates": ["createMissing", "updateExisting"],
         "items": ["createMissing"], "discoveryRules": ["createMissing"], "triggers": ["createMissing"],
         "valueMaps": ["createMissing"]}


class Api:
    def __init__(self, url):
        self.url, self.session = url, None

    def call(self, method, params):
        body = {"jsonrpc": "2.0", "method": method, "params": params, "id": 1, "auth": self.session}
        request = urllib.request.Request(self.url, json.dumps(body).encode(), {"Content-Type": "application/json-rpc"})
        with urllib.request.urlopen(request, timeout=120) as answer:
            result = json.loads(answer.read().decode())
        if "error" in result:
            sys.exit(f"{method}: {result['error']['message']} {result['error']['data']}")
        return result["result"]

    def login(self):
        self.session = self.call("user.login", {"user": "Admin", "password": "zabbix"})

    def load(self, path):
        with open(path, encoding="utf-8") as file:
            source = file.read()
        rules = {name: {key: True for key in keys} for name, keys in RULES.items()}
        self.call("configuration.import", {"format": "yaml", "source": source, "rules": rules})

    def proxy(self, name):
        self.call("proxy.create", {"host": name, "status": 5})

    def create(self, names, addresses, port, template, more):
        found = self.call("template.get", {"filter": {"host": template}})
        group = self.call("hostgroup.get", {"limit": 1})[0]["groupid"]
        details = {"version": 2, "community": "public", "bulk": 1}
        self.call("host.create", [{
            "host": name, "groups": [{"groupid": group}], "templates": [{"templateid": found[0]["templateid"]}],
            "interfaces": [{"type": 2, "main": 1, "useip": 1, "ip": address, "dns": "", "port": port, "details": details}],
            **more} for name, address in zip(names, addresses)])

    def host(self, name, address, port, template):
        self.create([name], [address], port, template, {})

    def hosts(self, proxy, port, template):
        behind = self.call("proxy.get", {"filter": {"host": proxy}})[0]["proxyid"]
        addresses = sys.stdin.read().split()
        self.create(addresses, addresses, port, template, {"proxy_hostid": behind})

    def value(self, host, name):
        for item in self.call("item.get", {"host": host, "filter": {"name": name}, "output": ["lastvalue", "lastclock"]}):
            if item["lastclock"] != "0":
                print(item["lastvalue"])

    def problems(self):
        for problem in self.call("problem.get", {"output": ["name"]}):
            print(problem["name"])


if __name__ == "__main__":
    api = Api(sys.argv[1])
    command, args = sys.argv[2], sys.argv[3:]
    if command == "version":
        print(api.call("apiinfo.version", []))
    else:
        api.login()
        {"import": api.load, "host": api.host, "proxy": api.proxy, "hosts": api.hosts, "value": api.value, "problems": api.problems}[command](*args)
