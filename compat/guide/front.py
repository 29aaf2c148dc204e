"""The page's nginx in front of a live Django and a drf-auth on one database: what each of its steps does."""

import http.client
import json
import math
import os
import re
import signal
import socket
import time
from dataclasses import dataclass, field
from pathlib import Path

from compare import servers
from compare.forms import FORM, JSON, LOGOUT, OBTAIN, PROFILE, form_text, json_text
from compare.variants import VARIANTS
from gateways.programs import NGINX, find
from sharing import Manager

PAGE = "from-django-login.md"
PASSWORD = "correct horse"
HOST = "testserver"
CLIENTS = 1000
HEADER = {"X-Login-By": "drf-auth"}
# What is another server's own; drf-auth alone says no-store.
OWN = {"date", "server", "connection", "cache-control", "transfer-encoding"}


@dataclass
class Answer:
    """What a client gets."""

    status: int
    headers: dict
    body: bytes

    @property
    def by(self):
        """Who has answered."""
        return "drf_auth" if self.headers.get("cache-control") == "no-store" else "django"

    def same(self):
        """What must be the same, whoever answers."""
        return self.status, {name: value for name, value in self.headers.items() if name not in OWN}, self.body


class Unix(servers.Server):
    """A server on a Unix socket."""

    def __init__(self, door, *arguments):
        self.door = door
        super().__init__(*arguments)

    def wait(self, seconds=60):
        """Returns the server when it takes connections."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.process.poll() is None:
            with socket.socket(socket.AF_UNIX) as client:
                if client.connect_ex(str(self.door)) == 0:
                    return self
            time.sleep(0.05)
        raise servers.Failure(f"{self.name} does not listen on {self.door}:\n{self.tail()}")


class Site:
    """Django and drf-auth on one SQLite file, and Django's hands on it."""

    def __init__(self, binary, folder, series, venv):
        self.binary, self.folder, self.series, self.venv = binary, folder, series, venv
        # drf-auth goes by a name of its own to the same file, which can be taken away from it alone.
        self.file = folder / "drf-auth.sqlite3"
        self.door = folder / "http.sock"
        self.manager = self.django = self.drf_auth = None
        self.users = 0

    def begin(self):
        """Makes the database and starts both."""
        database = servers.Database("sqlite", self.folder, self.venv, servers.site_environment())
        database.python("a", str(servers.SITE / "manage.py"), "migrate", "-v", "0")
        self.file.symlink_to(self.folder / "a.sqlite3")
        self.manager = Manager(self.venv, database.env_of("a"))
        self.django = servers.start_django(self.venv, database.env_of("a"), self.folder, "django")
        self.start()

    def start(self):
        """Starts drf-auth behind its socket."""
        python = servers.versions(self.venv)[0]
        keys = {"version": self.series, "python": python, "pbkdf2_iterations": servers.ITERATIONS}
        config = self.folder / "drf-auth.toml"

        def make(port):
            head = f'database_url = "sqlite:///{self.file}"\nlisten = "unix:{self.door}"\nadmin_listen = "127.0.0.1:{port}"\n'
            config.write_text(
                head + VARIANTS["default"].toml(allowed_hosts=servers.ALLOWED_HOSTS, **keys) + servers.ROUTES
            )
            command = [str(self.binary), "serve", "--config", str(config)]
            return Unix(self.door, "drf-auth", command, port, {}, self.folder / "drf-auth.log")

        self.drf_auth = servers.started(make)

    def user(self, **more):
        """A new user; the name."""
        self.users += 1
        name = f"user{self.users}"
        self.manager("create", username=name, password=PASSWORD, **more)
        return name

    def metrics(self):
        """What drf-auth counts."""
        connection = http.client.HTTPConnection("127.0.0.1", self.drf_auth.port, timeout=10)
        connection.request("GET", "/metrics")
        return connection.getresponse().read().decode()

    def stop(self):
        """Ends it all."""
        for one in (self.drf_auth, self.django, self.manager):
            if one is not None:
                one.stop()


