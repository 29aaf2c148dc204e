"""Requests as bytes, a blocking client that times one request, and an asyncio connection for load."""

import asyncio
import json
import socket
import time


def login(username, password, path="/api-token-auth/"):
    """A login as a client's JSON."""
    body = json.dumps({"username": username, "password": password}).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def check(token, path="/profile/"):
    """A token check."""
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Token {token}\r\n\r\n".encode()


def parse(buffer):
    """(status, whether the server closes, length) of the whole answer that the buffer begins with, or None."""
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        return None
    status_line, *lines = bytes(buffer[:end]).split(b"\r\n")
    headers = dict(line.lower().split(b":", 1) for line in lines)
    length = int(headers.get(b"content-length", b"0"))
    if b"transfer-encoding" in headers:
        raise ValueError("an answer in chunks")
    if len(buffer) < end + 4 + length:
        return None
    return int(status_line.split(b" ", 2)[1]), b"close" in headers.get(b"connection", b""), end + 4 + length


class Client:
    """One keep-alive connection, opened again between two requests where the server closes it."""

    def __init__(self, port, timeout=120):
        self.address, self.timeout, self.socket = ("127.0.0.1", port), timeout, None

    def close(self):
        """Hangs up."""
        if self.socket is not None:
            self.socket.close()
        self.socket = None

    def ask(self, request):
        """(status, body, seconds) of one request; connecting is not counted."""
        if self.socket is None:
            self.socket = socket.create_connection(self.address, self.timeout)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        buffer = bytearray()
        begun = time.perf_counter()
        self.socket.sendall(request)
        while (found := parse(buffer)) is None:
            data = self.socket.recv(65536)
            if not data:
                raise ConnectionError("the server closed the connection before it answered")
            buffer += data
        seconds = time.perf_counter() - begun
        status, closes, length = found
        if closes:
            self.close()
        body = bytes(buffer[:length]).partition(b"\r\n\r\n")[2]
        return status, body, seconds


class Connection(asyncio.Protocol):
    """One keep-alive connection of a load generator; one request at a time."""

    def __init__(self):
        self.buffer, self.answer, self.transport, self.closed = bytearray(), None, None, False

    def connection_made(self, transport):
        self.transport = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def data_received(self, data):
        self.buffer += data
        if self.answer is not None and (found := parse(self.buffer)):
            status, closes, length = found
            del self.buffer[:length]
            self.closed = self.closed or closes
            self._settle(status)

    def connection_lost(self, exc):
        self.closed = True
        # 0: an error of the connection, no status.
        self._settle(0)

    def _settle(self, status):
        waiting, self.answer = self.answer, None
        if waiting is not None and not waiting.done():
            waiting.set_result(status)

    async def ask(self, request):
        """The status of one request."""
        self.answer = waiting = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return await waiting


async def connect(port, local=None):
    """A connection, or None where there is none to be had."""
    loop = asyncio.get_running_loop()
    try:
        _, connection = await loop.create_connection(Connection, "127.0.0.1", port, local_addr=local)
        return connection
    except OSError:
        return None
