# SPDX-License-Identifier: Apache-2.0
"""Starts an assayd of one's own and reads its log."""
import os
import re
import signal
import socket
import subprocess
import time


class Assayd:
    """`socket_spec`: unix:/path or inet:port@127.0.0.1. The configuration file is `base`/assay.toml."""

    def __init__(self, binary, base, socket_spec):
        self.binary, self.base, self.socket_spec = binary, base, socket_spec
        self.config = os.path.join(base, "assay.toml")
        self.log = os.path.join(base, "assayd.log")
        self.process = None
        os.makedirs(base, exist_ok=True)
        os.chmod(base, 0o755)

    def write(self, name, text):
        path = os.path.join(self.base, name)
        with open(path, "w") as f:
            f.write(text)
        os.chmod(path, 0o644)
        return path

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([self.binary, "--config", self.config],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + 30
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("assayd did not start:\n" + self.log_text())
            time.sleep(0.05)

    def answers(self):
        kind, _, where = self.socket_spec.partition(":")
        try:
            if kind == "unix":
                with socket.socket(socket.AF_UNIX) as s:
                    s.connect(where)
            else:
                socket.create_connection(("127.0.0.1", int(where.split("@")[0])), timeout=1).close()
            return True
        except OSError:
            return False

    def reload(self, toml):
        """Puts a new configuration in place and waits until it is in force."""
        mark = self.mark()
        self.write("assay.toml", toml)
        self.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + 30
        while " reloaded: " not in self.log_text(mark):
            if time.monotonic() > deadline:
                raise RuntimeError("assayd did not reload:\n" + self.log_text(mark))
            time.sleep(0.05)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(40)
            except subprocess.TimeoutExpired:
                self.process.kill()
        return self.process.returncode if self.process else None

    def mark(self):
        """The log's present end."""
        return os.path.getsize(self.log) if os.path.exists(self.log) else 0

    def log_text(self, mark=0):
        with open(self.log, "rb") as f:
            f.seek(mark)
            return f.read().decode("utf-8", "replace")

    def records(self, mark, count=1, wait=5):
        """The message lines since `mark`, each as a dictionary; waits until there are `count` of them."""
        deadline = time.monotonic() + wait
        while True:
            found = [r for r in map(parse_record, self.log_text(mark).splitlines()) if r]
            if len(found) >= count or time.monotonic() > deadline:
                return found
            time.sleep(0.02)


def parse_record(line):
    """One log line of a message as {"qid", "verdict", key: value …}, or None for any other line."""
    m = re.search(r"(\S+): ([a-z]+) (stage=.* ref=\S+.*)$", line)
    if not m:
        return None
    record = {"qid": m[1], "verdict": m[2]}
    record.update(part.partition("=")[::2] for part in m[3].split(" ") if "=" in part)
    return record
