#!/usr/bin/env python3
"""Restarts the database under clients that check tokens: two seconds without it cost nobody an answer.

    compat/outage.py --engine postgres --binary target/release/drf-auth

As long as the server is away for no longer than drf-auth waits for a connection, every answer is 200. Where it is away
for longer, answers are 503 with Retry-After, never 401, and 200 again by themselves. Exit 0: so it was.
"""

import argparse
import asyncio
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from compare import servers  # noqa: E402
from compare.accounts import Account  # noqa: E402
from compare.command import find_binary  # noqa: E402
from compare.variants import VARIANTS  # noqa: E402
from freshness import answers  # noqa: E402
from freshness.clients import Load, run_all  # noqa: E402

CLIENTS = 24
PAUSE = 0.004
PROMISED = 2.0  # seconds
SPARED = 0.1  # of them: both clocks have their own view of the server's last moment
AWAY = (1.7, 0.4, 1.1)  # seconds, one after the other: the first shows what is promised
RESTARTS = 3  # so many of them, unless told otherwise, and the most tries for them
TRIES = 12


class Site:
    """A database server, drf-auth, and what its clients saw."""

    def __init__(self, args, engine, stack):
        self.engine, self.stack, self.restarts = engine, stack, args.restarts
        self.returning = 0.5  # seconds that the server takes to come back
        self.folder = Path(tempfile.mkdtemp(prefix="drf-outage-"))
        self.folder.chmod(0o755)
        stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        venv = servers.make_venv(args.django, args.python, None)
        self.database = servers.Database(engine, self.folder, venv, servers.site_environment())
        stack.callback(self.database.stop)
        self.token = "0123456789" * 4
        self.database.prepare([Account("a.user", "ayush", "", "!", token=self.token, opens=False)])
        python, url = servers.versions(venv)[0], self.database.url["a"]
        self.rust = servers.start_drf_auth(
            find_binary(args.binary), self.folder, url, args.django, python, VARIANTS["default"]
        )
        stack.callback(self.rust.stop)

    def databases(self, what):
        """Lets the server end, or come back."""
        script, folder = str(servers.COMPAT / "databases.sh"), str(self.database.server)
        servers.run([script, what, folder], what=f"databases.sh {what}")

    def restart(self, seconds):
        """Ends the server, so that it is back about `seconds` later; (last moment, first moment)."""
        begin = time.monotonic()
        self.databases("halt")
        time.sleep(max(0.0, begin + seconds - self.returning - time.monotonic()))
        resumed = time.monotonic()
        self.databases("resume")
        end = time.monotonic()
        self.returning = end - resumed
        return begin, end

    def cut(self):
        """Ends all sessions but this."""
        if self.engine == "postgres":
            mine = "pid <> pg_backend_pid() AND backend_type = 'client backend'"
            self.database.sql(f"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE {mine}")
            return
        listed = self.database.sql("SELECT id FROM information_schema.processlist WHERE db = 'compare_a'")
        for number in listed.split():
            try:
                self.database.sql(f"KILL {number}")
            except servers.Failure:
                pass  # It has gone already.

    def watch(self, action, lead=0.5):
        """Runs the action while clients have asked for `lead` seconds; (what it returns, the answers)."""
        load = Load(self.rust.port, CLIENTS, [self.token], pause=PAUSE)
        returned = []

        def act():
            time.sleep(lead)
            try:
                returned.append(action())
            finally:
                time.sleep(1)
                load.until = 0.0

        thread = threading.Thread(target=act)
        thread.start()
        asyncio.run(run_all([load], 120, "1"))
        thread.join()
        if not returned:
            raise servers.Failure("what was to be done to the database failed")
        if load.broken:
            raise AssertionError(load.broken[:3])
        return returned[0], Seen(load)


class Seen:
    """Answers with their times."""

    def __init__(self, load):
        parsed = {number: answers.parse(text) for text, number in load.texts.items()}
        self.answers = [(sent, received, parsed[number]) for sent, received, _, number in load.answers]

    def statuses(self):
        """How many of each."""
        return dict(Counter(answer.status for _, _, answer in self.answers))

    def longest(self):
        """The seconds of the slowest."""
        return max(received - sent for sent, received, _ in self.answers)


