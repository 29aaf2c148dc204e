"""`storm`: token checks while far more logins arrive than can be hashed, and a thousand logins at one moment."""

import threading
from collections import Counter

from compare.servers import say

from . import chart, report, wire, wrk
from .load import Load, loaded, throughput
from .stage import Stage, cpu, rss
from .stats import median, percentile

TIMES = 20  # the storm's arrivals, in capacities
DRF_CLIENTS = 16  # more would only wait longer
AT_ONCE = 1000
LEAD = 2  # seconds of storm before the token checks begin


class Memory(threading.Thread):
    """Notes a process's memory twice a second."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.seen, self.over = pid, [], threading.Event()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *error):
        self.over.set()
        self.join()

    def run(self):
        while True:
            self.seen.append(rss(self.pid) / 1024)
            if self.over.wait(0.1):
                return

    def thirds(self):
        """The most in each third of the time: flat, or growing."""
        size = max(len(self.seen) // 3, 1)
        return [max(self.seen[start : start + size]) for start in (0, size, len(self.seen) - size)]


class Logins:
    """What the logins of a storm were answered."""

    def __init__(self):
        self.statuses, self.latencies = Counter(), {}

    def add(self, got):
        """Takes in what a load generator brought."""
        for _, latency, status in got["samples"]:
            self.statuses[status] += 1
            self.latencies.setdefault(status, []).append(latency)

    def say(self, status):
        """p50, p99 and the most for that status."""
        found = self.latencies.get(status, [])
        if not found:
            return "none"
        p50, p99, most = (report.number(value) for value in (percentile(found, 50), percentile(found, 99), max(found)))
        return f"{len(found):,}, p50 {p50} ms, p99 {p99} ms, most {most} ms"


class Storm:
    """The token checks of one server: quiet, and with logins beside them."""

    def __init__(self, server, checks, logins, options, clients):
        self.server, self.checks, self.logins, self.options, self.clients = server, checks, logins, options, clients
        self.quiet, self.stormy, self.answered = [], [], Logins()

    def round(self, number, span, **spec):
        """One measurement of each."""
        self.quiet.append(self.checks.run(self.server.port, self.clients, span))
        with Load(self.server.port, self.logins, self.options.seed + number, **spec) as load:
            load.sleep(LEAD)
            self.stormy.append(self.checks.run(self.server.port, self.clients, span))
            load.end()
            self.answered.add(load.result())

    def row(self, name):
        """A row of the table."""
        cells = [name]
        for found in (self.quiet, self.stormy):
            cells += [report.number(median([getattr(one, key) for one in found])) for key in ("rate", "p50", "p99")]
        ratio = self.ratio()
        return [*cells, f"{ratio:.1f}" if ratio else "none answered", sum(one.errors for one in self.stormy)]

    def ratio(self):
        """p99 with the storm by p99 without, the median of the rounds; None where the storm let nothing through."""
        pairs = [(quiet.p99, stormy.p99) for quiet, stormy in zip(self.quiet, self.stormy)]
        return median([stormy / quiet for quiet, stormy in pairs if quiet and stormy])


def capacity(port, logins, options):
    """Logins a second of drf-auth."""
    return throughput(loaded(port, logins, options.seed, mode="closed", clients=24, seconds=4, answers=24, longest=20))


def at_once(server, checks, logins, options, clients):
    """A thousand logins at the same moment: (answers, token checks meanwhile, memory before, most, after)."""
    before = rss(server.process.pid) / 1024
    answered = Logins()
    with Memory(server.process.pid) as memory:
        with Load(server.port, logins, options.seed, mode="burst", count=AT_ONCE) as load:
            load.sleep(1)
            meanwhile = checks.run(server.port, clients, 3)
            answered.add(load.result())
    return answered, meanwhile, before, max(memory.seen), rss(server.process.pid) / 1024


def run(options, stack):
    """The figure."""
    rounds, seconds = (1, 4) if options.quick else (3, 10)
    stage = Stage(options, stack, iterations=options.iterations or 1_000_000)
    accounts = stage.fill()
    checks = wrk.Checks(stage, accounts, rate=options.check_rate)
    logins = [wire.login(one.username, one.password, options.login_path) for one in accounts]
    ours, django = stage.drf_auth(), stage.django()
    clients = options.check_clients
    for server in (ours, django):
        checks.run(server.port, clients, 1)
    most = capacity(ours.port, logins, options)
    rate = options.storm_rate or TIMES * most
    storms = {
        "drf-auth": Storm(ours, checks, logins, options, clients),
        "DRF": Storm(django, checks, logins, options, clients),
    }
    with Memory(ours.process.pid) as memory:
        for number in range(rounds):
            say(f"round {number + 1} of {rounds}: drf-auth, {rate:.0f} logins a second arrive")
            storms["drf-auth"].round(number, seconds, mode="open", rate=rate, seconds=seconds + 60)
            say(f"round {number + 1} of {rounds}: DRF, {DRF_CLIENTS} clients log in")
            more = {"clients": DRF_CLIENTS, "seconds": 3600, "answers": 0, "longest": 3600}
            storms["DRF"].round(number, seconds, mode="closed", **more)
    say(f"{AT_ONCE} logins at once")
    burst = at_once(ours, checks, logins, options, clients)
    _publish(stage, storms, (most, rate, clients), memory, burst)


def _publish(stage, storms, numbers, memory, burst):
    most, rate, clients = numbers
    heads = [
        "token checks",
        "quiet: req/s",
        "p50 ms",
        "p99 ms",
        "storm: req/s",
        "p50 ms",
        "p99 ms",
        "p99, ratio",
        "errors",
    ]
    ours = storms["drf-auth"]
    rows = [
        ours.row(f"drf-auth, {rate:.0f} logins a second arrive, {rate / most:.0f} times its capacity"),
        storms["DRF"].row(f"DRF, {DRF_CLIENTS} clients log in"),
    ]
    pace = f", {stage.options.check_rate:,} a second together" if stage.options.check_rate else ""
    title = f"Token checks while logins storm ({clients} clients of token checks{pace})"
    lines = [*report.table(heads, rows), "", *_summary(storms, most, memory, burst)]
    how = f"{report.today()}, {cpu()}, {stage.iterations:,} iterations, {stage.options.gunicorn}"
    panels = [
        chart.Panel(
            "", f"token checks: {text}", ["quiet", "while logins storm"],
            {name: [median([pick(one) for one in runs]) for runs in (storms[name].quiet, storms[name].stormy)]
             for name in ("DRF", "drf-auth")},
            bars=True, log=True,
        )
        for text, pick in (
            ("99th percentile, milliseconds (less is better)", lambda one: one.p99),
            ("answered a second (more is better)", lambda one: one.rate),
        )
    ]  # fmt: skip
    report.publish(stage, title, lines, {"": chart.svg(title, how, panels)})


def _summary(storms, most, memory, burst):
    ours, drf = storms["drf-auth"], storms["DRF"].answered
    answered, meanwhile, before, peak, after = burst
    refused = ours.answered.latencies.get(503, [0])
    soon = sum(ms < 50 for ms in refused) / len(refused)
    return [
        f"- drf-auth: p99 in the storm is {report.number(ours.ratio())} times that without it (goal: at most 2), errors"
        f" {sum(one.errors for one in ours.stormy)} (goal: none). Its capacity: {most:.1f} logins a second.",
        f"- Its storm: statuses {_statuses(ours.answered)}.",
        f"- Refused (503): {ours.answered.say(503)}; {soon:.1%} under 50 ms (goal: all).",
        f"- Accepted (200): {ours.answered.say(200)}.",
        f"- Its memory, the most in each third of the run: {' / '.join(map(report.number, memory.thirds()))} MiB.",
        f"- {AT_ONCE:,} logins at once: statuses {_statuses(answered)}; 200: {answered.say(200)};"
        + f" 503: {answered.say(503)}; token checks meanwhile p99 {report.number(meanwhile.p99)} ms,"
        + f" {meanwhile.errors} errors; memory {_mib(before)} before, {_mib(peak)} at most, {_mib(after)} after.",
        f"- DRF's storm: statuses {_statuses(drf)}; 200: {drf.say(200)}.",
    ]


def _statuses(answered):
    return ", ".join(f"{status or 'broken'}: {count:,}" for status, count in sorted(answered.statuses.items()))


def _mib(value):
    return f"{report.number(value)} MiB"
