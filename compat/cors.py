"""Compares [cors] with the live django-cors-headers, placed first among Django's middleware."""

import argparse
import itertools
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path

from compare.http1 import Connection, Request
from compare.judge import Tokens, differences
from compare.servers import (
    ROUTES, SITE, Failure, Server, free_port, make_venv, run, say, site_environment, start_django, started,
)  # fmt: skip

VERSION = "4.9.*"

# What both are told, in settings.py's words.
SETTINGS = {
    "nothing": {},
    "origins": {"ALLOWED_ORIGINS": ["https://a.example", "http://localhost:3000", "https://[::1]:8443"]},
    "credentials": {
        "ALLOWED_ORIGINS": ["https://a.example"],
        "ALLOW_CREDENTIALS": True,
        "EXPOSE_HEADERS": ["X-Total", "ETag"],
        "PREFLIGHT_MAX_AGE": 60,
    },
    "all": {"ALLOW_ALL_ORIGINS": True, "PREFLIGHT_MAX_AGE": 0, "ALLOW_PRIVATE_NETWORK": True},
    "all with credentials": {"ALLOW_ALL_ORIGINS": True, "ALLOW_CREDENTIALS": True, "ALLOW_METHODS": ["POST"]},
    "null": {"ALLOWED_ORIGINS": ["null", "file://"], "ALLOW_HEADERS": []},
    "regexes": {
        "ALLOWED_ORIGIN_REGEXES": [r"^https://\w+\.example$", r"http://localhost:\d+", r"(?i)https://mixed\Z"],
        "ALLOW_HEADERS": ["authorization", "x-own"],
        "EXPOSE_HEADERS": ["X-Own"],
    },
    "some paths": {"ALLOW_ALL_ORIGINS": True, "URLS_REGEX": r"^/(login|profile)/.*$"},
    "private network": {
        "ALLOWED_ORIGINS": ["https://a.example"],
        "ALLOW_PRIVATE_NETWORK": True,
        "ALLOW_CREDENTIALS": True,
    },
}

ORIGINS = [
    None, b"", b"https://a.example", b"HTTPS://a.example", b"https://A.example", b"https://a.example/",
    b"https://a.example/path?x#y", b"https://a.example:443", b"http://a.example", b"https://a.example.evil",
    b"https://user@a.example", b"http://localhost:3000", b"http://localhost:3000x", b"http://localhost", b"null",
    b"Null", b"nonsense", b"file://", b"file:///x", b"//a.example", b"https://", b"https://[::1]:8443",
    b"https://[::1", b"https://::1]", b"https://[127.0.0.1]", b"https://MIXED", b"https://mixed.evil",
    b"https://b.example", b"https://\xe9.example", b"https://b\xb5.example", b"ht\ttps://a.example",
    b"https://a.example, https://b.example", b"*", b"https://a.example%0a",
]  # fmt: skip

TARGETS = [b"/login/", b"/api-token-auth/", b"/profile/", b"/logout/", b"/nowhere/", b"/login", b"/profile/%0A",
           b"/login/%0Ax", b"/"]  # fmt: skip

# What asks for more than an origin.
ASKS = [
    [],
    [(b"Access-Control-Request-Method", b"POST")],
    [(b"Access-Control-Request-Method", b"")],
    [(b"Access-Control-Request-Method", b"POST"), (b"Access-Control-Request-Headers", b"authorization,x-own")],
    [(b"Access-Control-Request-Method", b"POST"), (b"Access-Control-Request-Private-Network", b"true")],
    [(b"Access-Control-Request-Private-Network", b"true")],
    [(b"Access-Control-Request-Private-Network", b"True")],
]


def requests():
    """Every origin on every path; every question with some origins; and what the other middleware adds."""
    for target, method, origin in itertools.product(TARGETS, [b"GET", b"OPTIONS"], ORIGINS):
        yield Request(method, target, origin_header(origin))
    some = [None, b"https://a.example", b"null", b"https://no.example", b"https://b.example"]
    for target, method, origin, asks in itertools.product(TARGETS, [b"OPTIONS", b"options", b"POST"], some, ASKS):
        body = None if method != b"POST" else b""
        yield Request(method, target, origin_header(origin) + asks, body)
    origin = (b"Origin", b"https://a.example")
    for target in TARGETS:
        for header in [(b"Cookie", b"csrftoken=short"), (b"Cookie", b"sessionid=dead"), (b"Accept", b"text/none"),
                       (b"Authorization", b"Token " + b"f" * 40), (b"Origin", b"https://a.example")]:  # fmt: skip
            yield Request(b"GET", target, [origin, header])
            yield Request(b"OPTIONS", target, [origin, header, ASKS[1][0]])
        # A Host that is not allowed.
        yield Request(b"GET", target, [origin], host=b"evil.example")
        yield Request(b"OPTIONS", target, [origin, ASKS[1][0]], host=b"evil.example")
    body = json.dumps({"username": "nobody", "password": "x"}).encode()
    for target in [b"/login/", b"/api-token-auth/"]:
        yield Request(b"POST", target, [origin, (b"Content-Type", b"application/json")], body)


