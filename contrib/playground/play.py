# SPDX-License-Identifier: Apache-2.0
"""Runs the scenario through one MTA and says where what happened differs from what has to happen."""
import dataclasses
import os
import re
import shutil

import scenario
import smtp


@dataclasses.dataclass
class Outcome:
    case: scenario.Case
    reply: str = "-"
    rcpt_replies: list = dataclasses.field(default_factory=list)
    record: dict = dataclasses.field(default_factory=dict)
    head: str = ""           # header of the delivered or held message
    problems: list = dataclasses.field(default_factory=list)


def queue_id(reply):
    """Of "250 2.0.0 Ok: queued as X" (Postfix) or "250 2.0.0 X Message accepted for delivery" (Sendmail)."""
    m = re.search(r"queued as (\w+)|2\.0\.0 (\w+) Message accepted", reply)
    return (m[1] or m[2]) if m else None


class Player:
    def __init__(self, mta, assayd, sink, configure):
        self.mta, self.assayd, self.sink = mta, assayd, sink
        self.configure = configure        # phase -> assay.toml
        self.phase = None

    def play(self, case):
        if case.phase != self.phase:
            if self.phase is not None:
                self.assayd.reload(self.configure(case.phase))
            self.phase = case.phase
        mark = self.assayd.mark()
        session = self.connect(case)
        replies = scenario.deliver(case, session)
        session.close()
        outcome = Outcome(case, str(replies["last"]), [str(reply) for reply in replies["rcpt"]])
        refused = sum(reply.code >= 400 for reply in replies["rcpt"])
        records = self.assayd.records(mark, count=refused + (1 if replies["last"].code < 400 else 0) or 1)
        outcome.record = records[-1] if records else {}
        self.check_replies(outcome, replies)
        self.check_record(outcome)
        self.check_message(outcome)
        return outcome

    def connect(self, case, certificate=None):
        """`certificate`: show the server CERTIFICATE.pem, whose key is in CERTIFICATE.key."""
        session = smtp.Session(self.mta.port, source=None if self.mta.has_xclient else case.client_ip)
        session.command(f"EHLO {case.helo}")
        if certificate:
            session.start_tls(certificate + ".pem", certificate + ".key")
            session.command(f"EHLO {case.helo}")
        if not self.mta.has_xclient:
            return session
        login = f" LOGIN={case.login}" if case.login else ""
        session.command(f"XCLIENT ADDR={case.client_ip} NAME={case.helo}{login}")
        session.command(f"EHLO {case.helo}")
        return session

    def check_replies(self, outcome, replies):
        if not outcome.reply.startswith(outcome.case.want_reply):
            outcome.problems.append(f"reply {outcome.reply!r}, expected {outcome.case.want_reply}")
        for got, want in zip(replies["rcpt"], outcome.case.want_rcpt):
            if not str(got).startswith(want):
                outcome.problems.append(f"reply to RCPT {str(got)!r}, expected {want}")

    def check_record(self, outcome):
        case, record = outcome.case, outcome.record
        if record.get("verdict") != case.want_verdict:
            outcome.problems.append(f"verdict {record.get('verdict')}, expected {case.want_verdict}")
        for want in case.want_log:
            key, _, value = want.partition("=")
            if record.get(key) != value:
                outcome.problems.append(f"log has {key}={record.get(key)}, expected {want}")

    def check_message(self, outcome):
        case = outcome.case
        qid = queue_id(outcome.reply)
        if qid is None:
            return
        if case.want_verdict == "quarantine":
            held = self.mta.held(qid)
            if held is None:
                outcome.problems.append(f"{qid} is not in the hold queue")
                return
            outcome.head = held.split("\n\n", 1)[0]
        else:
            delivered = self.sink.wait_for(qid.encode())
            if delivered is None:
                outcome.problems.append(f"{qid} was not delivered")
                return
            outcome.head = delivered.head
        for want in case.want_headers:
            if want not in outcome.head:
                outcome.problems.append(f"header lacks {want!r}")
        for unwanted in case.not_headers:
            if unwanted in outcome.head:
                outcome.problems.append(f"header holds {unwanted!r}")


def added_headers(head):
    """What Assay added, each as one line."""
    unfolded = re.sub(r"\n[ \t]+", " ", head)
    names = ("authentication-results: mx.example.net", "x-assay:", "x-spam-flag:")
    # Sendmail keeps the fields of a queued message behind "H??".
    lines = [re.sub(r"^H\?[^?]*\?", "", line) for line in unfolded.split("\n")]
    return [line for line in lines if line.lower().startswith(names)]


def prepare(assayd, scene, configure, rules):
    """`rules`: the shipped set, copied to where the daemon's user can read it whatever the checkout's rights are."""
    shutil.copytree(rules, rules_of(assayd), dirs_exist_ok=True)
    for folder, _, files in os.walk(rules_of(assayd)):
        os.chmod(folder, 0o755)
        for name in files:
            os.chmod(os.path.join(folder, name), 0o644)
    assayd.write("zone", scene.zone())
    assayd.write("local.rules", scenario.RULES)
    assayd.write("assay.toml", configure("enforce"))


def rules_of(assayd):
    return os.path.join(assayd.base, "rules")


def make_configure(assayd, user, group):
    phases = {"enforce": ("enforce", "eom"), "rcpt": ("enforce", "rcpt"), "monitor": ("monitor", "eom")}

    journal = os.path.join(assayd.base, "journal")
    os.makedirs(journal, exist_ok=True)
    shutil.chown(journal, user)

    def configure(phase):
        mode, at = phases[phase]
        return scenario.config(assayd.socket_spec, assayd.base, user, group, rules_of(assayd), mode, at)

    return configure
