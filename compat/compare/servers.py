"""Starts and stops what a run needs: database servers, two equal databases, gunicorn with Django, drf-auth."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

from .accounts import ITERATIONS

COMPAT = Path(__file__).resolve().parent.parent
SITE = COMPAT / "site"
DJANGO_SIDE = Path(__file__).resolve().parent / "django_side"
ALLOWED_HOSTS = ["testserver", ".example.com", "127.0.0.1", "localhost", "[::1]"]


class Failure(Exception):
    """The run can't be made; the text says why."""


def free_port():
    """A port that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run(command, *, env=None, stdin=None, what=None):
    """Runs a command to its end and returns its standard output."""
    done = subprocess.run(command, env=env, input=stdin, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failure(f"{what or command[0]} failed ({done.returncode}):\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return done.stdout


def make_venv(django, python, drf):
    """The path of the virtual environment; made where there is none yet."""
    command = [str(COMPAT / "venv.sh"), django]
    if python or drf:
        command.append(python or "3.11")
    if drf:
        command.append(drf)
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.returncode)
    return Path(done.stdout.strip())


class Database:
    """Two copies, `a` for Django and `b` for the other, of one migrated and filled database."""

    def __init__(self, engine, folder, venv, site_env, collation=None):
        self.engine, self.folder, self.venv, self.site_env = engine, folder, venv, site_env
        # On MariaDB a collation names its character set too.
        self.form = f" CHARACTER SET {collation.split('_')[0]} COLLATE {collation}" if collation else ""
        self.server = None
        if engine == "sqlite":
            self.url = {copy: f"sqlite:///{folder / copy}.sqlite3" for copy in "ab"}
        else:
            self.server = folder / "db"
            said = run([str(COMPAT / "databases.sh"), "start", engine, str(self.server)], what="databases.sh start")
            self.env = dict(line.removeprefix("export ").split("=", 1) for line in said.splitlines() if "=" in line)
            self.url = {copy: self.env["DRF_DB_URL"] + f"compare_{copy}" for copy in "ab"}

    def stop(self):
        """Ends the database server, where there is one."""
        if self.server is not None:
            subprocess.run([str(COMPAT / "databases.sh"), "stop", str(self.server)], check=False)
            self.server = None

    def python(self, copy, *command, stdin=None):
        """Runs a program of the site on one copy."""
        return run([str(self.venv / "bin/python"), *command], env=self.env_of(copy), stdin=stdin, what=str(command[0]))

    def env_of(self, copy):
        """The environment of the site on that copy."""
        return {**self.site_env, "SITE_DATABASE_URL": self.url[copy]}

    def prepare(self, accounts):
        """Migrates and fills `a`, then copies it to `b`; notes on which stored passwords Django raises."""
        self._create("a")
        self.python("a", str(SITE / "manage.py"), "migrate", "-v", "0")
        said = self.python("a", str(DJANGO_SIDE / "fill.py"), stdin=json.dumps([asdict(one) for one in accounts]))
        for account, raises in zip(accounts, json.loads(said)):
            account.malformed = raises
        if self.engine == "sqlite":
            (self.folder / "b.sqlite3").write_bytes((self.folder / "a.sqlite3").read_bytes())
        elif self.engine == "postgres":
            self.sql("CREATE DATABASE compare_b TEMPLATE compare_a")
            # Identity columns go on after the rows that were given their ids.
        else:
            self._create("b")
            dumped = run(self._client("mariadb-dump", "mysqldump") + ["compare_a"], what="mariadb-dump")
            run(self._client("mariadb", "mysql") + ["compare_b"], stdin=dumped, what="mariadb")

    def dump(self, copy, accounts):
        """All rows of one copy."""
        text = self.python(copy, str(DJANGO_SIDE / "dump.py"), stdin=json.dumps([asdict(one) for one in accounts]))
        return json.loads(text)

    def _create(self, copy):
        if self.engine == "postgres":
            self.sql(f"CREATE DATABASE compare_{copy}")
        elif self.engine == "mariadb":
            self.sql(f"CREATE DATABASE compare_{copy}{self.form}")

    def sql(self, statement):
        """What the server's own client prints of the statement's answer."""
        if self.engine == "postgres":
            env = {**os.environ, "PGPASSWORD": self.env["DRF_DB_PASSWORD"]}
            address = ["-h", self.env["DRF_DB_HOST"], "-p", self.env["DRF_DB_PORT"], "-U", self.env["DRF_DB_USER"]]
            return run(["psql", "-qAt", *address, "-d", "postgres", "-c", statement], env=env, what="psql")
        return run(self._client("mariadb", "mysql") + ["-N", "-e", statement], what="mariadb")

    def _client(self, *names):
        program = next((name for name in names if _has(name)), None)
        if program is None:
            raise Failure(f"none of these programs is installed: {names}")
        env = self.env
        return [
            program,
            "--no-defaults",
            f"--socket={env['DRF_DB_SOCKET']}",
            "-u",
            env["DRF_DB_USER"],
            f"-p{env['DRF_DB_PASSWORD']}",
        ]


def _has(program):
    return any(os.access(os.path.join(folder, program), os.X_OK) for folder in os.environ["PATH"].split(os.pathsep))


def site_environment(settings=None):
    """The environment of the Django site for a comparison."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("SITE_", "DRF_AUTH_", "GUNICORN_", "DATABASE_URL"))
    }
    return {
        **kept,
        "DJANGO_SETTINGS_MODULE": "comparesettings",
        "COMPARE_SETTINGS": json.dumps(settings or {}),
        "PYTHONPATH": f"{SITE}:{DJANGO_SIDE}",
        "PYTHONDONTWRITEBYTECODE": "1",
        # REST framework looks through sets of media types: their order must be the same in every run.
        "PYTHONHASHSEED": "0",
        "SITE_PBKDF2_ITERATIONS": str(ITERATIONS),
        "SITE_ALLOWED_HOSTS": ",".join(ALLOWED_HOSTS),
    }


