"""One server an engine, one database a project, and a role that may do no more than it must."""

import json
import os
import subprocess

from compare.servers import COMPAT, run

ROLE, SECRET = "door", "door-password"


class Sqlite:
    """Files below a folder."""

    name = "sqlite"

    def __init__(self, folder):
        self.folder = folder

    def create(self, database):
        """A new database's URL for Django."""
        file = self.folder / f"{database}.sqlite3"
        file.unlink(missing_ok=True)
        return f"sqlite:///{file}"

    def restrict(self, database, grants):
        """The account that has these grants only; a file has none."""
        return ""

    def stop(self):
        """Nothing runs."""


class Server:
    """PostgreSQL or MariaDB, from databases.sh."""

    def __init__(self, folder):
        self.folder = folder / self.name
        said = run([str(COMPAT / "databases.sh"), "start", self.name, str(self.folder)], what="databases.sh start")
        self.env = dict(line.removeprefix("export ").split("=", 1) for line in said.splitlines() if "=" in line)

    def create(self, database):
        """A new database's URL for Django."""
        self.sql(f"DROP DATABASE IF EXISTS {database}")
        self.sql(f"CREATE DATABASE {database}")
        return self.env["DRF_DB_URL"] + database

    def stop(self):
        """Ends the server."""
        subprocess.run([str(COMPAT / "databases.sh"), "stop", str(self.folder)], check=False)


class Postgres(Server):
    """PostgreSQL."""

    name = "postgres"

    def sql(self, statement, database="postgres"):
        """Runs statements as the owner."""
        command = ["psql", "-qAt", "-v", "ON_ERROR_STOP=1", self.env["DRF_DB_URL"] + database, "-c", statement]
        return run(command, what="psql")

    def restrict(self, database, grants):
        """The account that has these grants only."""
        self.sql(
            f"DO $$ BEGIN CREATE ROLE {ROLE} LOGIN PASSWORD '{SECRET}'; EXCEPTION WHEN duplicate_object THEN NULL; END $$"
        )
        for grant in grants:
            self.sql(to(grant, ROLE), database)
        return f"{ROLE}:{SECRET}"


class MariaDb(Server):
    """MariaDB or MySQL."""

    name = "mariadb"

    def sql(self, statement, database="mysql"):
        """Runs statements as the owner."""
        program = "mariadb" if any(_has("mariadb")) else "mysql"
        account = ["-u", self.env["DRF_DB_USER"], f"-p{self.env['DRF_DB_PASSWORD']}"]
        socket = f"--socket={self.env['DRF_DB_SOCKET']}"
        return run([program, "--no-defaults", socket, *account, database, "-e", statement], what=program)

    def restrict(self, database, grants):
        """The account that has these grants only."""
        self.sql(f"CREATE USER IF NOT EXISTS '{ROLE}'@'%' IDENTIFIED BY '{SECRET}'")
        for grant in grants:
            self.sql(to(grant, f"'{ROLE}'@'%'"), database)
        return f"{ROLE}:{SECRET}"


def to(grant, account):
    """The same grant to another account."""
    return f"{grant.rpartition(' TO ')[0]} TO {account}"


def _has(program):
    return [os.access(os.path.join(folder, program), os.X_OK) for folder in os.environ["PATH"].split(os.pathsep)]


ENGINES = {"sqlite": Sqlite, "postgres": Postgres, "mariadb": MariaDb}


class Hands:
    """Django's own hands on a database: a process with the project's models."""

    def __init__(self, python, script, env, log):
        self.log = open(log, "w")
        self.process = subprocess.Popen(
            [str(python), str(script)], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True
        )

    def __call__(self, do, **arguments):
        self.process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline() or '{"error": "it has ended"}')
        if "error" in answer:
            raise RuntimeError(f"{do}: {answer['error']}")
        return answer["value"]

    def stop(self):
        """Lets it end."""
        self.process.stdin.close()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.log.close()
