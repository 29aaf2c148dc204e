"""Empty databases on the three engines, and what is in one: its schema and its rows, as text."""

import os
import re
import sqlite3
import subprocess
from urllib.parse import urlsplit


class Sqlite:
    name = "sqlite"

    def __init__(self, folder):
        self.folder = folder

    def create(self, name):
        path = f"{self.folder}/{name}.sqlite3"
        if os.path.exists(path):
            os.remove(path)
        return f"sqlite:///{path}"

    def drop(self, name):
        self.create(name)

    def rows(self, url, sql):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def execute(self, url, sql):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        try:
            connection.executescript(sql)
        finally:
            connection.close()

    def schema(self, url):
        rows = self.rows(url, "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name")
        return [repr(row) for row in rows]


class Postgres:
    name = "postgres"

    def __init__(self, server):
        self.server = server

    def connect(self, url):
        import psycopg

        return psycopg.connect(url, autocommit=True)

    def on_server(self, sql):
        with self.connect(self.server + "postgres") as connection:
            connection.execute(sql)

    def create(self, name):
        self.drop(name)
        self.on_server(f"CREATE DATABASE {name}")
        return self.server + name

    def drop(self, name):
        self.on_server(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def rows(self, url, sql):
        with self.connect(url) as connection:
            return connection.execute(sql).fetchall()

    def execute(self, url, sql):
        with self.connect(url) as connection:
            connection.execute(sql)

    def schema(self, url):
        command = ["pg_dump", "--schema-only", "--no-owner", "--no-privileges", "--dbname", url]
        text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        # \restrict comes with a random word.
        return [line for line in text.splitlines() if line and not line.startswith(("--", "\\"))]


class MySql:
    name = "mariadb"

    def __init__(self, server):
        self.server = server

    def connect(self, url):
        import MySQLdb

        parts = urlsplit(url)
        return MySQLdb.connect(
            host=parts.hostname, port=parts.port, user=parts.username, password=parts.password,
            database=parts.path[1:], charset="utf8mb4", autocommit=True,
        )

    def execute(self, url, sql):
        connection = self.connect(url)
        try:
            for statement in filter(str.strip, sql.split(";\n")):
                connection.query(statement)
        finally:
            connection.close()

    def create(self, name):
        self.drop(name)
        self.execute(self.server, f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        return self.server + name

    def drop(self, name):
        self.execute(self.server, f"DROP DATABASE IF EXISTS {name}")

    def rows(self, url, sql):
        connection = self.connect(url)
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql.replace('"', "`"))
                return list(cursor.fetchall())
        finally:
            connection.close()

    def schema(self, url):
        lines = []
        for (table,) in self.rows(url, "SHOW TABLES"):
            ((_, sql),) = self.rows(url, f"SHOW CREATE TABLE `{table}`")
            lines += re.sub(r" AUTO_INCREMENT=\d+", "", sql).splitlines()
        return lines


def engine(name, folder, environment=os.environ):
    """The engine of that name; the servers' URLs are in POSTGRES_URL and MARIADB_URL."""
    match name:
        case "sqlite":
            return Sqlite(folder)
        case "postgres":
            return Postgres(environment["POSTGRES_URL"])
        case "mariadb":
            return MySql(environment["MARIADB_URL"])
    raise SystemExit(f"there is no engine {name!r}")