class Server:
    """A process that listens on a port; its output goes to a file of its own."""

    def __init__(self, name, command, port, env, log):
        self.name, self.port, self.log = name, port, log
        with open(log, "wb") as out:
            self.process = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=out)

    def wait(self, seconds=60):
        """Returns the server when it takes connections."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                time.sleep(0.05)
        raise Failure(f"{self.name} does not listen on {self.port}:\n{self.tail()}")

    def tail(self, size=4000):
        """The end of what it wrote."""
        return Path(self.log).read_text(errors="replace")[-size:]

    def stop(self):
        """Ends the process by its id."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def started(make, attempts=3):
    """A server that listens: made again on another port where something else was faster to take the first."""
    for attempt in range(attempts):
        server = make(free_port())
        try:
            return server.wait()
        except BaseException as error:
            server.stop()
            if not isinstance(error, Failure) or attempt == attempts - 1:
                raise


def start_django(venv, env, folder, name, workers=2, threads=8):
    """gunicorn with the site, through the comparison's own door."""

    def make(port):
        command = [
            str(venv / "bin/gunicorn"), "--chdir", str(SITE), "--bind", f"127.0.0.1:{port}",
            "--worker-class", "gthread", "--workers", str(workers), "--threads", str(threads),
            "--keep-alive", "300", "--timeout", "120", "--graceful-timeout", "1",
            # Wide, so that it is Django that answers.
            "--limit-request-line", "0", "--limit-request-fields", "1000", "--limit-request-field_size", "65536",
            "--permit-unconventional-http-method", "--log-level", "warning", "comparewsgi:application",
        ]  # fmt: skip
        return Server(name, command, port, env, folder / f"{name}.log")

    return started(make)


# The default ones without the verify view, which Django does not have.
ROUTES = """[routes]
"/api-token-auth/" = "obtain_auth_token"
"/api/token/login" = "login"
"/login/" = "login"
"/logout/" = "logout"
"/profile/" = "profile"
"""


def start_drf_auth(binary, folder, url, django, python, variant, iterations=ITERATIONS, more="", routes=""):
    """drf-auth with a configuration that says what the site's settings say, and more; these routes, too."""
    keys = {"version": django, "python": python, "pbkdf2_iterations": iterations, "allowed_hosts": ALLOWED_HOSTS}
    env = {
        name: value for name, value in os.environ.items() if not name.startswith("DRF_AUTH_") and name != "DATABASE_URL"
    }

    def make(port):
        config = folder / f"drf-auth-{port}.toml"
        head = f'database_url = {json.dumps(url)}\nlisten = "127.0.0.1:{port}"\n'
        config.write_text(head + variant.toml(**keys) + "[passwords]\nqueue = 1000\n" + more + ROUTES + routes)
        return Server("drf-auth", [str(binary), "serve", "--config", str(config)], port, env, folder / f"drf-auth-{port}.log")

    return started(make)


def versions(venv):
    """The exact versions of Python, Django and REST framework in the environment."""
    code = (
        "import sys, django, rest_framework, gunicorn;"
        "print('%d.%d' % sys.version_info[:2], django.__version__, rest_framework.VERSION, gunicorn.__version__)"
    )
    return run([str(venv / "bin/python"), "-c", code]).split()


def say(*words):
    """Progress, apart from the report."""
    print(*words, file=sys.stderr, flush=True)
