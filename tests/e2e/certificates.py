# SPDX-License-Identifier: Apache-2.0
"""A certificate authority of our own, what it has signed, and a stranger that uses the same names without it."""
import os
import subprocess

AUTHORITY = "Example CA"
CLIENT = "fax.example.net"


class Certificates:
    """`base`/NAME.pem and NAME.key for ca, server, client and stranger."""

    def __init__(self, base):
        self.base = base
        self.make("ca", AUTHORITY)
        self.make("server", "mx.example.net", signed=True)
        self.make("client", CLIENT, signed=True)
        self.make("stranger", CLIENT)

    def path(self, name):
        return os.path.join(self.base, name)

    def make(self, name, common_name, signed=False):
        authority = ["-CA", self.path("ca.pem"), "-CAkey", self.path("ca.key"),
                     "-addext", "basicConstraints=critical,CA:FALSE"] if signed else []
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                        "-subj", f"/CN={common_name}", "-keyout", self.path(name + ".key"),
                        "-out", self.path(name + ".pem"), *authority], check=True, capture_output=True)
        os.chmod(self.path(name + ".key"), 0o600)

    def postfix(self):
        """For main.cf."""
        return (f"smtpd_tls_security_level = may\nsmtpd_tls_ask_ccert = yes\nsmtpd_tls_CAfile = {self.path('ca.pem')}\n"
                f"smtpd_tls_cert_file = {self.path('server.pem')}\nsmtpd_tls_key_file = {self.path('server.key')}\n")

    def sendmail(self):
        """For sendmail.mc."""
        options = (("CACERT_PATH", self.base), ("CACERT", self.path("ca.pem")),
                   ("SERVER_CERT", self.path("server.pem")), ("SERVER_KEY", self.path("server.key")))
        return "".join(f"define(`conf{name}', `{value}')\n" for name, value in options)
