#!/usr/bin/env python3
"""Prints what an HTTP server answers, or the value of a PromQL expression.

http_get.py URL
http_get.py --query PROMETHEUS EXPRESSION    the first value; nothing if there is none
"""

import json
import sys
import urllib.parse
import urllib.request


def get(url):
    with urllib.request.urlopen(url, timeout=30) as answer:
        return answer.read().decode()


def query(server, expression):
    """The list of results of an instant query."""
    url = server + "/api/v1/query?" + urllib.parse.urlencode({"query": expression})
    return json.loads(get(url))["data"]["result"]


if __name__ == "__main__":
    if sys.argv[1] == "--query":
        results = query(sys.argv[2], sys.argv[3])
        if results:
            print(results[0]["value"][1])
    else:
        sys.stdout.write(get(sys.argv[1]))