class Front:
    """nginx with the page's blocks."""

    def __init__(self, site, page):
        self.site, self.page = site, page
        self.folder = Path(site.folder / f"nginx-{time.monotonic_ns()}")
        self.folder.mkdir()
        self.log = self.folder / "logins.log"
        blocks = page.blocks("nginx")
        self.changes = [block.strip() for block in blocks if block.count("\n") == 1]
        whole = [block for block in blocks if block.count("\n") > 1]
        assert len(whole) == 2 and len(self.changes) == 3, "the page has other nginx blocks than the test knows"
        self.http, self.location = map(self.local, whole)
        self.server = None

    def local(self, text):
        """The text with this run's ports and paths."""
        places = {
            "unix:/run/drf-auth/http.sock": f"unix:{self.site.door}",
            "127.0.0.1:8000": f"127.0.0.1:{self.site.django.port}",
            "/var/log/nginx/logins.log": str(self.log),
        }
        return re.sub("|".join(map(re.escape, places)), lambda found: places[found[0]], text)

    def config(self, port, changes):
        """The configuration after some of the page's changes of a line."""
        ours, site = self.http, self.location
        for change in changes:
            line = re.compile(rf"^( +){change.split()[0]} .*;$", re.M)
            assert len(line.findall(ours + site)) == 1, f"which line is to become {change}?"
            ours, site = (line.sub(lambda found, change=change: found[1] + change, text) for text in (ours, site))
        django = f"location / {{ proxy_pass http://127.0.0.1:{self.site.django.port}; proxy_set_header Host $host; }}"
        return f"{ours}\nserver {{\n    listen 127.0.0.1:{port};\n{site}    {django}\n}}\n"

    def begin(self, *changes):
        """Starts nginx, or has it read the changed configuration as `nginx -s reload` does."""
        main, site = self.folder / "main.conf", self.folder / "site.conf"
        nginx = [find("nginx"), "-c", str(main), "-p", str(self.folder)]

        def make(port):
            user = "user root;\n" if os.geteuid() == 0 else ""
            main.write_text(NGINX.format(user=user, folder=self.folder, config=site))
            site.write_text(self.config(port, changes))
            servers.run([*nginx, "-t", "-q"], what="nginx -t")
            return servers.Server("nginx", nginx, port, {}, self.folder / "log")

        if self.server is None:
            self.server = servers.started(make)
            return
        before = self.workers()
        site.write_text(self.config(self.server.port, changes))
        servers.run([*nginx, "-t", "-q"], what="nginx -t")
        self.server.process.send_signal(signal.SIGHUP)
        for _ in range(200):
            now = self.workers()
            if now and not now & before:
                return
            time.sleep(0.05)
        raise servers.Failure("nginx goes on with its old workers")

    def workers(self):
        """The processes that answer."""
        pid = self.server.process.pid
        return set(Path(f"/proc/{pid}/task/{pid}/children").read_text().split())

    def stop(self):
        """Ends it."""
        if self.server is not None:
            self.server.stop()

    def ask(self, client, method, path, body=None, headers=None):
        """The answer to a client, who has an address of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30, source_address=(address(client), 0))
        try:
            connection.request(method, path.decode(), body, {"Host": HOST, "Connection": "close", **(headers or {})})
            answer = connection.getresponse()
            return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def login(self, client, name, password=PASSWORD, headers=None):
        """The answer to a login."""
        typed = {"Content-Type": JSON.decode(), **(headers or {})}
        return self.ask(client, "POST", OBTAIN, json_text(name, password), typed)

    def profile(self, token):
        """What Django says to a token."""
        answer = self.ask(0, "GET", PROFILE, headers={"Authorization": f"Token {token}"})
        assert answer.by == "django", "not Django answers what is no login"
        return answer.status

    def sides(self, first, headers=None):
        """Who answers so many clients, each with an address of its own: a login with nothing in it."""
        typed = {"Content-Type": FORM.decode(), **(headers or {})}
        return [self.ask(client, "POST", OBTAIN, b"", typed).by for client in range(first, first + CLIENTS)]


def address(client):
    """The client's own address."""
    return f"127.{1 + client // 62500}.{client // 250 % 250}.{1 + client % 250}"