def origin_header(origin):
    return [] if origin is None else [(b"Origin", origin)]


def toml(settings):
    """The same for drf-auth; django-cors-headers without settings is its defaults, written."""
    lines = [f"{name.lower()} = {json.dumps(value)}" for name, value in settings.items()]
    return "[cors]\n" + "\n".join(lines or ["allow_all_origins = false"]) + "\n"


def start_drf_auth(binary, folder, url, django, python, settings):
    def make(port):
        config = folder / "drf-auth.toml"
        config.write_text(
            f'database_url = {json.dumps(url)}\nlisten = "127.0.0.1:{port}"\nadmin_listen = ""\n'
            f'[django]\nversion = "{django}"\npython = "{python}"\npbkdf2_iterations = 1\n'
            f'allowed_hosts = ["testserver"]\n[passwords]\nrefusal_floor = "0ms"\n' + toml(settings) + ROUTES
        )
        command = [str(binary), "serve", "--config", str(config)]
        return Server("drf-auth", command, port, {}, folder / "drf-auth.log")

    return started(make)


def compare(name, settings, servers, uses):
    """Sends every request to both; returns how many there were and the texts of what differs."""
    django, other = (Connection(server.port) for server in servers)
    tokens, found, sent = Tokens([]), [], 0
    for request in requests():
        answers = []
        for connection in (django, other):
            connection.send(request.wire())
            answers.append(connection.receive(request.method))
        one, two = answers
        sent += 1
        for text in differences(request, one, two, tokens, uses):
            line = request.wire().split(b"\r\n\r\n")[0].decode("latin-1").replace("\r\n", " | ")
            found.append(f"{name}: {line}: {text}")
    return sent, found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", type=Path, required=True)
    parser.add_argument("--django", default="5.2")
    parser.add_argument("--python")
    options = parser.parse_args()
    venv = make_venv(options.django, options.python, None)
    python = run([str(venv / "bin/python"), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]).strip()
    with tempfile.TemporaryDirectory(prefix="drf-auth-cors-") as name:
        folder = Path(name)
        target = folder / "packages"
        run([str(venv / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps",
             "--target", str(target), f"django-cors-headers=={VERSION}"], what="pip install")  # fmt: skip
        url = f"sqlite:///{folder / 'db.sqlite3'}"
        total, found, uses = 0, [], Counter()
        for name, settings in SETTINGS.items():
            env = site_environment(
                {
                    "MIDDLEWARE": ["corsheaders.middleware.CorsMiddleware", *middleware(venv)],
                    "ALLOWED_HOSTS": ["testserver"],
                    **{f"CORS_{key}": value for key, value in settings.items()},
                }
            )
            env["PYTHONPATH"] += f":{target}"
            env.update(SITE_DATABASE_URL=url, SITE_PBKDF2_ITERATIONS="1")
            if not total:
                run([str(venv / "bin/python"), str(SITE / "manage.py"), "migrate", "-v", "0"], env=env, what="migrate")
            servers = []
            try:
                servers.append(start_django(venv, env, folder, "django", workers=1, threads=2))
                servers.append(start_drf_auth(options.binary.resolve(), folder, url, options.django, python, settings))
                sent, differs = compare(name, settings, servers, uses)
            finally:
                for server in servers:
                    server.stop()
            say(f"{name}: {sent} requests, {len(differs)} differences")
            total += sent
            found += differs
    for text in found[:40]:
        print(text)
    print(f"cors: Django {options.django}, {len(SETTINGS)} settings, {total} requests, {len(found)} differences")
    return 1 if found else 0


def middleware(venv):
    """The site's own."""
    code = "from mysite.settings import MIDDLEWARE; import json; print(json.dumps(MIDDLEWARE))"
    return json.loads(run([str(venv / "bin/python"), "-c", code], env={**site_environment()}))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as failure:
        print(f"cors.sh: {failure}", file=sys.stderr)
        sys.exit(2)
