"""drf-auth on a SQLite file with users of every kind."""

import os
import re
import signal
import socket
import sqlite3
import urllib.parse
from dataclasses import dataclass
from pathlib import Path

from compare.servers import COMPAT, Server, started

DDL = COMPAT.parent / "fixtures/ddl/sqlite/django-5.2.sql"

CONFIG = """
database_url = "sqlite:///{file}"
listen = "127.0.0.1:{port}"
[django]
allowed_hosts = ["never.example.com"]
[verify]
keywords = ["Bearer"]
groups_header = "X-Auth-Groups"
body = {body}
"""
# As README.md shows them.
ROUTES = (Path(__file__).parent / "README.md").read_text().partition("```toml\n")[2].partition("```")[0]
CONFIG += ROUTES.replace("{", "{{").replace("}", "}}")
STAFF_ROUTE = '"/verify-staff/"'


@dataclass
class Account:
    """A user and the token of the same name."""

    username: str
    email: str = ""
    staff: bool = False
    superuser: bool = False
    active: bool = True
    groups: tuple = ()
    id: int = 0

    @property
    def token(self):
        """The key, which is as long as a real one."""
        return f"{self.id:040x}"

    def identity(self):
        """The headers that stand for this user."""
        return {
            "X-Auth-User-Id": str(self.id),
            "X-Auth-Username": urllib.parse.quote(self.username, safe="@+"),
            "X-Auth-Email": urllib.parse.quote(self.email, safe="@+"),
            "X-Auth-Staff": str(self.staff).lower(),
            "X-Auth-Superuser": str(self.superuser).lower(),
            "X-Auth-Groups": ",".join(sorted(urllib.parse.quote(name, safe="@+") for name in self.groups)),
        }


ACCOUNTS = {
    "user": Account("ayush", "ayush@example.com"),
    "other": Account("other"),
    "staff": Account("staff", staff=True),
    "root": Account("root", "root@example.com", superuser=True),
    "gone": Account("gone", staff=True, superuser=True, active=False),
    "strange": Account('Zoë, "2nd"\r\nX-Auth-Staff: true'),
    # As long as Django's columns take them; and in 200 groups.
    "long": Account("\U0001f600" * 150, "電" * 242 + "@example.com"),
    "many": Account("many", groups=tuple(f"{number:03} {'x' * 103}" for number in range(200))),
}


def make_database(file):
    """Django's tables with the accounts above."""
    with sqlite3.connect(file) as database:
        database.executescript(DDL.read_text())
        for number, one in enumerate(ACCOUNTS.values(), 101):
            one.id = number
            database.execute(
                "INSERT INTO auth_user (id, username, email, password, first_name, last_name, is_active, is_staff,"
                " is_superuser, date_joined) VALUES (?, ?, ?, '!', '', '', ?, ?, ?, '2024-01-02 03:04:05')",
                (one.id, one.username, one.email, one.active, one.staff, one.superuser),
            )
            database.execute("INSERT INTO authtoken_token VALUES (?, '2024-01-02 03:04:05', ?)", (one.token, one.id))
            for name in one.groups:
                group = database.execute("INSERT INTO auth_group (name) VALUES (?)", (name,)).lastrowid
                database.execute("INSERT INTO auth_user_groups (user_id, group_id) VALUES (?, ?)", (one.id, group))
    database.close()


class Service:
    """A running drf-auth whose database can be taken away."""

    def __init__(self, binary, folder, config=CONFIG, make=make_database, body=True):
        self.file, self.admin = folder / "db.sqlite3", folder / "admin.sock"
        make(self.file)

        def start(port, without=None):
            text = f'admin_listen = "unix:{self.admin}"\n' + config.format(file=self.file, port=port, body=str(body).lower())
            lines = [line for line in text.splitlines() if without is None or without not in line]
            path = folder / "drf-auth.toml"
            path.write_text("\n".join(lines))
            command = [str(binary), "serve", "--config", str(path)]
            return Server("drf-auth", command, port, {}, folder / "drf-auth.log")

        self.start = start
        self.server = started(start)
        self.port = self.server.port

    def connections(self):
        """How many it has accepted so far."""
        with socket.socket(socket.AF_UNIX) as admin:
            admin.connect(str(self.admin))
            admin.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            said = admin.makefile().read()
        return int(re.search(r"^drf_auth_http_connections_accepted_total (\d+)$", said, re.M)[1])

    def take_database(self):
        """The file is gone: every question is answered 503."""
        self.file.rename(self.file.with_suffix(".aside"))

    def return_database(self):
        """The file is back."""
        self.file.with_suffix(".aside").rename(self.file)

    def restart(self, without):
        """Ends it, and starts it on the same port without a line of its configuration."""
        self.stop()
        self.server = self.start(self.port, without).wait()

    def pause(self):
        """It says nothing until it is told to go on."""
        os.kill(self.server.process.pid, signal.SIGSTOP)

    def go_on(self):
        """It answers what has come meanwhile."""
        os.kill(self.server.process.pid, signal.SIGCONT)

    def stop(self):
        """Ends it."""
        self.server.stop()
