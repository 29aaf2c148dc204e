"""`verify`: token checks a second by the number of clients, beside DRF, a query a request, and a constant answer."""

import os
from contextlib import ExitStack

from compare.servers import COMPAT, Server, say, started
from compare.servers import run as finished

from . import chart, report, wrk
from .stage import ENGINES, Stage, cpu
from .stats import median

CLIENTS = (1, 8, 32, 128)
BASELINE = COMPAT / "bench" / "baseline"
QUERY, CONSTANT = "axum, a query a request", "axum, a constant answer"


def baseline():
    """The path of the two contenders' program, built if need be."""
    cache = os.environ.get("DRF_AUTH_CACHE", COMPAT / ".cache")
    target = f"{cache}/baseline-target"
    say("building compat/bench/baseline")
    command = ["cargo", "build", "--release", "--locked", "--quiet", "--manifest-path", str(BASELINE / "Cargo.toml")]
    finished(command, env={**os.environ, "CARGO_TARGET_DIR": target})
    return f"{target}/release/baseline"


class Contenders:
    """Servers by name, each with its port and the path of its token check."""

    def __init__(self, engine, options, stack):
        self.stage = Stage(options, stack, engine=engine, iterations=1000)
        self.checks = wrk.Checks(self.stage, self.stage.fill())
        self.at = {
            "DRF": (self.stage.django().port, "/profile/"),
            "drf-auth": (self.stage.drf_auth().port, options.check_path),
        }

    def with_baseline(self, program):
        """Adds a query a request and a constant answer, on drf-auth's database."""
        stage = self.stage
        log = stage.folder / "baseline.log"

        def make(port):
            return Server("baseline", [program, f"127.0.0.1:{port}", stage.database.url["b"]], port, None, log)

        server = started(make)
        stage.stack.callback(server.stop)
        self.at[QUERY] = (server.port, "/query/")
        self.at[CONSTANT] = (server.port, "/constant/")

    def measure(self, clients, rounds, seconds):
        """{(name, clients): [Found, …]}; the contenders take turns."""
        found = {(name, count): [] for name in self.at for count in clients}
        for port, path in self.at.values():
            self.checks.run(port, 8, 1, path)
        for number in range(rounds):
            for count in clients:
                say(f"{ENGINES[self.stage.engine]}, round {number + 1} of {rounds}: {count} clients")
                for name, (port, path) in self.at.items():
                    found[name, count].append(self.checks.run(port, count, seconds, path))
        return found


def run(options, stack):
    """The figure."""
    clients = (1, 32) if options.quick else CLIENTS
    rounds, seconds = (1, 2) if options.quick else (3, 4)
    program = baseline()
    main = Contenders("postgres", options, stack)
    main.with_baseline(program)
    found = main.measure(clients, rounds, seconds)
    record = {}
    for engine in () if options.quick else ("mariadb", "sqlite"):
        with ExitStack() as inner:
            record[engine] = Contenders(engine, options, inner).measure(clients, 1, seconds)
    _publish(main, clients, found, record)


def middle(runs, key):
    """The median of the rounds."""
    return median([getattr(one, key) for one in runs])


def _rows(found, clients, names, engine):
    rows = []
    for count in clients:
        ours = found["drf-auth", count]
        for name in names:
            runs = found[name, count]
            # Both of a round, so that what disturbs the machine disturbs both.
            ratio = median([mine.rate / other.rate for mine, other in zip(ours, runs)])
            cells = [report.number(middle(runs, key)) for key in ("rate", "p50", "p99")]
            rows.append([engine, count, name, *cells, sum(one.errors for one in runs), f"{ratio:.2f}"])
    return rows


def _publish(main, clients, found, record):
    options = main.stage.options
    names = ["DRF", "drf-auth", QUERY, CONSTANT]
    heads = ["database", "clients", "contender", "req/s", "p50 ms", "p99 ms", "errors", "drf-auth is … times"]
    rows = _rows(found, clients, names, "PostgreSQL")
    for engine, more in record.items():
        rows += _rows(more, clients, ["DRF", "drf-auth"], ENGINES[engine])
    title = f"Token checks ({options.check_path} of drf-auth, each read from the database)"
    goals = "Goals: from 32 clients on 20 times DRF; at 128 at least 1.5 times a query a request; never slower than it."
    how = f"{report.today()}, {cpu()}, PostgreSQL, wrk, {options.gunicorn}"
    panels = [
        chart.Panel(
            text, unit, list(clients),
            {name: [middle(found[name, count], key) for count in clients] for name in names},
            "clients that ask at the same time", log=True,
        )
        for text, unit, key in (
            ("Throughput", "answers a second", "rate"), ("Latency, 99th percentile", "milliseconds", "p99")
        )
    ]  # fmt: skip
    report.publish(main.stage, title, [*report.table(heads, rows), "", goals], {"": chart.svg(title, how, panels)})
