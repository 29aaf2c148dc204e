"""Rolling restarts under load: the parent holds the listening socket and hands it to one process after the
other (LISTEN_FDS, NOTIFY_SOCKET), as systemd does. No request may fail, and none is sent twice.

Of five restarts four overlap: the new process says READY=1, then the old one gets SIGTERM. The fifth is
`systemctl restart`: the old one ends first, and whoever connects meanwhile waits in the socket's queue.
"""

import argparse
import collections
import http.client
import json
import os
import pathlib
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PASSWORD = "mypassword"
# The longest that anybody may wait: a restart in systemd's order included.
PATIENCE = 30


def database(folder, binary):
    """Django's tables with one user, who has a token."""
    file = folder / "db.sqlite3"
    encoded = subprocess.run(
        [binary, "make_password"], input=PASSWORD, capture_output=True, text=True, check=True, cwd=folder,
        env={**os.environ, "DRF_AUTH_DJANGO__PBKDF2_ITERATIONS": "2000"},
    ).stdout.strip()
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.executescript((ROOT / "fixtures/ddl/sqlite/django-5.2.sql").read_text())
        connection.execute(
            "INSERT INTO auth_user (id, password, is_superuser, username, first_name, last_name, email, is_staff,"
            " is_active, date_joined) VALUES (1, ?, 0, 'ayush', '', '', 'a@example.com', 0, 1, '2026-01-01 00:00:00')",
            [encoded],
        )
    return file


class Service:
    """One process on the socket that all share."""

    def __init__(self, binary, folder, listener, number):
        self.notified = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        path = folder / f"notify-{number}"
        self.notified.bind(str(path))
        self.notified.settimeout(PATIENCE)
        self.log = folder / f"log-{number}"
        script = 'exec 3<&0 </dev/null; LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" serve'
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DRF_AUTH_")}
        environment.pop("DATABASE_URL", None)
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                ["sh", "-c", script, str(binary)],
                stdin=listener, stdout=subprocess.DEVNULL, stderr=log, cwd=folder,
                env={
                    **environment,
                    "NOTIFY_SOCKET": str(path),
                    "DRF_AUTH_DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
                    "DRF_AUTH_ADMIN_LISTEN": "",
                    "DRF_AUTH_DJANGO__PBKDF2_ITERATIONS": "2000",
                },
            )
        self.said("READY=1")

    def said(self, word):
        """Waits until the process says so."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                if word in self.notified.recv(4096).decode().split("\n"):
                    return
            except TimeoutError:
                break
        raise SystemExit(f"the service does not say {word}: {self.log.read_text()}")

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        self.said("STOPPING=1")

    def ended(self):
        status = self.process.wait(PATIENCE)
        self.notified.close()
        if status != 0:
            raise SystemExit(f"the service ended with {status}: {self.log.read_text()}")


class Load(threading.Thread):
    """Clients of one kind, each with one request at a time."""

    def __init__(self, kind, address, token, stop):
        super().__init__(daemon=True)
        self.kind, self.address, self.token, self.stop = kind, address, token, stop
        self.done, self.failures, self.slowest = 0, [], 0.0
        self.connections = 0

    def run(self):
        connection = None
        while not self.stop.is_set():
            if connection is None:
                connection = http.client.HTTPConnection(*self.address, timeout=PATIENCE)
            began = time.monotonic()
            try:
                fresh = connection.sock is None
                closed = self.ask(connection)
                self.connections += fresh
            except Exception as error:  # whatever it is, the request has failed
                self.failures.append(f"{self.kind}: {error!r}")
                connection.close()
                connection = None
                continue
            self.done += 1
            self.slowest = max(self.slowest, time.monotonic() - began)
            if closed or self.kind == "new connections":
                connection.close()
                connection = None
            time.sleep(0.002)

    def ask(self, connection):
        if self.kind == "logins":
            body = json.dumps({"username": "ayush", "password": PASSWORD})
            connection.request("POST", "/api-token-auth/", body, {"Content-Type": "application/json"})
        else:
            connection.request("GET", "/profile/", headers={"Authorization": f"Token {self.token}"})
        response = connection.getresponse()
        text = response.read().decode()
        if response.status != 200:
            raise RuntimeError(f"{response.status} {text}")
        expected = {"token": self.token} if self.kind == "logins" else {"username": "ayush", "email": "a@example.com"}
        if json.loads(text) != expected:
            raise RuntimeError(text)
        return response.will_close


def log_in(address):
    connection = http.client.HTTPConnection(*address, timeout=PATIENCE)
    body = json.dumps({"username": "ayush", "password": PASSWORD})
    connection.request("POST", "/api-token-auth/", body, {"Content-Type": "application/json"})
    return json.loads(connection.getresponse().read())["token"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", type=pathlib.Path, required=True)
    parser.add_argument("--restarts", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    binary, chance = options.binary.resolve(), random.Random(options.seed)

    with tempfile.TemporaryDirectory(prefix="drf-auth-restarts-") as name:
        folder = pathlib.Path(name)
        database(folder, binary)
        listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
        address = listener.getsockname()
        service = Service(binary, folder, listener, 0)
        token, stop = log_in(address), threading.Event()
        kinds = ["kept connections", "kept connections", "new connections", "new connections", "logins"]
        load = [Load(kind, address, token, stop) for kind in kinds]
        for client in load:
            client.start()
        old, began = [], time.monotonic()
        for number in range(1, options.restarts + 1):
            time.sleep(chance.uniform(0.05, 0.25))
            if number % 5 == 0:
                service.end()
                service.ended()
                service = Service(binary, folder, listener, number)
            else:
                new = Service(binary, folder, listener, number)
                service.end()
                old.append(service)
                service = new
            # They finish beside each other.
            while old and (len(old) > 4 or old[0].process.poll() is not None):
                old.pop(0).ended()
        time.sleep(0.5)
        stop.set()
        for client in load:
            client.join(PATIENCE)
        for process in old:
            process.ended()
        service.end()
        service.ended()
        took = time.monotonic() - began

    done = collections.Counter()
    connections = collections.Counter()
    for client in load:
        done[client.kind] += client.done
        connections[client.kind] += client.connections
    failures = [failure for client in load for failure in client.failures]
    for kind in done:
        print(f"{kind}: {done[kind]} requests on {connections[kind]} connections")
    slowest = max(client.slowest for client in load)
    print(f"{options.restarts} restarts in {took:.0f} s: {len(failures)} failed requests, the slowest took {slowest:.2f} s")
    for failure in failures[:20]:
        print(failure, file=sys.stderr)
    if failures or min(done.values()) < options.restarts:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
