"""One project on one engine: its database, its live Django, and drf-auth with the file that import-settings wrote."""

import http.client
import json
import os
import re
import subprocess
import tomllib

from compare.servers import SITE, Failure, Server, run, started

from .databases import Hands

ITERATIONS = 2000
# What a client reads; the rest is the servers' own.
HEADERS = (
    "Content-Type", "Content-Length", "Allow", "Vary", "WWW-Authenticate", "X-Frame-Options",
    "X-Content-Type-Options", "Referrer-Policy", "Cross-Origin-Opener-Policy",
)  # fmt: skip
# What the operator writes beside the routes that are imported.
ROUTES = """"/login/" = "login"
"/logout/" = "logout"
"/profile/" = "profile"
"/verify/" = "verify"
"""
VERIFY_MORE = """"/verify/staff/" = { view = "verify", staff = true }
"/verify/editors/" = { view = "verify", perm = "auth.change_group" }
"/verify/team/" = { view = "verify", group = "team" }
"""


def environment(work, project, url, more_path=()):
    """What the project's settings read."""
    iterations = {} if project.every_hasher else {"SITE_PBKDF2_ITERATIONS": str(ITERATIONS)}
    return {
        **plain_environment(),
        "DJANGO_SETTINGS_MODULE": "project.settings",
        "PYTHONPATH": ":".join([str(work), str(SITE), *map(str, more_path)]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PROJECT_APP": project.app,
        "PROJECT_SEARCH_PATH": project.search_path,
        "PROJECT_BACKENDS": ",".join(project.backends),
        "PROJECT_MORE_APPS": ",".join(project.more_apps),
        "PROJECT_EVERY_HASHER": "1" if project.every_hasher else "",
        "SITE_DATABASE_URL": url,
        **iterations,
    }


def plain_environment(**more):
    """Without what the programs would read."""
    own = ("SITE_", "PROJECT_", "DRF_AUTH_", "DATABASE_URL")
    return {**{name: value for name, value in os.environ.items() if not name.startswith(own)}, **more}


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

    def __init__(self, project, engine, venv, work, binary, folder, more_path=(), in_full=False):
        self.project, self.engine, self.venv, self.work = project, engine, venv, work
        self.more_path, self.in_full = more_path, in_full
        self.binary, self.folder = binary, folder
        self.name = f"{project.name}/{engine.name}"
        self.database = f"p_{project.name}"
        folder.mkdir()
        self.running = []

    def create(self):
        """An empty database, and what the project reads of it."""
        url = self.engine.create(self.database)
        if self.project.schema:
            self.engine.sql(f"CREATE SCHEMA {self.project.schema}", self.database)
        self.env = environment(self.work, self.project, url, self.more_path)

    def configure(self):
        """What an operator does: import, decide, look, and make an account that may do no more than it must."""
        self.import_settings()
        code, said = self.check()
        if code:
            raise Failure(f"check, as the tables' owner: {said['findings']}")
        self.grants = said["grants"]
        account = self.engine.restrict(self.database, self.grants)
        if account:
            self.url = re.sub(r"//[^/@]*@", f"//{account}@", self.url, count=1)

    def import_settings(self):
        """The file, its decisions and the URL that it names."""
        path = self.folder / "drf-auth.toml"
        python = str(self.venv / "bin/python")
        command = [str(self.binary), "import-settings", "--manage-py", str(self.work / "manage.py"), "--python", python]
        run([*command, "-o", str(path)], env=self.env, what="import-settings")
        self.imported = path.read_text()
        said = tomllib.loads(self.imported)
        self.url = said.get("database_url") or open(said["database_url_file"]).read().strip()

    def configured(self):
        """The imported file with what the operator writes into it."""
        text = re.sub(r'^(\w+) = ""$', self.decided, self.imported, flags=re.M)
        text = self.acknowledging(self.project.acknowledge, text)
        return text.replace("\n[routes]\n", "\n[routes]\n" + ROUTES + (VERIFY_MORE if self.project.has_groups else ""))

    def decided(self, line):
        """A decision with words in it."""
        return f'{line[1]} = "a test accepts it"' if line[1] in self.project.decisions else line[0]

    def acknowledging(self, names, text):
        """The text with what logins may bypass."""
        return text.replace("\n[django]\n", f"\n[django]\nacknowledge = {json.dumps(names)}\n") if names else text

    def command(self, *words, text=None, **more):
        """A command of drf-auth with a configuration, on the account's URL; how to run it."""
        path = self.folder / "configured.toml"
        path.write_text(self.configured() if text is None else text)
        command = [str(self.binary), *words, "--config", str(path)]
        return command, plain_environment(DRF_AUTH_DATABASE_URL=self.url, DRF_AUTH_ADMIN_LISTEN="", **more)

    def check(self, text=None):
        """Exit code and findings of the doctor."""
        command, env = self.command("check", "--json", text=text)
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        if done.returncode not in (0, 1):
            raise Failure(f"check: {done.returncode} {done.stderr}")
        return done.returncode, json.loads(done.stdout)

    def manage(self, *words, venv=None):
        """manage.py of the project."""
        return run([str((venv or self.venv) / "bin/python"), str(self.work / "manage.py"), *words], env=self.env, what=words[0])

    def start(self):
        """Django's hands, its server, and drf-auth."""
        self.hands = self.keep(self.hands_of(self.venv))
        self.django = Side("Django", self.keep(self.start_django()).port, self.project.keyword)
        self.rust = Side("drf-auth", self.keep(self.start_rust()).port, self.project.keyword)

    def hands_of(self, venv):
        """Some Django's hands on the database."""
        return Hands(venv / "bin/python", self.work / "hands.py", self.env, self.folder / "hands.log")

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

    def start_rust(self):
        def make(port):
            command, env = self.command("serve", DRF_AUTH_LISTEN=f"127.0.0.1:{port}")
            return Server("drf-auth", command, port, env, self.folder / "drf-auth.log")

        return started(make)

    def refused(self, text, seconds=20):
        """Exit code and words of a start with another configuration; None where it starts."""
        command, env = self.command("serve", text=text, DRF_AUTH_LISTEN="127.0.0.1:0")
        process = subprocess.Popen(command, env=env, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
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