def token(answer):
    """The token of a login that must be good."""
    assert answer.status == 200, f"a login is answered {answer.status} {answer.body[:200]}"
    return json.loads(answer.body)["token"]


@dataclass
class Steps:
    """The steps of the page, one after the other; each method is a fact."""

    site: Site
    front: Front
    chosen: list = field(default_factory=list)  # clients whose logins drf-auth answers
    others: list = field(default_factory=list)
    kept: dict = field(default_factory=dict)  # tokens of drf-auth by user

    def before(self):
        """as installed, Django answers every login, and drf-auth whoever sends the header"""
        self.front.begin()
        assert set(self.front.sides(10_000)) == {"django"}, "drf-auth gets some without being asked"
        name = self.site.user()
        one, two = self.front.login(1, name), self.front.login(1, name, headers=HEADER)
        assert (one.by, two.by) == ("django", "drf_auth"), f"{one.by} and {two.by} answer"
        assert token(one) == token(two), "they give different tokens"

    def share(self):
        """the canary sends the stated share of the clients to drf-auth, the same ones each time"""
        percent = re.search(r"^ +([\d.]+)% +drf_auth;$", self.front.http, re.M)[1]
        stated = float(percent) / 100
        self.front.begin(self.front.changes[0])
        sides = self.front.sides(10_000)
        count = sides.count("drf_auth")
        spread = 4 * math.sqrt(CLIENTS * stated * (1 - stated))
        assert abs(count - stated * CLIENTS) <= spread, f"{count} of {CLIENTS}, stated are {percent} %"
        for client, side in enumerate(sides, 10_000):
            (self.chosen if side == "drf_auth" else self.others).append(client)
        again = [self.front.login(client, "nobody").by for client in self.chosen]
        assert set(again) == {"drf_auth"}, "a client changes sides"
        return f"{count} of {CLIENTS} at {percent} %"

    def log(self):
        """nginx's log says who answered, as its columns are explained"""
        lines = [line.split() for line in self.front.log.read_text().splitlines()]
        by = [line[3] for line in lines if line[2] == address(self.chosen[0])]
        assert by == ["django", "drf_auth", "drf_auth"], f"the log has {by}"
        command = next(line[2:] for block in self.front.page.blocks("console") for line in block.splitlines() if "# awk" in line)
        said = servers.run(["bash", "-c", self.front.local(command)])
        assert re.search(r"^ +\d+ drf_auth 400$", said, re.M), f"{command} says {said}"
        identity = lines[-1][1]
        events = self.site.drf_auth.tail(200_000)
        assert f'"id":"{identity}"' in events, f"no event of drf-auth has the id {identity}"

    def alike(self):
        """the canary and Django answer alike: status, body, headers"""
        name, gone = self.site.user(), self.site.user(is_active=False)
        typed = {"Content-Type": JSON.decode()}
        asked = [
            ("POST", json_text(name, PASSWORD), typed), ("POST", json_text(name, "wrong"), typed),
            ("POST", json_text("nobody", "x"), typed), ("POST", json_text(gone, PASSWORD), typed),
            ("POST", b"{}", typed), ("POST", b"{", typed), ("POST", b"[]", typed), ("POST", b"", {}),
            ("POST", form_text(name, PASSWORD), {"Content-Type": FORM.decode()}),
            ("POST", b"x", {"Content-Type": "text/plain"}), ("GET", None, {}), ("OPTIONS", None, {}), ("PUT", b"{}", typed),
            ("POST", json_text(name, PASSWORD), {**typed, "Authorization": "Token " + 40 * "f"}),
        ]  # fmt: skip
        for client, (method, body, headers) in enumerate(asked):
            one = self.front.ask(self.chosen[client], method, OBTAIN, body, headers)
            two = self.front.ask(self.others[client], method, OBTAIN, body, headers)
            assert (one.by, two.by) == ("drf_auth", "django"), f"{one.by} and {two.by} answer"
            assert one.same() == two.same(), f"{method} {body}: {one.same()}, Django {two.same()}"
        return f"{len(asked)} requests"

    def tokens(self):
        """a canary client's token works on Django, and ends with Django's logout"""
        name = self.site.user()
        key = token(self.front.login(self.chosen[0], name))
        assert self.front.profile(key) == 200, "Django refuses it"
        assert token(self.front.login(self.others[0], name)) == key, "Django gives another one"
        out = self.front.ask(0, "POST", LOGOUT, b"", {"Authorization": f"Token {key}"})
        assert (out.by, out.status) == ("django", 204), f"logout is answered {out.status}"
        new = token(self.front.login(self.chosen[0], name))
        assert new != key and self.front.profile(key) == 401 and self.front.profile(new) == 200, "the old one lives on"

    def outage(self):
        """a 503 of drf-auth is handed on, and does not move to Django"""
        name = self.site.user()
        self.site.file.rename(self.site.file.with_suffix(".aside"))
        try:
            answer = self.front.login(self.chosen[1], name)
        finally:
            self.site.file.with_suffix(".aside").rename(self.site.file)
        assert (answer.by, answer.status) == ("drf_auth", 503), f"{answer.by} answers {answer.status}"

    def everyone(self):
        """after the full switch drf-auth answers every login, and nothing else"""
        self.front.begin(*self.front.changes[:2])
        assert set(self.front.sides(20_000)) == {"drf_auth"}, "Django still gets some"
        old = self.site.user()
        self.site.manager("update", username=old, password=self.site.manager("encode", password=PASSWORD, iterations=7))
        for name in (self.site.user(), old):
            self.kept[name] = token(self.front.login(2, name))
            assert self.front.profile(self.kept[name]) == 200, "Django refuses its token"

    def away(self):
        """with drf-auth away Django answers in the same request"""
        name = self.site.user()
        self.site.drf_auth.stop()
        try:
            answers = [self.front.login(3, name), self.front.login(3, name)]
        finally:
            self.site.start()
        for answer in answers:
            token(answer)
            assert answer.by == "django", "who has answered?"
        line = self.front.log.read_text().splitlines()[-1].split()
        last = f"127.0.0.1:{self.site.django.port}"
        assert (line[3], line[-1]) == ("drf_auth", last), f"the log has {line}"

    def back(self):
        """the roll-back sends every login to Django, header and share included; tokens and passwords stay good"""
        for changes in (self.front.changes[:1], ()):
            self.front.begin(*changes, self.front.changes[2])
            for headers in (None, HEADER):
                assert set(self.front.sides(30_000, headers)) == {"django"}, "drf-auth still gets some"
        for name, key in self.kept.items():
            assert self.front.profile(key) == 200, "a token is refused"
            assert token(self.front.login(4, name)) == key, "Django gives another token"
            opened = self.site.manager("opens", username=name, password=PASSWORD)
            assert opened == {"opens": True, "must_update": False}, f"Django says of the password: {opened}"

    def limit(self):
        """one address that storms gets 429"""
        statuses = [self.front.login(5, "nobody").status for _ in range(40)]
        assert set(statuses) == {400, 429}, f"the statuses are {set(statuses)}"

    def all(self):
        """The facts, in their order."""
        return [
            self.before, self.share, self.log, self.alike, self.tokens, self.outage, self.everyone, self.away, self.back,
            self.limit,
        ]  # fmt: skip


def counted(site, pages):
    """Every metric that the pages name is there, and the table of results has every result that there is."""
    said = site.metrics()
    named = {name for page in pages.values() for name in re.findall(r"\bdrf_auth_[a-z_]+\b", page.text)}
    lost = {name for name in named if not re.search(rf"^{name}\b", said, re.M)}
    assert not lost, f"no metric: {', '.join(sorted(lost))}"
    there = set(re.findall(r'^drf_auth_logins_total\{result="(\w+)",reason="(\w+)"\}', said, re.M))
    told = pages[PAGE].results()
    assert told == there, f"the page has {sorted(told - there)} too many, {sorted(there - told)} too few"
    return f"{len(named)} metrics, {len(told)} results"
