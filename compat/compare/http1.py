"""Requests as raw bytes, and a reader of HTTP/1.1 answers that changes nothing it reads."""

import re
import socket
from dataclasses import dataclass, field

TIMEOUT = 60.0
PLACEHOLDER = re.compile(rb"\{token:([a-z0-9.\-]+)(?::([a-z]+))?\}")
NO_TOKEN = b"f" * 40


@dataclass
class Request:
    """A request; in header values `{token:ACCOUNT}` stands for what that server issued to the account."""

    method: bytes = b"GET"
    target: bytes = b"/"
    headers: list = field(default_factory=list)  # (name, value) in bytes
    body: bytes | None = None
    version: bytes = b"HTTP/1.1"
    host: bytes | None = b"testserver"
    chunks: list | None = None  # sizes: the body goes out chunked
    account: str | None = None  # whose login this is meant to be

    def header(self, name):
        """The values of one header."""
        return [value for key, value in self.headers if key.lower() == name]

    def wire(self, tokens=None, chunked=True):
        """The bytes to send; `tokens` maps accounts to keys."""
        lines = [b" ".join((self.method, self.target, self.version))]
        if self.host is not None:
            lines.append(b"Host: " + self.host)
        for name, value in self.headers:
            lines.append(name + b": " + _fill(value, tokens or {}))
        body = self.body or b""
        if self.chunks and chunked:
            lines.append(b"Transfer-Encoding: chunked")
            body = _chunked(body, self.chunks)
        elif self.body is not None:
            lines.append(b"Content-Length: %d" % len(body))
        return b"\r\n".join(lines) + b"\r\n\r\n" + body


def _fill(value, tokens):
    def put(match):
        token = tokens.get(match[1].decode())
        token = NO_TOKEN if token is None else token.encode()
        return {b"upper": bytes.upper, b"title": bytes.title}.get(match[2], bytes)(token)

    return PLACEHOLDER.sub(put, value)


def _chunked(body, sizes):
    out, at, turn = [], 0, 0
    while at < len(body):
        size = max(1, sizes[turn % len(sizes)])
        piece = body[at : at + size]
        out.append(b"%x\r\n%s\r\n" % (len(piece), piece))
        at, turn = at + size, turn + 1
    return b"".join(out) + b"0\r\n\r\n"


@dataclass
class Answer:
    """What came back; `problem` says why it is not a whole answer."""

    status: int = 0
    reason: bytes = b""
    headers: list = field(default_factory=list)  # (lower-case name, value) in bytes
    body: bytes = b""
    problem: str | None = None

    def get(self, name):
        """The header's values, joined; None where there is none."""
        values = [value for key, value in self.headers if key == name]
        return b", ".join(values) if values else None

    def show(self):
        """The answer as text for a report."""
        if self.problem:
            return f"[{self.problem}] " + repr(self.body[:200])
        head = [b"HTTP %d %s" % (self.status, self.reason)] + [b"%s: %s" % pair for pair in self.headers]
        return b"\n".join(head).decode("latin-1") + "\n\n" + shown(self.body)


def shown(data, limit=1500):
    """Bytes for a report: text where they are text, cut where they are long."""
    cut = data[:limit]
    try:
        text = cut.decode()
        if not all(char.isprintable() or char in "\n\t" for char in text):
            text = repr(cut)
    except UnicodeDecodeError:
        text = repr(cut)
    return text if len(data) <= limit else f"{text}… ({len(data)} bytes)"


class Connection:
    """One client connection, opened again whenever the server has closed it."""

    def __init__(self, port):
        self.port = port
        self.socket = None
        self.buffer = bytearray()

    def close(self):
        """Closes it; the next request opens a new one."""
        if self.socket is not None:
            self.socket.close()
        self.socket = None
        self.buffer.clear()

    def send(self, data):
        """Sends a whole request. A server that answers and closes early is no error here."""
        if self.socket is None or self.buffer or _closed(self.socket):
            self.close()
            self.socket = socket.create_connection(("127.0.0.1", self.port), TIMEOUT)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def receive(self, method):
        """Reads the final answer to a request of that method."""
        answer = Answer()
        try:
            while not self._read(answer, method):
                answer = Answer()
        except (OSError, EOFError, ValueError) as error:
            answer.problem = f"{type(error).__name__}: {error}"
            answer.body = answer.body or bytes(self.buffer)
            self.close()
        return answer

    def _read(self, answer, method):
        head = self._until(b"\r\n\r\n")
        status_line, *lines = head[:-4].split(b"\r\n")
        version, status, *reason = status_line.split(b" ", 2)
        answer.status, answer.reason = int(status), reason[0] if reason else b""
        for line in lines:
            name, colon, value = line.partition(b":")
            if not colon:
                raise ValueError(f"bad header line {line!r}")
            answer.headers.append((name.lower(), value.strip(b" \t")))
        if 100 <= answer.status < 200:
            return False
        self._read_body(answer, method)
        connection = (answer.get(b"connection") or b"").lower()
        if b"close" in connection or (version == b"HTTP/1.0" and b"keep-alive" not in connection):
            self.close()
        return True

    def _read_body(self, answer, method):
        if method == b"HEAD" or answer.status in (204, 304):
            return
        if (answer.get(b"transfer-encoding") or b"").lower() == b"chunked":
            while size := int(self._until(b"\r\n").split(b";")[0], 16):
                answer.body += self._exactly(size + 2)[:-2]
            self._until(b"\r\n")
        elif (length := answer.get(b"content-length")) is not None:
            answer.body = self._exactly(int(length))
        else:
            while self._more():
                pass
            answer.body = bytes(self.buffer)
            self.close()

    def _more(self):
        data = self.socket.recv(65536)
        self.buffer += data
        return data

    def _until(self, mark):
        while (end := self.buffer.find(mark)) < 0:
            if not self._more():
                raise EOFError("the server closed the connection")
        return self._take(end + len(mark))

    def _exactly(self, count):
        while len(self.buffer) < count:
            if not self._more():
                raise EOFError("the answer is shorter than it says")
        return self._take(count)

    def _take(self, count):
        data = bytes(self.buffer[:count])
        del self.buffer[:count]
        return data


def _closed(sock):
    """Whether the server has hung up, without waiting."""
    sock.setblocking(False)
    try:
        return sock.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True
    finally:
        sock.settimeout(TIMEOUT)
