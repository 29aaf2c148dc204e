"""Clients that ask about tokens one after the other, many at the same time, and note when."""

import asyncio
import random
import re
import socket
import time
from dataclasses import dataclass, field

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
DATE = re.compile(rb"\r\ndate:[^\r]*", re.IGNORECASE)


@dataclass
class Load:
    """So many clients of one server, and what they were told."""

    port: int
    clients: int
    keys: list
    until: float = 0.0
    answers: list = field(default_factory=list)  # (sent, received, key, number of the text)
    texts: dict = field(default_factory=dict)  # answers without their dates, numbered
    broken: list = field(default_factory=list)
    ready: list = field(default_factory=list)  # clients that wait for others, to ask at the same time
    wave: int = 1  # so many wait
    path: str = "/profile/"
    pause: float = 0.0  # seconds between an answer and the next request, where it is not 0; then nobody waits for others

    def is_ready(self, client):
        """Lets the client ask, mostly together with all others: one process cannot keep a fast server busy otherwise."""
        self.ready.append(client)
        is_over = time.monotonic() >= self.until
        if is_over or len(self.ready) >= self.wave:
            ready, self.ready = self.ready, []
            self.wave = client.rng.choice([1, self.clients, self.clients])
            for one in ready:
                one.close() if is_over else one.ask()

    def in_flight(self):
        """How many requests were under way, on average over the time."""
        if not self.answers:
            return 0.0
        begin, end = min(one[0] for one in self.answers), max(one[1] for one in self.answers)
        return sum(received - sent for sent, received, *_ in self.answers) / (end - begin)


class Client(asyncio.Protocol):
    """One connection, on which the next request follows each answer."""

    def __init__(self, load, rng, ended):
        self.load, self.rng, self.ended = load, rng, ended
        self.buffer, self.sent, self.key, self.transport = b"", 0.0, "", None

    def connection_made(self, transport):
        self.transport = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.load.pause:
            self.ask()
        else:
            self.load.is_ready(self)

    def ask(self):
        """Sends the next request."""
        self.key = self.rng.choice(self.load.keys)
        request = f"GET {self.load.path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Token {self.key}\r\n\r\n".encode()
        self.sent = time.monotonic()
        self.transport.write(request)

    def close(self):
        """Hangs up."""
        self.sent = 0.0
        self.transport.close()

    def data_received(self, data):
        received = time.monotonic()
        self.buffer += data
        head = self.buffer.find(b"\r\n\r\n")
        if head < 0:
            return
        length = LENGTH.search(self.buffer, 0, head + 2)
        if length is None:
            self.load.broken.append(f"no length: {self.buffer[:300]!r}")
            self.transport.close()
            return
        end = head + 4 + int(length[1])
        if len(self.buffer) < end:
            return
        text = DATE.sub(b"", self.buffer[:end], 1)
        if len(self.buffer) > end:
            self.load.broken.append(f"more than an answer: {self.buffer[end:][:300]!r}")
        self.buffer = b""
        number = self.load.texts.setdefault(text, len(self.load.texts))
        self.load.answers.append((self.sent, received, self.key, number))
        if self.load.pause:
            asyncio.get_running_loop().call_later(self.load.pause, self.pause_ended)
        else:
            self.load.is_ready(self)

    def pause_ended(self):
        """Asks again, or hangs up where it is time."""
        if time.monotonic() < self.load.until:
            self.ask()
        else:
            self.close()

    def connection_lost(self, exc):
        if self.sent:
            self.load.broken.append(f"hung up before the answer: {exc!r}")
        if not self.ended.done():
            self.ended.set_result(None)


async def run_all(loads, seconds, seed):
    """Lets all clients of all loads ask for so long."""
    loop = asyncio.get_running_loop()
    waiting = []
    for load in loads:
        load.until = time.monotonic() + seconds
        for number in range(load.clients):
            ended = loop.create_future()
            rng = random.Random(f"{seed} {load.port} {number}")
            client = Client(load, rng, ended)
            await loop.create_connection(lambda client=client: client, "127.0.0.1", load.port)
            waiting.append(ended)
    _, late = await asyncio.wait(waiting, timeout=seconds + 30)
    if late:
        loads[0].broken.append(f"{len(late)} clients were never answered")