def check(right, what):
    """An assertion that python -O does not drop."""
    if not right:
        raise AssertionError(what)


def restarts(site):
    """Short ones: all answers are 200."""
    said, good = [], 0
    for _ in range(TRIES):
        seconds = AWAY[good % len(AWAY)]
        (begin, end), seen = site.watch(lambda seconds=seconds: site.restart(seconds))
        said.append(f"{end - begin:.2f} s away: {seen.statuses()}, the slowest took {seen.longest():.2f} s")
        check(set(seen.statuses()) <= {200, 503}, said[-1])
        if end - begin <= PROMISED - SPARED:
            check(set(seen.statuses()) == {200}, said[-1])
            good += end - begin >= seconds - 0.3
        if good == site.restarts:
            return "; ".join(said)
    raise AssertionError(f"no server restarted within {PROMISED} s often enough: {said}")


def quiet_restart(site):
    """Nobody has asked for longer than drf-auth remembers a server; the first to ask come while it is away."""
    for _ in range(TRIES // 2):
        time.sleep(11)
        site.databases("halt")
        end, seen = site.watch(lambda: site.databases("resume") or time.monotonic(), lead=0.1)
        away = end - min(sent for sent, *_ in seen.answers)
        said = f"{away:.2f} s away, or less: {seen.statuses()}, the slowest took {seen.longest():.2f} s"
        check(set(seen.statuses()) <= {200, 503}, said)
        if away <= PROMISED - SPARED:
            check(set(seen.statuses()) == {200}, said)
            return said
    raise AssertionError("the server never restarted in time")


def cut_sessions(site):
    """All sessions ended, again and again: all answers are 200."""

    def action():
        for _ in range(10):
            site.cut()
            time.sleep(0.2)

    _, seen = site.watch(action)
    said = f"{seen.statuses()}, the slowest took {seen.longest():.2f} s"
    check(set(seen.statuses()) == {200}, said)
    return said


def long_outage(site):
    """Longer than promised: 503 with Retry-After and nothing else, not too soon; then 200 again."""
    (begin, end), seen = site.watch(lambda: site.restart(5))
    said = f"{end - begin:.2f} s away: {seen.statuses()}"
    check(set(seen.statuses()) == {200, 503}, said)
    refused = [(sent, received, answer) for sent, received, answer in seen.answers if answer.status == 503]
    first, last = min(one[1] for one in refused) - begin, max(one[1] for one in refused) - end
    said += f", 503 from {first:.2f} s after its end to {last:.2f} s after its return"
    check(all(answer.get(b"retry-after") for *_, answer in refused), "a 503 without Retry-After")
    check(first >= PROMISED - SPARED, said)
    slowest = max(received - sent for sent, received, _ in refused)
    said += f", after {slowest:.2f} s at most"
    check(slowest <= PROMISED + 0.5, said)
    after = [answer.status for sent, _, answer in seen.answers if sent > end]
    check(after and set(after) == {200}, f"after its return: {Counter(after)}")
    return said


def main():
    """Runs all on each engine; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--engine", action="append", choices=("postgres", "mariadb"), help="default: both")
    parser.add_argument("--django", default="5.2")
    parser.add_argument("--python")
    parser.add_argument("--binary")
    parser.add_argument("--restarts", type=int, default=RESTARTS, help="short ones that must be in time")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    failed = 0
    for engine in args.engine or ("postgres", "mariadb"):
        print(f"outage: {engine}", flush=True)
        with ExitStack() as stack:
            try:
                site = Site(args, engine, stack)
                for test in (restarts, cut_sessions, long_outage, quiet_restart):
                    try:
                        said = test(site)
                    except AssertionError as error:
                        said, failed = f"FAILED: {error}\n{site.rust.tail(1500)}", failed + 1
                    print(f"  {test.__name__.replace('_', ' ')}: {said}", flush=True)
            except (servers.Failure, subprocess.SubprocessError) as failure:
                print(f"outage: {failure}", file=sys.stderr)
                return 2
    print(f"outage: {failed} failed" if failed else "outage: passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
