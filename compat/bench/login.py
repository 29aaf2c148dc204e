"""`login`: how many logins a second, and how long one takes, by the number of clients and by the rate of arrivals."""

from compare.servers import say

from . import chart, report, wire
from .engine import derivations
from .load import in_window, loaded
from .stage import Stage, cpu
from .stats import median, percentile

CLIENTS = (1, 2, 5, 16, 24, 50)
SHARES = (30, 60, 90)  # % of a server's own capacity
MANY = 16  # clients from which on the goals hold


class Plan:
    """How long the measurements are."""

    def __init__(self, quick):
        self.clients = (1, 5, 16) if quick else CLIENTS
        self.shares = (60,) if quick else SHARES
        self.rounds = 1 if quick else 3
        self.seconds = 2 if quick else 5
        self.longest = 20 if quick else 45
        self.open_seconds = 8 if quick else 30
        self.answers = {"DRF": 4, "drf-auth": 20} if quick else {"DRF": 10, "drf-auth": 30}


class Cell:
    """What one load brought, over all rounds: logins a second of each, and all latencies."""

    def __init__(self):
        self.rates, self.latencies, self.refused, self.errors = [], [], 0, 0

    def add(self, got, closed):
        """Takes in one round; closed loops count what was answered in the window."""
        begin, end = got["window"]
        samples = in_window(got) if closed else got["samples"]
        good = [latency for _, latency, status in samples if status == 200]
        self.refused += sum(status == 503 for _, _, status in samples)
        self.errors += sum(status not in (200, 503) for _, _, status in samples)
        self.latencies += good
        self.rates.append(len(good) / (end - begin))

    @property
    def rate(self):
        """Logins a second, the median of the rounds."""
        return median(self.rates)

    def quantile(self, share):
        """A percentile of the latencies in milliseconds."""
        return percentile(self.latencies, share)


def closed_loops(plan, ports, requests, options):
    """{(server, clients): Cell}; the servers take turns, cell by cell."""
    cells = {(server, clients): Cell() for server in ports for clients in plan.clients}
    for number in range(plan.rounds):
        for clients in plan.clients:
            for server, port in ports.items():
                say(f"round {number + 1} of {plan.rounds}: {clients} clients, {server}")
                got = loaded(
                    port, requests, options.seed + number,
                    mode="closed", clients=clients, seconds=plan.seconds,
                    answers=plan.answers[server], longest=plan.longest,
                )  # fmt: skip
                cells[server, clients].add(got, closed=True)
    return cells


def open_loops(plan, ports, capacity, requests, options):
    """{(server, share): Cell} of Poisson arrivals."""
    cells = {}
    for share in plan.shares:
        for server, port in ports.items():
            rate = capacity[server] * share / 100
            say(f"arrivals at {share} % of capacity, {rate:.1f}/s, {server}")
            got = loaded(port, requests, options.seed, mode="open", rate=rate, seconds=plan.open_seconds)
            cells[server, share] = Cell()
            cells[server, share].add(got, closed=False)
    return cells


def run(options, stack):
    """The figure."""
    plan = Plan(options.quick)
    stage = Stage(options, stack, iterations=options.iterations or 1_000_000)
    accounts = stage.fill(count=64)
    requests = [wire.login(one.username, one.password, options.login_path) for one in accounts]
    ports = {"DRF": stage.django().port, "drf-auth": stage.drf_auth().port}
    for port in ports.values():
        # Neither server's first logins are measured.
        loaded(port, requests, options.seed, mode="closed", clients=2, seconds=0, answers=2, longest=10)
    engine, origin = derivations(stage)
    cells = closed_loops(plan, ports, requests, options)
    capacity = {server: max(cells[server, clients].rate for clients in plan.clients) for server in ports}
    arrivals = open_loops(plan, ports, capacity, requests, options)
    _publish(stage, plan, cells, arrivals, capacity, (engine, origin))


def _row(name, drf, ours):
    cells = [name]
    for one in (drf, ours):
        cells += [report.number(one.rate), report.number(one.quantile(50)), report.number(one.quantile(99))]
    return [*cells, f"{ours.rate / drf.rate:.1f}" if drf.rate else "–", _ratio(ours.quantile(50), drf.quantile(50))]


def _ratio(one, other):
    return f"{one / other:.2f}" if one and other else "–"


def _publish(stage, plan, cells, arrivals, capacity, engine):
    heads = ["load"]
    for server in ("DRF", "drf-auth"):
        heads += [f"{server}: logins/s", "p50 ms", "p99 ms"]
    heads += ["logins/s, ratio", "p50, ratio"]
    rows = [_row(_clients(n), cells["DRF", n], cells["drf-auth", n]) for n in plan.clients]
    for share in plan.shares:
        rows.append(
            _row(f"arrivals at {share} % of its own capacity", arrivals["DRF", share], arrivals["drf-auth", share])
        )
    # What a share of the own capacity brings is no contest of rates.
    for row in rows[len(plan.clients) :]:
        row[-2] = "–"
    title = f"Logins at {stage.iterations:,} iterations of PBKDF2-SHA256"
    lines = [*report.table(heads, rows), "", *_summary(plan, cells, arrivals, capacity, engine)]
    how = f"{report.today()}, {cpu()}, Django {stage.options.django}, {stage.options.gunicorn}"
    panels = [
        _panel("Throughput", "logins a second", plan, cells, lambda cell: cell.rate),
        _panel("Latency, median", "milliseconds", plan, cells, lambda cell: cell.quantile(50)),
    ]
    report.publish(stage, title, lines, {"": chart.svg(title, how, panels)})


def _clients(count):
    return f"{count} client{'s' if count > 1 else ''}"


def _panel(name, unit, plan, cells, value):
    series = {server: [value(cells[server, n]) for n in plan.clients] for server in ("DRF", "drf-auth")}
    return chart.Panel(name, unit, list(plan.clients), series, "clients that log in at the same time", log=True)


def _summary(plan, cells, arrivals, capacity, engine):
    per_core, origin, cores = engine[0].per_core, engine[1], engine[0].cores
    many = [n for n in plan.clients if n >= MANY]
    least = min((cells["drf-auth", n].rate / cells["DRF", n].rate for n in many if cells["DRF", n].rate), default=None)
    used = [cells["drf-auth", n].rate / (per_core * cores) for n in many]
    lonely = cells["drf-auth", 1].quantile(50) / cells["DRF", 1].quantile(50)
    lines = [
        f"- From {MANY} clients on: at least {report.number(least)} times DRF's logins a second (goal: 10).",
        f"- One lonely login: {lonely:.2f} of DRF's latency (goal: at most 0.35).",
        f"- Engine: {per_core:.1f} derivations a second a core ({origin}), {cores} cores; logins from {MANY} clients on"
        f" are {min(used):.0%} to {max(used):.0%} of that (goal: at least 80%).",
    ]
    for (server, clients), cell in [*cells.items(), *arrivals.items()]:
        if cell.refused or cell.errors:
            lines.append(
                f"- {server}, {clients}: {cell.refused} refused by 503, {cell.errors} other answers or errors."
            )
    short = [f"{server} at {n}" for (server, n), cell in cells.items() if len(cell.latencies) < n * len(cell.rates)]
    if short:
        lines.append(f"- No whole wave of answers in the time, so rates and latencies are rough: {', '.join(short)}.")
    return lines
