"""The load generator, a process of its own: logins by a fixed number of clients, at a rate, or all at once.

`python -m bench.load` reads what to do as JSON from standard input and writes what came back as JSON: samples of
(seconds from the start, milliseconds, status), status 0 where the connection broke. SIGTERM ends it early: nothing new
is sent, what is under way is waited for.
"""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from . import wire

DRAIN = 60  # seconds that the last answers are waited for


class Generator:
    """Sends requests and notes what came back."""

    def __init__(self, port, requests, seed):
        self.port, self.draw = port, random.Random(seed)
        self.requests = [text.encode("latin-1") for text in requests]
        self.samples, self.idle, self.stopped = [], [], asyncio.Event()
        self.begun = time.perf_counter()

    def now(self):
        """Seconds since the start."""
        return time.perf_counter() - self.begun

    async def one(self, request, due):
        """One request on an idle or a new connection; the latency counts from when it was due."""
        while self.idle and self.idle[-1].closed:
            self.idle.pop()
        connection = self.idle.pop() if self.idle else await wire.connect(self.port)
        status = await connection.ask(request) if connection else 0
        self.samples.append((due, (self.now() - due) * 1000, status))
        if connection and not connection.closed:
            self.idle.append(connection)

    async def closed(self, clients, seconds, answers, longest):
        """So many clients, each with one request under way; returns the window in which nothing but that was going on.

        Servers that work on all requests at once answer them in waves of as many as there are clients, and a window
        that cuts a wave off counts wrongly. So it opens with the answer that completes the first wave and closes with
        one that completes another: after so many seconds and answers, or before `longest`. Where not even two waves
        were done by then, it is the second half of `longest`.
        """
        running = [asyncio.create_task(self._client(number, clients)) for number in range(clients)]
        while self.now() < longest and not self.stopped.is_set():
            await asyncio.sleep(0.02)
            if len(self.samples) < 2 * clients:
                continue
            opened, closed = self._waves(clients)
            if closed - opened >= seconds and len(self.samples) >= clients + answers:
                break
        window = self._waves(clients) if len(self.samples) >= 2 * clients else (longest / 2, self.now())
        self.stopped.set()
        await asyncio.wait(running, timeout=DRAIN)
        return window

    def _waves(self, clients):
        """When the first and the last whole wave of answers ended."""
        last = len(self.samples) // clients * clients
        return ended(self.samples[clients - 1]), ended(self.samples[last - 1])

    async def _client(self, number, clients):
        mine = self.requests[number::clients] or self.requests
        while not self.stopped.is_set():
            await self.one(self.draw.choice(mine), self.now())
            if self.samples[-1][2] == 0:
                await asyncio.sleep(0.05)

    async def open(self, rate, seconds):
        """Poisson arrivals at a rate, whatever the server does."""
        running, due = set(), 0.0
        while not self.stopped.is_set():
            due += self.draw.expovariate(rate)
            if due > seconds:
                break
            if due > self.now():
                try:
                    await asyncio.wait_for(self.stopped.wait(), due - self.now())
                    break
                except asyncio.TimeoutError:
                    pass
            task = asyncio.create_task(self.one(self.draw.choice(self.requests), due))
            running.add(task)
            task.add_done_callback(running.discard)
        if running:
            await asyncio.wait(running, timeout=DRAIN)
        return 0.0, min(seconds, self.now())

    async def burst(self, count):
        """That many connections, opened first; then a request on each at the same moment."""
        for start in range(0, count, 100):
            opened = await asyncio.gather(*(wire.connect(self.port) for _ in range(min(100, count - start))))
            self.idle += [connection for connection in opened if connection]
        begun = self.now()
        tasks = [asyncio.create_task(self.one(self.draw.choice(self.requests), begun)) for _ in range(count)]
        await asyncio.wait(tasks, timeout=DRAIN)
        return begun, self.now()


def ended(sample):
    """When the answer was there."""
    due, latency, _ = sample
    return due + latency / 1000


def in_window(got):
    """The samples that were answered after the window's begin and not after its end."""
    begin, end = got["window"]
    return [sample for sample in got["samples"] if begin < ended(sample) <= end]


def throughput(got):
    """Logins a second in the window."""
    begin, end = got["window"]
    return sum(status == 200 for _, _, status in in_window(got)) / (end - begin)


async def generate(spec):
    """Does what the JSON says."""
    generator = Generator(spec.pop("port"), spec.pop("requests"), spec.pop("seed"))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, generator.stopped.set)
    window = await getattr(generator, spec.pop("mode"))(**spec)
    return {"window": window, "samples": generator.samples}


class Load:
    """A running load generator, for the run that started it."""

    def __init__(self, port, requests, seed, **spec):
        spec = {"port": port, "requests": [one.decode("latin-1") for one in requests], "seed": seed, **spec}
        env = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parent.parent)}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.load"], env=env, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.process.stdin.write(json.dumps(spec))
        self.process.stdin.close()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if self.process.poll() is None:
            self.process.kill()
        self.process.stdout.close()
        self.process.wait()

    def sleep(self, seconds):
        """Lets it run for so long; whether it still does."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return True
        return False

    def end(self):
        """Asks it to end."""
        self.process.terminate()

    def result(self):
        """Waits for the end; the window and the samples."""
        said = self.process.stdout.read()
        if self.process.wait():
            raise RuntimeError("the load generator failed")
        return json.loads(said)


def loaded(*args, **spec):
    """What one load brought."""
    with Load(*args, **spec) as load:
        return load.result()


if __name__ == "__main__":
    # An interrupt is the run's to act on: it ends this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    json.dump(asyncio.run(generate(json.load(sys.stdin))), sys.stdout)
