"""`tune`: which gunicorn is DRF's best on this machine, by token checks and by logins."""

from compare.servers import say

from . import report, wire, wrk
from .load import loaded, throughput
from .stage import Gunicorn, Stage
from .stats import median

TRIED = ("sync:3", "gthread:2:2", "gthread:2:4", "gthread:2:8", "gthread:3:4", "gthread:4:4")


def run(options, stack):
    """The table; `--gunicorn` then says which it shall be."""
    stage = Stage(options, stack, iterations=options.iterations or 1_000_000)
    accounts = stage.fill()
    checks = wrk.Checks(stage, accounts)
    logins = [wire.login(one.username, one.password, options.login_path) for one in accounts[:64]]
    rounds, seconds = (1, 3) if options.quick else (3, 6)
    found = {text: [] for text in TRIED}
    for number in range(rounds):
        for text, rows in found.items():
            say(f"round {number + 1} of {rounds}: {text}")
            server = stage.django(Gunicorn.parse(text))
            checks.run(server.port, 32, 1)
            asked = checks.run(server.port, 32, seconds)
            rows.append((asked.rate, asked.p50, asked.p99, _logins(server.port, logins, options, seconds)))
            server.stop()
    heads = ["gunicorn", "token checks/s, 32 clients", "p50 ms", "p99 ms", "logins/s, 16 clients"]
    table = [[text, *(report.number(median(column)) for column in zip(*rows))] for text, rows in found.items()]
    report.publish(stage, "gunicorn on this machine", report.table(heads, table), {})


def _logins(port, logins, options, seconds):
    spec = {"mode": "closed", "clients": 16, "seconds": seconds, "answers": 16, "longest": 30}
    return throughput(loaded(port, logins, options.seed, **spec))
