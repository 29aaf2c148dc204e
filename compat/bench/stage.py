"""What a figure stands on: one database server with two equal databases, gunicorn with the site, and drf-auth."""

import hashlib
import json
import os
import random
import resource
import shutil
import signal
import tempfile
from dataclasses import dataclass
from pathlib import Path

from compare.servers import (
    ALLOWED_HOSTS,
    COMPAT,
    SITE,
    Database,
    Failure,
    Server,
    make_venv,
    run,
    say,
    site_environment,
    started,
)

from .accounts import plain

HASHERS = ("PBKDF2SHA1", "Argon2", "BCryptSHA256", "Scrypt", "MD5")
ALGORITHMS = ["pbkdf2_sha256", "pbkdf2_sha1", "argon2", "bcrypt_sha256", "scrypt", "md5"]
BUSY = 0.7  # of load before anything was started
ENGINES = {"postgres": "PostgreSQL", "mariadb": "MariaDB", "sqlite": "SQLite"}


@dataclass(frozen=True)
class Gunicorn:
    """How gunicorn runs: the class of its workers, how many, and threads in each."""

    kind: str
    workers: int
    threads: int

    @classmethod
    def parse(cls, text):
        """From `gthread:3:4` or `sync:3`."""
        kind, workers, *threads = text.split(":")
        return cls(kind, int(workers), int(threads[0]) if threads else 1)

    def __str__(self):
        threads = f" x {self.threads} threads" if self.kind == "gthread" else ""
        return f"{self.workers} {self.kind} workers{threads}"


class Stage:
    """The servers of one run; what was started is stopped by the stack that it was given."""

    def __init__(self, options, stack, *, engine="postgres", iterations=1_000_000):
        self.options, self.stack, self.engine, self.iterations = options, stack, engine, iterations
        self.draw = random.Random(options.seed)
        self.folder = Path(tempfile.mkdtemp(prefix="drf-auth-bench."))
        # The database servers run as users of their own.
        self.folder.chmod(0o755)
        stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        _raise_limits()
        self.busy = os.getloadavg()[0]
        if self.busy > BUSY:
            say(f"this machine has other work (load {self.busy:.1f}): what comes is no figure")
        self.venv = make_venv(options.django, options.python, None)
        settings = {
            "PASSWORD_HASHERS": ["mysite.hashers.PBKDF2PasswordHasher"]
            + [f"django.contrib.auth.hashers.{name}PasswordHasher" for name in HASHERS]
        }
        self.site_env = {**site_environment(settings), "SITE_PBKDF2_ITERATIONS": str(iterations)}
        say(f"starting {ENGINES[engine]}")
        self.database = Database(engine, self.folder, self.venv, self.site_env)
        stack.callback(self.database.stop)

    def fill(self, accounts=None, count=1000):
        """Makes both databases with these accounts, or with ordinary ones; returns them."""
        accounts = accounts if accounts is not None else plain(self.database, count, self.draw)
        say(f"filling two databases with {len(accounts)} accounts")
        self.database.prepare(accounts)
        return accounts

    def django(self, gunicorn=None):
        """gunicorn with the site, its connections persistent."""
        how = gunicorn or self.options.gunicorn

        def make(port):
            command = [
                str(self.venv / "bin/gunicorn"), "--chdir", str(SITE), "--bind", f"127.0.0.1:{port}",
                "--worker-class", how.kind, "--workers", str(how.workers), "--threads", str(how.threads),
                "--keep-alive", "75", "--timeout", "300", "--graceful-timeout", "1", "--log-level", "warning",
                "mysite.wsgi:application",
            ]  # fmt: skip
            return Server("django", command, port, self.database.env_of("a"), self.folder / "django.log")

        return self._serving(make)

    def drf_auth(self, passwords=None, database="b"):
        """drf-auth with the site's settings."""
        return self._serving(lambda port: self.drf_auth_at(port, passwords, database))

    def drf_auth_at(self, port, passwords=None, database="b"):
        """The same, on that port, and not waited for."""
        config = self.folder / "drf-auth.toml"
        config.write_text(self._config(port, passwords or {}, database))
        env = {k: v for k, v in os.environ.items() if not k.startswith("DRF_AUTH_") and k != "DATABASE_URL"}
        env.update(self.options.env)
        command = [str(self.options.binary), "serve", "--config", str(config)]
        return Server("drf-auth", command, port, env, self.folder / "drf-auth.log")

    def _config(self, port, passwords, database):
        django = {
            "version": self.options.django,
            "pbkdf2_iterations": self.iterations,
            "password_hashers": ALGORITHMS,
            "allowed_hosts": ALLOWED_HOSTS,
        }
        if self.options.refusal_floor:
            passwords = {**passwords, "refusal_floor": self.options.refusal_floor}
        lines = [
            f"database_url = {json.dumps(self.database.url[database])}",
            f'listen = "127.0.0.1:{port}"',
            "[django]",
        ]
        lines += [f"{key} = {json.dumps(value)}" for key, value in django.items()]
        lines += ["[passwords]", *(f"{key} = {json.dumps(value)}" for key, value in passwords.items())]
        return "\n".join(lines) + "\n"

    def _serving(self, make):
        server = started(make)
        self.stack.callback(server.stop)
        return server


def _raise_limits():
    """As many open files as may be; the servers inherit it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def interrupts_unwind():
    """TERM and HUP end the run as an interrupt does: everything is stopped on the way out."""

    def unwind(number, frame):
        raise SystemExit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, unwind)


def binary_of(options):
    """drf-auth's path: the one that was named, or the release build."""
    named = options.binary or COMPAT.parent / "target/release/drf-auth"
    path = Path(named).resolve()
    if not path.is_file():
        raise Failure(f"there is no {named}: cargo build --release")
    return path


def rss(pid):
    """KiB of memory that a process has in use, shared pages included."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


def machine(stage):
    """What the figures were measured on and with, as lines of text."""
    code = (
        "import sys, django, rest_framework, gunicorn;"
        "print(*sys.version_info[:3], django.__version__, rest_framework.VERSION, gunicorn.__version__)"
    )
    *python, django, drf, gunicorn = run([str(stage.venv / "bin/python"), "-c", code]).split()
    return [
        f"{cpu()}, {_vector()}, Linux {os.uname().release}; client, servers and database share it",
        f"Django {django}, REST framework {drf}, Python {'.'.join(python)},"
        f" gunicorn {gunicorn} with {stage.options.gunicorn}",
        f"{run([str(stage.options.binary), '--version']).strip()} (SHA-256 {_digest(stage.options.binary)}, these"
        f" measurements at {_commit()}), {_database()}",
        f"load of the machine before the run: {stage.busy:.1f}",
    ]


def cpu():
    """The processor's name and its cores."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else 'unknown processor'}, {os.cpu_count()} cores"


def _vector():
    """The instructions that decide how fast hashing can be."""
    text = Path("/proc/cpuinfo").read_text()
    found = [
        name for flag, name in (("sha_ni", "SHA-NI"), ("avx512f", "AVX-512"), ("avx2", "AVX2")) if f" {flag}" in text
    ]
    return " and ".join(found) or "no SHA or vector instructions"


def _digest(path):
    """Which binary it was: it need not be built from the commit at hand."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def _commit():
    try:
        return "commit " + run(["git", "-C", str(COMPAT), "rev-parse", "--short", "HEAD"]).strip()
    except (Failure, OSError):
        return "no commit"


def _database():
    return run(["psql", "--version"]).strip().replace("psql (PostgreSQL)", "PostgreSQL")
