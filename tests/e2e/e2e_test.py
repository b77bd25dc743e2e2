#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The scenario of contrib/playground through a real MTA, and what only an MTA can show: forged results of extreme length,
a milter that is killed, big and broken messages.

  e2e_test.py postfix|sendmail BUILD_DIR SOURCE_DIR

Exit status 77 (skipped) with a line that says why when this machine cannot run it."""
import os
import shutil
import subprocess
import sys
import tempfile
import time

SOURCE = os.path.abspath(sys.argv[3])
sys.path.insert(0, os.path.join(SOURCE, "contrib", "playground"))
sys.path.insert(0, os.path.join(SOURCE, "tests", "e2e"))
sys.dont_write_bytecode = True


def skip(why):
    print("skipped: " + why)
    sys.exit(77)


def skip_without_package(why):
    """contrib/run-tests has installed every package: one that is missing there is a fault."""
    if "ASSAY_PACKAGES_INSTALLED" in os.environ:
        sys.exit("FAIL " + why)
    skip(why)


try:
    import assayd
    import certificates
    import mta
    import play
    import scenario
    import signers
    import smtp
except ImportError as missing:
    skip_without_package(f"{missing.name} is not installed (contrib/install-deps test)")

RELAY_IP = "192.0.2.25"  # a backup MX of the site
CLIENT_NETWORKS = ("192.0.2.0/24", "198.51.100.0/24")


def enter_namespace():
    """Sendmail knows no XCLIENT: a network namespace gives its clients any address."""
    if os.environ.get("ASSAY_E2E_NAMESPACE"):
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        for network in CLIENT_NETWORKS:
            subprocess.run(["ip", "route", "add", "local", network, "dev", "lo"], check=True)
        return
    if subprocess.run(["unshare", "-n", "-m", "true"], capture_output=True).returncode != 0:
        skip("this machine does not allow network namespaces (unshare -n)")
    os.environ["ASSAY_E2E_NAMESPACE"] = "1"
    os.execvp("unshare", ["unshare", "-n", "-m", sys.executable, *sys.argv])


def with_relay(configure):
    def wrapped(phase):
        relay = f'[client]\ntrusted_relays = ["{RELAY_IP}"]\n[spf]\nreceived_spf = true\n'
        return configure(phase).replace("[spf]\n", relay)
    return wrapped


class Run:
    def __init__(self, kind, build, base):
        self.sink = smtp.Sink()
        self.assayd = assayd.Assayd(os.path.join(build, "milter", "assayd"), os.path.join(base, "assay"),
                                    f"unix:{base}/assay/assay.sock")
        group = "postfix" if kind == "postfix" else "root"
        self.configure = with_relay(play.make_configure(self.assayd, "nobody", group))
        self.signers = signers.Signers(base)
        self.certificates = certificates.Certificates(tempfile.mkdtemp(prefix="certificates-", dir=base))
        self.scene = scenario.Scenario()
        play.prepare(self.assayd, self.scene, self.configure, os.path.join(SOURCE, "rules"))
        self.assayd.write("zone", self.scene.zone() + self.signers.zone())
        domains = f"{scenario.LOCAL}, {scenario.WATCHED}"
        if kind == "postfix":
            self.mta = mta.Postfix(os.path.join(base, "mta"), self.assayd.socket_spec, domains, self.sink.port,
                                   self.certificates.postfix())
        else:
            self.mta = mta.Sendmail(os.environ["ASSAY_SENDMAIL_ROOT"], os.path.join(base, "mta"),
                                    f"local:{base}/assay/assay.sock", domains.replace(" ", ""), self.sink.port,
                                    self.certificates.sendmail())
        self.player = play.Player(self.mta, self.assayd, self.sink, self.configure)
        self.failed = 0
        self.done = 0

    def report(self, name, problems):
        self.done += 1
        self.failed += bool(problems)
        print(("FAIL " if problems else "ok   ") + name)
        for problem in problems:
            print("     " + problem)

    def scenario(self):
        for case in self.scene.cases():
            if case.login and not self.mta.has_xclient:
                continue  # a login needs SASL there; the trusted network row stands for submission
            self.report(case.name, self.player.play(case).problems)

    def forged_results(self, length):
        """One forged field of that length and two more, every spelling at once."""
        forged = "Authentication-Results: (a (b)) MX.EXAMPLE.NET 1; x=" + "y" * length + "\n"
        forged += "AUTHENTICATION-RESULTS:\n \"mx.example.net\"; dkim=pass\nauthentication-results: mx.example.net\n"
        case = scenario.Case(
            f"forged results of {length} bytes are removed", "alice@good.example.com",
            self.scene.message("Alice <alice@good.example.com>", f"Forged {length}", extra=forged), "250", "accept",
            want_headers=("Authentication-Results: mx.example.net;",), not_headers=("yyyy", "MX.EXAMPLE.NET", "\"mx."))
        self.report(case.name, self.player.play(case).problems)

    def big_and_broken(self):
        good = "Alice <alice@good.example.com>"
        bodies = {"10 MB body": b"x" * 76 + b"\n", "NUL bytes": b"a\0b\n", "bare CR": b"a\rb\n"}
        for name, line in bodies.items():
            body = line * (10_000_000 // 77) if "10 MB" in name else line
            if name == "bare CR" and self.mta.name == "sendmail":
                continue  # Sendmail itself drops the connection
            case = scenario.Case(name, "alice@good.example.com", self.scene.message(good, name) + body, "250",
                                 "accept")
            self.report(case.name, self.player.play(case).problems)
        # Sendmail takes no header over 32 KB, Postfix cuts a field at 60,000 bytes.
        fields = "".join(f"X-Field-{i}: {'v' * 90}\n" for i in range(150))
        case = scenario.Case("150 extra fields", "alice@good.example.com",
                             self.scene.message(good, "Many fields", extra=fields), "250", "accept")
        self.report(case.name, self.player.play(case).problems)

    def signed_outside(self):
        for name, message in self.signers.messages():
            count = message.lower().count(b"dkim-signature:")
            case = scenario.Case("signed: " + name, signers.SENDER, message.replace(b"\r\n", b"\n"), "250", "accept",
                                 want_log=("dkim=pass", "dmarc=pass(reject)"))
            outcome = self.player.play(case)
            passes = outcome.head.replace("\t", " ").count(" dkim=pass ")
            if passes != count:
                outcome.problems.append(f"{passes} of {count} signatures pass: {outcome.head}")
            self.report(case.name, outcome.problems)

    def behind_a_relay(self):
        """The client is the one that the backup MX names, never one that a stranger names below it."""
        def received(client):
            return f"Received: from mail.example.org (mail.example.org [{client}])\n\tby backup.example.net (Postfix)\n"

        good = "Alice <alice@good.example.com>"
        rows = (("behind a relay, SPF pass", received(scenario.GOOD_IP), "250", "accept",
                 ("spf=pass", f"origin={scenario.GOOD_IP}")),
                ("behind a relay, forged field below", received(scenario.BAD_IP) + received(scenario.GOOD_IP),
                 "550 5.7.23", "reject", ("spf=fail", f"origin={scenario.BAD_IP}")),
                ("behind a relay that does not tell", "Received: by backup.example.net\n", "250", "accept",
                 ("spf=-", "origin=unknown", "dmarc=temperror(reject)")))
        for name, fields, reply, verdict, log in rows:
            headers = ("Received-SPF: pass", "client-ip=192.0.2.10") if "spf=pass" in log else ()
            case = scenario.Case(name, "alice@good.example.com", self.scene.message(good, name, extra=fields), reply,
                                 verdict, client_ip=RELAY_IP, helo="backup.example.net", want_log=log,
                                 want_headers=headers)
            self.report(case.name, self.player.play(case).problems)

    def many_on_one_connection(self):
        """Five messages on one SMTP connection, each verdict its own: nothing leaks from one to the next."""
        problems = []
        refused = next(c for c in self.scene.cases() if c.name == "SPF fail")
        clean = self.scene.cases()[0]
        session = self.player.connect(refused)
        for turn in range(5):
            mark = self.assayd.mark()
            # The client stays the same, so the good sender's mail fails SPF too, but carries its signature.
            case = refused if turn % 2 == 0 else clean
            reply = str(scenario.deliver(case, session)["last"])
            want = "550 5.7.23" if case is refused else "250"
            if not reply.startswith(want):
                problems.append(f"message {turn}: {reply!r}, expected {want}")
            record = self.assayd.records(mark)
            if not record or record[0]["from"] != f"<{case.mail_from}>":
                problems.append(f"message {turn}: log says {record}")
        session.close()
        self.report("five messages on one connection", problems)

    def logins(self):
        """Who has logged in may use the own addresses only; postmap changes them while all is running."""
        table = self.assayd.write("sender_login", f"carol@{scenario.LOCAL} carol\nbob@{scenario.LOCAL} bob\n")
        postmap = ["postmap", "-c", self.mta.etc, "hash:" + table]
        subprocess.run(postmap, check=True)
        os.chmod(table + ".db", 0o644)
        toml = self.configure("enforce")
        self.assayd.reload(toml.replace("[identity]\n", f'[identity]\nlogin_maps = ["hash:{table}"]\n'))
        carol, bob = f"carol@{scenario.LOCAL}", f"bob@{scenario.LOCAL}"
        allow = f"allow=<hash:{table}:{bob}=bob,carol>"

        def case(name, mail_from, header_from, reply, verdict, *log):
            return scenario.Case(name, mail_from, self.scene.message(header_from, name), reply, verdict, login="carol",
                                 client_ip=scenario.BAD_IP, helo="laptop.example.org", want_log=("login=carol", *log))
        cases = [
            case("login with its own addresses", carol, carol, "250", "accept",
                 "identity=mail_from:match,header_from:match"),
            case("login with another's MAIL FROM", bob, carol,
                 "553 5.7.1 Sender address rejected: not owned by your login [ref ", "reject", "stage=mail",
                 "by=identity.mail_from", f"denied=<{bob}>", allow),
            case("login with another's From", carol, f"Carol <{bob}>",
                 "550 5.7.1 From address rejected: not owned by your login [ref ", "reject", "stage=eom",
                 "by=identity.header_from", f"denied=<{bob}>", allow),
        ]
        for each in cases:
            self.report(each.name, self.player.play(each).problems)
        mark = self.assayd.mark()
        self.assayd.write("sender_login", f"carol@{scenario.LOCAL} carol\nbob@{scenario.LOCAL} bob, carol\n")
        subprocess.run(postmap, check=True)
        deadline = time.monotonic() + 20
        while "sender_login: read" not in self.assayd.log_text(mark) and time.monotonic() < deadline:
            time.sleep(0.1)
        each = case("login that postmap has just allowed it", bob, bob, "250", "accept",
                    "identity=mail_from:match,header_from:match")
        self.report(each.name, self.player.play(each).problems)
        self.assayd.reload(toml)

    def client_certificates(self):
        """A certificate stands for a login when the MTA has verified it, never for its names alone."""
        names = ((certificates.CLIENT, certificates.AUTHORITY) if self.mta.name == "postfix"
                 else ("/CN=" + certificates.CLIENT, "/CN=" + certificates.AUTHORITY.replace(" ", "+20")))
        logins = f'[identity]\ncertificate_logins = [["{names[0]}", "{names[1]}", "fax"]]\n'
        toml = self.configure("enforce")
        self.assayd.reload(toml.replace("[identity]\n", logins))
        address = "alice@good.example.com"
        for name, reply, login, profile in (("client", "250", "fax", "submission"),
                                            ("stranger", "550 5.7.23", "-", "inbound")):
            case = scenario.Case(f"certificate of the {name}", address, self.scene.message(address, name), reply,
                                 "accept" if reply == "250" else "reject", client_ip=scenario.BAD_IP,
                                 helo="fax.example.net")
            mark = self.assayd.mark()
            session = self.player.connect(case, self.certificates.path(name))
            got = str(scenario.deliver(case, session)["last"])
            session.close()
            record = (self.assayd.records(mark) or [{}])[-1]
            problems = [] if got.startswith(reply) else [f"reply {got!r}, expected {reply}"]
            problems += [f"log has {key}={record.get(key)}, expected {value}"
                         for key, value in (("login", login), ("profile", profile)) if record.get(key) != value]
            self.report(case.name, problems)
        self.assayd.reload(toml)

    def killed(self):
        """Without the milter the MTA does as it was told: both are set to tempfail here."""
        self.assayd.process.kill()
        self.assayd.process.wait()
        session = self.player.connect(self.scene.cases()[0])
        reply = str(scenario.deliver(self.scene.cases()[0], session)["last"])
        session.close()
        problems = [] if reply.startswith("4") else [f"reply {reply!r} with a dead milter, expected 4xx"]
        # The dead socket file does not stop the next start.
        self.assayd.start()
        session = self.player.connect(self.scene.cases()[0])
        reply = str(scenario.deliver(self.scene.cases()[0], session)["last"])
        session.close()
        if not reply.startswith("250"):
            problems.append(f"reply {reply!r} after the restart, expected 250")
        self.report("killed and started again over the stale socket", problems)

    def all(self):
        try:
            self.assayd.start()
            self.mta.start()
            self.scenario()
            self.assayd.reload(self.configure("enforce"))
            self.player.phase = "enforce"
            self.forged_results(59_000 if self.mta.name == "postfix" else 30_000)
            self.big_and_broken()
            self.signed_outside()
            self.behind_a_relay()
            self.many_on_one_connection()
            if self.mta.has_xclient:  # a login needs SASL elsewhere
                self.logins()
            self.client_certificates()
            self.killed()
        finally:
            self.mta.stop()
            status = self.assayd.stop()
            self.sink.close()
        self.report("assayd ends cleanly", [] if status == 0 else [f"exit status {status}"])
        print(f"{self.mta.name}: {self.done} checks, {self.failed} failed")
        if self.failed:
            print(self.assayd.log_text()[-4000:])
        return 1 if self.failed else 0


def main():
    kind, build = sys.argv[1], os.path.abspath(sys.argv[2])
    if os.geteuid() != 0:
        skip("needs root for a private MTA")
    if kind == "postfix" and not shutil.which("postfix"):
        skip_without_package("Postfix is not installed (contrib/install-deps test)")
    if kind == "sendmail":
        root = os.environ.get("ASSAY_SENDMAIL_ROOT", "")
        if not os.path.exists(os.path.join(root, "usr/libexec/sendmail/sendmail")):
            skip("ASSAY_SENDMAIL_ROOT does not name unpacked Sendmail packages (contrib/run-tests makes them)")
        enter_namespace()
    base = tempfile.mkdtemp(prefix=f"assay-e2e-{kind}-")
    os.chmod(base, 0o755)
    try:
        sys.exit(Run(kind, build, base).all())
    finally:
        shutil.rmtree(base, ignore_errors=True)


if __name__ == "__main__":
    main()
