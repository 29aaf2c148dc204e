"""`memory`: resident memory idle and with ten thousand connections, time to the first answer, and the binary's size."""

import asyncio
import time
from pathlib import Path

from compare.servers import Failure, free_port, say

from . import chart, report, wire
from .stage import Stage, cpu, rss
from .stats import median

CONNECTIONS = 10_000
AN_ADDRESS = 5_000  # connections from one source address: well below what there are ports
SETTLED = 2  # seconds


async def hold(port, request, count):
    """Opens so many connections, asks once on each, and returns those that were answered, still open."""
    kept = []

    async def one(number):
        connection = await wire.connect(port, (f"127.0.0.{2 + number // AN_ADDRESS}", 0))
        if connection and await connection.ask(request) == 200:
            kept.append(connection)

    for start in range(0, count, 100):
        await asyncio.gather(*(one(number) for number in range(start, min(start + 100, count))))
    return kept


async def with_connections(server, request, count):
    """(connections held, MiB with them)."""
    kept = await hold(server.port, request, count)
    await asyncio.sleep(SETTLED)
    held, used = sum(not one.closed for one in kept), rss(server.process.pid) / 1024
    for one in kept:
        one.transport.abort()
    return held, used


def first_answer(start, request):
    """Milliseconds from starting the process to the first token check that it answers."""
    port = free_port()
    begun = time.perf_counter()
    server = start(port)
    try:
        while time.perf_counter() < begun + 60:
            client = wire.Client(port)
            try:
                status, _, _ = client.ask(request)
                if status == 200:
                    return (time.perf_counter() - begun) * 1000
            except OSError:
                time.sleep(0.001)
            finally:
                client.close()
            if server.process.poll() is not None:
                break
        raise Failure(f"{server.name} gives no first answer:\n{server.tail()}")
    finally:
        server.stop()


def family(pid):
    """MiB of a process and its children, shared pages divided among those who share them."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    total = 0
    for one in [pid, *children]:
        lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
        total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def stripped(path):
    """Whether an ELF file has no table of symbols."""
    return b".symtab" not in Path(path).read_bytes()


def run(options, stack):
    """The figure."""
    stage = Stage(options, stack)
    token = stage.fill(count=10)[0].token
    request = wire.check(token, options.check_path)
    say("starting and stopping")
    times = [first_answer(stage.drf_auth_at, request) for _ in range(3 if options.quick else 10)]
    server, django = stage.drf_auth(), stage.django()
    wire.Client(server.port).ask(request)
    wire.Client(django.port).ask(wire.check(token))
    time.sleep(SETTLED)
    idle, theirs = rss(server.process.pid) / 1024, family(django.process.pid)
    say(f"opening {CONNECTIONS:,} connections")
    held, used = asyncio.run(with_connections(server, request, CONNECTIONS))
    time.sleep(SETTLED)
    after = rss(server.process.pid) / 1024
    size = options.binary.stat().st_size / 2**20
    rows = [
        ["memory idle", report.number(idle), "MiB", "at most 25"],
        [f"memory with {held:,} idle connections", report.number(used), "MiB", "at most 120 at 10,000"],
        ["memory after they have gone", report.number(after), "MiB", "–"],
        [f"start to first answer, median of {len(times)}", report.number(median(times)), "ms", "under 100"],
        ["start to first answer, slowest", report.number(max(times)), "ms", "–"],
        [
            "binary" + (", stripped" if stripped(options.binary) else ", NOT stripped"),
            report.number(size),
            "MiB",
            "at most 20",
        ],
        [f"for comparison: DRF, {options.gunicorn}, idle", report.number(theirs), "MiB", "–"],
    ]
    title = "Memory, start and size"
    series = {"DRF": [theirs, None], "drf-auth": [idle, used]}
    panel = chart.Panel("", "MiB in use", ["idle", f"{held:,} idle connections"], series, bars=True)
    how = f"{report.today()}, {cpu()}, {options.gunicorn}"
    report.publish(
        stage, title, report.table(["what", "measured", "unit", "goal"], rows), {"": chart.svg(title, how, [panel])}
    )
