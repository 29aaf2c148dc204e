"""The command line: sets a run up, lets it run, judges it, and leaves nothing behind."""

import argparse
import asyncio
import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from collections import Counter, defaultdict
from contextlib import ExitStack
from pathlib import Path

from compare import servers
from compare.command import find_binary
from compare.variants import VARIANTS

from . import answers, test_history
from .clients import Load, run_all
from .history import AGES, History, Read, Verdict, judge

CLIENTS = 64
VERIFY_CLIENTS = 32
DJANGO_CLIENTS = 4
USERS, KEYS, GRANTED = 8, 12, 3
PAUSE = 0.002  # seconds between two changes, on average
CACHED = 0.02  # seconds that the server keeps answers which must be found out

# What a run must have had to show anything.
LEAST_DECIDED = 0.6  # of all answers
LEAST_CAUGHT = 100  # answers on which a cache of 20 ms would have been caught
MOST_QUERIES = 0.5  # of drf-auth's look-ups where it has few connections, counted with all that Django did meanwhile

# The second half of a run: the checks share many more queries.
FEW_CONNECTIONS = "[database]\nmax_connections = 2\n"

VERIFY = "/verify/add/"
GROUPS = '[verify]\ngroups_header = "X-Auth-Groups"\n'
ROUTE = f'"{VERIFY}" = {{ view = "verify", perm = "auth.add_user" }}\n'


class Changes:
    """Django, changing tokens and users."""

    def __init__(self, venv, env, keys, granted, seed):
        script = servers.DJANGO_SIDE / "changes.py"
        command = [str(venv / "bin/python"), str(script)]
        self.process = subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        asked = {"users": USERS, "keys": keys, "granted": granted, "seed": seed, "pause": PAUSE}
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        if not self.process.stdout.readline():
            raise servers.Failure("the changing Django does not run")

    def end(self):
        """All changes, and how many failed."""
        said = json.loads(self.process.communicate(timeout=60)[0])
        return said["log"], said["failed"]

    def stop(self):
        """Ends it if it still runs."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def queries(database):
    """How many statements the database has run for drf-auth, and how that is counted; None where nothing counts them."""
    if database.engine == "postgres":
        time.sleep(1.1)  # A backend reports what it has done once a second.
        return int(database.sql("SELECT xact_commit FROM pg_stat_database WHERE datname = 'compare_a'"))
    if database.engine == "mariadb":
        # Django prepares none.
        return int(database.sql("SHOW GLOBAL STATUS LIKE 'Com_stmt_execute'").split()[1])
    return None


def histories(keys, log):
    """What each key was when."""
    made = {key: History(None) for key in keys}
    for begin, end, _, states in log:
        for key in states.keys() & made.keys():
            state = states[key]
            made[key].change(begin, end, tuple(state) if isinstance(state, list) else state)
    return made


def judge_load(load, made, of_django=False):
    """The verdict on all answers to these clients, and the answers' forms."""
    verdict, forms, said = Verdict(), set(), {}
    for text, number in load.texts.items():
        try:
            answer = answers.parse(text)
            said[number] = answers.state(answer)
            forms.add(answers.form(answer, of_django))
        except (ValueError, KeyError) as error:
            verdict.fault("strange", f"{error}: {text[:400]!r}")
    reads = defaultdict(list)
    for sent, received, key, number in load.answers:
        if number in said:
            reads[key].append(Read(sent, received, said[number]))
    for key, some in reads.items():
        judge(made[key], some, verdict, key)
    for text in load.broken:
        verdict.fault("broken", text)
    return verdict, forms


def judge_grants(load, log):
    """The verdict on all answers about rights: each part of one has a query of its own, and is judged alone."""
    verdict, made = Verdict(), {}
    for key in load.keys:
        made[key] = History(None), History(None)
    for begin, end, _, states in log:
        for key in states.keys() & made.keys():
            for history, part in zip(made[key], states[key]):
                history.change(begin, end, part)
    reads, said = defaultdict(list), {}
    for text, number in load.texts.items():
        try:
            said[number] = answers.grants(answers.parse(text))
        except (ValueError, AttributeError) as error:
            verdict.fault("strange", f"{error}: {text[:400]!r}")
    for sent, received, key, number in load.answers:
        for part, state in enumerate(said.get(number, ())):
            if state is not None:
                reads[key, part].append(Read(sent, received, state))
    for (key, part), some in reads.items():
        judge(made[key][part], some, verdict, f"{key} {('permission', 'groups')[part]}")
    for text in load.broken:
        verdict.fault("broken", text)
    return verdict


