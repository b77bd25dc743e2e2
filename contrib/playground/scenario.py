# SPDX-License-Identifier: Apache-2.0
"""The messages that show what Assay does, each with what has to come of it. The quickstart sends them through Postfix,
the end-to-end tests through Postfix and Sendmail. Names and addresses are those of RFC 2606 and RFC 5737; keys are made
when the scenario is built."""
import base64
import dataclasses
import importlib.util
import subprocess

import dkim

LOCAL = "example.net"            # the site's own domain
WATCHED = "watched.example.net"  # a tenant that only watches
GOOD_IP, BAD_IP, OWN_IP = "192.0.2.10", "198.51.100.66", "192.0.2.200"

RULES = r'''rule SITE_HOLDS_INVOICES {
  about "Invoice lures that this site wants to see before its users do"
  action quarantine "invoice lure, held for review"
  when  subject ~ /\bunpaid invoice\b/i
  hit   "Subject: Your UNPAID INVOICE\n\nx"
  miss  "Subject: Your invoice\n\nx"
}
rule SITE_REFUSES_LOTTERIES {
  about "Lottery mail has no place here"
  action reject "We do not take part in lotteries"
  when  body ~ /\byou have won the .{1,30} lottery\b/i
  hit   "Subject: x\n\nYou have won the national lottery"
  miss  "Subject: x\n\nThe national lottery has a new office"
}
'''


def make_key():
    """A private key (PEM) and the p= value of its record."""
    pem = subprocess.run(["openssl", "genrsa", "-traditional", "2048"], capture_output=True, check=True).stdout
    der = subprocess.run(["openssl", "rsa", "-pubout", "-outform", "DER"], input=pem, capture_output=True,
                         check=True).stdout
    return pem, base64.b64encode(der).decode()


def txt(name, text):
    parts = " ".join('"%s"' % text[i:i + 250] for i in range(0, len(text), 250))
    return f"{name} TXT {parts}\n"


def zone(public_key):
    return (txt("good.example.com", "v=spf1 ip4:192.0.2.10 -all")
            + txt("s1._domainkey.good.example.com", "v=DKIM1; k=rsa; p=" + public_key)
            + txt("_dmarc.good.example.com", "v=DMARC1; p=reject")
            + txt("arc._domainkey.lists.example.org", "v=DKIM1; k=rsa; p=" + public_key)
            + txt("mx.good.example.com", "v=spf1 ip4:192.0.2.10 -all")
            + txt("strict.example.org", "v=spf1 ip4:192.0.2.10 -all")
            + txt("bulk.example.org", "v=spf1 ip4:192.0.2.10 -all")
            + txt("_dmarc.bank.example.org", "v=DMARC1; p=quarantine")
            + txt("_dmarc.safe.example.org", "v=DMARC1; p=reject")
            + "bank.example.org A 192.0.2.20\nsafe.example.org A 192.0.2.21\n"
            + "trouble.example.org SERVFAIL\n")


def config(socket_spec, base, user, group, rules, mode="enforce", spf_at="eom", extra=""):
    return f"""mode = "{mode}"
authserv_id = "mx.example.net"
[milter]
socket = "{socket_spec}"
socket_group = "{group}"
user = "{user}"
[dns]
zone = "{base}/zone"
[spf]
at = "{spf_at}"
temperror = "tempfail"
[dmarc]
reject = true
[arc]
trusted_sealers = ["lists.example.org"]
[identity]
local_domains = ["{LOCAL}", "{WATCHED}"]
trusted_networks = ["127.0.0.0/8", "{OWN_IP}"]
[rules]
directory = "{rules}"
local = "{base}/local.rules"
[score]
tag = 5
quarantine = 10
[log]
to_stderr = true
[journal]
path = "{base}/journal/journal.db"
{extra}
[[tenant]]
name = "watched"
domains = ["{WATCHED}"]
mode = "monitor"
"""


@dataclasses.dataclass
class Case:
    name: str                    # what is sent, in a few words
    mail_from: str
    message: bytes
    want_reply: str              # how the last reply begins: "250", "550 5.7.23"
    want_verdict: str            # as in the log
    client_ip: str = GOOD_IP
    helo: str = "mx.good.example.com"
    rcpt_to: tuple = (f"user@{LOCAL}",)
    want_rcpt: tuple = ("250",)  # how the reply to each RCPT begins
    login: str = ""
    want_log: tuple = ()         # "key=value" that the log line has to hold
    want_headers: tuple = ()     # texts that the delivered or held header has to hold
    not_headers: tuple = ()      # texts that it must not hold
    phase: str = "enforce"       # which configuration: enforce, rcpt (SPF at RCPT) or monitor


