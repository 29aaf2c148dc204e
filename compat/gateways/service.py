"""drf-auth on a SQLite file with users of every kind."""

import sqlite3
import urllib.parse
from dataclasses import dataclass

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
[routes]
"/login/" = "login"
"/verify/" = "verify"
"/verify/staff/" = {{ view = "verify", staff = true }}
"""


@dataclass
class Account:
    """A user and the token of the same name."""

    username: str
    email: str = ""
    staff: bool = False
    superuser: bool = False
    active: bool = True
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
            "X-Auth-Groups": "",
        }


ACCOUNTS = {
    "user": Account("ayush", "ayush@example.com"),
    "other": Account("other"),
    "staff": Account("staff", staff=True),
    "root": Account("root", "root@example.com", superuser=True),
    "gone": Account("gone", staff=True, superuser=True, active=False),
    "strange": Account('Zoë, "2nd"\r\nX-Auth-Staff: true'),
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
    database.close()


class Service:
    """A running drf-auth whose database can be taken away."""

    def __init__(self, binary, folder, config=CONFIG, make=make_database):
        self.file = folder / "db.sqlite3"
        make(self.file)

        def start(port):
            path = folder / "drf-auth.toml"
            path.write_text(config.format(file=self.file, port=port))
            command = [str(binary), "serve", "--config", str(path)]
            return Server("drf-auth", command, port, {}, folder / "drf-auth.log")

        self.server = started(start)
        self.port = self.server.port

    def take_database(self):
        """The file is gone: every question is answered 503."""
        self.file.rename(self.file.with_suffix(".aside"))

    def return_database(self):
        """The file is back."""
        self.file.with_suffix(".aside").rename(self.file)

    def stop(self):
        """Ends it."""
        self.server.stop()
