#!/usr/bin/env python3
"""Shows that Django and drf-auth share one database: a live site and a live drf-auth on the same rows.

    compat/sharing.py --engine sqlite --django 5.2 --binary target/release/drf-auth

Exit 0: every test passed. Exit 1: one did not. Exit 3: a Python or a database server is not here.
"""

import argparse
import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from compare import servers  # noqa: E402
from compare.command import find_binary  # noqa: E402
from compare.forms import (  # noqa: E402
    FORM,
    LOGIN,
    LOGOUT,
    OBTAIN,
    PROFILE,
    form_text,
    json_text,
    post,
)
from compare.http1 import Connection, Request  # noqa: E402
from compare.variants import VARIANTS  # noqa: E402

COSTLY = 400_000  # iterations of the preferred hasher where a test needs time between reading and writing
COSTLY_BEFORE = 300_000


class Manager:
    """Django's own hands on the database: a process with the site's models."""

    def __init__(self, venv, env):
        script = servers.DJANGO_SIDE / "manager.py"
        self.process = subprocess.Popen(
            [str(venv / "bin/python"), str(script)], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __call__(self, do, **arguments):
        self.process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise RuntimeError(f"{do}: {answer['error']}")
        return answer["value"]

    def stop(self):
        self.process.stdin.close()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()


class Side:
    """One of the two servers, as a client sees it."""

    def __init__(self, name, port):
        self.name, self.port = name, port

    def ask(self, request):
        """The answer to a request on a connection of its own: (status, JSON or None)."""
        connection = Connection(self.port)
        try:
            connection.send(request.wire())
            answer = connection.receive(request.method)
        finally:
            connection.close()
        if answer.problem:
            raise AssertionError(f"{self.name}: {answer.problem}")
        try:
            return answer.status, json.loads(answer.body)
        except ValueError:
            return answer.status, None

    def login(self, username, password, path=OBTAIN):
        return self.ask(post(path, json_text(username, password)))

    def form(self, username, password):
        return self.ask(post(OBTAIN, form_text(username, password), FORM))

    def profile(self, token):
        return self.ask(Request(b"GET", PROFILE, [(b"Authorization", b"Token " + token.encode())]))

    def logout(self, token):
        return self.ask(Request(b"POST", LOGOUT, [(b"Authorization", b"Token " + token.encode())]))


def check(actual, expected, what):
    if actual != expected:
        raise AssertionError(f"{what}: {actual!r}, not {expected!r}")


REFUSED = 400, {"non_field_errors": ["Unable to log in with provided credentials."]}
INVALID = 401, {"detail": "Invalid token."}
INACTIVE = 401, {"detail": "User inactive or deleted."}


class Tests:
    """Each method that starts with `test_` is one test; its docstring is what it shows."""

    def __init__(self, manager, django, rust, rounds):
        self.manager, self.django, self.rust, self.rounds = manager, django, rust, rounds
        self.number = 0

    def user(self, password="correct horse", **more):
        """A new user; its name."""
        self.number += 1
        name = f"user{self.number}"
        self.manager("create", username=name, password=password, email=f"{name}@example.com", **more)
        return name

    def pairs(self):
        """Both directions."""
        return (self.rust, self.django), (self.django, self.rust)

    def test_tokens_cross(self):
        """A token issued by one is taken by the other, and a second login there gives the same."""
        for one, two in self.pairs():
            name = self.user()
            status, body = one.login(name, "correct horse")
            check(status, 200, f"login at {one.name}")
            check(
                two.profile(body["token"]),
                (200, {"username": name, "email": f"{name}@example.com"}),
                f"its token at {two.name}",
            )
            for path in (OBTAIN, LOGIN):
                check(two.login(name, "correct horse", path), (200, body), f"login at {two.name}")
            rows = self.manager("tokens", username=name)
            check([row["key"] for row in rows], [body["token"]], "rows")
            check(rows[0]["aware"], True, "created with a time zone")

    def test_logout_crosses(self):
        """A logout at one ends the token at the other; the next login gives another key to both."""
        for one, two in self.pairs():
            name = self.user()
            _, body = one.login(name, "correct horse")
            check(two.logout(body["token"])[0], 204, f"logout at {two.name}")
            check(one.profile(body["token"]), INVALID, f"the old token at {one.name}")
            check(one.logout(body["token"]), INVALID, f"logout again at {one.name}")
            status, new = two.login(name, "correct horse")
            check((status, new["token"] != body["token"]), (200, True), "a new key")
            check(one.login(name, "correct horse"), (200, new), f"the same key at {one.name}")

    def test_first_login_race(self):
        """The first login of one user at both at once, many times: one row, one answer."""
        for _ in range(self.rounds):
            name = self.user()
            barrier = threading.Barrier(4)
            answers = []

            def go(side):
                barrier.wait()
                answers.append((side.name, side.login(name, "correct horse")))

            threads = [
                threading.Thread(target=go, args=(side,)) for side in (self.rust, self.django, self.rust, self.django)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            rows = self.manager("tokens", username=name)
            check(len(rows), 1, "rows after a race")
            expected = 200, {"token": rows[0]["key"]}
            for side, answer in answers:
                check(answer, expected, f"an answer of {side}")
            check(len(answers), 4, "answers")

    def test_deleted_token(self):
        """A token that Django deletes is refused by the very next request."""
        name = self.user()
        _, body = self.rust.login(name, "correct horse")
        for _ in range(5):
            check(self.rust.profile(body["token"])[0], 200, "before")
            check(self.manager("delete_token", username=name), 1, "deleted")
            check(self.rust.profile(body["token"]), INVALID, "after")
            _, body = self.django.login(name, "correct horse")
            check(self.rust.profile(body["token"])[0], 200, "the new one at once")

    def test_deactivated_user(self):
        """A user whom Django deactivates is refused by the very next request, and taken again when active."""
        name = self.user()
        _, body = self.rust.login(name, "correct horse")
        for _ in range(3):
            self.manager("update", username=name, is_active=False)
            check(self.rust.profile(body["token"]), INACTIVE, "the token")
            check(self.rust.login(name, "correct horse"), REFUSED, "the password")
            check(self.rust.logout(body["token"]), INACTIVE, "logout")
            self.manager("update", username=name, is_active=True)
            check(self.rust.profile(body["token"])[0], 200, "active again")

    def test_changes_show_at_once(self):
        """New, renamed and deleted users, new passwords: the next request knows."""
        name = self.user()
        _, body = self.rust.login(name, "correct horse")
        self.manager("update", username=name, email="new@example.com")
        check(self.rust.profile(body["token"]), (200, {"username": name, "email": "new@example.com"}), "a new address")
        self.manager("set_password", username=name, password="another horse")
        check(self.rust.login(name, "correct horse"), REFUSED, "the old password")
        check(self.rust.form(name, "another horse"), (200, body), "the new password; the token stays")
        self.manager("delete_user", username=name)
        check(self.rust.profile(body["token"]), INVALID, "a deleted user's token")
        check(self.rust.login(name, "another horse"), REFUSED, "a deleted user's password")

    def test_upgrade_is_djangos(self):
        """A password that drf-auth upgrades is one that Django takes and would not change; sessions see the change as Django's own."""
        name = self.user()
        self.manager("update", username=name, password=self.manager("encode", password="correct horse", iterations=7))
        before = self.manager("user", username=name)
        check(self.rust.login(name, "wrong horse"), REFUSED, "a wrong password")
        check(self.manager("user", username=name), before, "the row after a wrong password")
        check(self.rust.login(name, "correct horse")[0], 200, "login")
        after = self.manager("user", username=name)
        check(after["password"] != before["password"], True, "upgraded")
        check(after["last_login"], None, "last_login as REST framework leaves it")
        check(
            self.manager("opens", username=name, password="correct horse"),
            {"opens": True, "must_update": False},
            "Django's check_password",
        )
        check(self.django.login(name, "correct horse")[0], 200, "login at Django")
        check(self.manager("user", username=name), after, "the row after Django's login")

    def test_sessions_stay(self):
        """A login at drf-auth that upgrades nothing leaves a browser's session as it is."""
        name = self.user()
        key = self.manager("session", username=name)
        check(self.manager("session_user", key=key), name, "the session")
        before = self.manager("user", username=name)
        for path in (OBTAIN, LOGIN):
            check(self.rust.login(name, "correct horse", path)[0], 200, "login")
        check(self.manager("session_user", key=key), name, "the session afterwards")
        check(self.manager("user", username=name), before, "the row afterwards")

    def test_storm(self):
        """Logins and logouts of one user at both, all at once: drf-auth never fails, and one row at most is left."""
        name = self.user()
        until = time.monotonic() + 4
        bad, counts = [], {}

        def go(side, seed):
            rng = random.Random(seed)
            token = "f" * 40
            while time.monotonic() < until:
                try:
                    status, body = side.logout(token) if rng.random() < 0.4 else side.login(name, "correct horse")
                except AssertionError as error:
                    status, body = str(error), None
                counts[side.name, status] = counts.get((side.name, status), 0) + 1
                if status == 200:
                    token = body["token"]
                # Django's own logout can lose the race with another and answer 500.
                if side is self.rust and status not in (200, 204, 401):
                    bad.append((side.name, status, body))

        threads = [
            threading.Thread(target=go, args=(side, seed))
            for seed, side in enumerate((self.rust, self.django, self.rust, self.django))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        check(bad[:3], [], "answers of drf-auth")
        check(len(self.manager("tokens", username=name)) <= 1, True, "rows")
        self.note = ", ".join(f"{side} {status}: {count}" for (side, status), count in sorted(counts.items(), key=str))


class CostlyTests(Tests):
    """The tests that need a slow hash: both sides prefer many iterations."""

    def test_password_changed_meanwhile(self):
        """A password that Django changes between drf-auth's reading and its upgrade stays changed."""
        name = self.user()
        old = self.manager("encode", password="correct horse", iterations=COSTLY_BEFORE)
        new = self.manager("encode", password="new horse", iterations=COSTLY_BEFORE)
        # First without a change: the upgrade does happen, and takes long enough.
        self.manager("update", username=name, password=old)
        start = time.monotonic()
        check(self.rust.login(name, "correct horse")[0], 200, "login")
        whole = time.monotonic() - start
        check(self.manager("user", username=name)["password"].split("$")[1], str(COSTLY), "upgraded")
        in_time = 0
        for attempt in range(8):
            self.manager("update", username=name, password=old)
            answers = []
            thread = threading.Thread(target=lambda: answers.append(self.rust.login(name, "correct horse")))
            start = time.monotonic()
            thread.start()
            time.sleep(whole * (0.1 + 0.1 * attempt))
            self.manager("update", username=name, password=new)
            changed = time.monotonic() - start
            thread.join()
            ended = time.monotonic() - start
            check(answers[0][0], 200, "the login that had read the old password")
            stored = self.manager("user", username=name)["password"]
            check(stored, new, "the stored password after the change")
            in_time += changed < ended
            check(self.rust.login(name, "correct horse"), REFUSED, "the old password")
        check(in_time >= 4, True, "the change came before the answer")
        status, _ = self.rust.login(name, "new horse")
        check(status, 200, "the new password")
        check(
            self.manager("opens", username=name, password="new horse"),
            {"opens": True, "must_update": False},
            "upgraded now",
        )
        self.note = f"{in_time} of 8 changes came before the answer, a login takes {whole:.2f} s"

    def test_deactivated_meanwhile(self):
        """An upgrade writes the password alone: what Django changes in the row meanwhile stays."""
        name = self.user()
        self.manager(
            "update", username=name, password=self.manager("encode", password="correct horse", iterations=COSTLY_BEFORE)
        )
        thread = threading.Thread(target=lambda: self.rust.login(name, "correct horse"))
        thread.start()
        time.sleep(0.1)
        self.manager("update", username=name, is_active=False, email="kept@example.com")
        thread.join()
        check(self.manager("user", username=name)["is_active"], False, "is_active")


def run_tests(tests):
    """Runs every test; returns how many failed."""
    failed = 0
    names = [name for name in vars(type(tests)) if name.startswith("test_")]
    for name in names:
        method = getattr(tests, name)
        tests.note = ""
        start = time.monotonic()
        try:
            method()
            said = "ok"
        except Exception as error:
            failed += 1
            said = f"FAILED: {error}"
            if not isinstance(error, AssertionError):
                said += "\n" + traceback.format_exc()
        note = f" ({tests.note})" if tests.note else ""
        print(f"  {name[5:].replace('_', ' ')}: {said}, {time.monotonic() - start:.1f} s{note}", flush=True)
    return failed


def share(args, engine, folder, started):
    """All tests on one engine; returns how many failed."""
    venv = servers.make_venv(args.django, args.python, None)
    python = servers.versions(venv)[0]
    database = servers.Database(engine, folder, venv, servers.site_environment())
    started.append(database)
    database.prepare([])
    failed = 0
    for tests, iterations in ((Tests, servers.ITERATIONS), (CostlyTests, COSTLY)):
        env = {**database.env_of("a"), "SITE_PBKDF2_ITERATIONS": str(iterations)}
        manager = Manager(venv, env)
        started.append(manager)
        one = servers.start_django(venv, env, folder, f"django-{iterations}")
        started.append(one)
        if args.peer == "django":
            two = servers.start_django(venv, env, folder, f"peer-{iterations}")
        else:
            two = servers.start_drf_auth(
                find_binary(args.binary),
                folder,
                database.url["a"],
                args.django,
                python,
                VARIANTS["default"],
                iterations,
            )
        started.append(two)
        made = tests(manager, Side("Django", one.port), Side("drf-auth", two.port), args.rounds)
        made.number = 0 if tests is Tests else 1_000_000
        failed += run_tests(made)
        if args.log or two.process.poll() is not None:
            print(two.tail())
        for _ in range(3):
            started.pop().stop()
    return failed


def main():
    parser = argparse.ArgumentParser(description="Shows that Django and drf-auth share one database.")
    parser.add_argument(
        "--engine", action="append", choices=("sqlite", "postgres", "mariadb"), help="default: all three"
    )
    parser.add_argument("--django", default="5.2")
    parser.add_argument("--python")
    parser.add_argument("--binary")
    parser.add_argument("--rounds", type=int, default=100, help="of the first login's race")
    parser.add_argument(
        "--peer",
        choices=("drf-auth", "django"),
        default="drf-auth",
        help="django: Django with itself, to test this program",
    )
    parser.add_argument("--log", action="store_true", help="print the end of drf-auth's log")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    failed = 0
    for engine in args.engine or ("sqlite", "postgres", "mariadb"):
        folder = Path(tempfile.mkdtemp(prefix="drf-sharing-"))
        folder.chmod(0o755)
        started = []
        try:
            print(f"sharing: {engine}, Django {args.django}", flush=True)
            failed += share(args, engine, folder, started)
        except servers.Failure as failure:
            print(f"sharing: {failure}", file=sys.stderr)
            return 2
        finally:
            for one in reversed(started):
                one.stop()
            shutil.rmtree(folder, ignore_errors=True)
    print(f"sharing: {failed} failed" if failed else "sharing: all passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
