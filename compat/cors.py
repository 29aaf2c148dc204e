"""Compares [cors] with the live django-cors-headers, placed first among Django's middleware."""

import argparse
import itertools
import json
import random
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


# What generated settings and origins are made of.
SCHEMES = ["https", "http", "HTTPS", "app", "file", "ftp", "null", ""]
HOSTS = ["a.example", "b.example", "A.example", "a.example.evil", "evil-a.example", "a.example.", "localhost",
         "127.0.0.1", "[::1]", "[fe80::1%25eth0]", "[::1", "x_y.example", "xn--e1a.example", "*", "", "a", "1.example"]  # fmt: skip
PORTS = ["", "", "", ":443", ":8443", ":3000", ":0", ":", ":x"]
REGEXES = [
    r"^https://\w+\.example$", r"^https://[\w.-]+\.example(:\d+)?$", r"https?://localhost", r"(?i)^HTTPS://a\.example\Z",
    r"^https://(?:a|b)\.example(?::\d{2,4})?$", r".*", r"null", r"^[^:/]+://[^/]*$", r"^https://\S+\Z", r"^app://", r"",
    r"^https://.*?\.example\b", r"[a-z]+://[[]::1\]", r"^http(?P<s>s)?://127\.0\.0\.\d+$", r"https://[\W]", r"^\s*https:",
]  # fmt: skip
URLS = [r"^.*$", r"^/(login|profile)/.*$", r"/login", r"^/[a-z-]+/$", r"^/[^/]*\Z", r"nothing", r"^/\w", r"^/.+/$"]
METHODS = ["GET", "POST", "DELETE", "PATCH", "OPTIONS", "X-Own", "get"]
HEADERS = ["authorization", "content-type", "x-own", "X-Total", "ETag", "accept"]
SENT = [b"GET", b"POST", b"OPTIONS", b"OPTIONS", b"OPTIONS", b"HEAD", b"PUT", b"DELETE", b"PATCH", b"options", b"Options", b"X-OWN"]


def some_settings(chance):
    """Settings that a project might have, and some that none has."""

    def some(items, most):
        return chance.sample(items, chance.randint(0, most))

    hosts = [host for host in HOSTS if host and "%" not in host and host != "[::1"]
    origins = ["null", "file://", *(f"{scheme}://{host}{port}" for scheme in ["https", "http", "app"]
                                    for host in hosts for port in ["", ":443", ":8443"])]  # fmt: skip
    all_of_them = {
        "ALLOWED_ORIGINS": some(origins, 5),
        "ALLOWED_ORIGIN_REGEXES": some(REGEXES, 3),
        "ALLOW_ALL_ORIGINS": chance.random() < 0.25,
        "ALLOW_CREDENTIALS": chance.random() < 0.5,
        "ALLOW_METHODS": some(METHODS, 5),
        "ALLOW_HEADERS": some(HEADERS, 5),
        "EXPOSE_HEADERS": some(HEADERS, 3),
        "PREFLIGHT_MAX_AGE": chance.choice([0, 1, 600, 86400]),
        "URLS_REGEX": chance.choice(URLS),
        "ALLOW_PRIVATE_NETWORK": chance.random() < 0.5,
    }
    return {name: value for name, value in all_of_them.items() if chance.random() < 0.7}


def some_origin(chance, settings):
    """Like one that is allowed, more or less."""
    known = settings.get("ALLOWED_ORIGINS", [])
    if known and chance.random() < 0.5:
        origin = chance.choice(known)
    else:
        scheme, host = chance.choice(SCHEMES), chance.choice(HOSTS)
        origin = f"{scheme}{chance.choice(['://'] * 8 + [':', '//', ''])}{host}{chance.choice(PORTS)}"
    origin = bytearray(origin.encode("latin-1"))
    while chance.random() < 0.3:
        at = chance.randint(0, len(origin))
        what = chance.random()
        if what < 0.5:
            origin[at:at] = chance.choice([b"/", b"?", b"#", b"@", b":", b" ", b"\t", b"[", b"]", b"%", b",", b"\\", b".", b"\xe9",
                                           b"\xb2", b"\xbd", b"\xa0", b"x", b"user@", b"/path", b"*", b"%0a", b"\xb5"])  # fmt: skip
        elif what < 0.8:
            del origin[at : at + 1]
        else:
            origin[:] = origin.swapcase()
    # As on the way to any server: no white space at the ends.
    return bytes(origin).strip()