def report(name, load, verdict):
    """Prints the counts."""
    counts, total = verdict.counts, max(verdict.counts["answers"], 1)
    wrong = {kind: counts[kind] for kind in ("stale", "turned back", "never", "strange", "broken") if counts[kind]}
    caught = ", ".join(f"{age * 1000:.0f} ms: {counts[age]}" for age in AGES)
    print(
        f"  {name}: {counts['answers']} answers, {load.in_flight():.1f} in flight; {counts['decided']} decided"
        f" ({100 * counts['decided'] / total:.0f} %), {total - counts['decided'] - sum(wrong.values())} within a commit's"
        f" time; answers on which a cache would be caught, of {caught}; {wrong or 'none wrong'}",
        flush=True,
    )


def shortcomings(verdicts, log, asked, few):
    """Why a run does not show what it should, faults apart."""
    kinds = Counter(what for _, _, what, _ in log)
    missing = {"give", "take", "renew", "move", "switch", "rename", "delete", "create", "grant", "join"} - set(kinds)
    if missing:
        yield f"no change of these kinds: {missing}"
    for counts in (verdict.counts for verdict in verdicts):
        if counts["decided"] < LEAST_DECIDED * counts["answers"]:
            yield f"only {counts['decided']} of {counts['answers']} answers are decided"
        if counts[0.02] < LEAST_CAUGHT:
            yield f"a cache of 20 ms would have been caught by {counts[0.02]} answers only"
    # An answer about rights has a look-up of its token, too: of the parts that are judged there is one at least.
    look_ups = sum(verdict.counts["answers"] for verdict in verdicts)
    if few and asked is not None and asked > MOST_QUERIES * look_ups:
        yield f"{asked} queries for {look_ups} look-ups: they hardly shared queries"


class Run:
    """One engine's servers, and what is asked of them."""

    def __init__(self, args, engine, stack):
        self.args, self.stack = args, stack
        self.folder = Path(tempfile.mkdtemp(prefix="drf-fresh-"))
        self.folder.chmod(0o755)
        stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        self.venv = servers.make_venv(args.django, args.python, None)
        self.database = self.keep(servers.Database(engine, self.folder, self.venv, servers.site_environment()))
        self.database.prepare([])
        self.env = self.database.env_of("a")
        self.django = self.keep(servers.start_django(self.venv, self.env, self.folder, "django"))

    def drf_auth(self, more=""):
        """The port of a new drf-auth."""
        python, url, binary = servers.versions(self.venv)[0], self.database.url["a"], find_binary(self.args.binary)
        variant, django = VARIANTS["default"], self.args.django
        more += GROUPS
        return self.keep(
            servers.start_drf_auth(binary, self.folder, url, django, python, variant, more=more, routes=ROUTE)
        ).port

    def keep(self, one):
        """Stops it at the end."""
        self.stack.callback(one.stop)
        return one

    def cache(self):
        """A port where drf-auth's answers are kept for a moment."""
        other = self.drf_auth()

        def make(port):
            command = [sys.executable, "-m", "freshness.cache", str(port), str(other), str(CACHED)]
            env = {"PYTHONPATH": str(servers.COMPAT), "PYTHONDONTWRITEBYTECODE": "1"}
            return servers.Server("the cache", command, port, env, self.folder / "cache.log")

        return self.keep(servers.started(make)).port

    def observe(self, port, seconds, pause=0.0):
        """(loads of that port by profile and by verify, load of Django, all changes, queries)."""
        rng = random.Random(f"{self.args.seed} {port}")
        keys = [f"{rng.getrandbits(160):040x}" for _ in range(KEYS + GRANTED)]
        keys, granted = keys[:KEYS], keys[KEYS:]
        changes = self.keep(Changes(self.venv, self.env, keys, granted, self.args.seed))
        load, django = Load(port, CLIENTS, keys), Load(self.django.port, DJANGO_CLIENTS, keys)
        verify = Load(port, VERIFY_CLIENTS, granted, path=VERIFY, pause=pause)
        before = queries(self.database)
        asyncio.run(run_all([load, verify, django], seconds, self.args.seed))
        after = queries(self.database)
        log, failed = changes.end()
        if failed:
            print(f"  changes that the database refused: {failed}")
        return load, verify, django, log, None if before is None else after - before


