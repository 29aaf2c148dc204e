"""One project on one engine: its database, its live Django, and drf-auth with the configuration that fits."""

import http.client
import json
import os
import subprocess

from compare.servers import SITE, Failure, Server, run, started

from .databases import Hands

ITERATIONS = 2000
# What a client reads; the rest is the servers' own.
HEADERS = (
    "Content-Type", "Content-Length", "Allow", "Vary", "WWW-Authenticate", "X-Frame-Options",
    "X-Content-Type-Options", "Referrer-Policy", "Cross-Origin-Opener-Policy",
)  # fmt: skip


def environment(work, project, url, more_path=()):
    """What the project's settings read."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SITE_", "PROJECT_", "DRF_AUTH_", "DATABASE_URL"))}
    return {
        **kept,
        "DJANGO_SETTINGS_MODULE": "project.settings",
        "PYTHONPATH": ":".join([str(work), str(SITE), *map(str, more_path)]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PROJECT_APP": project.app,
        "PROJECT_SCHEMA": project.schema,
        "PROJECT_BACKEND": project.backend,
        "PROJECT_MORE_APPS": ",".join(project.more_apps),
        "SITE_DATABASE_URL": url,
        "SITE_PBKDF2_ITERATIONS": str(ITERATIONS),
    }


class Answer:
    """Status, the headers that count, and the body's bytes."""

    def __init__(self, response):
        self.status = response.status
        self.headers = {name: response.getheader(name) for name in HEADERS}
        self.identity = {k: v for k, v in response.getheaders() if k.lower().startswith("x-auth-")}
        self.body = response.read()

    def json(self):
        """The body as JSON; None where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def __eq__(self, other):
        return (self.status, self.headers, self.body) == (other.status, other.headers, other.body)

    def __repr__(self):
        return f"{self.status} {self.headers} {self.body[:300]!r}"


class Side:
    """One of the two servers, as a client sees it."""

    def __init__(self, name, port, keyword):
        self.name, self.port, self.keyword = name, port, keyword

    def ask(self, method, path, body=None, token=None):
        """The answer to a request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Authorization": f"{self.keyword} {token}"} if token else {}
        if body is not None:
            body = json.dumps(body)
            headers["Content-Type"] = "application/json"
        try:
            connection.request(method, path, body, headers)
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def login(self, name, password, path="/api-token-auth/"):
        return self.ask("POST", path, {"username": name, "password": password})

    def profile(self, token):
        return self.ask("GET", "/profile/", token=token)


class Stage:
    """Everything that runs for one project on one engine."""

    def __init__(self, project, engine, venv, work, binary, folder, more_path=()):
        self.project, self.engine, self.venv, self.work = project, engine, venv, work
        self.more_path = more_path
        self.binary, self.folder = binary, folder
        self.name = f"{project.name}/{engine.name}"
        self.database = f"p_{project.name}"
        folder.mkdir()
        self.running = []

    def migrate(self):
        """The tables, by Django's own migrations."""
        url = self.engine.create(self.database)
        if self.project.schema:
            self.engine.sql(f"CREATE SCHEMA {self.project.schema}", self.database)
        self.env = environment(self.work, self.project, url, self.more_path)
        self.manage("migrate", "-v", "0")
        if self.project.more_apps:
            # MySQL shows an account only the tables on which it may do something.
            self.url, self.grants = url, []
            return
        schema = self.project.schema if self.project.schema_in_url else ""
        self.url = url + (f"?currentSchema={schema}" if schema else "")
        code, said = self.check()
        if code:
            raise Failure(f"check, as the tables' owner: {said['findings']}")
        self.grants = said["grants"]
        self.url = self.engine.restrict(self.database, self.grants) + (f"?currentSchema={schema}" if schema else "")

    def check(self, more=None):
        """Exit code and findings of the doctor."""
        command = [str(self.binary), "check", "--json", "--config", str(self.configuration(0, more=more))]
        done = subprocess.run(command, env=plain_environment(), capture_output=True, text=True, check=False)
        if done.returncode not in (0, 1):
            raise Failure(f"check: {done.returncode} {done.stderr}")
        return done.returncode, json.loads(done.stdout)

    def manage(self, *words):
        """manage.py of the project."""
        return run([str(self.venv / "bin/python"), str(self.work / "manage.py"), *words], env=self.env, what=words[0])

    def start(self):
        """Django's hands, its server, and drf-auth."""
        python = self.venv / "bin/python"
        self.hands = self.keep(Hands(python, self.work / "hands.py", self.env, self.folder / "hands.log"))
        self.django = Side("Django", self.keep(self.start_django()).port, self.project.keyword)
        self.rust = Side("drf-auth", self.keep(self.start_rust()).port, self.project.keyword)

    def keep(self, one):
        self.running.append(one)
        return one

    def start_django(self):
        def make(port):
            command = [
                str(self.venv / "bin/gunicorn"), "--chdir", str(self.work), "--bind", f"127.0.0.1:{port}",
                "--worker-class", "gthread", "--threads", "4", "--graceful-timeout", "1", "--log-level", "warning",
                "project.wsgi:application",
            ]  # fmt: skip
            return Server("Django", command, port, self.env, self.folder / "django.log")

        return started(make)

    def configuration(self, port, models=None, more=None):
        """The file that drf-auth is given."""
        routes = '"/api-token-auth/" = "obtain_auth_token"\n"/login/" = "login"\n"/logout/" = "logout"\n'
        routes += '"/profile/" = "profile"\n"/verify/" = "verify"\n'
        if self.project.has_groups:
            routes += '"/verify/staff/" = { view = "verify", staff = true }\n'
            routes += '"/verify/editors/" = { view = "verify", perm = "auth.change_group" }\n'
            routes += '"/verify/team/" = { view = "verify", group = "team" }\n'
        models = self.project.toml() if models is None else models
        more = self.project.more if more is None else more
        path = self.folder / "drf-auth.toml"
        path.write_text(
            f'database_url = "{self.url}"\nlisten = "127.0.0.1:{port}"\n[django]\nversion = "5.2"\n'
            f'pbkdf2_iterations = {ITERATIONS}\nallowed_hosts = ["*"]\n{more}\n{models}[routes]\n{routes}'
        )
        return path

    def start_rust(self):
        def make(port):
            command = [str(self.binary), "serve", "--config", str(self.configuration(port))]
            return Server("drf-auth", command, port, plain_environment(), self.folder / "drf-auth.log")

        return started(make)

    def refused(self, models=None, more=None, seconds=20):
        """Exit code and words of a start with another configuration; None where it starts."""
        path = self.configuration(0, models, more)
        command = [str(self.binary), "serve", "--config", str(path)]
        process = subprocess.Popen(
            command, env=plain_environment(), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
        )
        try:
            said = process.communicate(timeout=seconds)[1]
        except subprocess.TimeoutExpired:
            process.kill()
            return None, process.communicate()[1]
        return process.returncode, said

    def stop(self):
        """Ends what runs."""
        for one in reversed(self.running):
            one.stop()


def plain_environment():
    """Without what drf-auth would read."""
    return {k: v for k, v in os.environ.items() if not k.startswith("DRF_AUTH_") and k != "DATABASE_URL"}
