# SPDX-License-Identifier: Apache-2.0
"""How Python's email package reads the messages below a folder, one line each: path, then for every leaf part its
media type, the length of its decoded content with LF line ends, without white space before them and without those at the end, and its
Adler-32."""
import email
import email.policy
import os
import sys
import zlib

EMBEDDED = ("message/rfc822", "message/global", "message/news")


def opaque(part):
    return part.get_content_maintype() == "message" and part.get_content_type() not in EMBEDDED


def leaves(part):
    if part.is_multipart() and not opaque(part):
        for child in part.get_payload():
            yield from leaves(child)
    else:
        yield part


def content(part):
    if opaque(part):  # delivery-status and the like, which it takes apart
        return b""
    payload = part.get_payload(decode=True)
    if payload is None:
        payload = str(part.get_payload()).encode("utf-8", "surrogateescape")
    lines = payload.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    return b"\n".join(line.rstrip(b" \t") for line in lines).rstrip(b"\n")


def describe(path):
    with open(path, "rb") as file:
        raw = file.read()
    try:
        message = email.message_from_bytes(raw, policy=email.policy.compat32)
        words = []
        for part in leaves(message):
            text = content(part)
            words.append("%s:%d:%08x" % (part.get_content_type(), len(text), zlib.adler32(text)))
        return "\t".join(words)
    except Exception as error:  # it gives up on some broken messages
        return "!" + type(error).__name__


for folder, _, names in os.walk(sys.argv[1]):
    for name in sorted(names):
        if name.endswith(".eml"):
            path = os.path.join(folder, name)
            print(path + "\t" + describe(path))