class Scenario:
    def __init__(self):
        self.private_key, self.public_key = make_key()

    def zone(self):
        return zone(self.public_key)

    def message(self, header_from, subject, body="Hello,\n\nall is well.\n", extra=""):
        text = (f"{extra}From: {header_from}\nTo: <user@{LOCAL}>\nSubject: {subject}\n"
                f"Date: Sat, 21 Nov 2026 10:00:00 +0000\n"
                f"Message-ID: <{abs(hash((header_from, subject)))}@good.example.com>\n\n{body}")
        return text.encode()

    def signed(self, message):
        crlf = message.replace(b"\n", b"\r\n")
        header = dkim.sign(crlf, b"s1", b"good.example.com", self.private_key,
                           canonicalize=(b"relaxed", b"relaxed"),
                           include_headers=[b"from", b"to", b"subject", b"date", b"message-id"])
        return (header + crlf).replace(b"\r\n", b"\n")

    def sealed(self, message, author_domain):
        """As a list sends it on: changed, with a record of what it found (RFC 8617)."""
        crlf = message.replace(b"\n", b"\r\n")
        found = f"Authentication-Results: lists.example.org; dmarc=pass header.from={author_domain}\r\n".encode()
        fields = dkim.arc_sign(found + crlf, b"arc", b"lists.example.org", self.private_key, b"lists.example.org",
                               include_headers=[b"from", b"to", b"subject", b"date", b"message-id"])
        return (b"".join(fields) + crlf).replace(b"\r\n", b"\n")

    def sealed_cases(self):
        if importlib.util.find_spec("authres") is None:  # dkimpy seals only with it
            return []
        message = self.message("Safe <service@safe.example.org>", "[list] Account notice")
        sealed = self.sealed(message, "safe.example.org")
        return [
            Case("DMARC fail, but sealed by a trusted list", "news@bulk.example.org", sealed, "250", "accept",
                 want_log=("dmarc=fail(reject,sealer)", "arc=pass"),
                 want_headers=("arc=pass", "header.oldest-pass=0", "dmarc=fail")),
            Case("the same seal on another message", "news@bulk.example.org", sealed + b"P.S. pay now\n", "550 5.7.1",
                 "reject", want_log=("dmarc=fail(reject)", "arc=fail", "by=dmarc")),
        ]

    def cases(self):
        good = "Alice <alice@good.example.com>"
        clean = self.signed(self.message(good, "Minutes of the meeting"))
        return [
            Case("clean, SPF + DKIM + DMARC pass", "alice@good.example.com", clean, "250", "accept",
                 want_log=("spf=pass", "dkim=pass", "dmarc=pass(reject)"),
                 want_headers=("spf=pass", "dkim=pass", "dmarc=pass", "X-Spam-Flag: NO")),
            Case("forged Authentication-Results removed", "alice@good.example.com",
                 self.message(good, "Forged results", extra="Authentication-Results: MX.Example.NET;\n"
                              " dkim=pass header.d=forged.example\nAuthentication-Results: other.example; spf=pass\n"
                              "X-Spam-Flag: NO\nX-Assay: forged\n"), "250", "accept",
                 want_headers=("other.example; spf=pass", "Authentication-Results: mx.example.net;"),
                 not_headers=("forged.example", "X-Assay: forged")),
            Case("SPF fail", "alice@strict.example.org",
                 self.message("Alice <alice@strict.example.org>", "Hello"), "550 5.7.23", "reject",
                 client_ip=BAD_IP, helo="mail.example.org", want_log=("spf=fail", "by=spf", "code=5.7.23")),
            Case("SPF fail, but signed: forwarded mail", "alice@good.example.com",
                 self.signed(self.message(good, "Forwarded")), "250", "accept", client_ip=BAD_IP,
                 helo="forwarder.example.org", want_log=("spf=fail", "dkim=pass", "dmarc=pass(reject)")),
            Case("a domain of ours from outside", f"boss@{LOCAL}",
                 self.message(f"The boss <boss@{LOCAL}>", "Urgent transfer"), "250", "quarantine",
                 client_ip=BAD_IP, helo="mail.example.org",
                 want_log=("by=identity.local_claim", "checks=identity.local_claim=quarantine")),
            Case("DNS trouble", "bob@trouble.example.org",
                 self.message("Bob <bob@trouble.example.org>", "Hello"), "451 4.4.3", "tempfail",
                 want_log=("spf=temperror", "by=spf", "code=4.4.3")),
            Case("DKIM signature broken on the way", "alice@good.example.com",
                 self.signed(self.message(good, "With a footer")) + b"-- \nAdded by a gateway\n", "250", "tag",
                 want_log=("dkim=fail", "dmarc=pass(reject)", "by=dkim"),
                 want_headers=("dkim=fail", "X-Spam-Flag: YES")),
            Case("DMARC fail, p=quarantine", "news@bulk.example.org",
                 self.message("Your bank <service@bank.example.org>", "Account notice"), "250", "quarantine",
                 want_log=("spf=pass", "dmarc=fail(quarantine)", "by=dmarc"), want_headers=("dmarc=fail",)),
            Case("DMARC fail, p=reject", "news@bulk.example.org",
                 self.message("Safe <service@safe.example.org>", "Account notice"), "550 5.7.1", "reject",
                 want_log=("dmarc=fail(reject)", "by=dmarc")),
            Case("rule holds it", "alice@good.example.com",
                 self.signed(self.message(good, "Your unpaid invoice")), "250", "quarantine",
                 want_log=("by=SITE_HOLDS_INVOICES",), want_headers=("SITE_HOLDS_INVOICES",)),
            Case("rule refuses it with its text", "alice@good.example.com",
                 self.signed(self.message(good, "Congratulations", body="You have won the 100% real lottery!\n")),
                 "550 5.7.1 We do not take part in lotteries [ref ", "reject",
                 want_log=("by=SITE_REFUSES_LOTTERIES",)),
            Case("bounce, <> judged by HELO", "", self.message(
                "Mailer <mailer-daemon@good.example.com>", "Undelivered mail"), "250", "accept",
                 want_log=("from=<>", "spf=pass"), want_headers=("smtp.helo=mx.good.example.com",)),
            Case("bounce from a host that may not", "", self.message(
                "Mailer <mailer-daemon@good.example.com>", "Undelivered mail"), "550 5.7.23", "reject",
                 client_ip=BAD_IP, want_log=("from=<>", "spf=fail")),
            Case("two recipients, one refused", "alice@strict.example.org",
                 self.message("Alice <alice@strict.example.org>", "To both"), "250", "accept", phase="rcpt",
                 client_ip=BAD_IP, helo="mail.example.org",
                 rcpt_to=(f"user@{LOCAL}", f"user@{WATCHED}"), want_rcpt=("550 5.7.23", "250"),
                 want_log=("nrcpt=1", "would=reject")),
            Case("the same SPF fail, monitor mode", "alice@strict.example.org",
                 self.message("Alice <alice@strict.example.org>", "Monitored"), "250", "accept",
                 phase="monitor", client_ip=BAD_IP, helo="mail.example.org",
                 want_log=("spf=fail", "would=reject", "by=spf"), want_headers=("spf=fail", "would=reject"),
                 not_headers=("X-Spam-Flag",)),
        ] + self.sealed_cases() + self.submission_cases()

    def submission_cases(self):
        own = self.message(f"Carol <carol@{LOCAL}>", "From our own user")
        return [
            Case("logged-in user, not judged as inbound", f"carol@{LOCAL}", own, "250", "accept",
                 client_ip=BAD_IP, helo="laptop.example.org", login="carol",
                 want_log=("profile=submission", "login=carol", "spf=-"), want_headers=("auth=pass",)),
            Case("trusted network, not judged as inbound", f"carol@{LOCAL}", own, "250", "accept",
                 client_ip=OWN_IP, helo="desk.example.net", want_log=("profile=submission", "spf=-")),
        ]


def deliver(case, session):
    """Sends one case. Returns the replies: {"mail", "rcpt": […], "last"}, "last" being what decided."""
    replies = {"rcpt": []}
    replies["mail"] = session.command(f"MAIL FROM:<{case.mail_from}>")
    replies["last"] = replies["mail"]
    if replies["mail"].code >= 400:
        return replies
    for rcpt in case.rcpt_to:
        replies["rcpt"].append(session.command(f"RCPT TO:<{rcpt}>"))
    replies["last"] = replies["rcpt"][-1]
    if any(reply.code < 400 for reply in replies["rcpt"]):
        replies["last"] = session.data(case.message)
    return replies