def some_requests(chance, settings, count):
    """Requests that a browser, or nobody, would send."""
    for _ in range(count):
        method, target = chance.choice(SENT), chance.choice(TARGETS)
        headers = [] if chance.random() < 0.08 else [(b"Origin", some_origin(chance, settings))]
        if chance.random() < 0.04:
            headers.append((b"Origin", some_origin(chance, settings)))
        if chance.random() < 0.6:
            asked = chance.choice([b"POST", b"DELETE", b"", b"get", b"X-OWN", b"POST, GET"])
            headers.append((b"Access-Control-Request-Method", asked))
        if chance.random() < 0.4:
            asked = chance.choice([b"authorization", b"content-type, x-own", b"", b"X-Evil"])
            headers.append((b"Access-Control-Request-Headers", asked))
        if chance.random() < 0.4:
            asked = chance.choice([b"true", b"true", b"True", b"false", b"", b"true,true"])
            headers.append((b"Access-Control-Request-Private-Network", asked))
        if chance.random() < 0.15:
            headers.append(chance.choice([(b"Cookie", b"csrftoken=short"), (b"Cookie", b"sessionid=dead"),
                                          (b"Authorization", b"Token " + b"f" * 40), (b"Accept", b"text/none")]))  # fmt: skip
        chance.shuffle(headers)
        body = b"" if method in (b"POST", b"PUT", b"PATCH", b"X-OWN") else None
        yield Request(method, target, headers, body, host=b"evil.example" if chance.random() < 0.03 else b"testserver")


def some_of(chance, items, most):
    return items if most is None or most >= len(items) else chance.sample(items, most)


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


def compare(name, wanted, servers, uses):
    """Sends every request to both; returns how many there were and the texts of what differs."""
    django, other = (Connection(server.port) for server in servers)
    tokens, found, sent = Tokens([]), [], 0
    for request in wanted:
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
    parser.add_argument("--written", type=int, help="so many of the written requests, for each setting; default: all")
    parser.add_argument("--generated", type=int, default=400, help="requests beside the written ones, for all settings")
    parser.add_argument("--settings", type=int, default=4, help="settings beside the written ones")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    all_settings = dict(SETTINGS)
    all_settings.update((f"generated {number}", some_settings(chance)) for number in range(options.settings))
    venv = make_venv(options.django, options.python, None)
    python = run([str(venv / "bin/python"), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]).strip()
    with tempfile.TemporaryDirectory(prefix="drf-auth-cors-") as name:
        folder = Path(name)
        target = folder / "packages"
        run([str(venv / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps",
             "--target", str(target), f"django-cors-headers=={VERSION}"], what="pip install")  # fmt: skip
        url = f"sqlite:///{folder / 'db.sqlite3'}"
        total, found, uses = 0, [], Counter()
        for name, settings in all_settings.items():
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
                wanted = some_requests(chance, settings, options.generated)
                if name in SETTINGS:
                    wanted = itertools.chain(some_of(chance, list(requests()), options.written), wanted)
                sent, differs = compare(name, wanted, servers, uses)
            finally:
                for server in servers:
                    server.stop()
            say(f"{name}: {sent} requests, {len(differs)} differences")
            total += sent
            found += differs
    for text in found[:40]:
        print(text)
    print(f"cors: Django {options.django}, {len(all_settings)} settings, {total} requests (seed {options.seed}), {len(found)} differences")
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
