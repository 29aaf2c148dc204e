"""The command line: sets a run up, lets it run, prints what it found, and leaves nothing behind."""

import argparse
import os
import shlex
import shutil
import signal
import sys
import tempfile
import unittest
from collections import Counter
from itertools import count, islice
from pathlib import Path

from . import rules, servers, tables
from .accounts import LANES, all_accounts, fits
from .generator import Generator
from .http1 import shown
from .run import Case, Run
from .servers import say
from .variants import VARIANTS
from .written import written

ALLOWED = ("no-store", "a chunked request body", "a stored password that costs more", *rules.RULES)
SHOWN = 25
WRITTEN = 8600  # requests that the written list has, about


def arguments():
    """What the command line says."""
    parser = argparse.ArgumentParser(
        prog="compat/compare.sh", description="Compares drf-auth with Django REST framework, live."
    )
    parser.add_argument("--engine", choices=("sqlite", "postgres", "mariadb"), default="sqlite")
    parser.add_argument("--django", default="5.2", help="release series or exact release")
    parser.add_argument("--python", help="of the virtual environment, X.Y")
    parser.add_argument("--drf", help="release series of REST framework")
    parser.add_argument(
        "--collation", help="of MariaDB's databases; names its character set first, as latin1_swedish_ci"
    )
    parser.add_argument("--variant", choices=tuple(VARIANTS), default="default", help="other settings, on both sides")
    parser.add_argument(
        "--requests", type=int, default=5000, help="how many in all, at least; half of them generated in any case"
    )
    parser.add_argument("--seed", default="1")
    parser.add_argument("--binary", default=None, help="drf-auth; default: target/release or target/debug")
    parser.add_argument(
        "--lanes", type=int, default=4, help="connections to each server, each with accounts of its own"
    )
    parser.add_argument(
        "--only", metavar="CASE", action="append", help="run only this case (w17, g4711), on fresh databases"
    )
    parser.add_argument("--upto", metavar="CASE", help="run this case after all that came before it in its lane")
    parser.add_argument("--part", metavar="TEXT", help="of the written list only the cases whose name has this text")
    parser.add_argument("--view", choices=("profile",), help="only the cases that have a request for this view")
    parser.add_argument("--no-written", action="store_true", help="generated cases only")
    parser.add_argument(
        "--written-share",
        type=int,
        metavar="N",
        help="only every N-th written case, which ones by the seed; default: all, fewer in runs below 4000",
    )
    parser.add_argument("--send", metavar="FILE", help="send the raw request in this file, and print both answers")
    parser.add_argument(
        "--peer",
        choices=("drf-auth", "django"),
        default="drf-auth",
        help="django: Django against itself, to test this program",
    )
    parser.add_argument("--fault", default="", help="with --peer django: a fault that the run must find")
    parser.add_argument(
        "--self-test", action="store_true", help="only show that each rule takes what its row says and nothing near it"
    )
    parser.add_argument("--show", type=int, default=SHOWN, help="how many differences to print in full")
    parser.add_argument("--report", metavar="FILE", help="write all differences there")
    args = parser.parse_args()
    if args.written_share is None:
        args.written_share = -(-WRITTEN // args.requests) if 0 < args.requests < 4000 and not args.part else 1
    return args


class Cases:
    """Which cases a run has, by lane."""

    def __init__(self, args, accounts):
        self.args = args
        self.generator = Generator(args.seed, accounts, args.lanes)
        self.accounts = accounts

    def named(self, name):
        """The case of that name and its lane."""
        number = int(name[1:])
        lane = number % self.args.lanes
        if name[0] == "g":
            return lane, self.generator.case(number)
        return lane, next(islice(self._listed(lane), number, None))

    def of_lane(self, lane):
        """The cases of one lane in their order."""
        view = self.args.view
        for case in self._of_lane(lane):
            if view is None or any(rules.view_of(request) == view for request in case.requests):
                yield case

    def _of_lane(self, lane):
        args = self.args
        if args.only:
            yield from (case for where, case in map(self.named, args.only) if where == lane)
            return
        sent = 0
        if not args.no_written:
            for case in self._written(lane):
                yield case
                sent += len(case.requests)
        if args.part:
            return
        wanted = max(args.requests / args.lanes, sent + args.requests / args.lanes / 2)
        for number in count(lane, args.lanes):
            if sent >= wanted and not args.upto:
                return
            case = self.generator.case(number)
            yield case
            sent += len(case.requests)

    def _listed(self, lane):
        """The written list with the lane's accounts; made as it goes, for some bodies are big."""
        of = {
            account.key.split(".", 1)[1]: account
            for account in self.accounts
            if account.key.split(".")[0] == LANES[lane]
        }
        return (Case(f"w{index}", kind, requests) for index, (kind, requests) in enumerate(written(of)))

    def _written(self, lane):
        share = self.args.written_share
        turn = sum(self.args.seed.encode()) % share
        for case in islice(self._listed(lane), lane, None, self.args.lanes):
            if self.args.part and self.args.part not in case.kind:
                continue
            if int(case.name[1:]) // self.args.lanes % share == turn:
                yield case

    def upto(self, lane):
        """The lane's cases until the named one."""
        for case in self.of_lane(lane):
            yield case
            if case.name == self.args.upto:
                return


def main():
    """Runs it; returns the exit code."""
    args = arguments()
    if args.self_test:
        return not unittest.main("compare.test_rules", argv=["compare"], exit=False).result.wasSuccessful()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    folder = Path(tempfile.mkdtemp(prefix="drf-compare-"))
    folder.chmod(0o755)  # a database server may run as another user
    started = []
    try:
        return compare(args, folder, started)
    except servers.Failure as failure:
        print(f"compare: {failure}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    finally:
        for one in reversed(started):
            one.stop()
        shutil.rmtree(folder, ignore_errors=True)


def find_binary(given):
    """The drf-auth to compare."""
    root = servers.COMPAT.parent
    target = Path(os.environ.get("CARGO_TARGET_DIR", root / "target"))
    for path in [Path(given)] if given else [target / "release/drf-auth", target / "debug/drf-auth"]:
        if path.exists():
            return path.resolve()
    raise servers.Failure("there is no drf-auth: build it, or say --binary PATH")


def compare(args, folder, started):
    """Sets up the databases and the servers, runs, and reports."""
    binary = None if args.peer == "django" else find_binary(args.binary)
    venv = servers.make_venv(args.django, args.python, args.drf)
    python, django, drf, gunicorn = servers.versions(venv)
    say(f"compare: {args.engine}, Django {django}, REST framework {drf}, Python {python}, gunicorn {gunicorn}")
    variant = VARIANTS[args.variant]
    site_env = servers.site_environment(variant.settings)
    accounts = [one for one in all_accounts(args.lanes, args.engine) if fits(one, args.collation)]
    database = servers.Database(args.engine, folder, venv, site_env, args.collation)
    started.append(database)
    database.prepare(accounts)
    before = database.dump("a", accounts)
    one = servers.start_django(venv, database.env_of("a"), folder, "django")
    started.append(one)
    if args.peer == "django":
        env = {**database.env_of("b"), "COMPARE_PEER": "1", "COMPARE_FAULT": args.fault}
        two = servers.start_django(venv, env, folder, "peer")
    else:
        two = servers.start_drf_auth(binary, folder, database.url["b"], args.django, python, variant)
    started.append(two)
    if args.send:
        return send(args.send, one, two)
    run = Run(
        accounts, one.port, two.port, other_is_django=args.peer == "django", old=drf.startswith("3.16"), variant=variant
    )
    cases = Cases(args, accounts)
    run.lanes(cases.upto if args.upto else cases.of_lane, args.lanes)
    dumps = database.dump("a", accounts), database.dump("b", accounts)
    rows = tables.compare(accounts, args.engine, before, *dumps, run.tokens, run.uses, variant, run.excused)
    dead = [server.name for server in (one, two) if server.process.poll() is not None]
    report(args, run, rows, two, dead)
    return 1 if run.differences or rows or dead else 0


def send(file, one, two):
    """Sends one raw request to both and prints the answers."""
    from .http1 import Connection

    wire = Path(file).read_bytes()
    for server in (one, two):
        connection = Connection(server.port)
        connection.send(wire)
        print(f"--- {server.name}\n{connection.receive(wire.split(b' ')[0]).show()}\n")
        connection.close()
    return 0


def command_for(args, case):
    """The command that runs one case again."""
    words = ["compat/compare.sh", "--engine", args.engine, "--django", args.django, "--variant", args.variant]
    for name in ("python", "drf", "collation", "view", "binary"):
        if value := getattr(args, name):
            words += [f"--{name}", value]
    return shlex.join([*words, "--seed", args.seed, "--only", case])


def report(args, run, rows, other, dead):
    """Prints the summary and what differs."""
    text = []
    groups = Counter(group_of(one) for one in run.differences)
    shown_of = Counter()
    for one in run.differences:
        shown_of[group_of(one)] += 1
        # A few of each kind say more than all of one kind.
        if shown_of[group_of(one)] <= 3 and len(text) < args.show or args.report:
            text.append(full(args, one))
    if args.report:
        Path(args.report).write_text("\n".join(text + rows) + "\n")
        text = text[: args.show]
    print("\n".join(text))
    for row in rows[:40]:
        print(f"tables: {row}")
    if dead:
        print(f"ended during the run: {', '.join(dead)}\n{other.tail()}")
    print(
        f"\n{run.sent} requests in {run.seconds:.0f} s ({run.sent / max(run.seconds, 0.001):.0f} a second), engine {args.engine}, Django {args.django}, settings {args.variant}, seed {args.seed}"
    )
    print("  answers by status: " + ", ".join(f"{status}: {number}" for status, number in sorted(run.statuses.items())))
    print(
        "  Django raised: "
        + (", ".join(f"{cause}: {number}" for cause, number in run.causes.most_common()) or "nothing")
    )
    print("  requests by class:")
    for kind, number in sorted(run.kinds.items()):
        print(f"    {number:7} {kind}")
    print("  allowed differences used:")
    for name in ALLOWED:
        dormant = (
            run.uses[name]
            or run.sent < 3000
            or args.peer == "django"
            or (name == rules.OLD_ONLY and not run.old)
            or (name == rules.COLLATION_ONLY and not args.collation)
        )
        note = "" if dormant else "   <- never"
        print(f"    {run.uses[name]:7} {name}{note}")
    if groups:
        print("  differences by kind:")
        for name, number in groups.most_common(60):
            print(f"    {number:7} {name}")
    print(f"  differences: {len(run.differences)} of answers, {len(rows)} of rows")


def group_of(one):
    """Differences of probably one cause."""
    return f"{one.case.kind}: " + "; ".join(
        text.split(": ")[0]
        if text.startswith("Django raised") is False and ": " in text and not text.startswith("status")
        else text[:60]
        for text in one.texts[:3]
    )


def full(args, one):
    """One difference with the request, both answers and the command that replays it."""
    lines = ["", f"=== {one.case.name} step {one.step + 1} of {len(one.case.requests)}: {one.case.kind}"]
    lines += [f"  {text}" for text in one.texts]
    if one.exchange is not None:
        lines += [
            "--- request",
            shown(one.sent, 3000),
            "--- Django",
            one.exchange.django.show(),
            "--- drf-auth",
            one.exchange.other.show(),
        ]
    lines.append(f"--- again: {command_for(args, one.case.name)}")
    return "\n".join(lines)
