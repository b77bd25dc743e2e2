#!/usr/bin/python3
"""Makes a corpus for run.sh out of stored mail, as the sending client saw it.

usage: mail_corpus.py MANIFEST DIR OUTDIR
MANIFEST is a tab-separated table with a header line; its columns file (relative to DIR), smtp_off (bytes that the
receiver put in front), client_ip, helo and mail_from are used, empty ones get a default.
Writes OUTDIR/msg/*.eml and OUTDIR/envelope.tsv (for milterload): CORPUS=OUTDIR ./run.sh PEER check
"""
import csv, os, sys

if len(sys.argv) != 4:
    sys.exit(__doc__.strip())
manifest, folder, out = sys.argv[1:]
os.makedirs(out + "/msg", exist_ok=True)
written = 0
with open(manifest, newline="", encoding="utf-8") as table, open(out + "/envelope.tsv", "w", encoding="utf-8") as envelope:
    for row in csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE):
        path = os.path.join(folder, row["file"])
        if not os.path.exists(path):
            print("missing:", path, file=sys.stderr)
            continue
        with open(path, "rb") as stored:
            mail = stored.read()[int(row["smtp_off"] or 0):]
        name = "msg/" + os.path.basename(path)
        with open(os.path.join(out, name), "wb") as cut:
            cut.write(mail)
        clean = lambda text: "".join(c for c in text if c.isprintable() and c not in "\t,")
        envelope.write("\t".join([name, row["client_ip"] or "198.18.0.9", "", clean(row["helo"]) or "mail.example.com",
                                  clean(row["mail_from"]) or "sender@example.com", "rcpt@example.net"]) + "\n")
        written += 1
print(written, "messages")
