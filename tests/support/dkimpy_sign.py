# SPDX-License-Identifier: Apache-2.0
"""Signs the message on standard input with dkimpy and prints the DKIM-Signature field.

Arguments: key file, selector, domain, algorithm, header and body canonicalization,
"length" to write l=, "oversigned" to sign From, Subject and To once more than they are there, or
"whole".
"""
import sys

import dkim


def main():
    key_file, selector, domain, algorithm, header, body, length = sys.argv[1:]
    with open(key_file, "rb") as file:
        key = file.read()
    names = None
    if length == "oversigned":
        names = [b"from", b"to", b"subject", b"date", b"from", b"subject", b"to"]
    field = dkim.sign(
        sys.stdin.buffer.read(),
        selector.encode(),
        domain.encode(),
        key,
        canonicalize=(header.encode(), body.encode()),
        signature_algorithm=algorithm.encode(),
        length=length == "length",
        include_headers=names,
    )
    sys.stdout.buffer.write(field)


main()
