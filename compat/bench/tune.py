"""`tune`: which gunicorn is DRF's best on this machine, by token checks and by logins."""

from compare.servers import say

from . import report, wire, wrk
from .load import loaded
from .stage import Gunicorn, Stage

TRIED = ("sync:2", "sync:3", "sync:4", "gthread:2:2", "gthread:2:4", "gthread:3:4", "gthread:4:4", "gthread:4:1")


def run(options, stack):
    """The table; `--gunicorn` then says which it shall be."""
    stage = Stage(options, stack, iterations=options.iterations or 1_000_000)
    accounts = stage.fill()
    checks = wrk.Checks(stage, accounts)
    logins = [wire.login(one.username, one.password, options.login_path) for one in accounts[:64]]
    seconds = 3 if options.quick else 8
    rows = []
    for text in TRIED:
        how = Gunicorn.parse(text)
        say(str(how))
        server = stage.django(how)
        checks.run(server.port, 32, 1)
        found = checks.run(server.port, 32, seconds)
        got = loaded(
            server.port, logins, options.seed,
            mode="closed", clients=16, seconds=seconds, answers=8, longest=seconds + 15,
        )  # fmt: skip
        begin, end = got["window"]
        good = sum(status == 200 and begin < due + ms / 1000 <= end for due, ms, status in got["samples"])
        rows.append([text, *map(report.number, (found.rate, found.p50, found.p99, good / (end - begin)))])
        server.stop()
    heads = ["gunicorn", "token checks/s, 32 clients", "p50 ms", "p99 ms", "logins/s, 16 clients"]
    report.publish(stage, "gunicorn on this machine", report.table(heads, rows), {})
