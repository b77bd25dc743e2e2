# SPDX-License-Identifier: Apache-2.0
"""A small SMTP client that says exactly what it is told to, and a sink that keeps what it is given."""
import socket
import socketserver
import ssl
import threading


class Reply:
    def __init__(self, code, lines):
        self.code = code
        self.lines = lines

    @property
    def text(self):
        return " ".join(self.lines)

    def __str__(self):
        return f"{self.code} {self.text}"


class Session:
    """One SMTP connection. `source` binds the client's address; Postfix takes any address by XCLIENT."""

    def __init__(self, port, source=None, timeout=60):
        self.sock = socket.create_connection(
            ("127.0.0.1", port), timeout=timeout, source_address=(source, 0) if source else None)
        self.file = self.sock.makefile("rb")
        self.greeting = self.read()

    def read(self):
        lines = []
        while True:
            line = self.file.readline()
            if not line:
                raise ConnectionError("server closed the connection")
            line = line.decode("utf-8", "replace").rstrip("\r\n")
            lines.append(line[4:])
            if line[3:4] != "-":
                return Reply(int(line[:3]), lines)

    def command(self, line):
        self.sock.sendall(line.encode("utf-8") + b"\r\n")
        return self.read()

    def data(self, message):
        """`message`: bytes with LF or CRLF line ends; sent with CRLF and dot-stuffed."""
        reply = self.command("DATA")
        if reply.code != 354:
            return reply
        lines = message.replace(b"\r\n", b"\n").split(b"\n")
        if lines and lines[-1] == b"":
            lines.pop()
        stuffed = b"".join((b"." if l.startswith(b".") else b"") + l + b"\r\n" for l in lines)
        self.sock.sendall(stuffed + b".\r\n")
        return self.read()

    def start_tls(self, certificate, key):
        """Shows the server the client certificate of these files; the server's own is taken as it is."""
        reply = self.command("STARTTLS")
        if reply.code != 220:
            raise ConnectionError(f"STARTTLS: {reply}")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.load_cert_chain(certificate, key)
        self.sock = context.wrap_socket(self.sock)
        self.file = self.sock.makefile("rb")

    def close(self):
        try:
            self.sock.sendall(b"QUIT\r\n")
            self.sock.close()
        except OSError:
            pass


class Delivered:
    def __init__(self, mail_from, rcpt_to, message):
        self.mail_from = mail_from
        self.rcpt_to = rcpt_to
        self.message = message

    @property
    def head(self):
        return self.message.split(b"\n\n", 1)[0].decode("utf-8", "replace")


class Sink:
    """An SMTP server on loopback that accepts everything and keeps it in `delivered`."""

    def __init__(self):
        self.delivered = []
        self.arrived = threading.Condition()
        sink = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                self.say("220 sink ESMTP")
                mail_from, rcpt_to = "", []
                for raw in self.rfile:
                    line = raw.decode("utf-8", "replace").strip()
                    verb = line[:4].upper()
                    if verb == "MAIL":
                        mail_from, rcpt_to = line, []
                        self.say("250 ok")
                    elif verb == "RCPT":
                        rcpt_to.append(line)
                        self.say("250 ok")
                    elif verb == "DATA":
                        self.say("354 go on")
                        sink.keep(Delivered(mail_from, rcpt_to, self.message()))
                        self.say("250 kept")
                    elif verb == "QUIT":
                        self.say("221 bye")
                        return
                    else:
                        self.say("250 ok")

            def message(self):
                lines = []
                for raw in self.rfile:
                    if raw == b".\r\n":
                        break
                    lines.append((raw[1:] if raw.startswith(b".") else raw).replace(b"\r\n", b"\n"))
                return b"".join(lines)

            def say(self, line):
                self.wfile.write(line.encode() + b"\r\n")

        socketserver.ThreadingTCPServer.allow_reuse_address = True
        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def keep(self, delivered):
        with self.arrived:
            self.delivered.append(delivered)
            self.arrived.notify_all()

    def wait_for(self, marker, timeout=20):
        """The delivered message that holds `marker` (bytes), or None."""
        def found():
            return next((d for d in self.delivered if marker in d.message), None)
        with self.arrived:
            self.arrived.wait_for(found, timeout)
            return found()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
