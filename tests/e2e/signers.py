# SPDX-License-Identifier: Apache-2.0
"""Messages signed by dkimpy and, where it is installed, by opendkim in signing mode, with keys made on the spot: every
key size, algorithm and canonicalization, and what else a signature may say. Names are those of RFC 2606."""
import base64
import os
import subprocess
import sys
import tempfile

import dkim

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import opendkim_sign  # noqa: E402

DOMAIN = "good.example.com"
SENDER = "alice@" + DOMAIN
CANONICALIZATIONS = ("simple/simple", "simple/relaxed", "relaxed/simple", "relaxed/relaxed")
OVERSIGNED = [b"from", b"to", b"subject", b"date", b"from", b"to", b"subject", b"reply-to"]


def openssl(*arguments, data=None):
    return subprocess.run(["openssl", *arguments], input=data, capture_output=True, check=True).stdout


class Signers:
    def __init__(self, base):
        self.base = tempfile.mkdtemp(prefix="signers-", dir=base)
        self.keys = {f"rsa{bits}": openssl("genrsa", "-traditional", str(bits)) for bits in (1024, 2048, 4096)}
        self.keys["ed25519"] = openssl("genpkey", "-algorithm", "ed25519")
        for name, pem in self.keys.items():
            with open(self.path(name), "wb") as f:
                f.write(pem)
            os.chmod(self.path(name), 0o600)

    def path(self, name):
        return os.path.join(self.base, name)

    def zone(self):
        text = ""
        for name, pem in self.keys.items():
            der = openssl("pkey", "-pubout", "-outform", "DER", data=pem)
            record = ("v=DKIM1; k=ed25519; p=" + base64.b64encode(der[-32:]).decode() if name == "ed25519"
                      else "v=DKIM1; k=rsa; p=" + base64.b64encode(der).decode())
            parts = " ".join('"%s"' % record[i:i + 250] for i in range(0, len(record), 250))
            text += f"{name}._domainkey.{DOMAIN} TXT {parts}\n"
        return text

    @staticmethod
    def message(subject):
        """With folded and 8-bit fields, white space at line ends, and empty lines at the end of the body."""
        lines = (f"From: Alice\r\n <{SENDER}>\r\nTo: <user@example.net>,\r\n\t<other@example.net>\r\n"
                 f"Subject: {subject}  \u00e4\u00f6 \r\n\t folded\r\nDate: Sat, 21 Nov 2026 10:00:00 +0000\r\n"
                 f"Message-ID: <{abs(hash(subject))}@{DOMAIN}>\r\nMIME-Version: 1.0\r\n"
                 "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
                 "Hello, \r\n\r\n  tabs\tand  spaces \u00e9 \r\n.\r\n..\r\n\r\n\r\n")
        return lines.encode()

    def dkimpy(self, message, key="rsa2048", canonicalization="relaxed/relaxed", **options):
        pem = self.keys[key]
        if key == "ed25519":
            der = openssl("pkey", "-outform", "DER", data=pem)
            pem = base64.b64encode(der[-32:])
            options["signature_algorithm"] = b"ed25519-sha256"
        pair = tuple(part.encode() for part in canonicalization.split("/"))
        return dkim.sign(message, key.encode(), DOMAIN.encode(), pem, canonicalize=pair, **options) + message

    def opendkim(self, message, key="rsa2048", **settings):
        settings = {"Domain": DOMAIN, "Selector": key, "KeyFile": self.path(key), **settings}
        if key == "ed25519":
            settings["SignatureAlgorithm"] = "ed25519-sha256"
        with tempfile.TemporaryDirectory(dir=self.base) as folder:
            signer = opendkim_sign.OpenDkim(folder, settings)
            try:
                return signer.sign(message, SENDER, "user@example.net") + message
            finally:
                signer.stop()

    def several(self, message):
        settings = {"MultipleSignatures": "yes", "Domain": "", "Selector": "", "KeyFile": "",
                    "KeyTable": "file:" + self.path("keys"), "SigningTable": "refile:" + self.path("signing")}
        with open(self.path("keys"), "w") as f:
            f.writelines(f"{name} {DOMAIN}:{name}:{self.path(name)}\n" for name in ("rsa1024", "rsa2048"))
        with open(self.path("signing"), "w") as f:
            f.writelines(f"*@{DOMAIN} {name}\n" for name in ("rsa1024", "rsa2048"))
        return self.dkimpy(self.opendkim(message, **settings), "ed25519")

    def messages(self):
        """Pairs of a name and a signed message with CRLF."""
        for canonicalization in CANONICALIZATIONS:
            name = "dkimpy " + canonicalization
            yield name, self.dkimpy(self.message(name), canonicalization=canonicalization)
        for key in ("rsa1024", "rsa4096", "ed25519"):
            yield "dkimpy " + key, self.dkimpy(self.message("dkimpy " + key), key)
        yield "dkimpy oversigned", self.dkimpy(self.message("oversigned"), include_headers=OVERSIGNED)
        yield "dkimpy l=", self.dkimpy(self.message("length"), length=True)
        if not opendkim_sign.installed():
            print("skip opendkim: not installed")
            return
        for canonicalization in CANONICALIZATIONS:
            name = "opendkim " + canonicalization
            yield name, self.opendkim(self.message(name), Canonicalization=canonicalization)
        for key in ("rsa1024", "rsa4096", "ed25519"):
            # opendkim's ed25519 signatures with simple header canonicalization verify nowhere, dkimpy included.
            yield "opendkim " + key, self.opendkim(self.message("opendkim " + key), key,
                                                   Canonicalization="relaxed/simple")
        yield "opendkim x= and oversigned", self.opendkim(self.message("expires"), SignatureTTL="3600",
                                                          OversignHeaders="From,To,Subject,Reply-To")
        yield "three signatures of two signers", self.several(self.message("several"))
