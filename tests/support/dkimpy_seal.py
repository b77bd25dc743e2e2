# SPDX-License-Identifier: Apache-2.0
"""Seals the message on standard input with dkimpy's ARC and prints all of it.

Arguments: key file, selector, domain, number of sets. Each set records what a host of its own
found; from the second one on the subject is changed before, as lists do.
"""
import re
import sys

import dkim


def main():
    key_file, selector, domain, sets = sys.argv[1:]
    with open(key_file, "rb") as file:
        key = file.read()
    message = sys.stdin.buffer.read()
    for instance in range(1, int(sets) + 1):
        host = b"mx%d.example" % instance
        results = b"spf=pass smtp.mailfrom=example.com; dmarc=pass header.from=example.com"
        if instance > 1:
            results = b"arc=pass; dmarc=fail header.from=example.com"
            message = re.sub(rb"(?m)^Subject: ", b"Subject: [list] ", message, count=1)
        message = b"Authentication-Results: %s; %s\r\n%s" % (host, results, message)
        sealed = dkim.arc_sign(
            message,
            selector.encode(),
            domain.encode(),
            key,
            host,
            include_headers=[b"from", b"to", b"subject", b"date"],
        )
        message = b"".join(sealed) + message
    sys.stdout.buffer.write(message)


main()
