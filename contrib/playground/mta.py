# SPDX-License-Identifier: Apache-2.0
"""A private Postfix and a private Sendmail on loopback: own configuration, own queue, nothing of /etc is touched.

Both relay everything for the test domains to a sink and never send anything anywhere else."""
import glob
import os
import shutil
import signal
import socket
import subprocess
import time

HOSTNAME = "mx.example.net"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for_port(port, seconds=30):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return True
        except OSError:
            time.sleep(0.05)
    return False


class MtaError(Exception):
    pass


class Postfix:
    """`milter`: as in smtpd_milters, for example unix:/path."""

    name = "postfix"
    has_xclient = True

    def __init__(self, base, milter, relay_domains, sink_port, extra=""):
        self.base, self.port = base, free_port()
        self.etc, self.spool, self.data = (os.path.join(base, d) for d in ("etc", "spool", "data"))
        self.log = os.path.join(base, "mail.log")
        for folder in (base, self.etc, self.spool, self.data):
            os.makedirs(folder, exist_ok=True)
            os.chmod(folder, 0o755)
        shutil.chown(self.data, "postfix")
        open(self.log, "a").close()
        self.write("main.cf", self.main_cf(milter, relay_domains, sink_port) + extra)
        self.write("master.cf", self.master_cf())

    def write(self, name, text):
        with open(os.path.join(self.etc, name), "w") as f:
            f.write(text)

    def main_cf(self, milter, relay_domains, sink_port):
        return f"""compatibility_level = 3.6
queue_directory = {self.spool}
data_directory = {self.data}
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {self.log}
maillog_file_prefixes = {self.base}
myhostname = {HOSTNAME}
mydomain = example.net
myorigin = $mydomain
mydestination =
local_recipient_maps =
alias_maps =
alias_database =
inet_interfaces = 127.0.0.1
inet_protocols = all
mynetworks = 127.0.0.0/8
relay_domains = {relay_domains}
relay_transport = smtp:[127.0.0.1]:{sink_port}
default_transport = error:this private server sends no mail
smtpd_relay_restrictions = permit_auth_destination, reject
smtpd_recipient_restrictions =
smtpd_peername_lookup = no
smtp_dns_support_level = disabled
smtp_host_lookup = native
smtpd_authorized_xclient_hosts = 127.0.0.1
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
smtpd_error_sleep_time = 0
local_header_rewrite_clients =
message_size_limit = 52428800
milter_default_action = tempfail
milter_connect_timeout = 10s
milter_command_timeout = 30s
milter_content_timeout = 60s
smtpd_milters = {milter}
in_flow_delay = 0
"""

    def master_cf(self):
        return f"""127.0.0.1:{self.port} inet n - n - 200 smtpd
pickup    unix  n - n 60 1 pickup
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
tlsmgr    unix  - - n 1000? 1 tlsmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
proxymap  unix  - - n - - proxymap
anvil     unix  - - n - 1 anvil
smtp      unix  - - n - - smtp
relay     unix  - - n - - smtp
error     unix  - - n - - error
retry     unix  - - n - - error
discard   unix  - - n - - discard
showq     unix  n - n - - showq
flush     unix  n - n 1000? 0 flush
postlog   unix-dgram n - n - 1 postlogd
"""

    def start(self):
        run = subprocess.run(["postfix", "-c", self.etc, "start"], capture_output=True, text=True)
        if run.returncode != 0 or not wait_for_port(self.port):
            raise MtaError(f"Postfix did not start: {run.stderr}{self.log_text()[-2000:]}")

    def stop(self):
        pid = self.master_pid()
        subprocess.run(["postfix", "-c", self.etc, "stop"], capture_output=True)
        deadline = time.monotonic() + 10
        while pid and os.path.exists(f"/proc/{pid}") and time.monotonic() < deadline:
            time.sleep(0.05)
        if pid and os.path.exists(f"/proc/{pid}"):
            os.kill(pid, signal.SIGKILL)

    def master_pid(self):
        try:
            with open(os.path.join(self.spool, "pid", "master.pid")) as f:
                return int(f.read())
        except (OSError, ValueError):
            return None

    def log_text(self):
        with open(self.log, errors="replace") as f:
            return f.read()

    def held(self, queue_id, wait=10):
        """The held message as text, or None when the queue id is not in the hold queue."""
        path = os.path.join(self.spool, "hold", queue_id)
        deadline = time.monotonic() + wait
        while not os.path.exists(path) and time.monotonic() < deadline:
            time.sleep(0.05)
        if not os.path.exists(path):
            return None
        run = subprocess.run(["postcat", "-c", self.etc, "-qhb", queue_id], capture_output=True)
        return run.stdout.decode("utf-8", "replace")


