"""A backend that tells what reached it: every header line as it came, trailers too."""

import hashlib
import json
import re
import socket
import threading

NOT_ALPHANUMERIC = re.compile(r"[^A-Z0-9]")


def cgi_name(name):
    """The variable that the widest reading makes of a header: WSGI maps dashes, PHP and Apache's CGI all else."""
    return "HTTP_" + NOT_ALPHANUMERIC.sub("_", name.strip().upper())


class Listening:
    """A port of the loopback interface, and a thread a connection in `_serve`."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self):
        """No more connections."""
        self.listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()


class Upstream(Listening):
    """An HTTP/1.1 server on a free port of the loopback interface; `seen` holds what came, in order."""

    def __init__(self, name):
        self.name = name
        self.seen = []
        super().__init__()

    def _serve(self, connection):
        with connection, connection.makefile("rb") as reader:
            try:
                while self._answer(connection, reader):
                    pass
            except (OSError, ValueError):
                pass

    def _answer(self, connection, reader):
        line = reader.readline()
        if not line.strip():
            return False
        method, target, _ = line.decode("latin-1").split(" ", 2)
        headers = _fields(reader)
        values = {name.lower(): value for name, value in headers}
        if "chunked" in values.get("transfer-encoding", "").lower():
            if "100-continue" in values.get("expect", ""):
                connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            body = b""
            while size := int(reader.readline().split(b";")[0], 16):
                body += reader.read(size)
                reader.readline()
            trailers = _fields(reader)
        else:
            trailers = []
            body = reader.read(int(values.get("content-length", 0)))
        told = {
            "backend": self.name,
            "method": method,
            "target": target,
            "headers": headers,
            "trailers": trailers,
            "length": len(body),
            "sha256": hashlib.sha256(body).hexdigest(),
        }
        self.seen.append(told)
        text = json.dumps(told).encode()
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(text)
        connection.sendall(head + (b"" if method == "HEAD" else text))
        return "close" not in values.get("connection", "").lower()


def _fields(reader):
    fields = []
    while (line := reader.readline().rstrip(b"\r\n")):
        name, _, value = line.decode("latin-1").partition(":")
        fields.append((name, value.strip(" \t")))
    return fields
