# SPDX-License-Identifier: Apache-2.0
"""Reads Authentication-Results fields with python3-authres and compares them with what they were written from.

Argument: a JSON file, a list of {"field", "id", "methods": [{"method", "result", "reason", "properties": [[name,
value]]}]}. Prints one line per difference; exit code 0 none, 1 some, 77 authres is not installed.
"""

import json
import re
import sys

try:
    import authres
except ImportError:
    sys.exit(77)


DOT_ATOM = r"[a-z0-9-]+(?:\.[a-z0-9-]+)*"
PLAIN = re.compile("(?:(?:%s)?@)?%s" % (DOT_ATOM, DOT_ATOM))


def unescape(text):
    # authres gives quoted strings without their quotes, but with their backslashes.
    return re.sub(r"\\(.)", r"\1", text or "")


def wanted_properties(method):
    # authres passes over a quoted value that is not the last property of its method.
    properties = method["properties"]
    return [
        (name, value)
        for i, (name, value) in enumerate(properties)
        if i + 1 == len(properties) or PLAIN.fullmatch(value)
    ]


def compare(case):
    header = authres.AuthenticationResultsHeader.parse("Authentication-Results:" + case["field"])
    if header.authserv_id != case["id"]:
        yield "id %r, not %r" % (header.authserv_id, case["id"])
    if len(header.results) != len(case["methods"]):
        yield "%d methods, not %d" % (len(header.results), len(case["methods"]))
    for got, want in zip(header.results, case["methods"]):
        if (got.method, got.result) != (want["method"], want["result"]):
            yield "%s=%s, not %s=%s" % (got.method, got.result, want["method"], want["result"])
        if unescape(got.reason) != want["reason"]:
            yield "reason %r, not %r" % (got.reason, want["reason"])
        properties = [("%s.%s" % (p.type, p.name), unescape(p.value)) for p in got.properties]
        for wanted in wanted_properties(want):
            if wanted not in properties:
                yield "%r not among %r" % (wanted, properties)
        for name, value in properties:
            if [name, value] not in want["properties"]:
                yield "%s=%r was never written" % (name, value)


def main():
    with open(sys.argv[1], encoding="ascii") as file:
        cases = json.load(file)
    differences = 0
    for case in cases:
        try:
            found = list(compare(case))
        except Exception as error:  # authres raises various kinds for what it cannot parse
            found = [repr(error)]
        for difference in found:
            print("%s\n  in %r" % (difference, case["field"]))
        differences += len(found)
    return 1 if differences or not cases else 0


sys.exit(main())