class Sendmail:
    """Sendmail 8.17 out of the unpacked Debian packages, for they conflict with Postfix's.

    Runs in a mount and UTS namespace of its own: it wants a full host name, and must not read the machine's hosts.
    `milter`: as in INPUT_MAIL_FILTER's S=, for example local:/path. `extra`: lines for the .mc file."""

    name = "sendmail"
    has_xclient = False

    def __init__(self, root, base, milter, relay_domains, sink_port, extra=""):
        self.root, self.base, self.port = root, base, free_port()
        self.queue, self.cf = os.path.join(base, "queue"), os.path.join(base, "cf")
        self.log = os.path.join(base, "daemon.log")
        for folder, mode in ((base, 0o755), (self.cf, 0o755), (self.queue, 0o700)):
            os.makedirs(folder, exist_ok=True)
            os.chmod(folder, mode)
        self.process = None
        self.write("relay-domains", relay_domains.replace(",", "\n") + "\n")
        self.write("service.switch", "hosts files\naliases files\n")
        self.write("hosts", f"127.0.0.1 {HOSTNAME} localhost\n")
        self.write("resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
        self.write("assay.mc", self.mc(milter, sink_port, extra))

    def write(self, name, text):
        with open(os.path.join(self.cf, name), "w") as f:
            f.write(text)

    def mc(self, milter, sink_port, extra):
        cf = os.path.join(self.root, "usr/share/sendmail/cf")
        return f"""divert(-1)
include(`{cf}/m4/cf.m4')
divert(0)
OSTYPE(`linux')
DOMAIN(`generic')
undefine(`ALIAS_FILE')
define(`confPID_FILE', `{self.base}/sendmail.pid')
define(`QUEUE_DIR', `{self.queue}')
define(`STATUS_FILE', `{self.base}/statistics')
define(`HELP_FILE', `')
define(`confDOMAIN_NAME', `{HOSTNAME}')
define(`confTO_IDENT', `0')
define(`confDONT_BLAME_SENDMAIL', `GroupWritableDirPathSafe,TrustStickyBit')
define(`confCW_FILE', `-o {self.cf}/none')
define(`confCR_FILE', `{self.cf}/relay-domains')
define(`confSERVICE_SWITCH_FILE', `{self.cf}/service.switch')
define(`confDELIVERY_MODE', `b')
define(`confPRIVACY_FLAGS', `')
define(`confBAD_RCPT_THROTTLE', `0')
define(`confREFUSE_LA', `1000')
define(`confQUEUE_LA', `1000')
define(`confDELAY_LA', `1000')
define(`SMTP_MAILER_ARGS', `TCP $h {sink_port}')
FEATURE(`no_default_msa')
FEATURE(`accept_unresolvable_domains')
FEATURE(`accept_unqualified_senders')
FEATURE(`nocanonify')
DAEMON_OPTIONS(`Family=inet, Name=MTA-v4, Port={self.port}, Addr=127.0.0.1')
INPUT_MAIL_FILTER(`assay', `S={milter}, F=T, T=C:30s;S:30s;R:30s;E:60s')
{extra}define(`SMART_HOST', `smtp:[127.0.0.1]')
MAILER(`smtp')
"""

    def start(self):
        m4 = subprocess.run(["m4", f"-D_CF_DIR_={self.root}/usr/share/sendmail/cf/", f"{self.cf}/assay.mc"],
                            cwd=f"{self.root}/usr/share/sendmail/cf/m4", capture_output=True, text=True)
        if m4.returncode != 0:
            raise MtaError("m4: " + m4.stderr)
        self.write("sendmail.cf", m4.stdout)
        script = (f"hostname {HOSTNAME}; mount --bind {self.cf}/hosts /etc/hosts; "
                  f"mount --bind {self.cf}/resolv.conf /etc/resolv.conf; "
                  f"exec {self.root}/usr/libexec/sendmail/sendmail -C {self.cf}/sendmail.cf -bD")
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(["unshare", "--uts", "--mount", "sh", "-c", script],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True)
        if not wait_for_port(self.port):
            raise MtaError("Sendmail did not start: " + self.log_text())

    def stop(self):
        if self.process:
            try:
                os.killpg(self.process.pid, signal.SIGTERM)
                self.process.wait(10)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                self.process.kill()

    def log_text(self):
        with open(self.log, errors="replace") as f:
            return f.read()

    def held(self, queue_id, wait=10):
        """The control file and the body of a quarantined message, or None."""
        deadline = time.monotonic() + wait
        while time.monotonic() < deadline:
            files = glob.glob(os.path.join(self.queue, "hf" + queue_id))
            if files:
                with open(files[0], errors="replace") as f:
                    return f.read()
            time.sleep(0.05)
        return None
