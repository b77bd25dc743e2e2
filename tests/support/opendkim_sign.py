# SPDX-License-Identifier: Apache-2.0
"""Signs a message as Debian's opendkim in signing mode does: starts it with a configuration of its own, hands it the
message by the milter protocol and takes the DKIM-Signature fields that it inserts. Also a module: OpenDkim.

  opendkim_sign.py FOLDER [KEY=VALUE ...] < MESSAGE > FIELDS

KEY=VALUE are lines of opendkim.conf(5), "KeyFile=/path". FOLDER gets the socket and must be empty."""
import os
import shutil
import socket
import struct
import subprocess
import sys
import time

PROGRAM = "/usr/sbin/opendkim"
LEADING_SPACE = 0x100000  # SMFIP_HDR_LEADSPC: values come and go as they stand in the message
ADD_HEADERS = 0x01        # SMFIF_ADDHDRS
START = 10                # seconds


def installed():
    return shutil.which(PROGRAM) is not None


class OpenDkim:
    def __init__(self, folder, settings):
        self.path = os.path.join(folder, "opendkim.sock")
        config = os.path.join(folder, "opendkim.conf")
        lines = {"Mode": "s", "Socket": "local:" + self.path, "Syslog": "no", "RequireSafeKeys": "no",
                 "TemporaryDirectory": folder, "InternalHosts": "127.0.0.1", "Domain": "example.com",
                 "Selector": "test", **settings}
        with open(config, "w") as f:
            f.write("".join(f"{key} {value}\n" for key, value in lines.items() if value))
        self.process = subprocess.Popen([PROGRAM, "-f", "-x", config], stdin=subprocess.DEVNULL)

    def connect(self):
        deadline = time.monotonic() + START
        while True:
            link = socket.socket(socket.AF_UNIX)
            link.settimeout(START)
            try:
                link.connect(self.path)
                return link
            except OSError:
                link.close()
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("opendkim did not start") from None
                time.sleep(0.02)

    def sign(self, message, mail_from="alice@example.com", rcpt_to="bob@example.org"):
        """`message` with CRLF. Returns the inserted fields, each with CRLF behind it."""
        link = self.connect()
        try:
            return self.converse(link, message, mail_from, rcpt_to)
        finally:
            link.close()

    def converse(self, link, message, mail_from, rcpt_to):
        def send(command, data=b""):
            link.sendall(struct.pack(">I", len(data) + 1) + command + data)

        def step(command, data=b""):
            send(command, data)
            answer, rest = receive(link)
            if answer not in (b"c", b"O"):
                raise RuntimeError(f"opendkim answers {answer!r} {rest!r} to {command!r}")

        header, _, body = message.partition(b"\r\n\r\n")
        step(b"O", struct.pack(">III", 6, ADD_HEADERS | 0x1F0, LEADING_SPACE))
        step(b"C", b"localhost\x004" + struct.pack(">H", 25) + b"127.0.0.1\0")
        step(b"H", b"localhost\0")
        step(b"M", b"<" + mail_from.encode() + b">\0")
        step(b"R", b"<" + rcpt_to.encode() + b">\0")
        for name, value in fields(header):
            step(b"L", name + b"\0" + value + b"\0")
        step(b"N")
        for at in range(0, len(body), 60000):
            step(b"B", body[at:at + 60000])
        send(b"E")
        signatures = []
        while True:
            answer, data = receive(link)
            if answer == b"i":
                name, value = data[4:].split(b"\0")[:2]
                if name.lower() == b"dkim-signature":
                    # Milters fold with LF, the MTA writes CRLF.
                    text = value.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
                    signatures.insert(0, name + b":" + text + b"\r\n")
            elif answer in (b"c", b"a"):
                return b"".join(signatures)
            elif answer != b"p" and answer not in (b"h", b"m"):
                raise RuntimeError(f"opendkim ends with {answer!r} {data!r}")

    def stop(self):
        self.process.kill()  # it has nothing to lose; libmilter would take 5 s to end
        self.process.wait(START)


def receive(link):
    def exactly(count):
        data = b""
        while len(data) < count:
            part = link.recv(count - len(data))
            if not part:
                raise RuntimeError("opendkim closed the connection")
            data += part
        return data

    size = struct.unpack(">I", exactly(4))[0]
    packet = exactly(size)
    return packet[:1], packet[1:]


def fields(header):
    """Name and value as the milter protocol has them: folds as LF."""
    lines = []
    for line in header.split(b"\r\n"):
        if line[:1] in (b" ", b"\t"):
            lines[-1] += b"\n" + line
        else:
            lines.append(line)
    return [tuple(line.split(b":", 1)) for line in lines]


def main():
    folder, settings = sys.argv[1], dict(setting.split("=", 1) for setting in sys.argv[2:])
    signer = OpenDkim(folder, settings)
    try:
        sys.stdout.buffer.write(signer.sign(sys.stdin.buffer.read()))
    finally:
        signer.stop()


if __name__ == "__main__":
    main()
