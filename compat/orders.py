#!/usr/bin/env python3
"""Shows that a Rust backend (examples/orders.rs) takes the tokens of a live Django, on the same database.

    compat/orders.py --django 5.2 --example target/debug/examples/orders

Exit 0: every step went as it should. Exit 1: one did not. Exit 3: a Python is not here.
"""

import argparse
import json
import shutil
import signal
import sqlite3
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from compare import servers  # noqa: E402
from compare.forms import LOGIN, LOGOUT, PROFILE, json_text, post  # noqa: E402
from compare.http1 import Connection, Request  # noqa: E402
from sharing import Manager, check  # noqa: E402

ORDERS = b"/api/orders"
ME = b"/api/me"
TABLE = "CREATE TABLE shop_order (id integer PRIMARY KEY, user_id integer NOT NULL REFERENCES auth_user (id), item text NOT NULL)"


def ask(server, method, path, *authorizations, body=None, accept=None):
    """The answer of a server to one request."""
    request = post(path, body) if body is not None else Request(method, path)
    if accept:
        request.headers.append((b"Accept", accept.encode()))
    request.headers += [(b"Authorization", value) for value in authorizations]
    connection = Connection(server.port)
    try:
        connection.send(request.wire())
        answer = connection.receive(request.method)
    finally:
        connection.close()
    check(answer.problem, None, f"{server.name} {path}")
    return answer


def refusal(server, path, *authorizations):
    """What a client sees of a refusal: what Django's middleware and the view's methods add is not of it."""
    answer = ask(server, b"GET", path, *authorizations)
    names = b"content-type", b"vary", b"www-authenticate"
    return answer.status, answer.body, [answer.get(name) for name in names]


def steps(manager, django, rust, database):
    """The tutorial's way, in order."""
    ids = {
        name: manager("create", username=name, password="mypassword", email=f"{name}@example.com")
        for name in ("ayush", "other")
    }
    with sqlite3.connect(database) as rows:
        rows.execute(TABLE)
        items = [(ids["ayush"], "tea"), (ids["other"], "coffee"), (ids["ayush"], "Käse")]
        rows.executemany("INSERT INTO shop_order (user_id, item) VALUES (?, ?)", items)

    answer = ask(django, b"POST", LOGIN, body=json_text("ayush", "mypassword"))
    check(answer.status, 200, "login through Django")
    token = b"Token " + json.loads(answer.body)["token"].encode()
    print("ok  logs in through Django")

    expected = {"customer": "ayush", "orders": [{"id": 1, "item": "tea"}, {"id": 3, "item": "Käse"}]}
    answer = ask(rust, b"GET", ORDERS, token)
    check((answer.status, json.loads(answer.body)), (200, expected), "the orders")
    print("ok  orders through Rust: the owner's and nobody else's")

    for path, raised in ((ORDERS + b"/2", "denied"), (ORDERS + b"/4711", "not_found")):
        for accept in (None, "application/json; indent=4"):
            answer = ask(rust, b"GET", path, token, accept=accept)
            headers = [answer.get(name) for name in (b"content-type", b"vary", b"www-authenticate")]
            seen = [answer.status, answer.body.decode(), *(value and value.decode() for value in headers)]
            expected = manager("object_refusal", token=token[6:].decode(), raised=raised, accept=accept)
            # The model is the shop's there, and Django's here.
            expected[1] = expected[1].replace("No User matches", "No Order matches")
            check(seen, expected, f"{raised} as the backend itself refuses, {accept}")
    check(json.loads(ask(rust, b"GET", ORDERS + b"/1", token).body), {"id": 1, "item": "tea"}, "an order of one's own")
    print("ok  refuses of one order what DRF's view would, with its bytes")

    def me():
        return json.loads(ask(rust, b"GET", ME, token).body)

    check(me(), {"username": "ayush", "permissions": manager("permissions", username="ayush"), "groups": []}, "nothing")
    more = {"group": "team", "of_group": ["view_user", "add_group"]}
    manager("grant", username="ayush", permissions=["view_user", "change_token"], **more)
    expected = manager("permissions", username="ayush")
    check(len(expected), 3, "the permissions in Django")
    check(me(), {"username": "ayush", "permissions": expected, "groups": ["team"]}, "own and a group's")
    manager("update", username="ayush", is_superuser=True)
    check(me()["permissions"], manager("permissions", username="ayush"), "a superuser's permissions")
    manager("update", username="ayush", is_superuser=False)
    print("ok  lists the permissions that Django lists")

    for authorizations in (
        [], [b""], [b"Token"], [b"token x"], [b"Token a b"], [b"Token \xff"], [b"Bearer " + token[6:]],
        [token + b"x"],
    ):  # fmt: skip
        seen = refusal(rust, ORDERS, *authorizations)
        check(seen, refusal(django, PROFILE, *authorizations), f"refused for {authorizations}")
        check(seen[0], 401, f"refused for {authorizations}")
    print("ok  refuses what Django refuses, with Django's bytes")

    manager("update", username="ayush", is_active=False)
    check(refusal(rust, ORDERS, token), refusal(django, PROFILE, token), "an inactive user")
    check(refusal(rust, ORDERS, token)[1], b'{"detail":"User inactive or deleted."}', "an inactive user")
    manager("update", username="ayush", is_active=True)
    check(ask(rust, b"GET", ORDERS, token).status, 200, "an active user")
    print("ok  refuses who was switched off in Django, until switched on")

    check(ask(django, b"POST", LOGOUT, token).status, 204, "logout through Django")
    check(refusal(rust, ORDERS, token), refusal(django, PROFILE, token), "after the logout")
    check(refusal(rust, ORDERS, token)[:2], (401, b'{"detail":"Invalid token."}'), "after the logout")
    print("ok  logs out through Django, and is refused through Rust")


def start(example, database, folder):
    """The example as a server."""

    def make(port):
        command = [str(example), str(database), f"127.0.0.1:{port}"]
        return servers.Server("orders", command, port, {}, folder / "orders.log")

    return servers.started(make)


def main():
    parser = argparse.ArgumentParser(description="Shows that a Rust backend takes Django's tokens.")
    parser.add_argument("--django", default="5.2")
    parser.add_argument("--python")
    parser.add_argument("--example", default="target/debug/examples/orders")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    folder = Path(tempfile.mkdtemp(prefix="drf-orders-"))
    started = []
    try:
        venv = servers.make_venv(args.django, args.python, None)
        site_env = servers.site_environment()
        database = servers.Database("sqlite", folder, venv, site_env)
        database._create("a")
        database.python("a", str(servers.SITE / "manage.py"), "migrate", "-v", "0")
        manager = Manager(venv, database.env_of("a"))
        started.append(manager)
        django = servers.start_django(venv, database.env_of("a"), folder, "Django")
        started.append(django)
        file = folder / "a.sqlite3"
        rust = start(Path(args.example).resolve(), file, folder)
        started.append(rust)
        steps(manager, django, rust, file)
    except (AssertionError, servers.Failure) as failure:
        print(f"orders: {failure}", file=sys.stderr)
        return 1
    finally:
        for one in reversed(started):
            one.stop()
        shutil.rmtree(folder, ignore_errors=True)
    print("orders: all passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