def fresh(run, seconds):
    """Judges drf-auth beside DRF, as it is by default, then with few connections; returns what is wrong."""
    return judged(run, run.drf_auth(), seconds / 2) + judged(run, run.drf_auth(FEW_CONNECTIONS), seconds / 2, few=True)


def judged(run, port, seconds, few=False):
    """Judges the drf-auth at this port beside DRF; returns what is wrong."""
    load, verify, django, log, asked = run.observe(port, seconds)
    made = histories(load.keys, log)
    counts = Counter(what for _, _, what, _ in log)
    took = sorted(end - begin for begin, end, *_ in log)
    print(
        f"  {len(log)} changes: {dict(sorted(counts.items()))}; a commit took {1000 * took[len(took) // 2]:.2f} ms, the"
        f" longest {1000 * took[-1]:.1f}" + ("" if asked is None else f"; {asked} statements in the database")
    )
    found = []
    verdict, forms = judge_load(load, made)
    report("drf-auth" + ", 2 connections" * few, load, verdict)
    rights = judge_grants(verify, log)
    report("verify" + ", 2 connections" * few, verify, rights)
    theirs, their_forms = judge_load(django, made, of_django=True)
    report("DRF", django, theirs)
    found += verdict.faults[:5] + rights.faults[:5] + [f"DRF: {text}" for text in theirs.faults[:5]]
    found += [f"drf-auth alone answers {form}" for form in forms - their_forms]
    found += [f"DRF alone answers {form}" for form in their_forms - forms]
    if len(their_forms) != 3:
        found.append(f"{len(their_forms)} kinds of answers of DRF, not 3")
    return found + list(shortcomings([verdict, rights], log, asked, few))


def caught(run, seconds):
    """A cache in front of drf-auth must be found out; returns what is wrong."""
    # At an even pace, so that they leave the cache, which is slow, for others.
    load, verify, _, log, _ = run.observe(run.cache(), seconds, pause=0.01)
    verdicts = judge_load(load, histories(load.keys, log))[0], judge_grants(verify, log)
    for name, asked, verdict in zip(("profile", "verify"), (load, verify), verdicts):
        report(f"a cache of {CACHED * 1000:.0f} ms, {name}", asked, verdict)
        for text in verdict.faults[:3]:
            print(f"    {text}")
    found_out = all(verdict.counts["stale"] >= 10 for verdict in verdicts)
    return [] if found_out else ["a cache in front of drf-auth was not found out"]


def main():
    """Runs it; returns the exit code."""
    parser = argparse.ArgumentParser(prog="compat/freshness.sh", description="Shows that no answer is from the past.")
    engines = ("sqlite", "postgres", "mariadb")
    parser.add_argument("--engine", action="append", choices=engines, help="default: all three")
    parser.add_argument("--django", default="5.2")
    parser.add_argument("--python")
    parser.add_argument("--binary")
    parser.add_argument("--seconds", type=float, default=12, help="of each engine")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--self-test", action="store_true", help="with a cache in front of drf-auth, to be found out")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    suite = unittest.defaultTestLoader.loadTestsFromModule(test_history)
    if not unittest.TextTestRunner(verbosity=0, stream=sys.stdout).run(suite).wasSuccessful():
        return 1
    found = []
    for engine in args.engine or engines:
        print(f"freshness: {engine}, Django {args.django}, {args.seconds:g} s", flush=True)
        with ExitStack() as stack:
            try:
                run = Run(args, engine, stack)
                wrong = (caught if args.self_test else fresh)(run, args.seconds)
            except servers.Failure as failure:
                print(f"freshness: {failure}", file=sys.stderr)
                return 2
        for text in wrong:
            print(f"  WRONG: {text}")
        found += wrong
    print("freshness: FAILED" if found else "freshness: passed")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
